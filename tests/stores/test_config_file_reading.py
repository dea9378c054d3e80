"""What is read from `router_config.json`, and what it leaves to the defaults."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.decide.config import (
    AtLimit,
    DeadlineOverrides,
    Deadlines,
    Limits,
    Mode,
    ModelRef,
    SpendingLimits,
    ToolsRule,
)
from router_core.decide.defaults import BUILT_IN_CATEGORIES, default_config
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import render, text_of
from tests.stores.config_texts import LOCAL, OPENROUTER, models_of, read, with_models

AS_LEFT_OUT = replace(default_config(), last_resort=None)
"""The defaults; no model is called as a last resort that nobody has written down."""


def test_an_empty_object_is_the_defaults() -> None:
    assert parse(b"{}") == AS_LEFT_OUT


def test_a_last_resort_limits_and_a_providers_own_deadlines_are_read_and_written() -> None:
    text = b"""{
      "providers": {"local": {"base_url": "http://localhost:11434/v1",
                              "deadlines": {"first_token_s": 300}}},
      "last_resort": "local:qwen3",
      "limits": {"max_concurrent": 4, "max_queued": 0}
    }"""
    config = parse(text)
    assert config.last_resort == ModelRef(name="local:qwen3", id="qwen3", provider="local")
    assert config.limits == Limits(max_concurrent=4, max_queued=0)
    assert config.providers["local"].deadlines == DeadlineOverrides(first_token_s=300.0)
    assert config.deadlines_of(config.last_resort) == Deadlines(first_token_s=300.0)
    assert parse(text_of(render(config))) == config


@pytest.mark.parametrize(
    ("written", "usd"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ('"5.00"', "5"),
        ("0.1", "0.1"),
        ("1e-7", "0.0000001"),
        ('"100"', "100"),
        ("1e6", "1000000"),
    ],
)
def test_a_spending_limit_is_a_number_or_a_decimal_string(written: str, usd: str) -> None:
    config = parse(b'{"limits": {"daily_usd": %b}}' % written.encode())
    assert config.limits.daily_usd == Decimal(usd)
    assert render(config)["limits"]["daily_usd"] == usd
    assert parse(text_of(render(config))) == config


def test_a_spending_limit_that_is_null_is_none() -> None:
    limits = parse(b'{"limits": {"daily_usd": null, "per_caller": {"monthly_usd": 3}}}').limits
    assert (limits.daily_usd, limits.monthly_usd) == (None, None)
    assert limits.per_caller == SpendingLimits(monthly_usd=Decimal(3))
    assert limits.cap_spending
    assert not limits.are_set
    assert limits.at_limit is AtLimit.REFUSE


def test_the_example_of_the_documentation_is_read() -> None:
    config = parse(
        b"""{
          "version": 1,
          "mode": "keywords",
          "providers": {
            "openrouter": {"base_url": "https://openrouter.ai/api/v1/",
                           "api_key_env": "OPENROUTER_API_KEY"},
            "local": {"base_url": "http://localhost:11434/v1"}
          },
          "models": {"glm-5": {"id": "z-ai/glm-5", "provider": "openrouter"}},
          "categories": {
            "code": {"models": ["glm-5", "aurora-alpha", "gpt-4o-mini"], "keywords": ["python"],
                     "description": "...", "policy": "ordered"}
          }
        }"""
    )

    assert config.mode is Mode.KEYWORDS
    assert list(config.providers) == ["openrouter", "local"]
    assert config.providers["openrouter"].base_url == "https://openrouter.ai/api/v1"
    assert config.providers["local"].api_key_env is None
    assert config.categories["code"].keywords == ("python",)
    assert [name for name, _, _ in models_of(config, "code")] == list(BUILT_IN_CATEGORIES["code"])


def test_categories_that_the_file_lacks_are_added_with_their_defaults() -> None:
    config = read(categories={"mine": {"models": ["a/b"]}})

    assert list(config.categories) == [*BUILT_IN_CATEGORIES, "mine"]
    assert config.categories["tools"] == default_config().categories["tools"]
    assert not config.categories["mine"].built_in


def test_a_built_in_category_keeps_the_defaults_that_its_entry_leaves_out() -> None:
    code = read(categories={"code": {"keywords": []}}).categories["code"]
    default = default_config().categories["code"]

    assert code.keywords == ()
    assert (code.models, code.description) == (default.models, default.description)
    assert code.built_in


def test_the_first_provider_is_the_default_one() -> None:
    config = with_models("a/b", providers={"local": LOCAL, "openrouter": OPENROUTER})

    assert config.default_provider == "local"
    assert models_of(config) == [("a/b", "local", "a/b")]


def test_built_in_models_are_asked_of_openrouter_wherever_it_stands() -> None:
    config = read(providers={"local": LOCAL, "openrouter": OPENROUTER})

    assert {model.provider for model in config.categories["code"].models} == {"openrouter"}


def test_without_openrouter_the_built_in_models_are_asked_of_the_default_provider() -> None:
    config = read(providers={"local": LOCAL})

    assert {model.provider for model in config.categories["code"].models} == {"local"}


@pytest.mark.parametrize(
    ("entry", "provider", "model_id"),
    [
        ("mine-1", "local", "qwen2.5:0.5b"),
        ("vendor/model", "openrouter", "vendor/model"),
        ("deepseek/x:free", "openrouter", "deepseek/x:free"),
        ("~openai/gpt-latest", "openrouter", "~openai/gpt-latest"),
        ("local:qwen2.5:0.5b", "local", "qwen2.5:0.5b"),
        ("openrouter:deepseek/x:free", "openrouter", "deepseek/x:free"),
    ],
)
def test_an_entry_is_an_alias_an_id_or_a_provider_and_an_id(
    entry: str, provider: str, model_id: str
) -> None:
    config = with_models(
        entry,
        providers={"openrouter": OPENROUTER, "local": LOCAL},
        models={"mine-1": {"id": "qwen2.5:0.5b", "provider": "local"}},
    )

    assert models_of(config) == [(entry, provider, model_id)]


def test_an_alias_of_the_file_wins_over_the_built_in_one() -> None:
    config = read(models={"glm-5": {"id": "z-ai/glm-5.3"}})

    assert config.aliases["glm-5"].id == "z-ai/glm-5.3"
    assert config.categories["code"].models[0].id == "z-ai/glm-5.3"


def test_disabled_envelopes_are_read_and_none_is_by_default() -> None:
    assert read().disabled_envelopes == frozenset()
    twice = read(disabled_envelopes=["openclaw", "agent", "openclaw"])
    assert twice.disabled_envelopes == {"openclaw", "agent"}


def test_housekeeping_and_deadlines_are_read_and_default() -> None:
    config = read(housekeeping=["glm-5", "a/b"], deadlines={"idle_s": 5})

    assert [model.id for model in config.housekeeping] == ["z-ai/glm-5", "a/b"]
    assert (config.deadlines.idle_s, config.deadlines.total_s) == (5.0, 600.0)


def test_every_mode_and_tools_rule_is_accepted() -> None:
    for mode in Mode:
        assert read(mode=mode.value).mode is mode
    for rule in ToolsRule:
        assert read(tools_rule=rule.value).tools_rule is rule


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbf{}") == AS_LEFT_OUT
