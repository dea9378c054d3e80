"""The schema that editors use, against what the router itself says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from router_core.decide.defaults import default_config
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_rendering import render
from router_core.stores.config_schema import schema, schema_text
from tests.stores.config_texts import LOCAL, a_category, a_provider

ROOT = Path(__file__).parents[2]


def is_valid(value: dict[str, Any]) -> bool:
    return jsonschema_rs.validator_for(schema()).is_valid(value)


def test_the_published_schema_is_the_one_in_use() -> None:
    published = ROOT / "docs" / "router_config.schema.json"

    # After a change: llm-router config schema > docs/router_config.schema.json
    assert published.read_text() == schema_text()


def test_it_lies_where_a_new_file_says(tmp_path: Path) -> None:
    path = tmp_path / "router_config.json"
    ConfigFile(path).load()
    value = json.loads(path.read_bytes())

    assert (path.parent / value["$schema"]).read_text() == schema_text()
    assert is_valid(value)


def test_one_of_another_router_is_replaced_and_ours_is_left(tmp_path: Path) -> None:
    path, beside = tmp_path / "router_config.json", tmp_path / "router_config.schema.json"
    beside.write_text("{}")
    ConfigFile(path).load()
    assert beside.read_text() == schema_text()

    before = beside.stat()
    ConfigFile(path).load()
    assert beside.stat().st_ino == before.st_ino


def test_where_it_cannot_lie_the_router_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "router_config.schema.json").mkdir()
    file = ConfigFile(tmp_path / "router_config.json")

    assert file.load() == default_config()
    assert (file.problems, file.warnings) == ((), ())


def test_it_is_itself_a_schema() -> None:
    jsonschema_rs.meta.validate(schema())


@pytest.mark.parametrize(
    "value",
    [
        {},
        render(default_config()),
        {
            "version": 1,
            "providers": {"local": LOCAL},
            "models": {"m": {"id": "x", "max_concurrent": 1}},
        },
        a_category(keywords=["ode"], policy="ordered"),
        {"models": {"m": {"id": "a/b", "pricing": {"prompt": "0.000001"}}}},
        a_category(policy="balanced", quality={"a/b": 82}, floor=None, thrift=7),
        a_provider(data_policy="deny"),
        {"policies": {"thrift": 0, "usd_per_point": "0.002", "time_to": "first_token"}},
        {"limits": {"per_request": {"max_cost_usd": 0, "max_ttft_ms": None}}},
        {"limits": {"per_request": {"allowed_models": [], "data_policy": "deny"}}},
        {"limits": {"daily_usd": 5, "monthly_usd": "80.5", "per_caller": {"daily_usd": None}}},
    ],
)
def test_it_takes_what_the_router_takes(value: dict[str, Any]) -> None:
    assert is_valid(value)


@pytest.mark.parametrize(
    "value",
    [
        {"mod": "api"},
        {"mode": "nope"},
        {"version": 2},
        {"providers": {"P": LOCAL}},
        a_provider(api_key="sk-1"),
        a_category(models=[]),
        a_category(keywords=["x" * 201]),
        a_category(policy="nope"),
        {"deadlines": {"idle_s": 0}},
        {"limits": {"daily_usd": 0}},
        {"limits": {"daily_usd": "five"}},
        {"limits": {"at_limit": "nope"}},
        a_category(quality={"a/b": 101}),
        a_category(floor=-1),
        a_category(thrift=10.5),
        a_provider(data_policy="nope"),
        {"policies": {"usd_per_point": 0}},
        {"policies": {"time_to": "nope"}},
        {"limits": {"per_request": {"max_cost_usd": -1}}},
        {"limits": {"per_request": {"data_policy": "nope"}}},
    ],
)
def test_it_refuses_what_the_router_refuses(value: dict[str, Any]) -> None:
    assert not is_valid(value)
