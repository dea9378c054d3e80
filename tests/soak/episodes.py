"""When a model fails: a schedule of episodes, drawn once, in the router's time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from random import Random

FAILING = 0.3
"""The share of the time in which a model fails."""
SHORT_S, LONG_S = (5.0, 40.0), (120.0, 480.0)
"""How long an episode lasts, in seconds: half of them seconds, half of them minutes."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which every call of a model fails.

    Attributes:
        start, end: in seconds.
        kinds: how; each call draws one.
    """

    start: float
    end: float
    kinds: tuple[str, ...]


class Episodes:
    """The episodes of one model, from ``start`` on, without end.

    Args:
        kinds: every way to fail.
    """

    def __init__(self, rng: Random, kinds: tuple[str, ...], start: float) -> None:
        self._rng = rng
        self._kinds = kinds
        self._all: list[Episode] = []
        self._drawn_to = start

    def at(self, time: float) -> Episode | None:
        """The episode at ``time``; ``None``: the model works."""
        while self._drawn_to <= time:
            self._draw()
        index = bisect_right(self._all, time, key=lambda episode: episode.start) - 1
        if index < 0 or self._all[index].end <= time:
            return None
        return self._all[index]

    def _draw(self) -> None:
        lasts_s = self._rng.uniform(*self._rng.choice((SHORT_S, LONG_S)))
        mean_s = (sum(SHORT_S) + sum(LONG_S)) / 4
        works_s = self._rng.expovariate(FAILING / (1 - FAILING) / mean_s)
        start = self._drawn_to + works_s
        kinds = tuple(self._rng.sample(self._kinds, self._rng.randint(1, 3)))
        self._all.append(Episode(start, start + lasts_s, kinds))
        self._drawn_to = start + lasts_s
