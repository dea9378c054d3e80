"""How long answers usually are, by category and model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router_core.decide.usual import Usual
from tests.decide.conversations import model
from tests.decide.model_entries import NOW
from tests.decide.paced import ONE, TWO, WELL
from tests.decide.slowdowns import a_record


def after(*answers: tuple[str, str, int]) -> Usual:
    """What is known after answers: category, model, tokens."""
    usual = Usual()
    for category, name, tokens in answers:
        usual.record(replace(a_record(model(name), WELL, NOW, tokens=tokens), category=category))
    return usual


def test_of_what_was_never_seen_nothing_is_known() -> None:
    usual = after(("code", ONE.name, 300))
    assert usual.answer_tokens("talk") is None
    assert usual.answer_tokens("code", TWO.name) is None
    assert Usual().answer_tokens() is None


def test_there_is_a_mean_of_all_and_one_of_a_category() -> None:
    usual = after(("code", ONE.name, 300), ("code", TWO.name, 500), ("talk", ONE.name, 10))
    assert usual.answer_tokens() == 270
    assert usual.answer_tokens("code") == 400


@pytest.mark.parametrize(("times", "own"), [(1, 2400.0), (8, 2960.0)])
def test_a_models_own_answers_count_the_more_the_more_there_are(times: int, own: float) -> None:
    """Everybody's have 1,200: with one of 3,000, (3,000 + 1,200) / 2 = 2,100 anywhere, and
    (3,000 + 2 x 2,100) / 3 here; with eight, 2,800 and 2,960."""
    usual = after(*[("code", TWO.name, 3000)] * times)
    assert usual.answer_tokens_of(TWO.name, "code", 1200) == pytest.approx(own)


def test_where_it_has_not_answered_what_it_wrote_elsewhere_counts() -> None:
    """A terse model beside one that thinks: 17 answers of 170, and one of 2,600 more."""
    usual = after(*[("talk", ONE.name, 170)] * 17, *[("code", TWO.name, 2600)] * 9)
    assert usual.answer_tokens_of(ONE.name, "code", 2600) == pytest.approx((17 * 170 + 2600) / 18)
    assert usual.answer_tokens_of(ONE.name, "code", None) == 170
    assert usual.answer_tokens_of("nobody", "code", 2600) is None


def test_what_does_not_end_well_or_says_nothing_does_not_count() -> None:
    record = a_record(ONE, WELL, NOW)
    usual = Usual()
    usual.record(replace(record, status="error"))
    usual.record(replace(record, operation="classify"))
    usual.record(a_record(ONE, WELL, NOW, tokens=0))
    assert usual.answer_tokens() is None
