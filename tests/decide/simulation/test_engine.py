"""What a config makes of a trace, request by request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from router_core.decide.classification import Classification, Score, Verdict
from router_core.decide.config import Limits
from router_core.decide.model_info import ModelInfo
from router_core.decide.request_limits import RequestLimits
from router_core.decide.simulation import Row
from router_core.decide.turn import Turn, TurnKind
from tests.decide.simulation.worlds import (
    GOOD,
    SMALL,
    THREE,
    a_config,
    a_model,
    a_row,
    at_price,
    contender,
    failing,
    played,
    told,
    typed,
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def at(row: Row, seconds: float) -> Row:
    return replace(row, time=NOON + timedelta(seconds=seconds))


def broken(n: int, ms: float = 500.0) -> Row:
    """`good` fails, `small` answers."""
    return at(a_row(n, good=failing(0.001, ms), small=told(0.7, 0.01, 1000.0)), n)


def test_a_list_as_it_stands_has_its_first_model_answer() -> None:
    made = played(THREE)
    assert made.choices == ("good", "good", "good")
    assert made.quality == (1.0, 1.0, 0.5)
    assert made.cost_usd == (0.03, 0.03, 0.03)
    assert made.latency_ms == (3000.0, 3000.0, 6000.0)
    assert made.fell_back == 0


def test_the_cheapest_by_its_prices_answers_under_that_policy() -> None:
    made = played(THREE, contender(a_config(policy="cheapest")))
    assert made.choices == ("small", "small", "small")


def test_each_category_has_its_own_list() -> None:
    lists = {"conversation": (SMALL,), "code": (GOOD,)}
    assert played(THREE, contender(a_config(lists))).choices == ("small", "good", "good")


def test_a_classified_request_goes_where_it_was_found_to_belong() -> None:
    lists = {"conversation": (SMALL,), "code": (GOOD,)}
    found = Classification(
        verdict=Verdict(scores=(Score(category="conversation", confidence=1.0),), source="x"),
        turn=Turn(kind=TurnKind.USER_TURN, text="hello"),
        mode="keywords",
    )
    row = typed("hello", good=told(), small=told())
    assert played([row], contender(a_config(lists)), [found]).choices == ("small",)


def test_after_a_failure_the_next_one_answers_and_both_are_paid_and_waited_for() -> None:
    made = played([broken(0)])
    assert made.choices == ("small",)
    assert made.cost_usd == pytest.approx((0.011,))
    assert made.latency_ms == (1500.0,)
    assert (made.quality, made.fell_back) == ((0.7,), 1)


def test_where_all_fail_there_is_no_answer_and_the_failures_are_paid() -> None:
    made = played([a_row(good=failing(0.001), small=failing(0.002))])
    assert (made.choices, made.quality, made.latency_ms) == ((None,), (0.0,), (None,))
    assert made.cost_usd == pytest.approx((0.003,))


def test_after_three_failures_a_model_rests_for_five_minutes() -> None:
    whole = a_row(9, good=told(1.0, 0.03), small=told(0.7, 0.01))
    made = played([*map(broken, range(4)), at(whole, 200), at(whole, 303)])
    assert made.cost_usd == pytest.approx((0.011, 0.011, 0.011, 0.01, 0.01, 0.03))
    assert made.choices == ("small",) * 5 + ("good",)
    assert made.fell_back == 3


def test_a_failure_is_known_no_earlier_than_it_ends() -> None:
    # Those of the first three seconds end at 5, 6 and 7: the request at 7 knows all three.
    made = played([broken(n, ms=5000.0) for n in range(9)])
    paid = [usd > 0.0105 for usd in made.cost_usd]
    assert paid == [True] * 7 + [False] * 2


VERBOSE, TERSE = a_model("verbose"), a_model("terse")
WORDS = contender(
    a_config({"code": (VERBOSE, TERSE)}, policy="cheapest"),
    infos={"verbose": at_price("0", "0.000001"), "terse": at_price("0", "0.000002")},
)


def answered_by_both(n: int, seconds: float) -> Row:
    return at(a_row(n, verbose=told(ms=2000.0, tokens=3000), terse=told(tokens=100)), seconds)


@pytest.mark.parametrize(("seconds", "chosen"), [(4.5, "terse"), (3.5, "verbose")])
def test_how_long_answers_are_is_learnt_once_they_have_ended(seconds: float, chosen: str) -> None:
    # Of 100 tokens `verbose` costs half of `terse`; of its own 3,000, fifteen times as much.
    # It answers from second 2 to 4.
    alone = at(a_row(0, terse=told(tokens=100)), 0)
    made = played([alone, answered_by_both(1, 2), answered_by_both(2, seconds)], WORDS)
    assert made.choices == ("terse", "verbose", chosen)


def test_a_model_that_the_trace_lacks_for_a_request_is_not_called() -> None:
    made = played([a_row(small=told(0.7))])
    assert (made.choices, made.fell_back) == (("small",), 0)


def test_where_the_trace_has_none_of_the_models_nobody_answers() -> None:
    made = played([a_row(other=told())])
    assert (made.choices, made.cost_usd) == ((None,), (0.0,))


def test_the_operators_limits_hold() -> None:
    limits = Limits(per_request=RequestLimits(max_cost_usd=Decimal("0.002")))
    config = replace(a_config(), limits=limits)
    assert played(THREE, contender(config)).choices == ("small",) * 3


def test_who_has_too_small_a_window_is_passed_over() -> None:
    row = a_row(tokens=5000, good=told(), small=told())
    infos = {"good": ModelInfo(context_length=4000)}
    assert played([row], contender(infos=infos)).choices == ("small",)


def test_the_time_of_an_answer_that_is_not_known_stays_so() -> None:
    made = played([a_row(good=told(ms=None))])
    assert (made.choices, made.latency_ms) == (("good",), (None,))


def test_the_same_trace_is_played_the_same() -> None:
    rows = [broken(n, ms=700.0 * (n % 4)) for n in range(40)]
    assert played(rows) == played(rows)
