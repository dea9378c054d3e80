"""The built-in configuration: what a router without a config file runs on.

The four categories, the models that each prefers and where those are called are
DESIGN's (classification); the words are those of `router_core.decide.vocabulary`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from router_core.decide.config import (
    ApiSettings,
    Category,
    ClassifierSettings,
    ModelRef,
    Provider,
    RoutingConfig,
)
from router_core.decide.vocabulary import DEFAULT_KEYWORDS, DESCRIPTIONS

__all__ = [
    "API_CLASSIFIER",
    "BUILT_IN_CATEGORIES",
    "BUILT_IN_MODELS",
    "LAST_RESORT",
    "OPENROUTER",
    "default_config",
    "default_description",
    "default_keywords",
]

OPENROUTER: Final = Provider(
    name="openrouter",
    base_url="https://openrouter.ai/api/v1",
    api_key_env="OPENROUTER_API_KEY",
)
"""The provider of the built-in models."""

BUILT_IN_MODELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aurora-alpha": "openrouter/aurora-alpha",
        "kimi-k2.5": "moonshotai/kimi-k2.5",
        "glm-5": "z-ai/glm-5",
        "gpt-4o-mini": "openai/gpt-4o-mini",
    }
)
"""OpenRouter's ids of the built-in models, by alias."""

BUILT_IN_CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "tools": ("aurora-alpha", "kimi-k2.5", "glm-5"),
        "code": ("glm-5", "aurora-alpha", "gpt-4o-mini"),
        "reasoning": ("aurora-alpha", "glm-5", "kimi-k2.5"),
        "conversation": ("glm-5", "gpt-4o-mini", "aurora-alpha"),
    }
)
"""The aliases of each built-in category, in order; the categories that cannot be removed."""


LAST_RESORT: Final = "gpt-4o-mini"
"""The alias of what answers when no model of a category does: the cheapest of the built-in
models that are alive, and it takes tools and images."""

API_CLASSIFIER: Final = "gpt-4o-mini"
"""The alias of the API model that classifies, where the config names none."""


def default_keywords(category: str) -> tuple[str, ...]:
    """The words that speak for a category; none for one that is not built in."""
    return tuple(DEFAULT_KEYWORDS.get(category, ()))


def default_description(category: str) -> str:
    """What belongs to a category; empty for one that is not built in."""
    return DESCRIPTIONS.get(category, "")


def default_config() -> RoutingConfig:
    """The configuration of a router that nobody has configured."""
    aliases = {
        alias: ModelRef(name=alias, id=model_id, provider=OPENROUTER.name)
        for alias, model_id in BUILT_IN_MODELS.items()
    }
    categories = {
        name: Category(
            name=name,
            models=tuple(aliases[alias] for alias in preferred),
            keywords=default_keywords(name),
            description=default_description(name),
            built_in=True,
        )
        for name, preferred in BUILT_IN_CATEGORIES.items()
    }
    return RoutingConfig(
        providers={OPENROUTER.name: OPENROUTER},
        aliases=aliases,
        categories=categories,
        last_resort=aliases[LAST_RESORT],
        classifiers=ClassifierSettings(api=ApiSettings(model=aliases[API_CLASSIFIER])),
    )
