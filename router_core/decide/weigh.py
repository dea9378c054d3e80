"""Weighs a second opinion against a first one.

The first is a distribution that is calibrated, the second a model's answer that is
right more often than not. Neither is trusted over the other: the probabilities are
multiplied, the second one's raised to a power that says how much it is worth, and
made to sum to 1 (a logarithmic opinion pool). Where the second had no say about a
category it is taken to hold it for unlikely, not for impossible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from router_core.decide.classification import Score, Verdict

__all__ = ["WORTH", "weigh"]

WORTH: Final[Mapping[str, float]] = MappingProxyType({"ollama": 0.5, "api": 1.0})
"""How much an opinion counts by its source, 0 (nothing) to 1 (as much as the first one).

A zero-shot model of half a billion parameters is wrong about every second time, and
too sure of itself; an API model is about as good as the first opinion is on average,
and is asked only where that one is unsure.
"""

_UNLIKELY = 0.05
"""Least share of all categories together that a distribution lacks."""

_LEAST = 1e-6
"""Nothing is impossible: a product must not vanish."""


def weigh(first: Verdict, opinion: Verdict) -> Verdict:
    """The verdict of both.

    Args:
        first: calibrated.
        opinion: another classifier's; its source is a key of `WORTH`, else it counts half.

    Returns:
        A distribution over the categories of either. Its source is the opinion's
        where that moved the choice, else the first one's.
    """
    worth = WORTH.get(opinion.source, 0.5)
    before = {score.category: score.confidence for score in first.scores}
    said = {score.category: score.confidence for score in opinion.scores}
    names = [*before, *(name for name in said if name not in before)]
    raw = {
        name: share * hold**worth
        for name, share, hold in zip(
            names, _shares(before, names), _shares(said, names), strict=True
        )
    }
    total = sum(raw.values())
    ranked = sorted(names, key=lambda name: -raw[name])
    moved = ranked[0] != first.scores[0].category
    return Verdict(
        scores=tuple(Score(category=name, confidence=raw[name] / total) for name in ranked),
        source=opinion.source if moved else first.source,
        evidence=(*opinion.evidence, *first.evidence),
        goes_on=first.goes_on,
    )


def _shares(distribution: Mapping[str, float], names: Sequence[str]) -> list[float]:
    """The share of each category; those that the distribution lacks share what it left."""
    missing = len(names) - len(distribution)
    left = max(1.0 - sum(distribution.values()), _UNLIKELY)
    floor = left / missing if missing else 0.0
    return [max(distribution.get(name, floor), _LEAST) for name in names]
