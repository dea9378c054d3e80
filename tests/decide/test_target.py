"""What the caller's ``model`` asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.target import (
    Automatic,
    Direct,
    NamedCategory,
    Unknown,
    read_target,
    resolve_model,
)

GLM = ModelRef(name="glm-5", id="z-ai/glm-5", provider="openrouter")
CONFIG = RoutingConfig(
    providers={
        "openrouter": Provider(name="openrouter", base_url="http://a"),
        "local": Provider(name="local", base_url="http://b"),
    },
    aliases={"glm-5": GLM},
    categories={
        name: Category(name=name, models=(GLM,))
        for name in ("tools", "code", "reasoning", "conversation")
    },
)


@pytest.mark.parametrize("model", [None, "", "auto", "router"])
def test_the_router_chooses_for(model: str | None) -> None:
    assert read_target(model, CONFIG) == Automatic()


def test_a_category_is_named_behind_the_router() -> None:
    assert read_target("router/code", CONFIG) == NamedCategory("code")


@pytest.mark.parametrize("model", ["router/poems", "router/", "router/router/code"])
def test_an_unknown_category_is_told_with_those_that_there_are(model: str) -> None:
    target = read_target(model, CONFIG)
    assert isinstance(target, Unknown)
    assert "code, reasoning" in target.problem


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("glm-5", GLM),
        ("acme/never-heard-of", ("acme/never-heard-of", "acme/never-heard-of", "openrouter")),
        ("deepseek/r1:free", ("deepseek/r1:free", "deepseek/r1:free", "openrouter")),
        ("local:qwen2.5:0.5b", ("local:qwen2.5:0.5b", "qwen2.5:0.5b", "local")),
        ("openrouter:z-ai/glm-5", ("openrouter:z-ai/glm-5", "z-ai/glm-5", "openrouter")),
    ],
)
def test_a_model_is_named_by(model: str, expected: ModelRef | tuple[str, str, str]) -> None:
    if isinstance(expected, tuple):
        name, model_id, provider = expected
        expected = ModelRef(name=name, id=model_id, provider=provider)
    assert read_target(model, CONFIG) == Direct(expected)


@pytest.mark.parametrize("model", ["gpt-4", "qwen2.5:0.5b", "local:", "Router", "code"])
def test_another_name_without_a_slash_is_unknown(model: str) -> None:
    assert isinstance(read_target(model, CONFIG), Unknown)


@given(st.text())
def test_every_name_is_read(model: str) -> None:
    read_target(model, CONFIG)


@given(st.text(min_size=1))
def test_a_resolved_model_has_a_configured_provider(entry: str) -> None:
    model = resolve_model(entry, CONFIG.providers, CONFIG.aliases)
    assert model is None or model.provider in CONFIG.providers
