"""A circuit breaker: keeps from calling what has just failed again and again.

    CLOSED ── `threshold` counted failures in a row ──> OPEN ── `open_for_s` ──> HALF_OPEN
      ^                                                  ^                          │
      └────────────── the probe succeeds ────────────────┼──────────────────────────┤
                                                         └──── the probe fails ─────┘

A call asks for a `Pass` and tells how it ended:

    ticket = breaker.admit(now)
    if ticket is None:
        ...                                   # not now; `breaker.status(now)` says why
    breaker.succeeded(ticket)                 # or failed(ticket, now), or released(ticket)

While it is half open there is one pass, the probe's. It is held under a lease: given
back by `released`, and lost to the next caller once it is older than `lease_s`. What
a call tells counts only in the state in which it was admitted, so a call that hung
through a whole outage neither opens nor closes anything afterwards.

Time is passed in, in seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Breaker", "BreakerState", "BreakerStatus", "Pass"]


class BreakerState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    """All do."""
    OPEN = "open"
    """None does."""
    HALF_OPEN = "half_open"
    """One does, to see how it fares."""


@dataclass(frozen=True, slots=True)
class Pass:
    """The leave to make one call.

    Attributes:
        era: which of the breaker's states it was given in.
    """

    era: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerStatus:
    """What is to be seen of a breaker at one moment.

    Attributes:
        consecutive_failures: counted since the last success.
        reopens_at: when the next call may go through, in monotonic seconds; ``None``
            unless it is open.
    """

    state: BreakerState
    consecutive_failures: int
    reopens_at: float | None = None


class Breaker:
    """The breaker of one model; it starts closed.

    Args:
        threshold: how many counted failures in a row open it; 1 or more.
        open_for_s: how long it stays open, in seconds; above 0.
        lease_s: how long a probe may go without an end, in seconds; above 0, and
            longer than a call takes.

    Raises:
        ValueError: an argument is out of its range.
    """

    def __init__(
        self, *, threshold: int = 3, open_for_s: float = 300.0, lease_s: float = 60.0
    ) -> None:
        if threshold < 1 or not open_for_s > 0 or not lease_s > 0:
            raise ValueError("threshold, open_for_s and lease_s must be above 0")
        self._threshold = threshold
        self._open_for_s = open_for_s
        self._lease_s = lease_s
        self._failures = 0
        self._era = 0
        self._reopens_at: float | None = None
        """When it is half open, in monotonic seconds; ``None``: it is closed."""
        self._lease_ends: float | None = None
        """When the probe's lease ends, in monotonic seconds; ``None``: nobody holds it."""

    def status(self, now: float) -> BreakerStatus:
        """What is to be seen of it at ``now``."""
        state = self._state(now)
        return BreakerStatus(
            state=state,
            consecutive_failures=self._failures,
            reopens_at=self._reopens_at if state is BreakerState.OPEN else None,
        )

    @property
    def is_pristine(self) -> bool:
        """Whether it is closed and has counted nothing since the last success."""
        return self._reopens_at is None and not self._failures

    def would_admit(self, now: float) -> bool:
        """Whether `admit` would give a pass at ``now``; takes none."""
        state = self._state(now)
        if state is BreakerState.HALF_OPEN:
            return self._lease_ends is None or now >= self._lease_ends
        return state is BreakerState.CLOSED

    def admit(self, now: float, lease_s: float | None = None) -> Pass | None:
        """A pass for one call that begins at ``now``; ``None``: it must not be made.

        Args:
            lease_s: how long this call may take, where that is known.
        """
        if not self.would_admit(now):
            return None
        if self._reopens_at is not None:
            # Each probe is an era of its own: one that lost its lease has no say any more.
            self._era += 1
            self._lease_ends = now + (self._lease_s if lease_s is None else lease_s)
        return Pass(self._era)

    def is_current(self, ticket: Pass) -> bool:
        """Whether what the call tells counts: the state has not changed since."""
        return ticket.era == self._era

    def succeeded(self, ticket: Pass) -> bool:
        """The call answered; returns whether that has closed it."""
        if not self.is_current(ticket):
            return False
        self._failures = 0
        if self._reopens_at is None:
            return False
        self.reset()
        return True

    def failed(self, ticket: Pass, now: float) -> None:
        """The call failed at ``now``, in a way that counts."""
        if not self.is_current(ticket):
            return
        self._failures += 1
        if self._reopens_at is not None or self._failures >= self._threshold:
            self._era += 1
            self._reopens_at = now + self._open_for_s
            self._lease_ends = None

    def released(self, ticket: Pass) -> None:
        """The call ended in a way that says nothing: cancelled, or the request's own fault."""
        if self.is_current(ticket):
            self._lease_ends = None

    def reset(self) -> None:
        """Closes it, whatever was."""
        self._era += 1
        self._failures = 0
        self._reopens_at = None
        self._lease_ends = None

    def _state(self, now: float) -> BreakerState:
        if self._reopens_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._reopens_at else BreakerState.HALF_OPEN
