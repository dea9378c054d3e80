"""What a caller is told when no candidate has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from router_core.decide.failures import FailureClass
from router_core.decide.health import BENCH_S, Standing

__all__ = ["DEFAULT_WAIT_S", "Exhaustion", "Unserved", "exhaustion", "least_wait_s"]

DEFAULT_WAIT_S: Final = BENCH_S
"""When to come back, in seconds, where nobody said: as long as a model rests after a 429."""


class Exhaustion(StrEnum):
    """What the candidates have in common."""

    RATE_LIMITED = "rate_limited"
    """Every one asked for time, or is at the router's own limit."""
    TIMED_OUT = "timed_out"
    """Every one was too slow."""
    FAILED = "failed"
    """Anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A candidate that did not answer.

    Attributes:
        cause: how its last call failed, or what kept it from being called.
        back_in_s: when another try may help, in seconds; ``None``: nobody said.
    """

    cause: FailureClass | Standing
    back_in_s: float | None = None


_ASKS_FOR_TIME: Final = frozenset({FailureClass.RATE_LIMITED, FailureClass.BUSY, Standing.BENCHED})


def exhaustion(unserved: Sequence[Unserved]) -> Exhaustion:
    """What the candidates have in common."""
    causes = {each.cause for each in unserved}
    if causes and causes <= _ASKS_FOR_TIME:
        return Exhaustion.RATE_LIMITED
    if causes == {FailureClass.TIMEOUT}:
        return Exhaustion.TIMED_OUT
    return Exhaustion.FAILED


def least_wait_s(unserved: Sequence[Unserved]) -> float:
    """After how many seconds the first of them may answer; 0 or more."""
    told = [each.back_in_s for each in unserved if each.back_in_s is not None]
    return max(0.0, min(told, default=DEFAULT_WAIT_S))
