"""The operators' commands before a core that answers as each test says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.projection import project
from llm_router.v1 import config_categories_pb2 as pb
from router_core import errors
from tests.cli.operating import Done, Script, run

CHANGE = pb.ConfigChange(changes=["categories.rust: added"])
RUST = pb.Category(
    name="rust", models=["glm-5", "kimi-k2.5"], keywords=["cargo", "crate"], etag="e-1"
)
CONFIG = pb.RouterConfig(
    mode="cascade",
    providers=[pb.Provider(name="openrouter", is_default=True), pb.Provider(name="local")],
    models=[
        pb.ModelAlias(alias="glm-5", id="z-ai/glm-5", provider="openrouter"),
        pb.ModelAlias(alias="tiny", id="qwen:0.5b", provider="local"),
        pb.ModelAlias(alias="spare", id="a/b", provider="openrouter"),
        pb.ModelAlias(alias="unplaced", id="a/c"),
        pb.ModelAlias(alias="idle", id="z-ai/glm-5", provider="local"),
    ],
    categories=[
        pb.Category(name="code", models=["glm-5", "openrouter:a/c"], built_in=True),
        pb.Category(name="rust", models=["local:qwen:0.5b", "z-ai/glm-5"], policy="cheapest"),
    ],
    housekeeping=["tiny"],
    last_resort="spare",
    limits=pb.Limits(
        per_request=pb.RequestLimits(allowed_models=["tiny"], excluded_models=["spare"])
    ),
)
ABORTED = errors.ConfigConflict("it has changed since")


# -- what is sent ------------------------------------------------------------------

SENT: list[tuple[list[str], str, Any]] = [
    (
        [
            *("category", "add", "rust", "--model", "glm-5", "--model", "kimi-k2.5"),
            *("--keyword", "cargo", "--keyword", "borrow checker", "--description", "Rust"),
            *("--example", "why E0502", "--policy", "cheapest"),
            *("--quality", "glm-5=82", "--quality", "kimi-k2.5=61.5"),
            *("--floor", "0", "--thrift", "7"),
        ],
        "CreateCategory",
        pb.CreateCategoryRequest(
            category=pb.Category(
                name="rust",
                models=["glm-5", "kimi-k2.5"],
                keywords=["cargo", "borrow checker"],
                description="Rust",
                examples=["why E0502"],
                policy="cheapest",
                quality={"glm-5": 82, "kimi-k2.5": 61.5},
                floor=0,
                thrift=7,
            )
        ),
    ),
    (
        ["category", "edit", "rust", "--policy", "balanced", "--floor", "", "--thrift", "0"],
        "UpdateCategory",
        pb.UpdateCategoryRequest(
            category=pb.Category(name="rust", policy="balanced", thrift=0),
            update_mask=FieldMask(paths=["policy", "floor", "thrift"]),
        ),
    ),
    (
        ["category", "models", "rust", "kimi-k2.5", "glm-5"],
        "ReplaceModels",
        pb.ReplaceModelsRequest(category="rust", models=["kimi-k2.5", "glm-5"]),
    ),
    (["category", "remove", "rust"], "DeleteCategory", pb.DeleteCategoryRequest(name="rust")),
    (
        [
            *("model", "add", "tiny", "qwen:0.5b", "--provider", "local", "--replace"),
            *("--context-length", "32768", "--max-output-tokens", "4096"),
            *("--price-prompt", "0.000001", "--price-completion", "0.000002"),
            *("--max-concurrent", "4", "--quality", "0"),
            *("--ttft-ms", "900.5", "--tokens-per-s", "60"),
        ],
        "PutModel",
        pb.PutModelRequest(
            model=pb.ModelAlias(
                alias="tiny",
                id="qwen:0.5b",
                provider="local",
                context_length=32768,
                max_output_tokens=4096,
                pricing=pb.Pricing(prompt="0.000001", completion="0.000002"),
                max_concurrent=4,
                quality=0,
                ttft_ms=900.5,
                tokens_per_s=60,
            )
        ),
    ),
    (
        ["model", "add", "tiny", "qwen:0.5b", "--replace"],
        "PutModel",
        pb.PutModelRequest(model=pb.ModelAlias(alias="tiny", id="qwen:0.5b")),
    ),
    (["model", "remove", "tiny"], "DeleteModel", pb.DeleteModelRequest(alias="tiny")),
    (
        ["config", "set", "deadlines.idle_s", "2.5"],
        "UpdateConfig",
        pb.UpdateConfigRequest(
            config=pb.RouterConfig(
                deadlines=pb.Deadlines(idle=Duration(seconds=2, nanos=500_000_000))
            ),
            update_mask=FieldMask(paths=["deadlines.idle"]),
        ),
    ),
    (
        ["config", "set", "housekeeping", ""],
        "UpdateConfig",
        pb.UpdateConfigRequest(
            config=pb.RouterConfig(), update_mask=FieldMask(paths=["housekeeping"])
        ),
    ),
    (["config", "rollback", "7"], "RollbackConfig", pb.RollbackConfigRequest(version=7)),
]


@pytest.mark.parametrize(("args", "rpc", "request_"), SENT)
def test_a_change_is_one_call(
    core: str, script: Script, args: list[str], rpc: str, request_: Any
) -> None:
    answer = getattr(pb, f"{rpc}Response")(change=CHANGE)
    script.answers[rpc] = [answer]
    assert run(*args, core=core) == Done(0, "changed: categories.rust: added\n", "")
    assert script.asked == [(rpc, request_)]


@pytest.mark.parametrize(("args", "rpc", "request_"), SENT)
def test_every_change_can_be_tried_and_bound_to_an_etag(
    core: str, script: Script, args: list[str], rpc: str, request_: Any
) -> None:
    script.answers[rpc] = [getattr(pb, f"{rpc}Response")(change=CHANGE)]
    done = run(*args, "--dry-run", "--etag", "e-7", core=core)
    assert done == Done(0, "would change: categories.rust: added\n", "")
    ((_, sent),) = script.asked
    assert (sent.validate_only, sent.etag) == (True, "e-7")


@pytest.mark.parametrize(("args", "rpc", "request_"), SENT)
def test_every_change_can_be_told_as_json(
    core: str, script: Script, args: list[str], rpc: str, request_: Any
) -> None:
    answer = getattr(pb, f"{rpc}Response")(change=CHANGE)
    answer.change.replay.decisions = 3
    script.answers[rpc] = [answer]
    done = run(*args, "--json", core=core)
    assert json.loads(done.out) == project(answer)


# -- keywords ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "keywords"),
    [
        (["--add", "tokio", "--add", "crate", "--add", "tokio"], ["cargo", "crate", "tokio"]),
        (["--remove", "cargo"], ["crate"]),
        (["--remove", "cargo", "--remove", "crate"], []),
        (["--add", "tokio", "--remove", "crate"], ["cargo", "tokio"]),
        (["--set", "b", "--set", "a", "--set", "b"], ["b", "a"]),
    ],
)
def test_keywords_change_from_what_is_there(
    core: str, script: Script, options: list[str], keywords: list[str]
) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    script.answers["UpdateCategory"] = [pb.UpdateCategoryResponse(change=CHANGE)]
    assert run("category", "keywords", "rust", *options, core=core).code == 0
    assert script.requests("UpdateCategory") == [
        pb.UpdateCategoryRequest(
            category=pb.Category(name="rust", keywords=keywords),
            update_mask=FieldMask(paths=["keywords"]),
            etag="e-1",
        )
    ]


def test_keywords_are_read_again_when_somebody_else_was_faster(core: str, script: Script) -> None:
    later = pb.Category(name="rust", keywords=["tokio"], etag="e-2")
    script.answers["GetCategory"] = [
        pb.GetCategoryResponse(category=RUST),
        pb.GetCategoryResponse(category=later),
    ]
    script.answers["UpdateCategory"] = [ABORTED, pb.UpdateCategoryResponse(change=CHANGE)]
    done = run("category", "keywords", "rust", "--add", "serde", core=core)
    assert done.code == 0
    last = script.requests("UpdateCategory")[-1]
    assert (list(last.category.keywords), last.etag) == (["tokio", "serde"], "e-2")


def test_it_gives_up_where_somebody_else_is_always_faster(core: str, script: Script) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    script.answers["UpdateCategory"] = [ABORTED]
    done = run("category", "keywords", "rust", "--add", "serde", core=core)
    assert done == Done(1, "", f"the core at {core} says: it has changed since")
    assert len(script.requests("UpdateCategory")) == 5


def test_an_etag_that_was_named_is_not_replaced(core: str, script: Script) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    script.answers["UpdateCategory"] = [ABORTED, pb.UpdateCategoryResponse(change=CHANGE)]
    done = run("category", "keywords", "rust", "--add", "serde", "--etag", "mine", core=core)
    assert done.code == 1
    assert [sent.etag for sent in script.requests("UpdateCategory")] == ["mine"]


def test_a_keyword_that_is_not_there_is_not_removed(core: str, script: Script) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    done = run("category", "keywords", "rust", "--remove", "cargos", core=core)
    assert done == Done(1, "", "rust has no keyword 'cargos'")


def test_set_goes_alone(core: str) -> None:
    done = run("category", "keywords", "rust", "--set", "a", "--add", "b", core=core)
    assert done == Done(1, "", "--set goes without --add and --remove")


# -- models --------------------------------------------------------------------------


def test_an_alias_that_is_there_is_replaced_only_when_that_is_said(
    core: str, script: Script
) -> None:
    script.answers["GetConfig"] = [pb.GetConfigResponse(config=CONFIG, etag="c-1")]
    done = run("model", "add", "glm-5", "z-ai/glm-6", core=core)
    assert done.code == 1
    assert done.err.startswith("glm-5 is there already: z-ai/glm-5 of openrouter; --replace")
    assert not script.requests("PutModel")


def test_an_alias_that_appears_meanwhile_is_not_replaced_either(core: str, script: Script) -> None:
    newer = pb.RouterConfig(models=[pb.ModelAlias(alias="new", id="x/y", provider="local")])
    script.answers["GetConfig"] = [
        pb.GetConfigResponse(config=CONFIG, etag="c-1"),
        pb.GetConfigResponse(config=newer, etag="c-2"),
    ]
    script.answers["PutModel"] = [ABORTED]
    done = run("model", "add", "new", "a/d", core=core)
    assert done.err.startswith("new is there already: x/y of local")
    assert [sent.etag for sent in script.requests("PutModel")] == ["c-1"]


def test_the_list_of_models_says_what_uses_each(core: str, script: Script) -> None:
    script.answers["GetConfig"] = [pb.GetConfigResponse(config=CONFIG)]
    rows = [line.split() for line in run("model", "list", core=core).out.splitlines()]
    assert rows == [
        ["alias", "id", "provider", "used", "by"],
        ["glm-5", "z-ai/glm-5", "openrouter", "code,", "rust"],
        ["tiny", "qwen:0.5b", "local", "rust,", "housekeeping,", "limits.per_request"],
        ["spare", "a/b", "openrouter", "last_resort,", "limits.per_request"],
        ["unplaced", "a/c", "code"],
        ["idle", "z-ai/glm-5", "local", "-"],
    ]
    shown = json.loads(run("model", "list", "--json", core=core).out)
    assert [model["used_by"] for model in shown["models"]] == [
        ["code", "rust"],
        ["rust", "housekeeping", "limits.per_request"],
        ["last_resort", "limits.per_request"],
        ["code"],
        [],
    ]


# -- reading ---------------------------------------------------------------------------


def test_the_list_of_categories_has_every_page(core: str, script: Script) -> None:
    code = pb.Category(name="code", models=["glm-5"], policy="ordered", built_in=True)
    script.answers["ListCategories"] = [
        pb.ListCategoriesResponse(categories=[code], next_page_token="2"),
        pb.ListCategoriesResponse(categories=[RUST]),
    ]
    lines = run("category", "list", core=core).out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["code", "glm-5", "0", "0", "ordered", "yes"],
        ["rust", "glm-5,", "kimi-k2.5", "2", "0", "no"],
    ]
    assert [sent.page_token for sent in script.requests("ListCategories")] == ["", "2"]
    script.asked.clear()
    shown = json.loads(run("category", "list", "--json", core=core).out)
    assert shown == {"categories": [project(code), project(RUST)]}


def test_without_a_change_lists_are_shown(core: str, script: Script) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    assert run("category", "models", "rust", core=core).out == "glm-5\nkimi-k2.5\n"
    assert run("category", "keywords", "rust", core=core).out == "cargo\ncrate\n"
    shown = run("category", "keywords", "rust", "--json", core=core).out
    assert json.loads(shown) == project(RUST)


def test_the_config_is_shown_by_the_keys_that_set_it(core: str, script: Script) -> None:
    answer = pb.GetConfigResponse(
        config=CONFIG, etag="c-1", overrides=["mode is cascade by X"], problems=["line 3: what"]
    )
    script.answers["GetConfig"] = [answer]
    lines = run("config", "show", core=core).out.splitlines()
    pairs = [tuple(line.split()) for line in lines]
    for pair in (
        ("mode", "cascade"),
        ("housekeeping", "tiny"),
        ("deadlines.idle_s", "-"),
        ("rust", "local:qwen:0.5b,", "z-ai/glm-5", "cheapest"),
    ):
        assert pair in pairs
    assert lines[-3:] == ["etag c-1", "note: mode is cascade by X", "wrong: line 3: what"]
    shown = json.loads(run("config", "show", "--json", core=core).out)
    others = {"etag": "c-1", "overrides": ["mode is cascade by X"], "problems": ["line 3: what"]}
    assert shown == project(CONFIG) | others


def test_the_history_says_who_when_and_what(core: str, script: Script) -> None:
    at = Timestamp(seconds=1_764_000_000, nanos=5)
    versions = [
        pb.ConfigVersion(version=2, time=at, author="local", changes=["a: 1 -> 2", "b: added"]),
        pb.ConfigVersion(version=1, time=at, author="file"),
    ]
    script.answers["ListConfigVersions"] = [
        pb.ListConfigVersionsResponse(versions=versions[:1], next_page_token="n"),
        pb.ListConfigVersionsResponse(versions=versions[1:]),
    ]
    _, second, first = run("config", "history", core=core).out.splitlines()
    assert second.split(maxsplit=4) == ["2", "2025-11-24", "16:00:00Z", "local", second[-19:]]
    assert second.endswith("a: 1 -> 2; b: added")
    assert first.split()[-2:] == ["file", "-"]
    assert [sent.page_token for sent in script.requests("ListConfigVersions")] == ["", "n"]
    script.asked.clear()
    shown = json.loads(run("config", "history", "--json", core=core).out)
    assert [version["version"] for version in shown["versions"]] == [2, 1]


def test_a_version_of_many_changes_does_not_fill_the_screen(core: str, script: Script) -> None:
    for count, end in ((5, "c4: added"), (6, "c4: added; and 1 more"), (940, "; and 935 more")):
        changes = [f"categories.c{n}: added" for n in range(count)]
        version = pb.ConfigVersion(version=1, author="local", changes=changes)
        script.answers["ListConfigVersions"] = [pb.ListConfigVersionsResponse(versions=[version])]

        _, line = run("config", "history", core=core).out.splitlines()
        assert line.endswith(end)
        shown = json.loads(run("config", "history", "--json", core=core).out)
        assert shown["versions"][0]["changes"] == changes
