"""The score of RouterArena: one figure for how well and how cheaply a router answers.

Y. Lu and others, "RouterArena: An Open Platform for Comprehensive Comparison of LLM Routers",
2025, arXiv 2510.00202: S = (1 + b) A C / (b A + C), a weighted harmonic mean of the accuracy A
and of the thrift C = (log2 c_max - log2 c) / (log2 c_max - log2 c_min), where c is what 1,000
requests cost. The constants are those of its published code (`router_evaluation/
compute_scores.py` of github.com/RouteWorks/RouterArena); with them, its leaderboard's costs
and accuracies give its leaderboard's scores.
"""

from __future__ import annotations

from math import log2
from typing import Final

from router_core.decide.evaluation.points import Point

__all__ = ["arena_score", "thrift"]

_BETA: Final = 0.1
"""How much thrift counts against accuracy."""
_LEAST_USD: Final = 0.0044
_MOST_USD: Final = 200.0
"""c_min and c_max: dollars for 1,000 requests."""


def arena_score(point: Point) -> float:
    """The score, 0 to 1 (the leaderboard shows it times 100); 0 where accuracy or thrift is 0."""
    spared = thrift(point)
    if not point.quality or not spared:
        return 0.0
    return (1 + _BETA) * point.quality * spared / (_BETA * point.quality + spared)


def thrift(point: Point) -> float:
    """C, from 1 for c_min to 0 for c_max.

    Costs beyond either count as that one, nothing at all as c_min; the paper has none there.
    """
    cost_usd = min(max(1_000 * point.cost_usd, _LEAST_USD), _MOST_USD)
    return (log2(_MOST_USD) - log2(cost_usd)) / (log2(_MOST_USD) - log2(_LEAST_USD))
