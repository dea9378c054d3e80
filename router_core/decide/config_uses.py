"""Where a config uses a model, as paths in the file."""

from __future__ import annotations

from router_core.decide.config import ModelRef, RoutingConfig

__all__ = ["in_use", "lists_of", "users_of"]


def users_of(alias: str, config: RoutingConfig) -> tuple[str, ...]:
    """Where ``config`` names an alias, so that it cannot go."""
    limits = config.limits.per_request
    named = {path: {model.name for model in models} for path, models in lists_of(config).items()}
    named["limits.per_request.allowed_models"] = set().union(*limits.allowed_models)
    named["limits.per_request.excluded_models"] = set(limits.excluded_models)
    return tuple(path for path, names in named.items() if alias in names)


def in_use(config: RoutingConfig) -> frozenset[str]:
    """The names of all models that requests may come to without naming them."""
    return frozenset(model.name for models in lists_of(config).values() for model in models)


def lists_of(config: RoutingConfig) -> dict[str, tuple[ModelRef, ...]]:
    """Every list of models, by its path in the file; what stands alone is one of one."""
    listed = {f"categories.{name}.models": each.models for name, each in config.categories.items()}
    listed["housekeeping"] = config.housekeeping
    single = {
        "last_resort": config.last_resort,
        "classifiers.api.model": config.classifiers.api.model,
    }
    return listed | {path: (model,) for path, model in single.items() if model is not None}
