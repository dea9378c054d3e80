"""How well a router chooses: the figures of the field, and what it is measured against.

One module a family of figures. All are functions of a trace in which every model's answer to
every request is known.
"""

from __future__ import annotations

from router_core.decide.evaluation.aiq import aiq, hull, span
from router_core.decide.evaluation.arena import arena_score, thrift
from router_core.decide.evaluation.baselines import (
    at_random,
    best_single,
    by_cost,
    by_prompt_length,
    by_quality,
    cheapest,
    dearest,
    oracle,
    prompt_length_sweep,
)
from router_core.decide.evaluation.bootstrap import (
    Interval,
    interval,
    resampled_means,
    resampled_quantiles,
)
from router_core.decide.evaluation.points import (
    Choices,
    Curve,
    Point,
    outcomes_of,
    point_of,
    share_of,
)
from router_core.decide.evaluation.recovery import Calls, apgr, cpt, pgr
from router_core.decide.evaluation.trials import Outcome, Trial

__all__ = [
    "Calls",
    "Choices",
    "Curve",
    "Interval",
    "Outcome",
    "Point",
    "Trial",
    "aiq",
    "apgr",
    "arena_score",
    "at_random",
    "best_single",
    "by_cost",
    "by_prompt_length",
    "by_quality",
    "cheapest",
    "cpt",
    "dearest",
    "hull",
    "interval",
    "oracle",
    "outcomes_of",
    "pgr",
    "point_of",
    "prompt_length_sweep",
    "resampled_means",
    "resampled_quantiles",
    "share_of",
    "span",
    "thrift",
]
