"""How long a request may take, and how its attempts share that."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from router_core.decide.config import Deadlines
from router_core.decide.time_budget import TimeBudget

OWN = Deadlines(connect_s=5.0, first_token_s=60.0, idle_s=30.0, total_s=600.0)


def budget(deadline: float | None = None, total_s: float = 600.0) -> TimeBudget:
    return TimeBudget(received=1000.0, total_s=total_s, deadline=deadline)


def test_the_earlier_end_counts() -> None:
    assert budget().give_up_at == 1600.0
    assert budget(1100.0).give_up_at == 1100.0
    assert budget(9999.0).give_up_at == 1600.0


def test_a_deadline_that_is_ours_sent_around_is_not_the_callers() -> None:
    assert [budget(at).is_callers for at in (None, 1100.0, 1599.5, 1601.0)] == [
        False,
        True,
        False,
        False,
    ]


def test_a_stream_has_its_share_until_the_first_token_and_all_of_it_afterwards() -> None:
    allowed = budget(total_s=90.0).allow(OWN, 1000.0, to_call=3, streams=True)
    assert (allowed.deadlines.first_token_s, allowed.deadlines.total_s) == (30.0, 90.0)
    assert allowed.deadlines.idle_s == OWN.idle_s
    assert allowed.answer_s == 30.0


def test_with_time_enough_a_stream_has_the_models_own_deadlines() -> None:
    assert budget().allow(OWN, 1000.0, to_call=3, streams=True).deadlines == OWN


def test_an_answer_in_one_piece_has_its_share() -> None:
    allowed = budget().allow(OWN, 1000.0, to_call=3, streams=False)
    assert allowed.deadlines.total_s == 200.0


def test_the_last_model_has_all_that_is_left() -> None:
    allowed = budget().allow(OWN, 1500.0, to_call=1, streams=False)
    assert allowed.deadlines.total_s == 100.0


@pytest.mark.parametrize(
    ("deadline", "first_token_s", "total_s", "streams", "cut_short"),
    [
        (None, 60.0, 600.0, True, False),
        (1090.0, 60.0, 600.0, True, True),  # its caller gives each of three 30 s
        (1500.0, 60.0, 600.0, True, False),
        (None, 300.0, 600.0, True, True),  # it may load for longer than its share
        (None, 60.0, 600.0, False, False),
        (1500.0, 60.0, 600.0, False, True),
        (1500.0, 60.0, 20.0, False, False),  # what it may take anyway
    ],
)
def test_a_call_is_cut_short_where_it_has_less_than_the_model_is_allowed(
    deadline: float | None, first_token_s: float, total_s: float, streams: bool, cut_short: bool
) -> None:
    own = Deadlines(first_token_s=first_token_s, total_s=total_s)
    allowed = budget(deadline).allow(own, 1000.0, to_call=3, streams=streams)
    assert allowed.cut_short is cut_short


@given(
    st.floats(0.1, 10_000),
    st.none() | st.floats(900, 12_000),
    st.floats(1000, 12_000),
    st.integers(1, 5),
    st.booleans(),
)
def test_no_attempt_outlives_its_request_or_takes_the_others_time(
    total_s: float, deadline: float | None, now: float, to_call: int, streams: bool
) -> None:
    whole = budget(deadline, total_s)
    left_s = whole.left_s(now)
    assume(left_s > 0)
    deadlines = whole.allow(OWN, now, to_call=to_call, streams=streams).deadlines
    assert deadlines.total_s <= left_s
    until_it_answers = deadlines.first_token_s if streams else deadlines.total_s
    assert until_it_answers <= left_s / to_call
    assert deadlines.first_token_s <= OWN.first_token_s
