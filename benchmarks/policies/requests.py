"""Makes up requests, and what each model would make of each, by ``models.json``.

Seeded: the same data and seed give the same requests. What one model draws hangs on no other,
so that data with fewer models, or with other points, have the same requests and times.

A request comes each second. Prompts and answers have lognormal lengths; a model writes its
verbosity times the answer's tokens. The time to the first token and the speed are lognormal:
half of the variance of each (of its logarithm) is the request's own, half is one draw for
all of the model's requests of a minute, which is slow, or quick, in both.

Quality is the prior itself, and no coin is thrown by it: what luck with single answers would
add is not what differs between policies.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, sqrt
from random import Random
from typing import Final

from benchmarks.policies.priors import Data, Model, Shape
from router_core.decide.simulation import Row, Told

__all__ = ["Slowdown", "rows_of", "thirds"]

_MINUTE: Final = 60
"""Requests of a minute."""
_IN_COMMON: Final = 0.5
"""How much of the variance of a model's times is the minute's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowdown:
    """A maker's models are slow for a while.

    Attributes:
        maker: the beginning of their ids.
        factor: how many times as long everything takes.
        during: which requests it is slow for, by number.
    """

    maker: str
    factor: float
    during: range

    def of(self, model: Model, number: int) -> float:
        """How many times as long ``model`` takes."""
        slow = model.id.startswith(f"{self.maker}/") and number in self.during
        return self.factor if slow else 1.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request is, whoever answers it."""

    category: str
    prompt_tokens: int
    answer_tokens: float


def thirds(count: int) -> tuple[range, range, range]:
    """The first, the middle and the last of so many requests, by number."""
    one, two = count // 3, 2 * count // 3
    return range(one), range(one, two), range(two, count)


def rows_of(data: Data, count: int, seed: int, slowdown: Slowdown | None = None) -> list[Row]:
    """So many requests, with what each model makes of each."""
    asked = _asked(data, count, seed)
    answers = {name: _answers(model, asked, seed, slowdown) for name, model in data.models.items()}
    return [
        Row(
            where=f"request {number}",
            told={name: its[number] for name, its in answers.items()},
            category=each.category,
            prompt_tokens=each.prompt_tokens,
        )
        for number, each in enumerate(asked)
    ]


def _asked(data: Data, count: int, seed: int) -> list[_Asked]:
    chance = Random(f"requests:{seed}")
    bounds = tuple(accumulate(kind.share for kind in data.kinds.values()))
    asked = []
    for _ in range(count):
        category = _within(bounds, tuple(data.kinds), chance.random())
        kind = data.kinds[category]
        prompt = _drawn(kind.prompt_tokens, chance.gauss(0.0, 1.0))
        answer = _drawn(kind.answer_tokens, chance.gauss(0.0, 1.0))
        asked.append(_Asked(category, max(1, round(prompt)), answer))
    return asked


def _within(bounds: Sequence[float], names: Sequence[str], draw: float) -> str:
    """Whose part of 0 to 1 it is; the shares' sum may be a little less than 1."""
    return names[min(bisect(bounds, draw), len(names) - 1)]


def _answers(
    model: Model, asked: Sequence[_Asked], seed: int, slowdown: Slowdown | None
) -> list[Told]:
    chance, minute = Random(f"{model.name}:{seed}"), 0.0
    answers = []
    for number, each in enumerate(asked):
        if number % _MINUTE == 0:
            minute = chance.gauss(0.0, sqrt(_IN_COMMON))
        own = sqrt(1 - _IN_COMMON)
        slower = slowdown.of(model, number) if slowdown else 1.0
        first_ms = slower * _drawn(model.ttft_ms, minute + chance.gauss(0.0, own))
        tokens_per_s = _drawn(model.tokens_per_s, chance.gauss(0.0, own) - minute) / slower
        tokens = max(1, round(each.answer_tokens * model.verbosity[each.category]))
        answers.append(
            Told(
                quality=model.points[each.category] / 100,
                completion_tokens=tokens,
                ttft_ms=first_ms,
                latency_ms=first_ms + 1000 * tokens / tokens_per_s,
            )
        )
    return answers


def _drawn(shape: Shape, deviation: float) -> float:
    """A value so many sigmas away from the median."""
    return shape.median * exp(shape.sigma * deviation)
