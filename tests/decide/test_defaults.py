"""The built-in configuration is the one that DESIGN promises."""

from __future__ import annotations

import re

import pytest

from router_core.decide.config import Mode, ToolsRule
from router_core.decide.defaults import (
    BUILT_IN_CATEGORIES,
    BUILT_IN_MODELS,
    OPENROUTER,
    default_config,
    default_description,
    default_keywords,
)

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@pytest.mark.parametrize(
    ("category", "models"),
    [
        ("tools", ["aurora-alpha", "kimi-k2.5", "glm-5"]),
        ("code", ["glm-5", "aurora-alpha", "gpt-4o-mini"]),
        ("reasoning", ["aurora-alpha", "glm-5", "kimi-k2.5"]),
        ("conversation", ["glm-5", "gpt-4o-mini", "aurora-alpha"]),
    ],
)
def test_each_category_has_its_models_in_order(category: str, models: list[str]) -> None:
    assert [model.name for model in default_config().categories[category].models] == models


def test_there_are_four_built_in_categories_in_order() -> None:
    categories = default_config().categories

    assert list(categories) == ["tools", "code", "reasoning", "conversation"]
    assert all(category.built_in for category in categories.values())
    assert all(category.name == name for name, category in categories.items())


@pytest.mark.parametrize(
    ("alias", "model_id"),
    [
        ("aurora-alpha", "openrouter/aurora-alpha"),
        ("kimi-k2.5", "moonshotai/kimi-k2.5"),
        ("glm-5", "z-ai/glm-5"),
        ("gpt-4o-mini", "openai/gpt-4o-mini"),
    ],
)
def test_an_alias_stands_for_its_openrouter_id(alias: str, model_id: str) -> None:
    model = default_config().aliases[alias]

    assert (model.name, model.id, model.provider) == (alias, model_id, "openrouter")


def test_openrouter_is_the_only_and_default_provider() -> None:
    config = default_config()

    assert dict(config.providers) == {"openrouter": OPENROUTER}
    assert config.default_provider == "openrouter"
    assert OPENROUTER.base_url == "https://openrouter.ai/api/v1"
    assert OPENROUTER.api_key_env == "OPENROUTER_API_KEY"


def test_the_cascade_and_the_auto_rule_are_the_defaults() -> None:
    config = default_config()

    assert (config.mode, config.tools_rule) == (Mode.CASCADE, ToolsRule.AUTO)
    assert config.housekeeping == ()


def test_every_category_is_described_and_all_but_tools_have_keywords() -> None:
    for name, category in default_config().categories.items():
        assert category.description, name
        assert category.description == default_description(name)
        assert category.keywords == default_keywords(name)
        assert category.keywords or name == "tools", name


def test_a_category_of_a_users_own_has_no_default_words() -> None:
    assert default_keywords("translation") == ()
    assert default_description("translation") == ""


def test_every_model_of_a_category_is_an_alias_and_every_name_is_legal() -> None:
    for category, models in BUILT_IN_CATEGORIES.items():
        assert NAME.fullmatch(category)
        assert set(models) <= set(BUILT_IN_MODELS)
    assert all(NAME.fullmatch(alias) for alias in BUILT_IN_MODELS)


def test_two_configs_share_nothing_that_a_caller_could_change() -> None:
    one, other = default_config(), default_config()

    assert one == other
    assert one.categories is not other.categories
    assert one.aliases is not other.aliases
