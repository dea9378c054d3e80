"""What is remembered of a conversation after one more answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import ModelKey
from router_core.decide.session import MOST_CACHES, Cache, Session, answered
from tests.decide.conversations import AT, ONE, THREE, TWO, a_session, model

MODELS = [model(name).key for name in ("one", "two", "three", "four", "five", "six")]


def after(known: Session | None = None, **changed: Any) -> Session:
    """One more answer of ``ONE``, a minute later."""
    return answered(
        known,
        **{
            "thread": "t",
            "category": "code",
            "topics": (("code", 1.0),),
            "model": ONE.key,
            "now": AT + 60,
            "tokens": 12_000,
            "answers": (known.answers if known else 0) + 1,
            "handed_over": 7,
            "held_all": known is None,
            "preamble": known.preamble if known else 0,
            **changed,
        },
    )


def test_the_first_answer_makes_a_session() -> None:
    assert after(preamble=5, answers=3) == Session(
        thread="t",
        category="code",
        model=ONE.key,
        used_at=AT + 60,
        topics=(("code", 1.0),),
        answers=3,
        foreign=0,
        preamble=5,
        caches=(Cache(model=ONE.key, tokens=12_000, at=AT + 60),),
    )


def test_an_answer_changes_all_that_it_tells() -> None:
    known = a_session(TWO, preamble=1)
    told = after(known, thread="u", category="conversation", topics=(("x", 1.0),), preamble=2)
    assert (told.thread, told.category, told.topics) == ("u", "conversation", (("x", 1.0),))
    assert (told.model, told.used_at, told.answers, told.preamble) == (ONE.key, AT + 60, 3, 2)
    assert told.tokens == 12_000


def test_where_a_model_was_named_nothing_is_known_of_the_topic() -> None:
    told = after(a_session(), category="", topics=())
    assert (told.category, told.topics) == ("", ())


def test_answers_that_are_not_known_are_not_the_models_own() -> None:
    known = a_session(foreign=1)
    assert after(known, answers=known.answers + 1, handed_over=9).foreign == 1
    assert after(known, answers=known.answers + 2, handed_over=9).foreign == 9
    fresh = after(category="", topics=())
    assert (fresh.category, fresh.topics) == ("", ())


# -- caches -----------------------------------------------------------------------------


def test_who_answered_has_read_the_most_and_stands_first() -> None:
    told = after(a_session(TWO))
    assert [(cache.model, cache.tokens, cache.at) for cache in told.caches] == [
        (ONE.key, 12_000, AT + 60),
        (TWO.key, 10_000, AT),
    ]
    again = after(told, model=TWO.key, tokens=15_000, now=AT + 90)
    assert [(cache.model, cache.tokens) for cache in again.caches] == [
        (TWO.key, 15_000),
        (ONE.key, 12_000),
    ]


@given(st.lists(st.sampled_from(MODELS), min_size=1, max_size=12))
def test_the_models_that_read_it_last_are_remembered(order: list[ModelKey]) -> None:
    session = None
    for n, key in enumerate(order):
        session = after(session, model=key, tokens=n, now=AT + n)
    assert session is not None
    expected = list(dict.fromkeys(reversed(order)))[:MOST_CACHES]
    assert [cache.model for cache in session.caches] == expected
    times = [cache.at for cache in session.caches]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, True),
        ({"answers": 2}, True),  # the last answer is asked for once more
        ({"answers": 9}, True),  # others answered meanwhile
        ({"answers": 1}, False),  # what came before is shorter now: it was summed up
        ({"preamble": 1}, False),  # it begins otherwise
    ],
)
def test_a_cache_is_lost_where_the_beginning_has_changed(
    changed: dict[str, Any], kept: bool
) -> None:
    told = after(a_session(TWO), **changed)
    assert [cache.model for cache in told.caches] == [ONE.key, TWO.key][: 2 if kept else 1]
    assert told.tokens == 12_000


def test_without_caches_its_length_is_not_known() -> None:
    assert a_session(caches=()).tokens == 0


def test_what_is_warm_depends_on_when_each_model_read_it() -> None:
    caches = (
        Cache(model=ONE.key, tokens=3, at=AT),
        Cache(model=TWO.key, tokens=2, at=AT - 100),
        Cache(model=THREE.key, tokens=1, at=AT - 400),
    )
    session = a_session(caches=caches)
    assert [cache.tokens for cache in session.warm(AT, 300)] == [3, 2]
    assert [cache.tokens for cache in session.warm(AT + 200, 300)] == [3, 2]
    assert [cache.tokens for cache in session.warm(AT + 201, 300)] == [3]
    assert [cache.tokens for cache in session.warm(AT - 4000, 300)] == [3, 2, 1]


def test_idleness_is_never_less_than_nothing() -> None:
    assert a_session().idle_s(AT + 5) == 5
    assert a_session().idle_s(AT - 5) == 0


# -- how much of it others said ---------------------------------------------------------


def test_an_unknown_conversation_is_all_the_models_own_or_all_others() -> None:
    assert after(held_all=True).foreign == 0
    assert after(held_all=False).foreign == 7


def test_while_a_model_goes_on_no_more_becomes_foreign() -> None:
    assert after(a_session(foreign=3), handed_over=7).foreign == 3
    assert after(a_session(foreign=0), handed_over=7).foreign == 0
    assert after(a_session(foreign=9), handed_over=7).foreign == 7, "the history has shrunk"
    assert after(a_session(foreign=3), handed_over=7, held_all=True).foreign == 3


def test_another_model_takes_over_all_that_was_said() -> None:
    assert after(a_session(TWO, foreign=3), handed_over=7).foreign == 7
    assert after(a_session(TWO, foreign=9), handed_over=7).foreign == 7
    assert after(a_session(TWO, foreign=3), handed_over=7, held_all=True).foreign == 7


@given(st.lists(st.sampled_from(MODELS[:3]), min_size=1, max_size=10))
def test_from_where_it_took_over_all_is_the_models_own(order: list[ModelKey]) -> None:
    """Each turn is two messages, and an answer stands at each odd place."""
    session = None
    for n, key in enumerate(order):
        session = after(session, model=key, answers=n + 1, handed_over=2 * n)
    assert session is not None
    own = [key == order[-1] for key in order]
    since = len(own) - own[::-1].index(False) if False in own else 0
    assert session.foreign == 2 * since
