"""What a router reaches with a trace: a point in the plane of cost and quality, or a curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from router_core.decide.evaluation.trials import Outcome, Trial

__all__ = ["Choices", "Curve", "Point", "outcomes_of", "point_of", "share_of"]

Choices = Sequence[str | None]
"""Which model each request of a trace goes to, in its order; ``None``: no model takes it."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a router costs, and how well it answers.

    Attributes:
        cost_usd: mean of a request, in dollars; finite, not below 0.
        quality: mean of the answers, 0 to 1.
    """

    cost_usd: float
    quality: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What a router reaches as its dial is turned; a router without a dial has one point.

    Attributes:
        points: in any order.
    """

    points: tuple[Point, ...]


def point_of(trials: Sequence[Trial], choices: Choices) -> Point | None:
    """What such choices come to; ``None``: the trace is empty.

    A request that goes to no model, or to one that cannot take it, is not answered: it has
    quality 0 and costs nothing.
    """
    if not trials:
        return None
    met = outcomes_of(trials, choices)
    answers = [outcome for outcome in met if outcome is not None]
    return Point(
        cost_usd=math.fsum(each.cost_usd for each in answers) / len(met),
        quality=math.fsum(each.quality for each in answers) / len(met),
    )


def outcomes_of(trials: Sequence[Trial], choices: Choices) -> list[Outcome | None]:
    """What each request meets with under such choices; ``None``: it is not answered."""
    return [
        None if model is None else trial.outcomes.get(model)
        for trial, model in zip(trials, choices, strict=True)
    ]


def share_of(model: str, choices: Choices) -> float | None:
    """How many of all requests go to a model, 0 to 1; ``None``: there are none."""
    return sum(each == model for each in choices) / len(choices) if choices else None
