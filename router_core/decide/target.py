"""What the caller's ``model`` asks for (DESIGN section 3, step 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from router_core.decide.config import ModelRef, Provider, RoutingConfig

ROUTER: Final = "router"
"""The model name that lets the router choose."""

CATEGORY_PREFIX: Final = "router/"
"""What stands before a category's name in ``model``."""

AUTOMATIC_NAMES: Final = frozenset({ROUTER, "auto", ""})
"""What stands in ``model`` where the router chooses; no alias can be called that."""


@dataclass(frozen=True, slots=True)
class Automatic:
    """The router chooses."""


@dataclass(frozen=True, slots=True)
class NamedCategory:
    """The caller chose a category; it exists."""

    name: str


@dataclass(frozen=True, slots=True)
class Direct:
    """The caller chose a model; whether it exists is the provider's to say."""

    model: ModelRef


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither a category nor a model; ``problem`` is for the caller."""

    problem: str


Target = Automatic | NamedCategory | Direct | Unknown


def read_target(model: str | None, config: RoutingConfig) -> Target:
    """Reads the caller's ``model``; absent and null are ``None``."""
    if model is None or model in AUTOMATIC_NAMES:
        return Automatic()
    if model.startswith(CATEGORY_PREFIX):
        name = model.removeprefix(CATEGORY_PREFIX)
        if name in config.categories:
            return NamedCategory(name)
        return Unknown(f"there is no category {name!r}; there are {', '.join(config.categories)}")
    resolved = resolve_model(model, config.providers, config.aliases)
    if resolved is None:
        return Unknown(
            f"there is no model {model!r}: it is no alias, and an id has a '/' or"
            f" a provider before a ':'; aliases are {', '.join(config.aliases)}"
        )
    return Direct(resolved)


def resolve_model(
    entry: str, providers: Mapping[str, Provider], aliases: Mapping[str, ModelRef]
) -> ModelRef | None:
    """The model that ``entry`` names, or ``None``.

    An entry is an alias, ``provider:id`` with a configured provider, or an id of
    the default provider, which has a "/" in it (and perhaps a ":" of its own).
    """
    if (aliased := aliases.get(entry)) is not None:
        return aliased
    provider, colon, model_id = entry.partition(":")
    if colon and model_id and provider in providers:
        return ModelRef(name=entry, id=model_id, provider=provider)
    if "/" in entry:
        return ModelRef(name=entry, id=entry, provider=next(iter(providers)))
    return None
