"""How well a way of routing follows what conversations are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from benchmarks.dialogues import Typed
from benchmarks.playing import Played
from router_core.decide.config import ModelKey

SOON = 2
"""Turns within which a jump is to be noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """How long a jump to another subject went unnoticed.

    Attributes:
        turns: how many were routed as before, or otherwise wrong.
        noticed: whether it was noticed then; otherwise there were no more turns
            before the next jump or the end.
    """

    turns: int
    noticed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The figures of one way of routing; shares are in percent.

    Attributes:
        right: turns with a right category.
        needless: turns, of those after the first, that leave a category that is still
            right for one that is wrong.
        led: turns whose model leads the list of a right category.
        moves: turns, of those after the first, whose model is another than before.
        delays: of every real jump.
    """

    right: float
    needless: float
    led: float
    moves: float
    delays: tuple[Delay, ...]

    def within(self, turns: int) -> float:
        """Jumps that were noticed with so many wrong turns at the most."""
        return percent([delay.noticed and delay.turns <= turns for delay in self.delays])

    @property
    def late(self) -> int:
        """Jumps with more wrong turns than `SOON`."""
        return sum(delay.turns > SOON for delay in self.delays)

    @property
    def brief(self) -> int:
        """Jumps that were over before anybody could tell whether they were noticed soon."""
        return sum(not delay.noticed and delay.turns <= SOON for delay in self.delays)

    @property
    def longest(self) -> int:
        """Most wrong turns after a jump."""
        return max((delay.turns for delay in self.delays), default=0)

    @property
    def mean(self) -> float:
        """Wrong turns after a jump, noticed or not."""
        return fmean([delay.turns for delay in self.delays] or [0])


def followed(played: Sequence[Played], led_by: Callable[[str], ModelKey]) -> Following:
    """Measures.

    Args:
        played: the conversations; at least one turn.
        led_by: the model that a category's list begins with.
    """
    right, needless, led, moves = [], [], [], []
    delays: list[Delay] = []
    for each in played:
        turns, steps = each.dialogue.turns, each.steps
        for typed, step in zip(turns, steps, strict=True):
            right.append(typed.takes(step.category))
            led.append(step.model in _models_for(typed, led_by))
        for typed, (before, now) in zip(turns[1:], pairwise(steps), strict=True):
            needless.append(typed.takes(before.category) and not typed.takes(now.category))
            moves.append(before.model != now.model)
        delays += delays_of(each)
    return Following(
        right=percent(right),
        needless=percent(needless),
        led=percent(led),
        moves=percent(moves),
        delays=tuple(delays),
    )


def delays_of(played: Played) -> list[Delay]:
    """The delay of each jump.

    It is noticed at the first turn with a right category that is not the one of before
    the jump: that may be right again by then, and shows nothing.
    """
    turns, jumps = played.dialogue.turns, played.dialogue.jumps
    delays = []
    for start, end in pairwise((*jumps, len(turns))):
        left = turns[start - 1].category
        stretch = list(zip(turns[start:end], played.steps[start:end], strict=True))
        noticed = (
            place
            for place, (typed, step) in enumerate(stretch)
            if typed.takes(step.category) and step.category != left
        )
        place = next(noticed, None)
        delays.append(
            Delay(turns=len(stretch) if place is None else place, noticed=place is not None)
        )
    return delays


def percent(holds: Sequence[bool]) -> float:
    """The share of true ones; 0 where there are none at all."""
    return 100 * sum(holds) / len(holds) if holds else 0.0


def _models_for(typed: Typed, led_by: Callable[[str], ModelKey]) -> set[ModelKey]:
    return {led_by(name) for name in (typed.category, *typed.also)}
