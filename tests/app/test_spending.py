"""Limits of spending over whole requests: who is let in, who answers, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import Opinion, Question
from router_core.app.spending import Spending
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import AtLimit, Limits, Mode, SpendingLimits
from router_core.decide.cost import Cost, CostSource
from router_core.decide.failures import FailureClass
from router_core.decide.records import AttemptRecord
from router_core.decide.routing import RouteReason
from router_core.decide.spending import Books, Period
from router_core.errors import SpendingLimitReached
from tests.app.capping import (
    DAY,
    PRICES,
    a_rig,
    answer,
    asked,
    limits,
    per_request,
    reserved,
    spent,
)
from tests.app.clients_talking import TOOLS, Client, called, result
from tests.app.rig import Rig, ask, config, model, settle
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Held, completion, failure, text_stream

HOUR = 3600


async def test_a_request_is_let_in_as_long_as_its_estimate_fits() -> None:
    rig = a_rig(limits(daily_usd=3))
    for _ in range(3):
        assert await asked(rig) == "one"
    with pytest.raises(SpendingLimitReached) as raised:
        await asked(rig)
    assert spent(rig) == [Decimal(3)]
    assert raised.value.message == (
        "the daily spending limit of 3 USD is reached: 3 USD are spent; this request is expected"
        " to cost 1 USD; it resets at 2026-11-24T00:00:00Z"
    )
    assert raised.value.details == {
        "caller": "",
        "period": "day",
        "spent_usd": "3",
        "limit_usd": "3",
        "resets_at": "2026-11-24T00:00:00Z",
    }
    assert len(rig.provider.calls) == 3
    assert rig.ledger.records[-1].status == "error"


async def test_a_request_that_is_larger_than_the_limit_is_refused_and_said_so() -> None:
    rig = a_rig(limits(daily_usd="0.5"))
    with pytest.raises(SpendingLimitReached, match="has no room left for this: 0 USD are spent"):
        await asked(rig)
    assert rig.alerts.sent == []


@pytest.mark.parametrize("streams", [False, True])
async def test_fifty_at_once_overshoot_by_no_more_than_their_own_estimates_were_wrong(
    streams: bool,
) -> None:
    go, actual = asyncio.Event(), Decimal("1.5")
    answers: Any = Held(go, answer(float(actual)))
    if streams:
        *chunks, last = text_stream("a")
        answers = [Held(go, chunks[0]), *chunks[1:], {**last, "usage": {"cost": float(actual)}}]
    rig = a_rig(limits(daily_usd=20), one=answers)

    async def one() -> None:
        await (rig.stream(ask()) if streams else rig.complete(ask(), rig.arrival()))

    tasks = [asyncio.create_task(one()) for _ in range(50)]
    await settle()
    assert len(rig.provider.calls) == 20
    assert reserved(rig) == {Decimal(20)}
    go.set()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(each, SpendingLimitReached) for each in ended) == 30
    assert sum(each is None for each in ended) == 20
    assert spent(rig) == [20 * actual]
    assert reserved(rig) == {Decimal(0)}


async def test_who_falls_back_to_a_dearer_model_reserves_what_that_costs() -> None:
    go, cap = asyncio.Event(), limits(daily_usd="1.6")
    rig = a_rig(cap, two=failure(FailureClass.TIMEOUT), one=Held(go, answer(1)))
    rig.config.config = config(model("two"), model("one"), limits=cap)
    first = asyncio.create_task(rig.complete(ask(), rig.arrival()))
    await settle()
    assert rig.provider.called == ["lab/two", "lab/two", "lab/one"]
    assert reserved(rig) == {Decimal("1.5")}  # two that may be billed, and the one that runs
    with pytest.raises(SpendingLimitReached):
        await asked(rig)
    go.set()
    await first
    assert (spent(rig), reserved(rig)) == ([Decimal("1.5")], {Decimal(0)})


async def test_who_falls_back_to_a_cheaper_model_keeps_what_was_reserved() -> None:
    go = asyncio.Event()
    refused = failure(FailureClass.UNSUITABLE, status=404)
    rig = a_rig(limits(daily_usd=9), one=refused, two=Held(go, answer(0.25)))
    first = asyncio.create_task(rig.complete(ask(), rig.arrival()))
    await settle()
    assert reserved(rig) == {Decimal(1)}
    go.set()
    await first
    assert (spent(rig), reserved(rig)) == ([Decimal("0.25")], {Decimal(0)})


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        (answer(0.125), "0.125"),
        (answer(), "1"),
        (completion(""), "2"),
        (failure(FailureClass.REJECTED, status=422), "0"),
        (failure(FailureClass.TIMEOUT), "2"),
        (asyncio.CancelledError(), "1"),
        (RuntimeError(), "1"),
    ],
)
async def test_whatever_ends_a_request_its_cost_counts_once_and_nothing_stays_reserved(
    step: Any, counts: str
) -> None:
    only = replace(config(), limits=limits(daily_usd=20))
    first = {name: replace(each, models=each.models[:1]) for name, each in only.categories.items()}
    rig = Rig({"lab/one": step}, config=replace(only, categories=first), infos=PRICES)
    try:
        await rig.complete(ask(), rig.arrival())
    except (Exception, asyncio.CancelledError):
        assert rig.ledger.records[0].status != "ok"
    assert spent(rig) == [Decimal(counts)]
    assert reserved(rig) == {Decimal(0)}


async def test_a_caller_has_its_own_limit_and_leaves_the_others_theirs() -> None:
    own = SpendingLimits(monthly_usd=Decimal(2))
    rig = a_rig(replace(limits(daily_usd=5), per_caller=own))
    assert [await asked(rig, caller="ann") for _ in range(2)] == ["one", "one"]
    with pytest.raises(SpendingLimitReached) as raised:
        await asked(rig, caller="ann")
    assert "the monthly spending limit of the caller ann of 2 USD" in raised.value.message
    assert [await asked(rig, caller="bob") for _ in range(2)] == ["one", "one"]
    assert await asked(rig, caller="cid") == "one"
    with pytest.raises(SpendingLimitReached, match="the daily spending limit of 5 USD"):
        await asked(rig, caller="cid")
    assert [(state.caller, state.spent_usd) for state in rig.spending.states()] == [
        ("", Decimal(5)),
        ("ann", Decimal(2)),
        ("bob", Decimal(2)),
        ("cid", Decimal(1)),
    ]


async def test_of_two_limits_the_one_that_lasts_longer_is_told() -> None:
    rig = a_rig(limits(daily_usd=1, monthly_usd=1))
    await asked(rig)
    with pytest.raises(SpendingLimitReached, match=r"monthly.*it resets at 2026-12-01T"):
        await asked(rig)


async def test_when_to_come_back_is_told_where_that_is_soon() -> None:
    rig = a_rig(limits(daily_usd=1))
    await asked(rig)
    for hours, expected in ((0, None), (10.5, None), (11.25, 2700.0)):
        rig.clock.seconds = 1000.0 + hours * HOUR
        with pytest.raises(SpendingLimitReached) as raised:
            await asked(rig)
        assert raised.value.retry_after_s == expected


async def test_midnight_in_utc_resets_the_day_and_the_first_the_month() -> None:
    rig = a_rig(limits(daily_usd=1, monthly_usd=3))
    for _ in range(3):
        await asked(rig)
        with pytest.raises(SpendingLimitReached):
            await asked(rig)
        rig.clock.advance(DAY)
    with pytest.raises(SpendingLimitReached, match="monthly"):
        await asked(rig)
    rig.clock.advance(8 * DAY)
    assert await asked(rig) == "one"


async def test_a_limit_that_is_set_while_it_runs_counts_what_was_spent_before() -> None:
    rig = a_rig(Limits())
    await asked(rig)
    assert rig.spending.states() == ()
    rig.config.config = replace(rig.config.config, limits=limits(daily_usd=1))
    with pytest.raises(SpendingLimitReached):
        await asked(rig)
    rig.config.config = replace(rig.config.config, limits=limits(daily_usd=2))
    assert await asked(rig) == "one"


CHEAPEST = limits(daily_usd=2, at_limit=AtLimit.CHEAPEST)


async def test_at_the_limit_the_cheapest_answers_and_no_dearer_one_is_tried() -> None:
    rig = a_rig(CHEAPEST, three=failure(FailureClass.UNSUITABLE))
    await asked(rig)
    await asked(rig)
    with pytest.raises(Exception, match="three"):
        await asked(rig)
    assert set(rig.provider.called[2:]) == {"lab/three"}
    rig.provider.script["lab/three"] = answer(0)
    done = await rig.complete(ask("router/code"), rig.arrival())
    assert (done.decided.model.name, done.decided.reason) == ("three", RouteReason.SPENDING_CAP)
    assert rig.ledger.records[-1].reason == "spending_cap"


async def test_the_cheapest_reserves_what_it_costs_itself() -> None:
    go = asyncio.Event()
    infos = PRICES | {"three": per_request("0.5")}
    rig = a_rig(CHEAPEST, infos=infos, two=Held(go, answer(0.25)))
    await asked(rig)
    await asked(rig)
    task = asyncio.create_task(asked(rig))
    await settle()
    assert reserved(rig) == {Decimal("0.25")}
    go.set()
    assert await task == "two"
    assert spent(rig) == [Decimal("2.25")]


async def test_a_conversation_moves_to_the_cheapest_in_the_middle() -> None:
    rig = a_rig(limits(daily_usd=1, at_limit=AtLimit.CHEAPEST))
    assert await asked(rig) == "one"
    first = ask(session_id="s1")
    again = await rig.complete(first, rig.arrival())
    assert (again.decided.model.name, again.decided.reason) == ("three", RouteReason.SPENDING_CAP)


async def test_a_model_that_was_named_is_replaced_by_none_unless_it_is_free() -> None:
    rig = a_rig(CHEAPEST)
    await asked(rig)
    await asked(rig)
    with pytest.raises(SpendingLimitReached):
        await asked(rig, "one")
    with pytest.raises(SpendingLimitReached):
        await asked(rig, "some/unheard-of")
    assert await asked(rig, "three") == "three"


async def test_where_it_is_refused_a_free_model_is_too() -> None:
    rig = a_rig(limits(daily_usd=1))
    await asked(rig)
    with pytest.raises(SpendingLimitReached):
        await asked(rig, "three")


async def test_a_model_without_a_price_counts_once_its_cost_is_told() -> None:
    rig = a_rig(limits(daily_usd=3), infos={}, one=answer(2))
    await asked(rig)
    await asked(rig)
    assert spent(rig) == [Decimal(4)]
    with pytest.raises(SpendingLimitReached, match="4 USD are spent; it resets"):
        await asked(rig)


class Source:
    """The `SpentSource` port."""

    def __init__(self, spent: Mapping[Period, Mapping[str, Decimal]], clock: FakeClock) -> None:
        self.told, self.clock = spent, clock

    def spent(self, start: datetime) -> Mapping[str, Decimal]:
        is_day = start > self.clock.now() - timedelta(days=1)
        return self.told[Period.DAY if is_day else Period.MONTH]


async def test_what_the_ledger_knows_at_the_start_is_spent() -> None:
    rig = a_rig(limits(daily_usd=3, monthly_usd=30))
    known = {Period.DAY: {"ann": Decimal(2)}, Period.MONTH: {"ann": Decimal(2), "": Decimal(9)}}
    rig.spending.open(Source(known, rig.clock))
    assert spent(rig) == [Decimal(11), Decimal(2)]
    await asked(rig)
    with pytest.raises(SpendingLimitReached):
        await asked(rig)


async def test_a_ledger_that_cannot_be_read_is_said() -> None:
    rig = a_rig(limits(daily_usd=3))
    rig.spending.open(Source({}, rig.clock))
    assert "the ledger cannot be read (KeyError)" in rig.spending.problem
    assert await asked(rig) == "one"


class Oracle:
    """The `Classifier` port of an API model, at 1 USD a call."""

    def __init__(self) -> None:
        self.asked = 0

    async def classify(self, question: Question) -> Opinion:
        self.asked += 1
        call = AttemptRecord(
            model="judge",
            provider="p",
            outcome="ok",
            latency_ms=1.0,
            cost=Cost(Decimal(1), CostSource.REPORTED),
        )
        scores = (Score(category="code", confidence=1.0),)
        return Opinion(verdict=Verdict(scores=scores, source="api"), call=call)


async def test_classifying_counts_too_and_is_done_without_cost_at_the_limit() -> None:
    rig, oracle = a_rig(limits(daily_usd=4)), Oracle()
    rig.config.config = replace(rig.config.config, mode=Mode.API)
    classifiers = {**rig.route.classify.classifiers, "api": oracle}
    classify = Classify(classifiers, rig.clock, rig.spending)
    rig.complete = replace(rig.complete, route=replace(rig.route, classify=classify))

    assert (await rig.complete(ask(), rig.arrival())).decided.category == "code"
    assert spent(rig) == [Decimal(2)]
    await asked(rig)
    with pytest.raises(SpendingLimitReached):
        await asked(rig)
    assert oracle.asked == 2
    found = await classify(ask(), rig.config.config)
    assert (found.verdict.source, found.category) == ("keywords", "conversation")
    assert [(each.source, each.cause) for each in found.fallbacks] == [
        ("api", "a spending limit is reached")
    ]


async def test_what_classifying_has_cost_is_reserved_with_the_answer() -> None:
    rig, oracle = a_rig(limits(daily_usd="1.5")), Oracle()
    rig.config.config = replace(rig.config.config, mode=Mode.API)
    classify = Classify({"api": oracle}, rig.clock, rig.spending)
    rig.complete = replace(rig.complete, route=replace(rig.route, classify=classify))
    with pytest.raises(SpendingLimitReached):
        await asked(rig)
    assert spent(rig) == [Decimal(1)]


async def test_a_config_without_limits_asks_nothing_of_the_books() -> None:
    rig = a_rig(Limits())
    rig.spending.books = _NoBooks(rig.clock.now())
    assert await asked(rig) == "one"


class _NoBooks(Books):
    def in_the_way(self, *args: Any) -> Any:
        raise AssertionError

    def reserve(self, *args: Any) -> Any:
        raise AssertionError


def test_states_are_those_of_the_config_in_force() -> None:
    rig = a_rig(limits(daily_usd=3))
    assert isinstance(rig.spending, Spending)
    assert [state.limit_usd for state in rig.spending.states()] == [Decimal(3)]


async def test_at_the_limit_a_tool_loop_goes_on_with_the_cheapest_and_breaks_nothing() -> None:
    cap = limits(daily_usd=2, at_limit=AtLimit.CHEAPEST)
    sealed: dict[str, Any] = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]}
    rig = Rig(
        {"lab/one": called(**sealed) | {"usage": {"cost": 2}}, "lab/three": completion("done")},
        config=config(limits=cap),
        infos=PRICES,
    )
    client = Client(rig, body={"tools": TOOLS})
    assert (await client.say("look")).decided.model.name == "one"
    assert client.messages[-1]["reasoning_details"]
    done = await client.say(result())
    assert (done.decided.model.name, done.decided.reason) == ("three", RouteReason.SPENDING_CAP)
    _, call, answered = rig.provider.calls[-1].body["messages"]
    assert "reasoning_details" not in call
    assert call["tool_calls"][0]["id"] == answered["tool_call_id"]
