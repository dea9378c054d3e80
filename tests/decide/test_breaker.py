"""The circuit breaker (DESIGN section 6), by examples and as a state machine."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from router_core.decide.breaker import Breaker, BreakerState, BreakerStatus, Pass

OPEN_FOR_S, LEASE_S = 300.0, 60.0


def a_breaker() -> Breaker:
    return Breaker(threshold=3, open_for_s=OPEN_FOR_S, lease_s=LEASE_S)


def passed(breaker: Breaker, now: float = 0.0) -> Pass:
    ticket = breaker.admit(now)
    assert ticket is not None
    return ticket


def opened(now: float = 0.0) -> Breaker:
    """One that three failures have opened."""
    breaker = a_breaker()
    for _ in range(3):
        breaker.failed(passed(breaker, now), now)
    return breaker


def state(breaker: Breaker, now: float = 0.0) -> BreakerState:
    return breaker.status(now).state


def test_it_starts_closed() -> None:
    assert a_breaker().status(0.0) == BreakerStatus(
        state=BreakerState.CLOSED, consecutive_failures=0, reopens_at=None
    )


def test_three_failures_in_a_row_open_it() -> None:
    breaker = a_breaker()
    for failures in (1, 2):
        breaker.failed(passed(breaker), 0.0)
        assert breaker.status(0.0).consecutive_failures == failures
        assert state(breaker) is BreakerState.CLOSED
    breaker.failed(passed(breaker), 5.0)
    assert breaker.status(5.0) == BreakerStatus(
        state=BreakerState.OPEN, consecutive_failures=3, reopens_at=5.0 + OPEN_FOR_S
    )
    assert breaker.admit(5.0) is None


def test_a_success_resets_the_count() -> None:
    breaker = a_breaker()
    for _ in range(2):
        breaker.failed(passed(breaker), 0.0)
        breaker.failed(passed(breaker), 0.0)
        breaker.succeeded(passed(breaker))
    assert breaker.status(0.0).consecutive_failures == 0
    assert state(breaker) is BreakerState.CLOSED


def test_what_says_nothing_leaves_the_count() -> None:
    breaker = a_breaker()
    breaker.failed(passed(breaker), 0.0)
    breaker.released(passed(breaker))
    assert breaker.status(0.0).consecutive_failures == 1


def test_calls_that_ran_at_once_open_it_together() -> None:
    breaker = a_breaker()
    tickets = [passed(breaker) for _ in range(5)]
    for ticket in tickets:
        breaker.failed(ticket, 0.0)
    assert breaker.status(0.0).consecutive_failures == 3, "two came after the change of state"


def test_nothing_goes_through_while_it_is_open() -> None:
    breaker = opened()
    assert breaker.admit(OPEN_FOR_S - 0.001) is None
    assert not breaker.would_admit(OPEN_FOR_S - 0.001)


def test_then_one_probe_goes_through() -> None:
    breaker = opened()
    assert state(breaker, OPEN_FOR_S) is BreakerState.HALF_OPEN
    assert breaker.would_admit(OPEN_FOR_S)
    assert breaker.admit(OPEN_FOR_S) is not None
    assert not breaker.would_admit(OPEN_FOR_S)
    assert [breaker.admit(OPEN_FOR_S) for _ in range(5)] == [None] * 5


def test_looking_takes_no_pass() -> None:
    breaker = opened()
    assert all(breaker.would_admit(OPEN_FOR_S) for _ in range(3))


def test_a_probe_that_succeeds_closes_it() -> None:
    breaker = opened()
    breaker.succeeded(passed(breaker, OPEN_FOR_S))
    assert breaker.status(OPEN_FOR_S) == a_breaker().status(OPEN_FOR_S)


def test_a_probe_that_fails_opens_it_again() -> None:
    breaker = opened()
    breaker.failed(passed(breaker, OPEN_FOR_S), 310.0)
    assert breaker.status(310.0) == BreakerStatus(
        state=BreakerState.OPEN, consecutive_failures=4, reopens_at=310.0 + OPEN_FOR_S
    )


def test_a_cancelled_probe_gives_its_lease_back() -> None:
    breaker = opened()
    breaker.released(passed(breaker, OPEN_FOR_S))
    assert state(breaker, OPEN_FOR_S) is BreakerState.HALF_OPEN
    assert breaker.admit(OPEN_FOR_S) is not None


def test_a_lost_lease_expires_and_its_holder_has_no_say_any_more() -> None:
    breaker = opened()
    lost = passed(breaker, OPEN_FOR_S)
    assert breaker.admit(OPEN_FOR_S + LEASE_S - 0.001) is None
    second = passed(breaker, OPEN_FOR_S + LEASE_S)
    breaker.succeeded(lost)
    breaker.failed(lost, OPEN_FOR_S + LEASE_S)
    breaker.released(lost)
    assert state(breaker, OPEN_FOR_S + LEASE_S) is BreakerState.HALF_OPEN
    assert breaker.admit(OPEN_FOR_S + LEASE_S) is None, "the second holds the lease"
    breaker.succeeded(second)
    assert state(breaker) is BreakerState.CLOSED


@pytest.mark.parametrize("end", ["succeeded", "failed", "released"])
def test_results_from_before_the_change_of_state_are_ignored(end: str) -> None:
    breaker = a_breaker()
    late = passed(breaker)
    for _ in range(3):
        breaker.failed(passed(breaker), 0.0)
    probe = passed(breaker, OPEN_FOR_S)
    before = breaker.status(OPEN_FOR_S)
    getattr(breaker, end)(late, *([OPEN_FOR_S] if end == "failed" else []))
    assert breaker.status(OPEN_FOR_S) == before
    assert breaker.admit(OPEN_FOR_S) is None, "the probe holds its lease still"
    breaker.succeeded(probe)
    getattr(breaker, end)(late, *([OPEN_FOR_S] if end == "failed" else []))
    assert breaker.status(OPEN_FOR_S).consecutive_failures == 0


def test_it_can_be_reset() -> None:
    breaker = opened()
    breaker.reset()
    assert breaker.status(0.0) == a_breaker().status(0.0)
    assert breaker.admit(0.0) is not None


def test_a_reset_is_a_change_of_state() -> None:
    breaker = a_breaker()
    tickets = [passed(breaker) for _ in range(3)]
    breaker.reset()
    for ticket in tickets:
        breaker.failed(ticket, 0.0)
    assert breaker.status(0.0).consecutive_failures == 0


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0}, {"open_for_s": 0.0}, {"lease_s": -1.0}, {"lease_s": float("nan")}]
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Breaker(**wrong)  # type: ignore[arg-type]  # any of the three


@dataclass(eq=False)
class Call:
    """A call under way."""

    ticket: Pass


class BreakerMachine(RuleBasedStateMachine):
    """Any interleaving of calls, ends, waits and resets, against a plain restatement.

    The restatement keeps the calls whose ends count; each change of state empties
    that set, so late results are whatever is not in it.
    """

    calls = Bundle("calls")

    @initialize(threshold=st.integers(1, 4))
    def begin(self, threshold: int) -> None:
        self.threshold = threshold
        self.breaker = Breaker(threshold=threshold, open_for_s=OPEN_FOR_S, lease_s=LEASE_S)
        self.now = 0.0
        self.failures = 0
        self.opened_at: float | None = None
        self.counting: set[Call] = set()
        self.probe: tuple[Call, float] | None = None

    def change(self, opened_at: float | None) -> None:
        self.opened_at = opened_at
        self.counting.clear()
        self.probe = None

    @rule(seconds=st.sampled_from([0.0, 1.0, LEASE_S - 1, LEASE_S, OPEN_FOR_S - 1, OPEN_FOR_S]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=calls)
    def call_is_admitted(self) -> Call | None:
        expected = self.expects_admission()
        assert self.breaker.would_admit(self.now) is expected
        ticket = self.breaker.admit(self.now)
        assert (ticket is not None) is expected
        if ticket is None:
            return None
        call = Call(ticket)
        if self.opened_at is not None:
            self.counting.clear()  # of a probe before, whose lease is lost
            self.probe = (call, self.now)
        self.counting.add(call)
        return call

    def expects_admission(self) -> bool:
        if self.opened_at is None:
            return True
        if self.now < self.opened_at + OPEN_FOR_S:
            return False
        return self.probe is None or self.now >= self.probe[1] + LEASE_S

    @rule(call=consumes(calls))
    def call_succeeds(self, call: Call | None) -> None:
        if call is None:
            return
        self.breaker.succeeded(call.ticket)
        if call in self.counting:
            self.failures = 0
            if self.opened_at is not None:
                self.change(None)
            self.counting.discard(call)

    @rule(call=consumes(calls))
    def call_fails(self, call: Call | None) -> None:
        if call is None:
            return
        self.breaker.failed(call.ticket, self.now)
        if call in self.counting:
            self.failures += 1
            self.counting.discard(call)
            if self.opened_at is not None or self.failures == self.threshold:
                self.change(self.now)

    @rule(call=consumes(calls))
    def call_is_cancelled(self, call: Call | None) -> None:
        if call is None:
            return
        self.breaker.released(call.ticket)
        if call in self.counting:
            self.counting.discard(call)
            self.probe = None

    @rule()
    def someone_resets(self) -> None:
        self.breaker.reset()
        self.failures = 0
        self.change(None)

    @invariant()
    def what_is_seen_is_so(self) -> None:
        status = self.breaker.status(self.now)
        assert status.consecutive_failures == self.failures
        if self.opened_at is None:
            assert status.state is BreakerState.CLOSED
            assert self.failures < self.threshold
        elif self.now < self.opened_at + OPEN_FOR_S:
            assert status.state is BreakerState.OPEN
            assert status.reopens_at == self.opened_at + OPEN_FOR_S
        else:
            assert status.state is BreakerState.HALF_OPEN
        assert (status.reopens_at is None) is (status.state is not BreakerState.OPEN)


TestBreakerMachine = BreakerMachine.TestCase
