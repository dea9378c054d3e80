"""What to watch out for in a new config: right by its form, and perhaps not what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.words import words_of

__all__ = ["Surroundings", "warnings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known beside the config.

    Attributes:
        absence: why a model cannot be called, for a person; ``None``: it can, as far as
            is known.
        has_key: whether an environment variable holds a key.
    """

    absence: Callable[[ModelRef], str | None]
    has_key: Callable[[str], bool]


def warnings(before: RoutingConfig, after: RoutingConfig, around: Surroundings) -> tuple[str, ...]:
    """What is new to watch out for, a line each, for a person."""
    around = replace(around, absence=cache(around.absence))  # it may take milliseconds
    known = frozenset(_warnings(before, around))
    return tuple(line for line in _warnings(after, around) if line not in known)


def _warnings(config: RoutingConfig, around: Surroundings) -> Iterator[str]:
    for category in config.categories.values():
        if not category.built_in and not (category.keywords or category.examples):
            yield (
                f"categories.{category.name}: without keywords and examples only a model that"
                " classifies can tell it from the others"
            )
    yield from _shared_keywords(config)
    used = config.in_use()
    for alias, model in config.aliases.items():
        prefix, _, rest = model.id.partition(":")
        if rest and prefix in config.providers:
            yield (
                f"models.{alias}.id: {model.id!r:.80} is sent as it is; a provider's name stands in"
                f" models.{alias}.provider"
            )
        if alias not in used:
            yield f"models.{alias}: in no list; only a request that names it reaches it"
    for name, model in config.models().items():
        if why := around.absence(model):
            yield f"{name} ({model.id}) is out: {why}"
    for provider in config.providers.values():
        if provider.api_key_env and not around.has_key(provider.api_key_env):
            yield (
                f"providers.{provider.name}: {provider.api_key_env} is not set where the router"
                " runs; its models will refuse us"
            )


def _shared_keywords(config: RoutingConfig) -> Iterator[str]:
    """Words that speak for two categories, and so tell neither."""
    owners: dict[tuple[str, ...], Category] = {}
    for category in config.categories.values():
        for keyword in category.keywords:
            owner = owners.setdefault(tuple(words_of(keyword)), category)
            if owner is not category:
                yield (
                    f"categories.{category.name}.keywords: {keyword!r:.60} speaks for"
                    f" {owner.name} too"
                )
