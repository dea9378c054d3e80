"""What to watch out for in a new config: right by its form, and perhaps not what was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.config_uses import in_use, lists_of
from router_core.decide.limiting import why_excluded, why_provider_excluded
from router_core.decide.policies import POLICIES
from router_core.decide.words import words_of

__all__ = ["Surroundings", "policy_warnings", "several", "spending_warnings", "warnings"]

_MOST_NAMES: Final = 5
"""As many are told by name."""
_MAX_COST: Final = "limits.per_request.max_cost_usd"


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
    used = in_use(config)
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
    yield from policy_warnings(config, around)


def spending_warnings(config: RoutingConfig, around: Surroundings) -> Iterator[str]:
    """Where limits of spending hold less than they seem to, a line each, for a person."""
    limits = config.limits
    if not limits.cap_spending:
        return
    if unpriced := _unpriced(config.models().values(), config, around):
        yield (
            f"limits: no price is known of {unpriced}; a call counts for nothing until its cost is"
            " reported"
        )
    if limits.per_caller.are_set and not around.knows_callers:
        yield (
            "limits.per_caller: without LLM_ROUTER_API_KEYS all callers are one, so that the"
            " tighter limit holds for all together"
        )


def policy_warnings(config: RoutingConfig, around: Surroundings) -> Iterator[str]:
    """What of policies and of a request's limits has no effect, or cannot work, a line each."""
    for category in config.categories.values():
        path, policy = f"categories.{category.name}", category.policy
        for key in _ineffective(category):
            yield f"{path}.{key}: has no effect under the policy {policy}"
        if _looks_at_quality(category) and (untold := _untold(category, config)):
            told = several(untold)
            yield f"{path}.quality: says nothing of {told}, which have the points of their places"
        if POLICIES[policy].uses_figures and not _reached(category, config):
            yield f"{path}.floor: has no effect, since no model of the list reaches it"
        if POLICIES[policy].by_cost and (unpriced := _unpriced(category.models, config, around)):
            yield f"{path}.policy: no price is known of {unpriced}, never taken for cheap"
    yield from _limit_warnings(config, around)


def _ineffective(category: Category) -> Iterator[str]:
    """The keys of a category that its policy does not look at."""
    policy = POLICIES[category.policy]
    if category.quality and not _looks_at_quality(category):
        yield "quality"
    if category.floor is not None and not policy.uses_figures:
        yield "floor"
    if category.thrift is not None and not policy.by_quality:
        yield "thrift"


def _looks_at_quality(category: Category) -> bool:
    policy, has_floor = POLICIES[category.policy], category.floor is not None
    return policy.by_quality or (policy.uses_figures and has_floor)


def _untold(category: Category, config: RoutingConfig) -> list[str]:
    """The models whose quality is not told, where that of others of the list is."""
    untold = [
        model.name
        for model in category.models
        if model.name not in category.quality and config.settings_of(model).quality is None
    ]
    return untold if len(untold) < len(category.models) else []


def _reached(category: Category, config: RoutingConfig) -> bool:
    """Whether any model of a category is above its floor, where it has one."""
    floor = category.floor
    return floor is None or any(
        config.quality_of(model, category, place) >= floor
        for place, model in enumerate(category.models)
    )


def _limit_warnings(config: RoutingConfig, around: Surroundings) -> Iterator[str]:
    limits = config.limits.per_request
    if limits.choose_among:
        for path, models in lists_of(config).items():
            if path == "classifiers.api.model":
                why = [why_provider_excluded(model.provider, limits, config) for model in models]
            else:
                why = [why_excluded(model, limits, config) for model in models]
            if models and all(why):
                yield f"{path}: limits.per_request leaves none: {models[0].name}: {why[0]}"
    if limits.max_cost_usd is not None:
        unpriced = _unpriced(config.models().values(), config, around)
        if unpriced:
            yield f"{_MAX_COST}: no price is known of {unpriced}, which come after the others"


def _unpriced(models: Iterable[ModelRef], config: RoutingConfig, around: Surroundings) -> str:
    """Those of which no price is known, for a person; empty: there is none."""
    return several(
        sorted(
            model.name
            for model in models
            if not config.settings_of(model).info.prices and not around.is_priced(model)
        )
    )


def several(names: list[str]) -> str:
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
