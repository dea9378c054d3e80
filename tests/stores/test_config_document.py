"""What is written to `router_config.json`, and the etags of it."""

from __future__ import annotations

from typing import Any

import pytest

from router_core.decide.config import Category, RoutingConfig
from router_core.decide.defaults import default_config
from router_core.stores.config_in_force import parse
from router_core.stores.config_rendering import category_etag, config_etag, render, text_of
from tests.stores.config_texts import LOCAL, OPENROUTER, a_category, read


@pytest.mark.parametrize(
    "config",
    [
        default_config(),
        read(
            mode="api",
            tools_rule="present",
            providers={"local": LOCAL, "openrouter": OPENROUTER},
            models={"a.b": {"id": "x:y", "provider": "local"}},
            categories={
                "mine": {
                    "models": ["a.b", "v/m", "openrouter:v/m:free"],
                    "keywords": ["où", "日本"],
                    "description": "d",
                    "examples": ["e"],
                }
            },
            housekeeping=["a.b"],
            disabled_envelopes=["opencode", "agent"],
            deadlines={"connect_s": 1, "first_token_s": 2.5, "idle_s": 3, "total_s": 4},
        ),
    ],
)
def test_what_is_written_reads_back_as_the_same_config(config: RoutingConfig) -> None:
    again = parse(text_of(render(config)))

    assert again == config
    assert list(again.providers) == list(config.providers)
    assert list(again.categories) == list(config.categories)


def test_an_etag_is_16_hex_digits_and_changes_with_the_content() -> None:
    one, other = read(), read(mode="api")

    assert len(config_etag(one)) == 16
    assert int(config_etag(one), 16) >= 0
    assert config_etag(one) == config_etag(parse(text_of(render(one))))
    assert config_etag(one) != config_etag(other)


def test_an_etag_changes_with_the_order_of_the_providers() -> None:
    one = read(providers={"openrouter": OPENROUTER, "local": LOCAL}, models={})
    other = read(providers={"local": LOCAL, "openrouter": OPENROUTER}, models={})

    assert config_etag(one) != config_etag(other)


def test_a_categorys_etag_changes_with_the_category_alone() -> None:
    def mine(**keys: Any) -> Category:
        return read(**{**a_category(), **keys}).categories["mine"]

    assert category_etag(mine()) == category_etag(mine(mode="api"))
    assert category_etag(mine()) != category_etag(mine(**a_category(models=["a/c"])))
    assert category_etag(mine()) != category_etag(mine(**a_category(keywords=["k"])))


def test_a_categorys_etag_changes_when_an_alias_in_it_means_another_model() -> None:
    before, after = read(), read(models={"glm-5": {"id": "z-ai/glm-5.3"}})

    assert category_etag(before.categories["code"]) != category_etag(after.categories["code"])
