"""Whether a conversation keeps its model: locks, margins, and the words for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.chat import ChatRequest, Message, ToolCall
from router_core.decide.continuity import (
    Lock,
    has_signed_reasoning,
    in_tool_loop,
    lock_on,
    margin,
    rereading_elsewhere,
    stay_or_go,
)
from router_core.decide.peel import read_turn
from router_core.decide.rereading import Rereading
from router_core.decide.session import Cache
from router_core.decide.turn import TurnKind
from tests.decide.conversations import (
    AT,
    CACHE_S,
    ONE,
    THREE,
    TWO,
    a_request,
    a_session,
    a_turn,
    an_ongoing,
    result,
    said,
    usd,
    user,
)
from tests.decide.model_entries import NOW

extras = st.decimals(-1_000, 1_000, places=6) | st.sampled_from(
    [Decimal(text) for text in ("0", "-0", "1e-30", "-1e-30", "1e12", "-1e12", "-0.05", "0.05")]
)

# -- the margin -------------------------------------------------------------------------


@given(st.none() | extras, st.booleans())
def test_a_margin_is_never_below_nothing_nor_above_half(
    extra: Decimal | None, signed: bool
) -> None:
    assert 0 <= margin(extra, signed=signed) <= 0.5


@given(extras, extras, st.booleans())
def test_the_more_a_switch_costs_the_wider_the_margin(
    one: Decimal, other: Decimal, signed: bool
) -> None:
    less, more = sorted((one, other))
    assert margin(less, signed=signed) <= margin(more, signed=signed)


@given(st.none() | extras)
def test_reasoning_that_would_be_lost_widens_it(extra: Decimal | None) -> None:
    plain, signed = margin(extra), margin(extra, signed=True)
    assert plain < signed or plain == signed == 0.5
    assert signed <= plain + 0.1 + 1e-12


@pytest.mark.parametrize(
    ("extra", "signed", "expected"),
    [
        ("0", False, 0.1),
        ("0.05", False, 0.3),
        ("0.15", False, 0.4),
        ("1000000", False, 0.5),
        ("1000000", True, 0.5),
        ("0.05", True, 0.4),
        ("-0.025", False, 0.05),
        ("-0.05", False, 0.0),
        ("-99", False, 0.0),
        ("-99", True, 0.1),
        (None, False, 0.2),
        (None, True, 0.3),
    ],
)
def test_these_are_the_margins(extra: str | None, signed: bool, expected: float) -> None:
    found = margin(None if extra is None else Decimal(extra), signed=signed)
    assert found == pytest.approx(expected, abs=1e-6)


@given(st.decimals("1e-9", "1e-6"))
def test_there_is_no_leap_where_it_costs_nothing(little: Decimal) -> None:
    assert margin(little) == pytest.approx(margin(-little), abs=1e-4)


# -- what a switch costs ----------------------------------------------------------------

SAME = usd("10", "1")


def test_the_holder_reads_from_its_cache_and_another_model_anew() -> None:
    cost = rereading_elsewhere(an_ongoing(), TWO, SAME, SAME)
    assert (cost.tokens, cost.here, cost.there) == (10_000, Decimal("0.01"), Decimal("0.1"))


def test_a_model_that_had_it_before_has_it_still() -> None:
    caches = (
        Cache(model=ONE.key, tokens=10_000, at=AT),
        Cache(model=TWO.key, tokens=8_000, at=AT),
    )
    ongoing = an_ongoing(session=a_session(caches=caches))
    assert rereading_elsewhere(ongoing, TWO, SAME, SAME).there == Decimal("0.028")
    ongoing = replace(ongoing, now=NOW + timedelta(seconds=CACHE_S + 1))
    assert rereading_elsewhere(ongoing, TWO, SAME, SAME).extra == 0


def test_nobodys_cache_helps_where_the_beginning_has_changed() -> None:
    cost = rereading_elsewhere(an_ongoing(same_prefix=False), TWO, SAME, SAME)
    assert cost.here == cost.there == Decimal("0.1")


@pytest.mark.parametrize(
    ("idle_s", "same_prefix", "warm"),
    [
        (0, True, True),
        (CACHE_S, True, True),
        (CACHE_S + 0.01, True, False),
        (0, False, False),
        (-3600, True, True),  # clocks are set back
    ],
)
def test_a_cache_is_warm_for_so_long(idle_s: float, same_prefix: bool, warm: bool) -> None:
    assert an_ongoing(idle_s=idle_s, same_prefix=same_prefix).is_warm is warm


@pytest.mark.parametrize(
    ("idle_s", "told"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "120 min")]
)
def test_idleness_is_told_in_words(idle_s: float, told: str) -> None:
    assert an_ongoing(idle_s=idle_s).idle == told


# -- stay or go -------------------------------------------------------------------------


def cost(extra: str | None) -> Rereading:
    there = None if extra is None else Decimal("0.01") + Decimal(extra)
    return Rereading(tokens=10_000, here=Decimal("0.01"), there=there)


def stays(lead: float, extra: str | None = "0.05", there=THREE, **ongoing: Any) -> bool:
    """Whether it does, where the new topic leads by so much."""
    new = ("conversation", 0.4 + lead)
    return stay_or_go(an_ongoing(**ongoing), there, new, 0.4, cost(extra)).stays


def test_a_new_topic_must_lead_by_the_margin() -> None:
    assert stays(0.29)
    assert not stays(0.31)
    assert stays(0.19, None)
    assert not stays(0.21, None)


def test_a_switch_that_saves_enough_needs_no_lead() -> None:
    assert not stays(0.0, "-0.06")
    assert stays(0.01, "-0.02")


def test_reasoning_in_the_last_answer_makes_it_stay_longer() -> None:
    assert stays(0.39, signed=True)
    assert not stays(0.41, signed=True)


def test_the_surest_topic_always_wins() -> None:
    assert not stay_or_go(
        an_ongoing(signed=True), THREE, ("conversation", 0.8), 0.2, cost("1000000")
    ).stays


@pytest.mark.parametrize("cold", [{"idle_s": CACHE_S + 1}, {"same_prefix": False}])
def test_without_a_cache_to_lose_there_is_no_margin(cold: dict[str, Any]) -> None:
    assert not stays(0.001, "1000000", **cold)


def test_where_the_same_model_answers_both_the_category_moves_freely() -> None:
    assert not stays(0.001, "1000000", there=replace(ONE, name="under another name"))


def test_why_it_stays_or_goes_is_told_with_both_models_and_dollars() -> None:
    ongoing = an_ongoing()
    found = stay_or_go(ongoing, THREE, ("conversation", 0.45), 0.4, cost("0.05"))
    assert found.why == (
        "conversation 0.45 against code 0.40: too little for the margin of 0.30; a switch costs"
        " $0.050000: 10000 tokens read again by three for $0.060000, by one for $0.010000"
    )
    saves = stay_or_go(ongoing, THREE, ("conversation", 0.9), 0.1, cost("-0.005")).why
    assert "enough for the margin of 0.09; a switch saves $0.005000" in saves
    unknown = stay_or_go(ongoing, THREE, ("conversation", 0.9), 0.1, cost(None)).why
    assert unknown.endswith("what a switch to three costs is not known")


def test_why_there_is_no_margin_is_told() -> None:
    def why(there=THREE, **ongoing: Any) -> str:
        new = ("conversation", 0.5)
        return stay_or_go(an_ongoing(**ongoing), there, new, 0.4, cost("0.05")).why

    assert why(idle_s=600).endswith("idle for 10 min, so no cache is lost")
    assert why(same_prefix=False).endswith("its beginning has changed, so no cache is lost")
    assert why(there=ONE).endswith("one answers both")


# -- locks ------------------------------------------------------------------------------

ASKED = (user("look at the sky"), said("", ToolCall("see")))
SIGNED = {"role": "assistant", "content": "ok", "reasoning_details": [{"data": "d"}]}


def locked(*messages: Message, signed: bool = False) -> Lock | None:
    """As a request of a client that nobody knows."""
    return lock_on(an_ongoing(signed=signed), a_request(*messages), read_turn(messages))


@pytest.mark.parametrize(
    ("messages", "lock"),
    [
        ((*ASKED, result("blue")), Lock.TOOL_LOOP),
        ((*ASKED, Message(role="function", texts=("blue",))), Lock.TOOL_LOOP),
        ((*ASKED, result("blue"), result("grey")), Lock.TOOL_LOOP),
        ((*ASKED, result("blue"), user("hurry up")), Lock.TOOL_LOOP),
        ((*ASKED, result("blue"), user("hurry"), user("up")), Lock.TOOL_LOOP),
        ((user("hi"), said("hello")), Lock.GOES_ON),
        ((user("hi"),), None),
        ((user("hi"), said("hello"), user("so?")), None),
        ((*ASKED, result("blue"), said("it is blue"), user("so?")), None),
        ((*ASKED, user("never mind")), None),
    ],
)
def test_what_holds_a_conversation_to_its_model(
    messages: tuple[Message, ...], lock: Lock | None
) -> None:
    assert locked(*messages) is lock
    assert locked(*messages, signed=True) is (lock and Lock.REASONING)


def test_nobody_having_typed_is_no_lock_where_it_is_work() -> None:
    request = a_request(user("hi"), said("hello"), user("task"))
    for kind in (TurnKind.BACKGROUND_WORK, TurnKind.HOUSEKEEPING, TurnKind.USER_TURN):
        assert lock_on(an_ongoing(signed=True), request, a_turn(kind=kind)) is None
    for kind in (TurnKind.CONTINUATION, TurnKind.TOOL_FOLLOWUP):
        assert lock_on(an_ongoing(signed=False), request, a_turn(kind=kind)) is not None


def test_nobody_is_held_to_an_answer_that_is_not_known() -> None:
    request = a_request(*ASKED, result("blue"))
    turn = a_turn(kind=TurnKind.TOOL_FOLLOWUP)
    assert lock_on(an_ongoing(is_behind=True), request, turn) is None
    assert lock_on(an_ongoing(went_back=True), request, turn) is Lock.TOOL_LOOP


@given(st.lists(st.sampled_from(["user", "assistant", "tool", "function", "system"])))
def test_a_tool_loop_runs_until_it_is_answered(roles: list[str]) -> None:
    request = a_request(*(Message(role=role, texts=("x",)) for role in roles))
    after = roles[len(roles) - roles[::-1].index("assistant") :] if "assistant" in roles else roles
    assert in_tool_loop(request) is any(role in ("tool", "function") for role in after)


def with_body(*messages: Any) -> ChatRequest:
    return a_request(user("hi"), body={"messages": list(messages)})


@pytest.mark.parametrize(
    ("messages", "signed"),
    [
        ([SIGNED], True),
        ([SIGNED, {"role": "tool", "content": "x"}, {"role": "user", "content": "y"}], True),
        ([{"role": "assistant", "content": "ok"}], False),
        ([SIGNED, {"role": "assistant", "content": "ok"}], False),
        ([{"role": "assistant", "content": "ok", "reasoning": "plain"}], False),
        ([{**SIGNED, "role": "user"}], False),
        ([None, 7, "x", SIGNED, None], True),
        ([], False),
    ],
)
def test_the_last_answer_alone_tells_whether_reasoning_would_be_lost(
    messages: list[Any], signed: bool
) -> None:
    assert has_signed_reasoning(with_body(*messages)) is signed


@pytest.mark.parametrize("messages", [None, {}, "x", 7])
def test_a_body_of_another_shape_has_none(messages: Any) -> None:
    assert not has_signed_reasoning(a_request(user("hi"), body={"messages": messages}))
    assert not has_signed_reasoning(a_request(user("hi")))
