"""What is spent in each period, and who is let in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from router_core.decide.config import Limits, SpendingLimits
from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.failures import FailureClass
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.spending import (
    Books,
    Period,
    Reservation,
    SpendingState,
    counted_usd,
    span_of,
)

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
DAY, MONTH = Period.DAY, Period.MONTH


def usd(amount: str | int) -> Decimal:
    return Decimal(amount)


def usds(*amounts: int) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def limits(**keys: Any) -> Limits:
    made: dict[str, Any] = {key: usd(value) for key, value in keys.items()}
    return Limits(**made)


def per_caller(**keys: Any) -> Limits:
    return Limits(per_caller=SpendingLimits(**{key: usd(value) for key, value in keys.items()}))


BOTH = Limits(daily_usd=usd(10), monthly_usd=usd(30), per_caller=SpendingLimits(daily_usd=usd(4)))


def seen(states: tuple[SpendingState, ...]) -> list[tuple[str, str, str, str]]:
    return [
        (each.caller, each.period.value, str(each.spent_usd), str(each.reserved_usd))
        for each in states
    ]


def states_for(
    books: Books, caller: str, limits: Limits, now: datetime
) -> tuple[SpendingState, ...]:
    return tuple(each for each in books.states(limits, now) if each.caller in ("", caller))


@pytest.mark.parametrize(
    ("period", "moment", "start", "end"),
    [
        (DAY, NOON, (2026, 11, 27), (2026, 11, 28)),
        (
            DAY,
            datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            (2026, 12, 31),
            (2027, 1, 1),
        ),
        (DAY, datetime(2026, 12, 1, tzinfo=UTC), (2026, 12, 1), (2026, 12, 2)),
        (
            DAY,
            datetime(2026, 11, 27, 1, tzinfo=timezone(timedelta(hours=2))),
            (2026, 11, 26),
            (2026, 11, 27),
        ),
        (MONTH, NOON, (2026, 11, 1), (2026, 12, 1)),
        (MONTH, datetime(2026, 12, 31, 23, tzinfo=UTC), (2026, 12, 1), (2027, 1, 1)),
        (MONTH, datetime(2028, 2, 29, tzinfo=UTC), (2028, 2, 1), (2028, 3, 1)),
        (MONTH, datetime(2026, 1, 31, tzinfo=UTC), (2026, 1, 1), (2026, 2, 1)),
    ],
)
def test_a_period_goes_by_the_calendar_in_utc(
    period: Period, moment: datetime, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    span = span_of(period, moment)
    assert (span.start.timetuple()[:3], span.end.timetuple()[:3]) == (start, end)
    assert span.start.time() == span.end.time() == time(tzinfo=None)
    assert moment in span
    assert span.end not in span


def test_what_is_counted_stands_in_every_account_that_it_belongs_to() -> None:
    books = Books(NOON)
    books.count("a", usd("0.1"), NOON, NOON)
    books.count("b", usd("0.2"), NOON, NOON)
    assert seen(books.states(BOTH, NOON)) == [
        ("", "month", "0.3", "0"),
        ("", "day", "0.3", "0"),
        ("a", "day", "0.1", "0"),
        ("b", "day", "0.2", "0"),
    ]
    assert seen(states_for(books, "b", BOTH, NOON)) == [
        ("", "month", "0.3", "0"),
        ("", "day", "0.3", "0"),
        ("b", "day", "0.2", "0"),
    ]
    assert books.in_the_way("new", per_caller(monthly_usd=1), usd(1), NOON) is None
    state = books.in_the_way("new", per_caller(monthly_usd=1), usd(2), NOON)
    assert state
    assert seen((state,)) == [("new", "month", "0", "0")]


def test_of_several_limits_in_the_way_the_one_that_lasts_longest_is_told() -> None:
    books = Books(NOON)
    books.count("a", usd(30), NOON, NOON)
    seen = []
    for caps in (BOTH, replace(BOTH, monthly_usd=None), replace(BOTH, daily_usd=None)):
        state = books.in_the_way("a", caps, usd(0), NOON)
        assert state
        seen.append((state.caller, state.period))
    assert seen == [("", MONTH), ("", DAY), ("", MONTH)]
    own = books.in_the_way("a", BOTH, usd("4.5"), NOON + timedelta(days=5))
    assert own
    assert own.caller == "a"


def test_without_limits_there_is_nothing_to_tell() -> None:
    books = Books(NOON)
    books.count("a", usd(5), NOON, NOON)
    assert books.states(Limits(), NOON) == states_for(books, "a", Limits(), NOON) == ()


def test_where_no_caller_has_a_key_the_tighter_limit_holds_for_all() -> None:
    books = Books(NOON, knows_callers=False)
    books.opened(DAY, {"of yesterday's key": usd(1)})
    books.count("", usd(2), NOON, NOON)
    (month, day) = books.states(BOTH, NOON)
    assert [month.limit_usd, day.limit_usd, day.spent_usd] == usds(30, 4, 3)
    assert day.caller == ""
    assert states_for(books, "", BOTH, NOON) == (month, day)
    (only,) = books.states(per_caller(daily_usd=7), NOON)
    assert only.limit_usd == 7


def test_where_callers_have_keys_the_limit_of_each_is_none_of_all() -> None:
    books = Books(NOON)
    assert books.states(per_caller(daily_usd=7), NOON) == ()


def test_a_new_day_begins_at_midnight_and_the_month_goes_on() -> None:
    books = Books(NOON)
    books.count("a", usd(3), NOON, NOON)
    evening, midnight = NOON.replace(hour=23, minute=59), NOON.replace(day=28, hour=0)
    assert [each.spent_usd for each in states_for(books, "a", BOTH, evening)] == usds(3, 3, 3)
    after = states_for(books, "a", BOTH, midnight)
    assert [each.period for each in after] == [MONTH, DAY, DAY]
    assert [each.spent_usd for each in after] == usds(3, 0, 0)
    assert [each.resets_at.isoformat()[:10] for each in after] == [
        "2026-12-01",
        "2026-11-29",
        "2026-11-29",
    ]
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert [each.spent_usd for each in states_for(books, "a", BOTH, december)] == usds(0, 0)
    assert seen(books.states(BOTH, december)) == [("", "month", "0", "0"), ("", "day", "0", "0")]


def test_a_request_counts_for_the_day_in_which_it_came_as_in_the_ledger() -> None:
    midnight = NOON.replace(day=28, hour=0)
    books = Books(NOON)
    books.count("a", usd(1), midnight - timedelta(seconds=1), midnight + timedelta(seconds=1))
    assert [each.spent_usd for each in states_for(books, "", BOTH, midnight)] == usds(1, 0)
    december = datetime(2026, 12, 1, tzinfo=UTC)
    books.count("a", usd(1), december - timedelta(seconds=1), december)
    assert [each.spent_usd for each in states_for(books, "", BOTH, december)] == usds(0, 0)


def test_a_reservation_over_midnight_does_not_burden_the_new_day() -> None:
    books, midnight = Books(NOON), NOON.replace(day=28, hour=0)
    reservation = books.reserve("a", usd(2), NOON)
    assert [each.reserved_usd for each in states_for(books, "", BOTH, NOON)] == usds(2, 2)
    assert [each.reserved_usd for each in states_for(books, "", BOTH, midnight)] == usds(2, 0)
    reservation.give_back()
    assert [each.reserved_usd for each in states_for(books, "", BOTH, midnight)] == usds(0, 0)


def test_a_clock_that_is_put_back_begins_a_day_anew() -> None:
    books = Books(NOON)
    books.count("a", usd(1), NOON, NOON)
    (state,) = books.states(limits(daily_usd=1), NOON - timedelta(days=1))
    assert state.spent_usd == usd(0)
    assert state.resets_at.day == 27


def test_what_was_spent_before_the_start_is_taken_over() -> None:
    books = Books(NOON)
    books.opened(DAY, {"a": usd(1), "": usd("0.5")})
    books.opened(MONTH, {"a": usd(2), "b": usd(4)})
    assert seen(books.states(BOTH, NOON)) == [
        ("", "month", "6", "0"),
        ("", "day", "1.5", "0"),
        ("a", "day", "1", "0"),
        ("b", "day", "0", "0"),
    ]


@pytest.mark.parametrize(
    ("spent", "reserved", "more", "has_room"),
    [
        ("0", "0", "1", True),
        ("0", "0", "1.01", False),
        ("0.5", "0.25", "0.25", True),
        ("0.5", "0.25", "0.26", False),
        ("0.99", "0", "0", True),
        ("1", "0", "0", False),
        ("0", "1", "0", False),
        ("1.5", "0", "0", False),
    ],
)
def test_there_is_room_up_to_the_limit_and_none_at_it(
    spent: str, reserved: str, more: str, has_room: bool
) -> None:
    books = Books(NOON)
    books.count("", usd(spent), NOON, NOON)
    books.reserve("", usd(reserved), NOON)
    assert (books.in_the_way("", limits(daily_usd=1), usd(more), NOON) is None) is has_room


@pytest.mark.parametrize(
    ("spent", "nearly", "wholly"),
    [("7.99", False, False), ("8", True, False), ("10", True, True), ("11", True, True)],
)
def test_it_is_told_at_80_percent_and_at_100(spent: str, nearly: bool, wholly: bool) -> None:
    books = Books(NOON)
    books.count("", usd(spent), NOON, NOON)
    (state,) = states_for(books, "", limits(daily_usd=10), NOON)
    assert (state.is_nearly_spent, state.is_spent) == (nearly, wholly)
    assert books.nearly_spent("a", limits(daily_usd=10), NOON) == ([state] if nearly else [])


def a_call(outcome: str = "ok", **fields: Any) -> AttemptRecord:
    made: dict[str, Any] = {"model": "m", "provider": "p", "outcome": outcome, "latency_ms": 1.0}
    return AttemptRecord(**made | fields)


def counted(*attempts: AttemptRecord, classified: tuple[AttemptRecord, ...] = ()) -> Decimal:
    return counted_usd(
        RequestRecord(
            id="r",
            time=NOON,
            mode="cascade",
            status="ok",
            latency_ms=1.0,
            attempts=attempts,
            classifier_calls=classified,
        )
    )


def test_every_known_cost_counts_the_classifiers_too() -> None:
    paid = a_call(cost=Cost(usd("0.1"), CostSource.REPORTED), estimated_usd=usd(9))
    priced = a_call("cancelled", cost=Cost(usd("0.2"), CostSource.ESTIMATED))
    assert counted(paid, priced, classified=(paid,)) == usd("0.4")
    assert counted() == 0
    free = a_call(cost=Cost(usd(0), CostSource.REPORTED), estimated_usd=usd(9))
    assert counted(free) == 0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"outcome": "ok", "http_status": 200}, "3"),
        ({"outcome": "cancelled"}, "3"),
        ({"outcome": FailureClass.TIMEOUT}, "3"),
        ({"outcome": FailureClass.RATE_LIMITED, "http_status": 429}, "0"),
        ({"outcome": FailureClass.UNREACHABLE, "sent": False}, "0"),
    ],
)
def test_of_an_unknown_cost_the_estimate_counts_where_it_may_have_been_billed(
    fields: dict[str, Any], expected: str
) -> None:
    assert counted(a_call(**fields, cost=UNKNOWN, estimated_usd=usd(3))) == usd(expected)
    assert counted(a_call(**fields, cost=UNKNOWN)) == 0


MONEY = st.decimals(0, 5, places=12, allow_nan=False, allow_infinity=False)


@given(st.lists(MONEY, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_reservations_are_given_back_to_the_last_digit(amounts: list[Decimal], order: Any) -> None:
    books = Books(NOON)
    held = [books.reserve("a", amount, NOON) for amount in amounts]
    order.shuffle(held)
    for each in held:
        each.give_back()
        each.give_back()
    assert {each.reserved_usd for each in states_for(books, "a", BOTH, NOON)} == {usd(0)}


@dataclass(frozen=True)
class Running:
    caller: str
    came: datetime
    estimate: Decimal
    reservation: Reservation


class Gate(RuleBasedStateMachine):
    """Requests that come, end and cost something else than expected, over days."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.books = Books(NOON)
        self.now = NOON
        self.excess: list[tuple[str, datetime, Decimal]] = []

    @rule(target=running, caller=st.sampled_from("ab"), estimate=MONEY)
    def comes(self, caller: str, estimate: Decimal) -> Running | None:
        if self.books.in_the_way(caller, BOTH, estimate, self.now):
            return None
        reservation = self.books.reserve(caller, estimate, self.now)
        return Running(caller, self.now, estimate, reservation)

    @rule(request=consumes(running), cost=MONEY)
    def ends(self, request: Running | None, cost: Decimal) -> None:
        if request is None:
            return
        self.books.count(request.caller, cost, request.came, self.now)
        request.reservation.give_back()
        if cost > request.estimate:
            self.excess.append((request.caller, request.came, cost - request.estimate))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nothing_is_below_0_nor_over_a_limit_by_more_than_estimates_were_too_low(self) -> None:
        for state in self.books.states(BOTH, self.now):
            assert state.spent_usd >= 0
            assert state.reserved_usd >= 0
            span = span_of(state.period, self.now)
            excess = sum(
                usd
                for caller, came, usd in self.excess
                if came in span and state.caller in ("", caller)
            )
            assert state.spent_usd + state.reserved_usd <= state.limit_usd + excess


TestGate = Gate.TestCase
TestGate.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
