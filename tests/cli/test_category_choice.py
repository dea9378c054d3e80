"""How a category chooses among its models: changed, shown, and what of it has no effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.v1 import config_categories_pb2 as pb
from router_core import errors
from router_core.cli.category import choice
from tests.cli.operating import Script, real_core, run

NOWHERE = "127.0.0.1:1"
RUST = pb.Category(name="rust", quality={"glm-5": 82, "a/b": 50}, etag="e-1")
DONE = pb.UpdateCategoryResponse(change=pb.ConfigChange(changes=["it"]))


def quality(script: Script) -> list[tuple[dict[str, float], str]]:
    """What was asked for, and on which etag."""
    sent = script.requests("UpdateCategory")
    assert {tuple(each.update_mask.paths) for each in sent} == {("quality",)}
    return [(dict(each.category.quality), each.etag) for each in sent]


@pytest.mark.parametrize(
    ("options", "points"),
    [
        (["glm-5=70.5"], {"glm-5": 70.5, "a/b": 50}),
        (["kimi-k2.5=0"], {"glm-5": 82, "a/b": 50, "kimi-k2.5": 0}),
        (["a/b="], {"glm-5": 82}),
        (["a/b=", "glm-5="], {}),
    ],
)
def test_points_change_from_what_is_there(
    core: str, script: Script, options: list[str], points: dict[str, float]
) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    script.answers["UpdateCategory"] = [DONE]
    told = [each for option in options for each in ("--quality", option)]

    assert run("category", "edit", "rust", *told, core=core).code == 0
    assert quality(script) == [(points, "e-1")]


def test_points_are_read_again_when_somebody_else_was_faster(core: str, script: Script) -> None:
    later = pb.Category(name="rust", quality={"a/b": 1}, etag="e-2")
    script.answers["GetCategory"] = [
        pb.GetCategoryResponse(category=RUST),
        pb.GetCategoryResponse(category=later),
    ]
    script.answers["UpdateCategory"] = [errors.ConfigConflict("it has changed since"), DONE]

    assert run("category", "edit", "rust", "--quality", "glm-5=9", core=core).code == 0
    assert quality(script)[-1] == ({"a/b": 1, "glm-5": 9}, "e-2")


def test_all_of_it_may_change_at_once(core: str, script: Script) -> None:
    script.answers["GetCategory"] = [pb.GetCategoryResponse(category=RUST)]
    script.answers["UpdateCategory"] = [DONE]
    args = ("--policy", "", "--quality", "a/b=", "--floor", "70", "--etag", "mine")

    assert run("category", "edit", "rust", *args, core=core).code == 0
    assert script.requests("UpdateCategory") == [
        pb.UpdateCategoryRequest(
            category=pb.Category(name="rust", quality={"glm-5": 82}, floor=70),
            update_mask=FieldMask(paths=["policy", "floor", "quality"]),
            etag="mine",
        )
    ]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([], "nothing to change: say --policy, --quality, --floor or --thrift"),
        (["--quality", "glm-5"], "--quality wants MODEL=POINTS, such as glm-5=82, not 'glm-5'"),
        (["--quality", "=5"], "--quality wants MODEL=POINTS, such as glm-5=82, not '=5'"),
        (["--quality", "glm-5=good"], "--quality wants a number, not 'good'"),
        (["--floor", "high"], "--floor wants a number, not 'high'"),
        (["--thrift", "much"], "--thrift wants a number, not 'much'"),
    ],
)
def test_what_says_nothing_asks_nobody(
    core: str, script: Script, args: list[str], told: str
) -> None:
    done = run("category", "edit", "rust", *args, core=core)

    assert (done.code, done.err) == (1, told)
    assert script.asked == []


def test_a_new_category_has_no_points_to_forget(core: str) -> None:
    done = run("category", "add", "x", "--model", "a/b", "--quality", "a/b=", core=core)

    assert done.err.startswith("--quality wants MODEL=POINTS")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"policy": "ordered"}, "ordered"),
        ({"policy": "fastest", "floor": 0}, "fastest (floor 0)"),
        (
            {"policy": "balanced", "thrift": 7.5, "quality": {"b": 61.5, "a": 82}},
            "balanced (thrift 7.5, a 82, b 61.5)",
        ),
    ],
)
def test_a_choice_is_told_in_a_few_words(fields: dict[str, Any], told: str) -> None:
    assert choice(pb.Category(**fields)) == told


@pytest.fixture
def real(tmp_path: Path, nothing_set: None) -> Iterator[str]:
    with real_core(tmp_path) as address:
        yield address


def test_what_is_set_is_shown_and_what_it_lacks_is_told(real: str) -> None:
    edit = ("category", "edit", "code")
    done = run(*edit, "--quality", "glm-5=82", "--thrift", "7", core=real)
    assert "warning: categories.code.thrift: has no effect under the policy ordered" in done.out
    assert run(*edit, "--policy", "balanced", "--floor", "70", core=real).code == 0
    assert run("config", "set", "policies.thrift", "8", core=real).code == 0
    assert run("config", "set", "limits.per_request.max_cost_usd", "0.05", core=real).code == 0

    shown = run("config", "show", core=real).out
    assert "balanced (floor 70, thrift 7, glm-5 82)" in shown
    pairs = [line.split() for line in shown.splitlines()]
    assert ["policies.thrift", "8.0"] in pairs
    assert ["limits.per_request.max_cost_usd", "0.05"] in pairs
    config = json.loads(run("config", "show", "--json", core=real).out)
    (code,) = [each for each in config["categories"] if each["name"] == "code"]
    assert (code["policy"], code["quality"], code["floor"]) == ("balanced", {"glm-5": 82.0}, 70.0)

    assert run(*edit, "--floor", "", "--thrift", "", "--quality", "glm-5=", core=real).code == 0
    config = json.loads(run("config", "show", "--json", core=real).out)
    (code,) = [each for each in config["categories"] if each["name"] == "code"]
    assert (code["quality"], code["floor"], code["thrift"]) == ({}, None, None)


def test_points_of_a_model_that_is_not_in_the_list_are_refused(real: str) -> None:
    done = run("category", "edit", "code", "--quality", "kimi-k2.5=1", core=real)

    assert "categories.code.quality.kimi-k2.5: " in done.err
    assert "not in categories.code.models" in done.err


def test_check_tells_how_it_is_chosen_and_what_has_no_effect(
    tmp_path: Path, nothing_set: None
) -> None:
    code = {"models": ["glm-5"], "policy": "balanced", "floor": 70, "quality": {"glm-5": 82}}
    limits = {"per_request": {"max_ttft_ms": 8000, "excluded_models": ["kimi-k2.5"]}}
    file = {
        "version": 1,
        "categories": {"code": code, "tools": {"models": ["glm-5"], "thrift": 3}},
        "limits": limits,
        "policies": {"thrift": 5, "usd_per_point": 0.002, "seconds_per_point": 1.5},
    }
    (tmp_path / "router_config.json").write_text(json.dumps(file))

    done = run("check", core=NOWHERE, LLM_ROUTER_HOME=str(tmp_path), OPENROUTER_API_KEY="x")
    lines = [line.strip() for line in done.out.splitlines()]
    assert "category code, balanced (floor 70, glm-5 82): glm-5" in lines
    assert "category reasoning: aurora-alpha, glm-5, kimi-k2.5" in lines
    assert "policies: thrift 5, a point of quality is worth $0.002 or 1.5 s" in lines
    assert "limits of a request: max_ttft_ms 8000; excluded_models kimi-k2.5" in lines
    assert (done.code, lines[-1]) == (
        1,
        "categories.tools.thrift: has no effect under the policy ordered",
    )
