"""What routers are measured against: choices that need no judgement of the request.

Each function says which model each request of a trace goes to. A single model is chosen by
the trace itself, in hindsight: the best single model is then as good as one can be, which
is what a router has to beat. Where that model cannot take a request, the next one of the same
order that can takes it. Ties are broken by the models' names at last, so that no figure
hangs on the order of rows or of a mapping.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from router_core.decide.evaluation.chance import below
from router_core.decide.evaluation.points import Choices
from router_core.decide.evaluation.trials import Outcome, Trial

__all__ = [
    "at_random",
    "best_single",
    "by_cost",
    "by_prompt_length",
    "by_quality",
    "cheapest",
    "dearest",
    "oracle",
    "prompt_length_sweep",
]


class _Mean(NamedTuple):
    """What a model makes of a trace.

    Attributes:
        quality: mean over all requests; one that it cannot take counts as 0.
        cost_usd: mean over those that it can take.
    """

    quality: float
    cost_usd: float


def best_single(trials: Sequence[Trial]) -> Choices:
    """All to the model of the highest mean quality; of equals, to the cheapest."""
    return _first_able(trials, by_quality(trials))


def cheapest(trials: Sequence[Trial]) -> Choices:
    """All to the model of the lowest mean cost; of equals, to the best."""
    return _first_able(trials, by_cost(trials))


def dearest(trials: Sequence[Trial]) -> Choices:
    """All to the model of the highest mean cost; of equals, to the best."""
    means = _means(trials)
    order = sorted(means, key=lambda name: (-means[name].cost_usd, -means[name].quality, name))
    return _first_able(trials, order)


def at_random(trials: Sequence[Trial], *, seed: int) -> Choices:
    """Each to one of the models that can take it, all equally likely."""
    able = [sorted(trial.outcomes) for trial in trials]
    picks = below([max(1, len(models)) for models in able], seed)
    return [models[pick] if models else None for models, pick in zip(able, picks, strict=True)]


def oracle(trials: Sequence[Trial]) -> Choices:
    """Each to the model that answers it best; of equals, to the cheapest."""
    return [
        min(trial.outcomes, key=partial(_answers_best, trial), default=None) for trial in trials
    ]


def by_prompt_length(trials: Sequence[Trial], *, longest: int) -> Choices:
    """Prompts of at most ``longest`` tokens as `cheapest` has it, others as `best_single`."""
    return _split(trials, longest, cheapest(trials), best_single(trials))


def prompt_length_sweep(trials: Sequence[Trial], *, steps: int = 20) -> tuple[Choices, ...]:
    """`by_prompt_length` with no request short at first, and a step more of them each time.

    Args:
        trials: the trace.
        steps: in how many steps all are short, at least 1; there are fewer where lengths are
            equal.
    """
    lengths = sorted(trial.prompt_tokens for trial in trials)
    ranks = (len(lengths) * step // steps for step in range(1, steps + 1))
    limits = dict.fromkeys([-1, *(lengths[rank - 1] for rank in ranks if rank)])
    short, long = cheapest(trials), best_single(trials)
    return tuple(_split(trials, limit, short, long) for limit in limits)


def by_quality(trials: Sequence[Trial]) -> tuple[str, ...]:
    """All models, from the highest mean quality to the lowest; of equals, the cheapest first."""
    means = _means(trials)
    return tuple(sorted(means, key=lambda name: (-means[name].quality, means[name].cost_usd, name)))


def by_cost(trials: Sequence[Trial]) -> tuple[str, ...]:
    """All models, from the lowest mean cost to the highest; of equals, the best first."""
    means = _means(trials)
    return tuple(sorted(means, key=lambda name: (means[name].cost_usd, -means[name].quality, name)))


def _means(trials: Sequence[Trial]) -> dict[str, _Mean]:
    by_model: defaultdict[str, list[Outcome]] = defaultdict(list)
    for trial in trials:
        for name, outcome in trial.outcomes.items():
            by_model[name].append(outcome)
    # Summed exactly, so that equals are equal whatever the order of the rows.
    return {
        name: _Mean(
            math.fsum(each.quality for each in outcomes) / len(trials),
            math.fsum(each.cost_usd for each in outcomes) / len(outcomes),
        )
        for name, outcomes in by_model.items()
    }


def _first_able(trials: Sequence[Trial], order: Sequence[str]) -> Choices:
    """Each request to the first model of an order that can take it."""
    return [next((name for name in order if name in trial.outcomes), None) for trial in trials]


def _split(trials: Sequence[Trial], longest: int, short: Choices, long: Choices) -> Choices:
    """The one choice for prompts of at most ``longest`` tokens, the other one for the rest."""
    return [
        low if trial.prompt_tokens <= longest else high
        for trial, low, high in zip(trials, short, long, strict=True)
    ]


def _answers_best(trial: Trial, name: str) -> tuple[float, float, str]:
    """The least is the best: by quality, then cost, then name."""
    outcome = trial.outcomes[name]
    return -outcome.quality, outcome.cost_usd, name
