"""What is told of a decision beside the decision."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.decide.request_limits import RequestLimits
from router_core.errors import ModelNotFound
from tests.app.clients_talking import CODE, WHY, Client, user
from tests.app.explaining import ANSWER, PROMPT, a_priced_rig, by_name, explain, explaining
from tests.app.rig import break_open


async def test_the_decision_is_the_one_that_would_be_taken() -> None:
    rig = a_priced_rig()
    client = Client(rig)
    for text in (CODE, WHY, "yes"):
        told = await explain(client, user(text))
        assert told.routed.decision == await client.route(user(text))
        await client.say(text)
    with pytest.raises(ModelNotFound):
        await explain(client, user("hi"), model="nowhere")


async def test_a_request_that_nobody_may_answer_is_said_to_be_refused() -> None:
    rig = a_priced_rig()
    limits = RequestLimits(max_cost_usd=Decimal(0), excluded_models=frozenset({"three"}))
    limited = replace(Client(rig).request(user(CODE)), limits=limits)
    told = await explaining(rig)(limited, rig.config.config, rig.arrival())
    assert told.routed.decision.to_call == ()
    assert told.routed.decision.explanation.endswith("; it would be refused: nobody may be called")


async def test_it_calls_nobody_and_remembers_nothing() -> None:
    rig = a_priced_rig()
    await explain(Client(rig), user(CODE))
    assert rig.provider.calls == []
    assert list(rig.store.snapshot()) == []


async def test_every_candidate_has_its_estimate_those_that_are_out_too() -> None:
    rig = a_priced_rig()
    break_open(rig, "one")
    told = await explain(Client(rig), user(CODE))
    assert [(each.model.name, each.eligible) for each in told.routed.decision.candidates] == [
        ("two", True),
        ("one", False),
    ]
    dear, cheap = by_name(told)["one"], by_name(told)["two"]
    assert dear.cost_usd == told.basis.prompt_tokens * Decimal("0.00001") + 400 * Decimal("0.00002")
    assert dear.cost_usd == 5 * (cheap.cost_usd or 0)


async def test_free_is_0_and_unknown_is_null() -> None:
    rig = a_priced_rig()
    for name, cost in (("three", 0), ("cheap", None)):
        told = await explain(Client(rig), user("hi"), model=name)
        assert by_name(told)[name].cost_usd == cost


async def test_answers_so_far_tell_the_length_of_the_next_and_each_models_time() -> None:
    rig = a_priced_rig()
    before = await explain(Client(rig), user(CODE))
    assert before.basis.answer_tokens == 400
    assert [each.latency_ms for each in before.estimates] == [None, None]
    await Client(rig).say(CODE)
    after = await explain(Client(rig), user(CODE))
    assert (after.basis.answer_tokens, after.basis.answer_from) == (
        ANSWER,
        "what answers in code had on average",
    )
    # The clock stands still, and no answer is taken to need less than a millisecond.
    assert [each.latency_ms for each in after.estimates] == [pytest.approx(1.0), None]
    elsewhere = await explain(Client(rig), user(WHY))
    assert elsewhere.basis.answer_from == "what all answers had on average"


async def test_of_a_conversation_that_goes_on_the_model_that_has_it_reads_it_from_its_cache() -> (
    None
):
    rig = a_priced_rig()
    client = Client(rig)
    fresh = by_name(await explain(client, user(CODE)))
    assert [each.switch_usd for each in fresh.values()] == [None, None]
    await client.say(CODE)
    told = await explain(client, user("yes"), max_tokens=1)
    assert told.ongoing is not None
    assert told.basis.prompt_tokens == PROMPT + ANSWER + 2
    here, there = by_name(told)["one"], by_name(told)["two"]
    assert here.cost_usd == Decimal("0.01024")
    assert here.switch_usd is None
    assert there.cost_usd == Decimal("0.020408")
    assert there.switch_usd == Decimal("0.0102")


async def test_once_the_cache_is_cold_a_switch_saves() -> None:
    rig = a_priced_rig()
    client = Client(rig)
    await client.say(CODE)
    rig.clock.advance(rig.config.config.continuity.cache_s + 1)
    told = await explain(client, user("yes"), max_tokens=1)
    assert by_name(told)["one"].cost_usd == Decimal("0.10204")
    assert by_name(told)["two"].switch_usd == Decimal("-0.0816")
