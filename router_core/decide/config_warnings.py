"""What to watch out for in a new config: right by its form, and perhaps not what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.words import words_of

__all__ = ["Surroundings", "spending_warnings", "warnings"]

_MOST_NAMES: Final = 5
"""As many are told by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known beside the config.

    Attributes:
        absence: why a model cannot be called, for a person; ``None``: it can, as far as
            is known.
        has_key: whether an environment variable holds a key.
        is_priced: whether it is known what a model costs.
        knows_callers: whether callers have keys, which tell them apart.
    """

    absence: Callable[[ModelRef], str | None]
    has_key: Callable[[str], bool]
    is_priced: Callable[[ModelRef], bool] = lambda _: True
    knows_callers: bool = True


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
    yield from spending_warnings(config, around)


def spending_warnings(config: RoutingConfig, around: Surroundings) -> Iterator[str]:
    """Where limits of spending hold less than they seem to, a line each, for a person."""
    limits = config.limits
    if not limits.cap_spending:
        return
    unpriced = [
        name
        for name, model in sorted(config.models().items())
        if not config.settings_of(model).info.prices and not around.is_priced(model)
    ]
    if unpriced:
        yield (
            f"limits: no price is known of {_several(unpriced)}; a call counts for nothing until"
            " its cost is reported"
        )
    if limits.per_caller.are_set and not around.knows_callers:
        yield (
            "limits.per_caller: without LLM_ROUTER_API_KEYS all callers are one, so that the"
            " tighter limit holds for all together"
        )


def _several(names: list[str]) -> str:
    """Some names, for a person."""
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


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
