"""Field masks over the config's messages, as keys of the file."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from llm_router.v1 import config_categories_pb2 as pb
from router_core.decide.config_edits import LEFT_OUT, Edits
from router_core.errors import InvalidRequest
from router_core.grpc_edge.config_masks import edits_of


def edits(message: Message, *paths: str, empty_lists: bool = False) -> Edits:
    mask = FieldMask(paths=paths) if paths else None
    return edits_of(message, mask, where="the config", empty_lists=empty_lists)


def test_without_a_mask_the_populated_fields_count_each_by_itself() -> None:
    config = pb.RouterConfig(
        version=1,
        mode="api",
        deadlines=pb.Deadlines(idle=Duration(seconds=1, nanos=500_000_000)),
        classifiers=pb.Classifiers(ollama=pb.OllamaClassifier(parallel=2)),
        continuity=pb.Continuity(enabled=False),
        housekeeping=["glm-5"],
    )

    assert edits(config) == {
        ("version",): 1,
        ("mode",): "api",
        ("deadlines", "idle_s"): 1.5,
        ("classifiers", "ollama", "parallel"): 2,
        ("continuity", "enabled"): False,
        ("housekeeping",): ["glm-5"],
    }
    assert edits(pb.RouterConfig()) == {}
    empty = FieldMask()
    assert edits_of(config, empty, where="the config", empty_lists=False) == edits(config)


def test_what_follows_from_elsewhere_is_ignored() -> None:
    category = pb.Category(name="code", built_in=True, etag="x", policy="ordered")
    category.quality["glm-5"] = 0

    assert edits(category) == {("policy",): "ordered", ("quality",): {"glm-5": 0.0}}
    provider = pb.Provider(name="p", base_url="http://h", has_key=True, is_default=True)
    assert edits(pb.RouterConfig(providers=[provider])) == {
        ("providers",): {"p": {"base_url": "http://h"}}
    }


@pytest.mark.parametrize(
    ("message", "path", "key", "value"),
    [
        (pb.RouterConfig(mode="api"), "mode", ("mode",), "api"),
        (pb.RouterConfig(version=2), "version", ("version",), 2),
        (pb.RouterConfig(), "mode", ("mode",), LEFT_OUT),
        (pb.RouterConfig(), "last_resort", ("last_resort",), LEFT_OUT),
        (pb.RouterConfig(), "lastResort", ("last_resort",), LEFT_OUT),
        (pb.RouterConfig(), "models", ("models",), LEFT_OUT),
        (pb.RouterConfig(), "deadlines", ("deadlines",), LEFT_OUT),
        (
            pb.RouterConfig(deadlines=pb.Deadlines(total=Duration(seconds=9))),
            "deadlines",
            ("deadlines",),
            {"total_s": 9.0},
        ),
        (
            pb.RouterConfig(deadlines=pb.Deadlines(total=Duration(seconds=9))),
            "deadlines.total",
            ("deadlines", "total_s"),
            9.0,
        ),
        (pb.RouterConfig(), "deadlines.firstToken", ("deadlines", "first_token_s"), LEFT_OUT),
        (pb.RouterConfig(), "limits.max_queued", ("limits", "max_queued"), LEFT_OUT),
        (
            pb.RouterConfig(limits=pb.Limits(max_queued=0)),
            "limits.max_queued",
            ("limits", "max_queued"),
            0,
        ),
        (pb.RouterConfig(), "limits.max_concurrent", ("limits", "max_concurrent"), LEFT_OUT),
        (pb.RouterConfig(), "classifiers.cascade_below", ("classifiers", "cascade_below"), 0.0),
        (
            pb.RouterConfig(),
            "classifiers.api.in_cascade",
            ("classifiers", "api", "in_cascade"),
            False,
        ),
        (pb.RouterConfig(), "continuity.enabled", ("continuity", "enabled"), LEFT_OUT),
        (pb.RouterConfig(), "policies.thrift", ("policies", "thrift"), LEFT_OUT),
        (
            pb.RouterConfig(policies=pb.PolicySettings(thrift=0)),
            "policies.thrift",
            ("policies", "thrift"),
            0.0,
        ),
        (pb.RouterConfig(), "policies", ("policies",), LEFT_OUT),
        (
            pb.RouterConfig(),
            "limits.perRequest.dataPolicy",
            ("limits", "per_request", "data_policy"),
            LEFT_OUT,
        ),
        (
            pb.RouterConfig(
                limits=pb.Limits(per_request=pb.RequestLimits(max_cost_usd="0", max_ttft_ms=9))
            ),
            "limits.per_request",
            ("limits", "per_request"),
            {"max_cost_usd": "0", "max_ttft_ms": 9},
        ),
        (pb.Category(), "floor", ("floor",), LEFT_OUT),
        (pb.Category(floor=0), "floor", ("floor",), 0.0),
        (pb.Category(thrift=0), "thrift", ("thrift",), 0.0),
        (pb.Category(quality={"b": 2, "a": 1}), "quality", ("quality",), {"a": 1.0, "b": 2.0}),
    ],
)
def test_a_path_sets_one_key(message: Message, path: str, key: Any, value: Any) -> None:
    assert edits(message, path) == {key: value}


def test_of_a_category_an_empty_list_is_one() -> None:
    category = pb.Category(name="code")

    assert edits(category, "keywords", empty_lists=True) == {("keywords",): []}
    assert edits(category, "quality", empty_lists=True) == {("quality",): LEFT_OUT}


def test_a_star_means_all_of_it() -> None:
    category = pb.Category(name="code", models=["a/b"], description="d")

    assert edits(category, "*", empty_lists=True) == {
        ("models",): ["a/b"],
        ("keywords",): [],
        ("description",): "d",
        ("examples",): [],
        ("policy",): LEFT_OUT,
        ("quality",): LEFT_OUT,
        ("floor",): LEFT_OUT,
        ("thrift",): LEFT_OUT,
    }
    whole = edits(pb.RouterConfig(mode="api"), "*")
    assert {key[0] for key in whole} >= {"mode", "providers", "models", "categories", "continuity"}
    assert ("version",) not in whole
    assert [key for key, value in whole.items() if value is not LEFT_OUT] == [("mode",)]
    assert edits(pb.RouterConfig(version=2), "*")["version",] == 2


@pytest.mark.parametrize(
    ("message", "path", "says"),
    [
        (pb.RouterConfig(), "mod", "there is no 'mod' in the config; did you mean 'mode'?"),
        (pb.RouterConfig(), "deadlines.idel", "did you mean 'idle'?"),
        (pb.RouterConfig(), "mode.x", "mode has no fields of its own"),
        (pb.RouterConfig(), "categories.code", "categories has no fields of its own"),
        (pb.RouterConfig(), "deadlines.idle.seconds", "idle has no fields of its own"),
        (pb.Category(), "name", "'name' cannot be changed"),
        (pb.Category(), "builtIn", "'builtIn' cannot be changed"),
        (pb.Category(), "etag", "'etag' cannot be changed"),
        (pb.Category(), "", "there is no ''"),
        (pb.Category(), "a..b", "there is no 'a..b'"),
        (pb.Category(), "é" * 5000, "there is no 'ééé"),
        (pb.Category(), "quality.glm-5", "quality has no fields of its own"),
    ],
)
def test_a_path_that_names_nothing_is_refused(message: Message, path: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        edits(message, path)

    assert caught.value.param == "update_mask"
    assert says in caught.value.message
    assert len(caught.value.message) < 200


def test_of_named_things_a_category_is_whole_and_a_model_says_what_it_says() -> None:
    config = pb.RouterConfig(
        categories=[pb.Category(name="code", models=["a/b"], etag="x")],
        models=[pb.ModelAlias(alias="m", id="a/b", pricing=pb.Pricing(prompt="0.1"))],
    )

    assert edits(config) == {
        ("categories",): {
            "code": {"models": ["a/b"], "keywords": [], "description": "", "examples": []}
        },
        ("models",): {"m": {"id": "a/b", "pricing": {"prompt": "0.1"}}},
    }


def test_a_name_that_is_there_twice_is_refused() -> None:
    config = pb.RouterConfig(models=[pb.ModelAlias(alias="m", id=name) for name in ("a/b", "c/d")])

    for paths in ((), ("models",), ("*",)):
        with pytest.raises(InvalidRequest, match="models: 'm' is there twice") as caught:
            edits(config, *paths)
        assert caught.value.param == "models"
