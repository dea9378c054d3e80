"""What must come of a request, by the table alone: no I/O, no router.

    health = Health()
    expected = predict(chain, health, stream=True)     # and again, for the next request

A model's behaviour is a list of `Happening`s, one a call, of which the last repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.fakes.upstream import Reply
from tests.faults.table import (
    DEFAULT_BENCH_S,
    LONG_WAIT_S,
    LONGEST_BENCH_S,
    LONGEST_PAUSE_S,
    OPENS_AT,
    TABLE,
    Effect,
    Kind,
    Retry,
)


class Takes(StrEnum):
    """How long a call takes: until which of the router's deadlines."""

    NO_TIME = "no_time"
    CONNECT = "connect"
    FIRST_TOKEN = "first_token"
    IDLE = "idle"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What a model's call comes to.

    Attributes:
        reply: the upstream's; ``None``: as it answers by itself. No call gets that
            far where the provider cannot be reached.
        status: of a failure that has one.
        word: the upstream's own for it, which a client sees of a refusal.
        retry_after_s: how long it asks for.
        said: the text that reaches the client; of a failure in a stream, before it.
        committed: the failure comes after the first content of a stream.
    """

    kind: Kind
    reply: Reply | Callable[[], Reply] | None = None
    takes: Takes = Takes.NO_TIME
    status: int | None = None
    word: str = ""
    retry_after_s: float | None = None
    said: str = ""
    committed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the chain: where it is, and what its calls come to.

    Attributes:
        window: its context length in tokens; ``None``: nobody knows.
    """

    alias: str
    provider: str
    calls: tuple[Happening, ...]
    window: int | None = None

    def is_roomier_than(self, other: Model) -> bool:
        """Whether its window is known to be the larger one."""
        return (self.window or 0) > (other.window or 0) > 0


class End(StrEnum):
    """How a request ends."""

    ANSWERED = "answered"
    BROKEN = "broken"
    REFUSED = "refused"
    ALL_FAILED = "all_failed"
    ALL_RATE_LIMITED = "all_rate_limited"
    ALL_TIMED_OUT = "all_timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call, as it must be recorded."""

    alias: str
    happening: Happening


@dataclass(slots=True)
class Health:
    """What requests leave behind, by alias; benches in seconds from now."""

    failures: dict[str, int] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    benched: dict[str, float] = field(default_factory=dict)
    out: set[str] = field(default_factory=set)
    providers_out: set[str] = field(default_factory=set)

    def bars(self, model: Model) -> bool:
        """Whether the model is not to be called."""
        return (
            model.alias in self.out
            or model.alias in self.open
            or model.alias in self.benched
            or model.provider in self.providers_out
        )

    def state(self, model: Model) -> tuple[str, int]:
        """The state and the count that the router must show."""
        failures = self.failures.get(model.alias, 0)
        if model.alias in self.out or model.provider in self.providers_out:
            return "out", failures
        if model.alias in self.open:
            return "open", failures
        if model.alias in self.benched:
            return "benched", failures
        return "closed", failures

    def take(self, model: Model, happening: Happening) -> None:
        """A call came to this."""
        effect = TABLE[happening.kind].effect
        if happening.kind is Kind.FINE:
            self.failures[model.alias] = 0
        elif effect is Effect.COUNTS:
            self.failures[model.alias] = self.failures.get(model.alias, 0) + 1
            if self.failures[model.alias] >= OPENS_AT:
                self.open.add(model.alias)
        elif effect is Effect.BENCHES:
            self.benched[model.alias] = bench_s(happening)
        elif effect is Effect.MODEL_OUT:
            self.out.add(model.alias)
        elif effect is Effect.PROVIDER_OUT:
            self.providers_out.add(model.provider)


def bench_s(happening: Happening) -> float:
    """How long a rate limited model rests, in seconds."""
    asked = happening.retry_after_s
    return DEFAULT_BENCH_S if asked is None else min(asked, LONGEST_BENCH_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a request.

    Attributes:
        by: what decided it: the answer, the refusal, the last failure.
        took_s: how long it takes, the router's own work left out.
        retry_after_s: what the client is told; ``None``: not checked.
    """

    end: End
    attempts: tuple[Attempt, ...]
    by: Happening | None
    took_s: float
    retry_after_s: float | None = None

    @property
    def model(self) -> str:
        """The model that answered; empty: none did."""
        return self.attempts[-1].alias if self.end is End.ANSWERED else ""


@dataclass(slots=True)
class _Course:
    """A request on its way through the chain."""

    deadlines: Mapping[Takes, float]
    health: Health
    spent_s: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def left_s(self) -> float:
        return self.deadlines[Takes.TOTAL] - self.spent_s

    def visit(self, candidates: Sequence[Model]) -> End | None:
        """Calls the first of those that are left, perhaps again; ``None``: the next one's turn."""
        for may_retry in (True, False):
            happening, took_s = self._call(candidates[0], len(candidates))
            if happening.kind is Kind.FINE:
                return End.ANSWERED
            if happening.committed:
                return End.BROKEN
            if not TABLE[happening.kind].falls_back:
                return End.REFUSED
            pause_s = self._pause_s(happening, candidates, took_s) if may_retry else None
            if pause_s is None:
                break
            self.spent_s += pause_s
        return None

    def after(self, candidates: Sequence[Model]) -> list[Model]:
        """Who is left once the first of them has failed."""
        left = [model for model in candidates[1:] if not self.health.bars(model)]
        if self.attempts[-1].happening.kind is Kind.TOO_LONG:
            left = [model for model in left if model.is_roomier_than(candidates[0])]
        return left

    def ends(
        self, end: End, *, by: Happening | None = None, retry_after_s: float | None = None
    ) -> Expected:
        last = self.attempts[-1].happening if self.attempts else None
        return Expected(
            end=end,
            attempts=tuple(self.attempts),
            by=by or last,
            took_s=self.spent_s,
            retry_after_s=retry_after_s,
        )

    def _call(self, model: Model, to_call: int) -> tuple[Happening, float]:
        """Calls the model; also how long that took.

        Until it answers, a call has no more than its share of what is left.
        """
        before = sum(attempt.alias == model.alias for attempt in self.attempts)
        happening = model.calls[min(before, len(model.calls) - 1)]
        share_s = self.left_s / (1 if happening.committed else to_call)
        took_s = min(self.deadlines[happening.takes], share_s)
        self.spent_s += took_s
        self.attempts.append(Attempt(alias=model.alias, happening=happening))
        self.health.take(model, happening)
        return happening, took_s

    def _pause_s(
        self, happening: Happening, candidates: Sequence[Model], took_s: float
    ) -> float | None:
        """How long to wait before the same model is called again; ``None``: it is not."""
        model, retry = candidates[0], TABLE[happening.kind].retry
        others = [other for other in candidates[1:] if not self.health.bars(other)]
        alone = not others and {one.alias for one in self.attempts} == {model.alias}
        if retry is Retry.NEVER or (retry is Retry.IF_ALONE and not alone):
            return None
        if model.alias in self.health.open:
            return None
        pause_s = happening.retry_after_s or 0.0
        if pause_s > (LONGEST_PAUSE_S if alone else LONG_WAIT_S):
            return None
        # As long as it took must be left for each that may still be called, it included.
        return pause_s if self.left_s - pause_s >= took_s * (len(others) + 1) else None


def predict(chain: Sequence[Model], health: Health, deadlines: Mapping[Takes, float]) -> Expected:
    """What must come of one more request; ``health`` is what it leaves behind."""
    course = _Course(deadlines, health)
    candidates = [model for model in chain if not health.bars(model)]
    while candidates and course.left_s > 0:
        end = course.visit(candidates)
        if end is not None:
            return course.ends(end)
        candidates = course.after(candidates)
    return _exhausted(course, chain)


def _exhausted(course: _Course, chain: Sequence[Model]) -> Expected:
    last = {attempt.alias: attempt.happening for attempt in course.attempts}
    for happening in last.values():
        if happening.kind is Kind.TOO_LONG:  # what the client itself can mend
            return course.ends(End.REFUSED, by=happening)
    benched = course.health.benched
    if all(model.alias in benched for model in chain):
        return course.ends(End.ALL_RATE_LIMITED, retry_after_s=min(benched.values()))
    in_time = course.left_s > 0  # else the others had no turn, which is no cause of its own
    kinds = {
        last[m.alias].kind if m.alias in last else None for m in chain if in_time or m.alias in last
    }
    return course.ends(End.ALL_TIMED_OUT if kinds == {Kind.TIMED_OUT} else End.ALL_FAILED)
