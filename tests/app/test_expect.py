"""What a request is expected to cost before its models are called, and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from router_core.app.expect import Expected
from router_core.decide.estimates import ASSUMED_ANSWER_TOKENS
from router_core.decide.failures import FailureClass
from router_core.decide.request_limits import RequestLimits
from router_core.decide.usage import Usage
from tests.app.explaining import INFOS
from tests.app.rig import Rig, ask, model
from tests.fakes.provider import InTurn, completion, failure

MILLION = Decimal(1_000_000)
USAGE = {"prompt_tokens": 4, "completion_tokens": 50}


def a_rig(**script: Any) -> Rig:
    return Rig({f"lab/{name}": step for name, step in script.items()}, infos=INFOS)


async def expected_of(rig: Rig, **keys: Any) -> Expected:
    request, config = ask("router/code", **keys), rig.config.config
    routed = await rig.route(request, config)
    return Expected(routed=routed, info_of=rig.route.prospects.info_of)


async def test_before_any_answer_a_length_is_assumed() -> None:
    expected = await expected_of(a_rig())
    tokens = expected.basis.prompt_tokens
    assert (
        expected.of(model("one")).cost_usd == (10 * tokens + 20 * ASSUMED_ANSWER_TOKENS) / MILLION
    )
    assert expected.of(model("three")).cost_usd == 0
    assert expected.of(model("nobody")).cost_usd is None


async def test_a_models_own_answers_of_the_category_tell_before_those_of_all_models() -> None:
    rig = a_rig(one=completion(usage=USAGE))
    await rig.complete(ask("router/code"), rig.arrival())
    record = rig.ledger.records[0]
    rig.usual.record(record)
    longer = replace(record.attempts[0], usage=Usage(completion_tokens=150))
    rig.usual.record(replace(record, model="two", attempts=(longer,)))
    expected = await expected_of(rig)
    assert expected.basis.answer_tokens == 100
    tokens = expected.basis.prompt_tokens
    # Everybody's 100 are one more answer of a model's, and those two more of the category's:
    # (50 + 100) / 2 = 75, (50 + 2 x 75) / 3 = 66.7; (150 + 100) / 2 = 125, (150 + 250) / 3.
    assert expected.of(model("one")).cost_usd == (10 * tokens + 20 * 67) / MILLION
    assert expected.of(model("two")).cost_usd == (2 * tokens + 4 * 134) / MILLION


async def test_where_a_model_has_not_answered_its_answers_elsewhere_tell() -> None:
    """What others write there does not: one that thinks writes a multiple."""
    rig = a_rig(one=completion(usage=USAGE))
    await rig.complete(ask("router/code"), rig.arrival())
    record = rig.ledger.records[0]
    rig.usual.record(record)
    longer = replace(record.attempts[0], usage=Usage(completion_tokens=150))
    rig.usual.record(replace(record, category="talk", model="two", attempts=(longer,)))
    expected = await expected_of(rig)
    tokens = expected.basis.prompt_tokens
    # 150 elsewhere, and the 50 of the others here as one more: 100.
    assert expected.of(model("two")).cost_usd == (2 * tokens + 4 * 100) / MILLION
    assert expected.of(model("one")).cost_usd == (10 * tokens + 20 * 50) / MILLION


async def test_no_answer_is_expected_to_be_longer_than_the_request_allows() -> None:
    rig = a_rig(one=completion(usage=USAGE))
    await rig.complete(ask("router/code"), rig.arrival())
    rig.usual.record(rig.ledger.records[0])
    expected = await expected_of(rig, max_output_tokens=7)
    tokens = expected.basis.prompt_tokens
    assert expected.of(model("one")).cost_usd == (10 * tokens + 20 * 7) / MILLION


async def test_each_of_several_answers_is_paid_for() -> None:
    expected = await expected_of(a_rig(), answers=3)
    tokens = expected.basis.prompt_tokens
    usd = (10 * tokens + 20 * 3 * ASSUMED_ANSWER_TOKENS) / MILLION
    assert expected.of(model("one")).cost_usd == usd
    limits = RequestLimits(max_cost_usd=usd / 2)
    alone = await expected_of(a_rig(), limits=limits)
    several = await expected_of(a_rig(), answers=3, limits=limits)
    assert [len(each.routed.decision.to_call) for each in (alone, several)] == [3, 2]


async def test_each_attempt_keeps_what_its_own_model_was_expected_to_cost() -> None:
    failed = failure(FailureClass.RATE_LIMITED, status=429)
    rig = a_rig(one=failed, two=completion(usage=USAGE))
    expected = await expected_of(rig)
    await rig.complete(ask("router/code"), rig.arrival())
    record = rig.ledger.records[0]
    assert [each.estimated_usd for each in record.attempts] == [
        expected.of(model("one")).cost_usd,
        expected.of(model("two")).cost_usd,
    ]
    assert record.estimated_usd == expected.of(model("one")).cost_usd


async def test_what_was_learnt_while_a_call_ran_does_not_change_its_estimate() -> None:
    rig = a_rig(
        one=InTurn([completion(usage=USAGE), completion(usage=USAGE | {"completion_tokens": 9})])
    )
    for _ in range(2):
        await rig.complete(ask("router/code"), rig.arrival())
        rig.usual.record(rig.ledger.records[-1])
    first, second = (record.estimated_usd for record in rig.ledger.records)
    assert first is not None
    assert second is not None
    assert first - second == 20 * (ASSUMED_ANSWER_TOKENS - 50) / MILLION
