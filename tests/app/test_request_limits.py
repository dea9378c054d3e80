"""Limits of a request, from the decision to the call: who is called, who never is, what is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.config import AtLimit, Limits, ModelRef, Provider, RoutingConfig
from router_core.decide.failures import FailureClass
from router_core.decide.model_info import ModelInfo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.errors import (
    CandidatesExhausted,
    InvalidRequest,
    NoCapableModel,
    NoModelWithinLimits,
    SpendingLimitReached,
)
from tests.app.clients_talking import CODE, HEARTBEAT, TOOLS, Client, a_rig, openclaw, result, user
from tests.app.clients_talking import called as tool_call
from tests.app.explaining import INFOS
from tests.app.rig import CHAIN, Rig, ask, config, model
from tests.fakes.provider import completion, failure

ANSWERS: Any = {f"lab/{name}": completion(f"I am {name}") for name in CHAIN}
FREE_ONLY = RequestLimits(max_cost_usd=Decimal(0))
DENY = RequestLimits(data_policy=DataPolicy.DENY)


def without(*names: str) -> RequestLimits:
    return RequestLimits(excluded_models=frozenset(names))


def only(*names: str) -> RequestLimits:
    return RequestLimits(allowed_models=(frozenset(names),))


def operators(limits: RequestLimits, *models: ModelRef, **fields: Any) -> RoutingConfig:
    return config(*models, limits=Limits(per_request=limits), **fields)


async def called(rig: Rig, limits: RequestLimits = NO_LIMITS, **keys: Any) -> list[str]:
    """The models that a request calls, in order."""
    rig.provider.calls.clear()
    await rig.complete(ask(limits=limits, **keys), rig.arrival())
    return [each.removeprefix("lab/") for each in rig.provider.called]


async def refused(rig: Rig, limits: RequestLimits = NO_LIMITS, **keys: Any) -> NoModelWithinLimits:
    """Why a request is not answered; nobody is called for it, streamed or not."""
    with pytest.raises(NoModelWithinLimits):
        await rig.stream(ask(limits=limits, **keys))
    with pytest.raises(NoModelWithinLimits) as raised:
        await rig.complete(ask(limits=limits, **keys), rig.arrival())
    assert rig.provider.calls == []
    return raised.value


# -- who is called


@pytest.mark.parametrize(
    ("limits", "who"),
    [
        (NO_LIMITS, "one"),
        (without("one"), "two"),
        (without("one", "lab/two"), "three"),
        (only("three", "openrouter:lab/two"), "two"),
        (FREE_ONLY, "three"),
        (RequestLimits(max_cost_usd=Decimal("0.003")), "two"),
    ],
)
async def test_who_is_left_answers(limits: RequestLimits, who: str) -> None:
    assert await called(Rig(ANSWERS, infos=INFOS), limits) == [who]
    assert await called(Rig(ANSWERS, config=operators(limits), infos=INFOS)) == [who]


@pytest.mark.parametrize(
    ("operators_own", "callers", "who"),
    [
        (without("one"), without("two"), "three"),
        (only("two", "three"), only("one", "three"), "three"),
        (without("one"), only("one", "two"), "two"),
        (FREE_ONLY, RequestLimits(max_cost_usd=Decimal(9)), "three"),
        (RequestLimits(max_cost_usd=Decimal(9)), FREE_ONLY, "three"),
    ],
)
async def test_a_request_only_narrows_what_the_operator_allows(
    operators_own: RequestLimits, callers: RequestLimits, who: str
) -> None:
    rig = Rig(ANSWERS, config=operators(operators_own), infos=INFOS)
    assert await called(rig, callers) == [who]


async def test_of_whom_the_price_is_not_known_is_called_last_and_is_called() -> None:
    limits = RequestLimits(max_cost_usd=Decimal("0.003"))
    rig = Rig(ANSWERS, infos={"one": ModelInfo(), "three": INFOS["three"]})
    assert await called(rig, limits) == ["three"]
    for strict in (limits, RequestLimits(max_ttft_ms=0.001)):
        assert await called(Rig(ANSWERS), strict) == ["one"], "it stops no request"


async def test_no_fallback_leads_to_who_is_left_out() -> None:
    script: Any = {"lab/one": failure(FailureClass.RATE_LIMITED), "lab/three": completion()}
    rig = Rig(script, infos=INFOS)
    assert await called(rig, without("two")) == ["one", "three"]
    rig = Rig({f"lab/{name}": failure(FailureClass.MODEL_GONE) for name in CHAIN})
    with pytest.raises(CandidatesExhausted):
        await rig.complete(ask(limits=only("two")), rig.arrival())
    assert rig.provider.called == ["lab/two"]


async def test_neither_does_the_last_resort() -> None:
    last = model("last")
    script: Any = {f"lab/{name}": failure(FailureClass.RATE_LIMITED) for name in CHAIN}
    rig = Rig(script, config=replace(config(), last_resort=last))
    with pytest.raises(CandidatesExhausted):
        await rig.complete(ask(limits=without("last")), rig.arrival())
    assert rig.provider.called == ["lab/one", "lab/two", "lab/three"]


async def test_at_a_spending_limit_the_cheapest_is_one_that_they_leave() -> None:
    spent = Limits(daily_usd=Decimal("0.0000001"), at_limit=AtLimit.CHEAPEST)
    rig = Rig(ANSWERS, config=config(limits=spent), infos=INFOS)
    assert await called(rig) == ["three"]
    assert await called(rig, without("three")) == ["two"]
    with pytest.raises(SpendingLimitReached):
        await rig.complete(ask("two", limits=only("two")), rig.arrival())


async def test_a_conversation_leaves_a_model_that_they_leave_out_and_comes_back() -> None:
    client = Client(a_rig())
    assert (await client.say(CODE)).decided.model.name == "one"
    decision = await client.route(user("yes"), router={"excluded_models": ["one"]})
    assert [each.name for each in decision.to_call] == ["two"]
    assert "but one is out: the limits exclude it" in decision.explanation
    assert (await client.route(user("yes"))).to_call[0].name == "one"


async def test_a_tool_loop_leaves_it_too() -> None:
    client = Client(a_rig({"lab/three": tool_call()}), body={"tools": TOOLS})
    await client.say("Look at it")
    for limits, who in (
        ({}, "three"),
        ({"excluded_providers": [], "allowed_models": ["one"]}, "one"),
    ):
        decision = await client.route(result(), router=limits)
        assert decision.to_call[0].name == who


async def test_upkeep_goes_where_they_let_it() -> None:
    client = openclaw(a_rig())
    limits = {"excluded_models": ["cheap"]}
    assert (await client.route(user(HEARTBEAT))).to_call == (model("cheap"),)
    assert (await client.route(user(HEARTBEAT), router=limits)).to_call == ()


# -- what is told


async def test_where_nobody_is_left_each_is_named_with_the_reason() -> None:
    rig = Rig({}, infos=INFOS)
    limits = RequestLimits(max_cost_usd=Decimal("0.000001"), excluded_models=frozenset({"three"}))
    error = await refused(rig, limits)
    assert error.param == "router"
    assert error.message.startswith("no model is within the limits: one: est. $0.0")
    assert "over the limit of $0.000001; two: est. $0.0" in error.message
    assert error.message.endswith("; three: the limits exclude it")
    record = rig.ledger.records[-1]
    assert (record.status, record.error_class) == ("error", "no_model_within_limits")
    assert record.attempts == ()


async def test_limits_that_are_the_operators_alone_are_no_fault_of_the_request() -> None:
    assert (await refused(Rig({}, config=operators(only("nobody"))))).param == ""


async def test_beside_models_that_cannot_take_the_request_it_is_the_limits_still() -> None:
    infos = {"one": ModelInfo(parameters=frozenset())}
    tools: Any = {"tools": ("f",)}
    error = await refused(Rig({}, infos=infos), without("two", "three"), **tools)
    assert "one: it cannot call tools" in error.message
    all_unfit = {name: ModelInfo(parameters=frozenset()) for name in CHAIN}
    rig = Rig({}, infos=all_unfit)
    with pytest.raises(NoCapableModel):
        await rig.complete(ask(limits=without("nobody"), **tools), rig.arrival())


async def test_a_model_that_is_named_is_held_to_them() -> None:
    rig = Rig(ANSWERS, infos=INFOS)
    assert await called(rig, without("two"), model="one") == ["one"]
    rig.provider.calls.clear()
    error = await refused(rig, without("one"), model="openrouter:lab/one")
    assert error.message == (
        "no model is within the limits: openrouter:lab/one: the limits exclude it"
    )
    await refused(rig, FREE_ONLY, model="one")


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        (without("two"), "models[1]"),
        (without("lab/three"), "models[0]"),
        (only("one", "three"), "models[1]"),
        (FREE_ONLY, "models[1]"),
    ],
)
async def test_the_callers_own_fallbacks_are_held_to_them(limits: RequestLimits, path: str) -> None:
    rig = Rig(ANSWERS, infos=INFOS | {"one": INFOS["three"]})
    keys: Any = {"model": "one", "fallback_models": ("lab/three", "lab/two")}
    with pytest.raises(InvalidRequest, match=r"is not within the limits: ") as raised:
        await rig.complete(ask(limits=limits, **keys), rig.arrival())
    assert raised.value.param == path
    assert rig.provider.calls == []
    assert await called(rig, without("nobody"), **keys) == ["one"]


# -- the data policy


@pytest.mark.parametrize("whose", ["operator", "caller"])
async def test_data_go_only_to_who_promises_or_can_be_asked(whose: str) -> None:
    models = (model("one", "local"), model("two", "vault"), model("three"))
    providers = {
        "local": Provider(name="local", base_url="http://unused"),
        "vault": Provider(name="vault", base_url="http://unused", data_policy=DataPolicy.DENY),
        "openrouter": Provider(name="openrouter", base_url="http://unused"),
    }
    script: Any = ANSWERS | {"lab/two": failure(FailureClass.RATE_LIMITED)}
    fields: Any = {"providers": providers}
    if whose == "operator":
        rig, limits = Rig(script, config=operators(DENY, *models, **fields)), NO_LIMITS
    else:
        rig, limits = Rig(script, config=config(*models, **fields)), DENY
    assert await called(rig, limits) == ["two", "three"]
    assert {call.data_policy for call in rig.provider.calls} == {DataPolicy.DENY}


async def test_nobody_is_asked_to_keep_data_private_where_nobody_minds() -> None:
    rig = Rig(ANSWERS)
    await called(rig, without("two"))
    assert rig.provider.calls[0].data_policy is DataPolicy.ALLOW
