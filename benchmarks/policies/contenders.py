"""The configs that are compared: one list and one policy for all categories, at the defaults.

The list of a category has all models, the best by the priors first: what somebody writes who
wants the best. The router knows the priors and the prices; of how fast models are and how
much they write nothing is told: it measures, as it does in life.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from benchmarks.policies.priors import Data, Points
from router_core.decide.config import ModelRef
from router_core.decide.defaults import OPENROUTER, default_config
from router_core.decide.model_info import ModelInfo
from router_core.decide.policy_settings import PolicySettings
from router_core.decide.simulation import Contender

__all__ = ["POLICIES", "contender", "name_of"]

POLICIES: Final = ("ordered", "balanced", "cheapest", "fastest")


def name_of(policy: str) -> str:
    """What a table calls it; "cheapest" alone is a baseline."""
    return f"policy {policy}"


def contender(
    data: Data,
    policy: str,
    *,
    priors: Points | None = None,
    settings: PolicySettings | None = None,
) -> Contender:
    """A router with one policy.

    Args:
        data: the models and categories.
        policy: of all categories.
        priors: the quality that it believes in; ``None``: that of ``data``; empty: none is
            told, so that the places in the list stand for it.
        settings: how it weighs; ``None``: the default.
    """
    config, points = default_config(), priors or data.points
    believed = points if priors is None else priors
    refs = {
        name: ModelRef(name=name, id=model.id, provider=OPENROUTER.name)
        for name, model in data.models.items()
    }
    infos = {name: ModelInfo(prices=model.prices) for name, model in data.models.items()}
    return Contender(
        name=name_of(policy),
        config=replace(
            config,
            aliases=refs,
            last_resort=None,
            policies=settings or config.policies,
            categories={
                name: replace(
                    config.categories[name],
                    models=tuple(sorted(refs.values(), key=lambda ref: -points[ref.name][name])),
                    policy=policy,
                    quality={model: its[name] for model, its in believed.items()},
                )
                for name in data.kinds
            },
        ),
        info_of=lambda model: infos[model.name],
    )
