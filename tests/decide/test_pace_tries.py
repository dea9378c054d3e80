"""Who is slow is left alone, is tried now and then, and is back by its answer: by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from router_core.decide.pace import Pace, Paces
from tests.decide.conversations import model
from tests.decide.model_entries import NOW
from tests.decide.paced import NOTHING, ONE, TWO, WELL, after, decide, how_slow
from tests.decide.slowdowns import a_record


def a_slow_one() -> Paces:
    """It is 5 times as slow as it was, and another is called."""
    paces = Paces()
    for _ in range(20):
        paces.begins("code", ONE, free=True)
        after(1.0, paces=paces)
    after(*[5.0] * 12, paces=paces)
    return paces


def tried(paces: Paces, *times: float, later_s: float = 0.0) -> None:
    """It is called once more."""
    paces.begins("code", ONE, free=True)
    after(*times, paces=paces, when=NOW + timedelta(seconds=later_s))


@pytest.mark.parametrize(
    ("decisions", "later_s", "slow"),
    [
        (39, 0, True),
        (40, 0, False),
        (4, 1000, True),
        (5, 314, True),
        (5, 315, False),
    ],
)
def test_a_slowdown_is_believed_for_40_decisions_or_300_seconds(
    decisions: int, later_s: float, slow: bool
) -> None:
    paces = a_slow_one()
    decide(paces, decisions)
    assert how_slow(paces, later_s=later_s) == pytest.approx(5.0 if slow else 1.0, rel=0.3)


def test_decisions_for_others_that_are_not_free_do_not_count() -> None:
    paces = a_slow_one()
    decide(paces, 100, free=False)
    decide(paces, 100, category="")
    assert how_slow(paces) > 4


def test_of_many_requests_at_once_one_tries_it() -> None:
    paces = a_slow_one()
    decide(paces, 40)
    decide(paces, 40, "talk")
    assert how_slow(paces) < 1.3
    assert how_slow(paces, "talk") < 1.3
    paces.begins("code", ONE, free=True)
    assert how_slow(paces) > 4
    assert how_slow(paces, "talk") > 4


def test_how_long_it_was_left_alone_counts_by_category() -> None:
    paces = a_slow_one()
    decide(paces, 39, "talk")
    decide(paces, 39)
    assert how_slow(paces) > 4
    assert how_slow(paces, "talk") > 4
    decide(paces, 1, "talk")
    assert how_slow(paces) > 4
    assert how_slow(paces, "talk") < 1.3


def test_one_good_answer_brings_it_back() -> None:
    paces = a_slow_one()
    decide(paces, 40)
    tried(paces, 1.0)
    assert how_slow(paces) < 1.3


def test_one_slow_answer_sends_it_off_again() -> None:
    paces = a_slow_one()
    for _ in range(20):
        decide(paces, 40)
        assert how_slow(paces) < 1.3
        tried(paces, 5.0)
        assert how_slow(paces) > 4


def test_a_try_that_may_have_been_bad_luck_is_made_again_soon() -> None:
    paces = a_slow_one()
    decide(paces, 40)
    tried(paces, 2.8)
    assert how_slow(paces) > 3
    decide(paces, 4)
    assert how_slow(paces) > 3
    decide(paces, 1)
    assert how_slow(paces) < 1.3


def test_so_is_one_of_which_one_time_alone_may_have_been() -> None:
    paces = a_slow_one()
    decide(paces, 40)
    paces.begins("code", ONE, free=True)
    paces.record(a_record(ONE, Pace(2800.0, 50.0), NOW))
    decide(paces, 5)
    assert how_slow(paces) < 1.3


def test_a_good_answer_without_having_been_left_alone_is_one_of_many() -> None:
    assert how_slow(after(1.0, paces=a_slow_one())) > 2.5


def test_after_a_try_in_vain_a_good_answer_is_one_of_many_again() -> None:
    paces = a_slow_one()
    decide(paces, 40)
    tried(paces, 5.0, 1.0)
    assert how_slow(paces) > 2.5


def test_many_calls_that_were_under_way_are_one_slowdown() -> None:
    paces = after(*[5.0] * 200, paces=a_slow_one())
    decide(paces, 40)
    assert how_slow(paces) < 1.3


def test_for_how_long_it_was_slow_makes_no_difference() -> None:
    paces = a_slow_one()
    for minute in range(1, 100):
        decide(paces, 40)
        tried(paces, 5.0, later_s=60 * minute)
    decide(paces, 39)
    assert how_slow(paces, later_s=60 * 99) > 4
    decide(paces, 1)
    assert how_slow(paces, later_s=60 * 99) < 1.3


def test_of_whom_little_is_known_may_be_faster_than_it_seemed() -> None:
    paces = after(1.0)
    decide(paces, 9)
    assert how_slow(paces) == pytest.approx(1.0)
    decide(paces, 1)
    assert how_slow(paces) == pytest.approx(1 / 8)
    after(*[1.0] * 2, paces=paces)
    decide(paces, 10)
    assert how_slow(paces) == pytest.approx(1 / 2)
    after(*[1.0] * 5, paces=paces)
    decide(paces, 10)
    assert how_slow(paces) == pytest.approx(1.0)


def test_who_was_left_alone_for_a_thousand_decisions_may_be_quite_another() -> None:
    paces = after(*[1.0] * 20)
    decide(paces, 999)
    assert how_slow(paces) == pytest.approx(1.0)
    decide(paces, 1)
    assert how_slow(paces) == pytest.approx(1 / 8)
    assert how_slow(paces, "talk") == pytest.approx(1.0)
    tried(paces, 0.5)
    assert how_slow(paces) == pytest.approx(0.5)
    decide(paces, 1000)
    assert how_slow(paces) == pytest.approx(0.5 / 8)
    paces = after(*[1.0] * 20)
    decide(paces, 1000)
    tried(paces, 1.0)
    assert how_slow(paces) == pytest.approx(1.0)


# -- turns --------------------------------------------------------------------------------


def test_who_leads_and_who_waits_is_told_by_category() -> None:
    paces = Paces()
    assert paces.leader("code") is None
    assert paces.waited("code", ONE) == 0
    paces.begins("code", ONE, free=True)
    decide(paces, 3)
    paces.begins("code", ONE, free=False)
    assert paces.leader("code") == TWO.key
    assert (paces.waited("code", ONE), paces.waited("code", TWO)) == (0, 0)
    decide(paces, 2)
    assert (paces.waited("code", ONE), paces.waited("code", model("three"))) == (2, 6)
    assert paces.leader("talk") is None
    assert paces.waited("talk", ONE) == 0
    decide(paces, 2, category="")
    assert paces.waited("", ONE) == 0
    assert paces.leader("") is None


def test_names_without_end_are_not_followed_without_end() -> None:
    paces = Paces()
    for number in range(5000):
        which = model(f"m{number}")
        paces.record(a_record(which, WELL, NOW))
        paces.begins("code", which, free=True)
        paces.begins(f"c{number}", ONE, free=True)
    assert len(paces._speeds) == len(paces._turns) == len(paces._turns["code"].last) == 4096
    assert paces.of(model("m0"), NOTHING, "code", 0.0) is not None
    assert paces.of(model("m4999"), NOTHING, "code", 0.0) is None
    assert paces.waited("c4999", ONE) == 0
