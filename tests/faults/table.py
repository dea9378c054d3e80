"""What a failed call means: DESIGN section 6 once more, written down for the tests alone.

Nothing here knows the router's own table: a row that differs there is a wrong cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What kind of failure a call ends in."""

    FINE = "fine"
    """None: the answer is good enough to be passed on."""
    TRANSIENT = "transient"
    """It may go well the next time."""
    TIMED_OUT = "timed_out"
    """The same, and it was too slow."""
    RATE_LIMITED = "rate_limited"
    """It asks for time."""
    GONE = "gone"
    """There is no such model."""
    UNSUITABLE = "unsuitable"
    """This request's constraints exclude the model."""
    NO_ACCESS = "no_access"
    """The provider refuses the key, or its credit is spent."""
    TOO_LONG = "too_long"
    """The conversation does not fit into the model's window; a larger one may do."""
    REFUSED = "refused"
    """The request itself is at fault."""


class Retry(StrEnum):
    """Whether the same model is called again."""

    NEVER = "never"
    ONCE = "once"
    IF_ALONE = "if_alone"
    """Once, where there is no other to call."""


class Effect(StrEnum):
    """What it does to the model."""

    NOTHING = "nothing"
    COUNTS = "counts"
    """One more failure in a row; the third opens the breaker."""
    BENCHES = "benches"
    MODEL_OUT = "model_out"
    PROVIDER_OUT = "provider_out"


@dataclass(frozen=True, slots=True)
class Row:
    """What follows from a kind of failure.

    Attributes:
        outcomes: what the ledger may call such an attempt.
    """

    retry: Retry
    falls_back: bool
    effect: Effect
    outcomes: frozenset[str]


def _row(retry: Retry, effect: Effect, *outcomes: str, falls_back: bool = True) -> Row:
    return Row(retry, falls_back, effect, frozenset(outcomes))


TABLE: Final = MappingProxyType(
    {
        Kind.FINE: _row(Retry.NEVER, Effect.NOTHING, "ok"),
        Kind.TRANSIENT: _row(
            Retry.ONCE, Effect.COUNTS, "unreachable", "server_error", "invalid_answer"
        ),
        Kind.TIMED_OUT: _row(Retry.ONCE, Effect.COUNTS, "timeout"),
        Kind.RATE_LIMITED: _row(Retry.IF_ALONE, Effect.BENCHES, "rate_limited"),
        Kind.GONE: _row(Retry.NEVER, Effect.MODEL_OUT, "model_gone"),
        Kind.UNSUITABLE: _row(Retry.NEVER, Effect.NOTHING, "unsuitable"),
        Kind.NO_ACCESS: _row(Retry.NEVER, Effect.PROVIDER_OUT, "no_access"),
        # To models alone whose window is known to be larger: see the oracle.
        Kind.TOO_LONG: _row(Retry.NEVER, Effect.NOTHING, "context_overflow"),
        Kind.REFUSED: _row(Retry.NEVER, Effect.NOTHING, "rejected", falls_back=False),
    }
)

OPENS_AT: Final = 3
"""Counted failures in a row that open a breaker."""
DEFAULT_BENCH_S: Final = 15.0
LONGEST_BENCH_S: Final = 300.0
LONG_WAIT_S: Final = 1.0
"""A model that asks for more than this is not called again where there are others."""
LONGEST_PAUSE_S: Final = 30.0
"""A model that asks for more than this is not called again by the same request."""
