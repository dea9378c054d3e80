"""A conversation that goes on: its model or another, in which order, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.candidates import Chance
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.continued import Continued
from router_core.decide.continuity import Lock
from router_core.decide.demands import Demands
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.session import Topics
from tests.decide.conversations import (
    CACHE_S,
    CATEGORIES,
    CHEAP,
    CONFIG,
    LAST,
    ONE,
    THREE,
    TWO,
    a_session,
    an_ongoing,
    classified,
    going_on,
    model,
    outlook,
    usd,
)

CODE: Topics = (("code", 0.9), ("conversation", 0.06), ("reasoning", 0.04))
TALK: Topics = (("conversation", 0.9), ("code", 0.06), ("reasoning", 0.04))
UNSURE: Topics = (("conversation", 0.48), ("code", 0.42), ("reasoning", 0.1))
COLD = CACHE_S + 1
R = RouteReason


def order(decision: RouteDecision) -> list[str]:
    return [model.name for model in decision.to_call]


def typed(continued: Continued, topics: Topics = CODE) -> RouteDecision:
    return continued.typed(classified(topics[0][0]), topics)


# -- locks ------------------------------------------------------------------------------

LOCKS = [(Lock.TOOL_LOOP, R.TOOL_LOOP), (Lock.REASONING, R.REASONING_LOCK)]
LOCKS.append((Lock.GOES_ON, R.SESSION_KEPT))


@pytest.mark.parametrize(("lock", "reason"), LOCKS)
@pytest.mark.parametrize("holder", [ONE, TWO, THREE, model("of no list"), model("away", "q")])
def test_a_lock_puts_the_sessions_model_first_whatever_the_list(
    lock: Lock, reason: RouteReason, holder: ModelRef
) -> None:
    decision = going_on(an_ongoing(holder)).locked(lock, "code")
    rest = [name for name in ("one", "two") if name != holder.name]
    assert order(decision) == [holder.name, *rest]
    assert (decision.reason, decision.category) == (reason, "code")
    assert decision.session.locked
    assert (decision.session.model, decision.session.known) == (holder, True)
    assert holder.name in decision.explanation
    assert lock.value in decision.explanation
    assert decision.topics == a_session().topics


def test_a_lock_outlives_the_cache() -> None:
    decision = going_on(an_ongoing(TWO, idle_s=COLD)).locked(Lock.TOOL_LOOP, "code")
    assert (order(decision)[0], decision.reason) == ("two", R.TOOL_LOOP)


@pytest.mark.parametrize(("lock", "_reason"), LOCKS)
def test_a_locked_model_whose_breaker_is_open_comes_last(lock: Lock, _reason: RouteReason) -> None:
    for holder, rest in ((TWO, ["one"]), (ONE, ["two"]), (THREE, ["one", "two"])):
        decision = going_on(an_ongoing(holder), outlook({}, holder.name)).locked(lock, "code")
        assert order(decision) == [*rest, holder.name]
        assert decision.reason is R.CLASSIFIED
        assert not decision.session.locked
        assert decision.session.reason == decision.explanation
        assert f"but {holder.name} is out: it failed" in decision.explanation


def test_one_that_is_gone_is_not_called_at_all() -> None:
    decision = going_on(an_ongoing(TWO), outlook(gone="two")).locked(Lock.TOOL_LOOP, "code")
    assert order(decision) == ["one"]
    assert (decision.reason, decision.session.locked) == (R.CLASSIFIED, False)
    assert "two is out: it was retired" in decision.explanation


def test_one_that_cannot_take_the_request_is_not_called_at_all() -> None:
    look = outlook({"one": usd("1")})

    def blind(model: ModelRef) -> Any:
        seen = look(model)
        text = replace(seen.info, input_modalities=frozenset({"text"}))
        return replace(seen, info=text) if model == TWO else seen

    continued = going_on(an_ongoing(TWO), blind, demands=Demands(images=1))
    decision = continued.locked(Lock.REASONING, "code")
    assert order(decision) == ["one"]
    assert (decision.reason, decision.session.locked) == (R.CLASSIFIED, False)
    assert decision.candidates[-1].chance is Chance.UNFIT


def test_where_all_rest_the_locked_one_still_goes_first() -> None:
    decision = going_on(an_ongoing(TWO), outlook({}, "one", "two")).locked(Lock.TOOL_LOOP, "code")
    assert order(decision) == ["two", "one"]
    assert not decision.session.locked


# -- the same topic ---------------------------------------------------------------------


def test_on_the_same_topic_a_warm_conversation_keeps_its_model() -> None:
    decision = typed(going_on(an_ongoing(TWO)))
    assert order(decision) == ["two", "one"]
    assert (decision.reason, decision.category) == (R.SESSION_KEPT, "code")
    assert decision.topics == CODE
    assert not decision.session.locked
    assert "code with confidence 0.80" in decision.explanation
    assert "the topic is code (0.90)" in decision.explanation


def test_so_does_one_whose_model_is_the_first_anyway() -> None:
    decision = typed(going_on(an_ongoing(ONE)))
    assert order(decision) == ["one", "two"]
    assert decision.reason is R.SESSION_KEPT
    assert "switch" not in decision.explanation


@pytest.mark.parametrize("cold", [{"idle_s": COLD}, {"same_prefix": False}])
def test_a_cold_one_goes_back_to_the_lists_order(cold: dict[str, Any]) -> None:
    decision = typed(going_on(an_ongoing(TWO, **cold)))
    assert order(decision) == ["one", "two"]
    assert decision.reason is R.SESSION_SWITCHED
    assert "so no cache is lost" in decision.explanation
    assert typed(going_on(an_ongoing(ONE, **cold))).reason is R.CLASSIFIED


@pytest.mark.parametrize(
    ("first", "holder", "kept"),
    [
        (usd("10", "1"), usd("10", "1"), True),  # the history is dearer there by its cache
        (usd("0.5"), usd("10", "1"), False),  # cheaper there although it reads everything
        (usd("1"), usd("10", "1"), True),  # as dear
        (usd("0"), usd("0"), True),
        (None, usd("10", "1"), True),
        (usd("0.5"), None, True),
    ],
)
def test_unless_the_first_of_the_list_is_cheaper_even_when_it_reads_everything(
    first: Any, holder: Any, kept: bool
) -> None:
    known = {"one": first, "two": holder}
    look = outlook({name: each for name, each in known.items() if each is not None})
    decision = typed(going_on(an_ongoing(TWO), look))
    assert order(decision) == (["two", "one"] if kept else ["one", "two"])
    assert decision.reason is (R.SESSION_KEPT if kept else R.SESSION_SWITCHED)
    if None not in (first, holder):
        assert "$" in decision.explanation
        assert "one" in decision.explanation
        assert "two" in decision.explanation


def test_the_first_of_the_list_counts_only_while_it_may_be_called() -> None:
    look = outlook({"one": usd("0.1"), "two": usd("10", "1")}, "one")
    assert order(typed(going_on(an_ongoing(TWO), look))) == ["two", "one"]


def test_a_model_that_is_not_of_the_list_does_not_keep_the_conversation() -> None:
    decision = typed(going_on(an_ongoing(CHEAP)))
    assert order(decision) == ["one", "two"]
    assert decision.reason is R.SESSION_SWITCHED
    assert "cheap is not of its list" in decision.explanation


def test_a_model_of_the_list_counts_under_whatever_name() -> None:
    renamed = replace(TWO, name="deux")
    decision = typed(going_on(an_ongoing(renamed)))
    assert order(decision) == ["deux", "one"]
    assert decision.reason is R.SESSION_KEPT


def test_a_kept_model_that_is_out_gives_way() -> None:
    decision = typed(going_on(an_ongoing(TWO), outlook({}, "two")))
    assert order(decision) == ["one", "two"]
    assert decision.reason is R.CLASSIFIED
    assert "but two is out: it failed" in decision.explanation


# -- another topic ----------------------------------------------------------------------


def test_a_topic_that_leads_by_enough_moves_the_conversation() -> None:
    decision = typed(going_on(), TALK)
    assert order(decision) == ["three", "two"]
    assert (decision.reason, decision.category) == (R.SESSION_SWITCHED, "conversation")
    assert (decision.topics, decision.session.model) == (TALK, ONE)
    assert "enough for the margin" in decision.explanation


def test_one_that_leads_by_too_little_does_not() -> None:
    decision = typed(going_on(an_ongoing(TWO)), UNSURE)
    assert order(decision) == ["two", "one"]
    assert (decision.reason, decision.category) == (R.SESSION_KEPT, "code")
    assert decision.topics == UNSURE, "what it may be about is remembered all the same"
    assert "too little for the margin of 0.20" in decision.explanation
    assert "the topic: conversation 0.48 against code 0.42" in decision.explanation


def test_what_a_switch_costs_is_compared_with_the_model_that_would_answer() -> None:
    dear = outlook({"one": usd("100", "0"), "three": usd("100"), "two": usd("0.1")})
    lead: Topics = (("conversation", 0.7), ("code", 0.3))
    assert typed(going_on(look=dear), lead).category == "code"
    # With the first of that list out, the second would answer, which costs nothing.
    freed = outlook({"one": usd("100", "0"), "three": usd("100"), "two": usd("0.1")}, "three")
    assert typed(going_on(look=freed), lead).category == "conversation"


def test_the_category_moves_freely_where_the_same_model_answers_both() -> None:
    decision = typed(going_on(an_ongoing(THREE, category="tools")), UNSURE)
    assert (decision.category, order(decision)) == ("conversation", ["three", "two"])
    assert decision.reason is R.CLASSIFIED


def test_reasoning_in_the_last_answer_makes_it_stay_longer() -> None:
    lead: Topics = (("conversation", 0.6), ("code", 0.35))
    assert typed(going_on(an_ongoing(ONE)), lead).category == "conversation"
    assert typed(going_on(an_ongoing(ONE, signed=True)), lead).category == "code"


def test_without_a_category_of_its_own_the_text_decides() -> None:
    decision = typed(going_on(an_ongoing(ONE, category="")), UNSURE)
    assert (decision.category, decision.topics) == ("conversation", UNSURE)
    assert order(decision) == ["three", "two"]
    dear = outlook({"one": usd("9999", "0"), "three": usd("9999")})
    assert typed(going_on(an_ongoing(ONE, category=""), dear), UNSURE).category == "conversation"
    kept = typed(going_on(an_ongoing(THREE, category="")), UNSURE)
    assert (order(kept), kept.reason) == (["three", "two"], R.CLASSIFIED)


def test_a_conversation_of_a_category_that_is_not_in_question_any_more_moves() -> None:
    """Its category was removed from the topics: ``tools`` where none are on offer."""
    ongoing = an_ongoing(THREE, category="tools")
    assert typed(going_on(ongoing), CODE).category == "code"


# -- what is said afterwards of who answered --------------------------------------------


def test_a_switch_that_ends_at_the_sessions_model_is_none() -> None:
    decision = typed(going_on(an_ongoing(TWO)), TALK)
    assert decision.reason_for(THREE) is R.SESSION_SWITCHED
    assert decision.reason_for(TWO) is R.SESSION_KEPT
    assert decision.reason_for(replace(TWO, name="deux")) is R.SESSION_KEPT


@pytest.mark.parametrize(("lock", "reason"), LOCKS)
def test_a_lock_that_ends_at_another_model_is_none(lock: Lock, reason: RouteReason) -> None:
    decision = going_on(an_ongoing(TWO)).locked(lock, "code")
    assert decision.reason_for(TWO) is reason
    assert decision.reason_for(ONE) is R.CLASSIFIED


def test_the_last_resort_is_called_so_unless_it_holds_the_conversation() -> None:
    config = replace(CONFIG, last_resort=LAST)
    decision = typed(going_on(an_ongoing(TWO), config=config))
    assert order(decision) == ["two", "one", "last"]
    assert decision.reason_for(LAST) is R.LAST_RESORT
    held = going_on(an_ongoing(LAST), config=config).locked(Lock.TOOL_LOOP, "code")
    assert order(held) == ["last", "one", "two"]
    assert held.reason_for(LAST) is R.TOOL_LOOP
    back = typed(going_on(an_ongoing(LAST), config=config))
    assert order(back) == ["one", "two", "last"]


# -- a category that the caller named ---------------------------------------------------


def test_a_named_category_keeps_the_model_while_it_is_warm() -> None:
    decision = going_on(an_ongoing(TWO)).named("code", None)
    assert (order(decision), decision.reason) == (["two", "one"], R.SESSION_KEPT)
    assert "the caller named the category code" in decision.explanation


def test_of_the_lists_first_it_says_that_it_was_named() -> None:
    assert going_on(an_ongoing(ONE)).named("code", None).reason is R.NAMED_CATEGORY
    assert going_on(an_ongoing(ONE)).named("code", Lock.TOOL_LOOP).reason is R.TOOL_LOOP
    decision = going_on(an_ongoing(TWO, idle_s=COLD)).named("code", None)
    assert (order(decision), decision.reason) == (["one", "two"], R.NAMED_CATEGORY)


def test_another_named_category_has_its_own_order() -> None:
    decision = going_on(an_ongoing(TWO)).named("conversation", None)
    assert (order(decision), decision.category) == (["three", "two"], "conversation")
    assert decision.reason is R.NAMED_CATEGORY
    assert (decision.holder, decision.topics) == (TWO, (("conversation", 1.0),))
    out = going_on(an_ongoing(ONE), outlook({}, "three")).named("conversation", None)
    assert (order(out), out.reason) == (["two", "three"], R.SESSION_SWITCHED)


# -- upkeep -----------------------------------------------------------------------------


def test_upkeep_goes_to_its_own_list() -> None:
    decision = going_on(an_ongoing(TWO)).upkeep("conversation")
    assert order(decision) == ["cheap"]
    assert (decision.reason, decision.category) == (R.HOUSEKEEPING, "conversation")
    assert not decision.session.locked
    bare = replace(CONFIG, housekeeping=())
    assert order(going_on(an_ongoing(ONE), config=bare).upkeep("conversation")) == ["three", "two"]


@pytest.mark.parametrize(
    ("holder", "idle_s", "leads"),
    [
        (usd("10", "0.1"), 0, True),
        (usd("10", "0.1"), COLD, False),
        (usd("10", "5"), 0, False),
        (usd("0.5"), COLD, False),
        (None, 0, False),
    ],
)
def test_unless_the_sessions_model_reads_the_history_for_less(
    holder: Any, idle_s: float, leads: bool
) -> None:
    look = outlook({"cheap": usd("1")} | ({"two": holder} if holder else {}))
    decision = going_on(an_ongoing(TWO, idle_s=idle_s), look).upkeep("conversation")
    assert order(decision) == (["two", "cheap"] if leads else ["cheap"])
    assert decision.reason is R.HOUSEKEEPING
    assert decision.reason_for(CHEAP) is decision.reason_for(TWO) is R.HOUSEKEEPING


def test_a_tool_loop_of_upkeep_keeps_its_model() -> None:
    config = replace(CONFIG, housekeeping=(CHEAP, TWO))
    ongoing = an_ongoing(TWO, is_upkeep=True, idle_s=COLD)
    decision = going_on(ongoing, config=config).upkeep("conversation")
    assert (order(decision), decision.reason) == (["two", "cheap"], R.TOOL_LOOP)
    assert decision.session.locked


# -- what holds for all of them ---------------------------------------------------------

WAYS = {
    "locked": lambda continued: continued.locked(Lock.TOOL_LOOP, "code"),
    "named": lambda continued: continued.named("reasoning", None),
    "typed": typed,
    "moves": lambda continued: typed(continued, TALK),
    "upkeep": lambda continued: continued.upkeep("conversation"),
}


@given(
    st.sampled_from(list(WAYS.values())),
    st.sampled_from([ONE, TWO, THREE, CHEAP, LAST, model("away", "q")]),
    st.sampled_from(["", *CATEGORIES]),
    st.sets(st.sampled_from(["one", "two", "three", "cheap", "last"])),
    st.sampled_from([0.0, COLD]),
    st.booleans(),
)
def test_nobody_is_lost_and_who_held_the_conversation_is_told(
    way: Any, holder: ModelRef, category: str, out: set[str], idle_s: float, rescued: bool
) -> None:
    config: RoutingConfig = replace(CONFIG, last_resort=LAST) if rescued else CONFIG
    session = a_session(holder, foreign=3)
    ongoing = an_ongoing(holder, idle_s, session=session, category=category, foreign=3)
    decision = way(going_on(ongoing, outlook({}, *out), config))
    assert (decision.holder, decision.foreign) == (holder, 3)
    assert decision.session.model == holder
    assert decision.session.known
    assert decision.explanation
    called = order(decision)
    assert len(called) == len(set(called))
    listed = {each.name for each in config.categories[decision.category].models}
    if way is WAYS["upkeep"]:
        listed = {"cheap"}
    assert listed <= set(called) <= listed | {holder.name, "last"}
    well = [name not in out for name in called]
    assert well == sorted(well, reverse=True), "those that rest come last"
    if decision.session.locked:
        assert called[0] == holder.name


def test_where_the_sessions_model_is_out_the_reason_is_what_led_to_the_list() -> None:
    kept = going_on(an_ongoing(TWO)).named("code", None)
    assert (kept.reason, kept.reason_for(ONE)) == (R.SESSION_KEPT, R.NAMED_CATEGORY)
    looped = going_on(an_ongoing(TWO), outlook({}, "two")).named("code", Lock.TOOL_LOOP)
    assert looped.reason is R.NAMED_CATEGORY
    upkeep = going_on(an_ongoing(CHEAP, is_upkeep=True), outlook({}, "cheap"))
    assert upkeep.upkeep("conversation").reason is R.HOUSEKEEPING
