"""The API model: what a classification costs, as far as anybody tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.classifiers.api_model import ApiClassifier
from router_core.decide.config import ModelRef
from router_core.decide.cost import Cost, CostSource
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.records import AttemptRecord
from router_core.providers.openai_compatible import OpenAICompatible
from tests.classifiers.asking import question, unavailable, with_api
from tests.fakes.upstream import FakeUpstream, Mark, Reply, Reset, Stall, completion

CONFIG = with_api(ModelRef(name="cheap", id="vendor/cheap", provider="openrouter"))
PRICED = ModelRef(name="priced", id="vendor/priced", provider="openrouter")
INFOS = {PRICED: ModelInfo(prices=Prices(prompt=Decimal("0.001"), completion=Decimal("0.002")))}
"""Nothing is known of any other."""


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


@pytest.fixture
async def classifier(upstream, clock) -> AsyncIterator[ApiClassifier]:
    provider = OpenAICompatible("openrouter", upstream.base_url, "sk-0123456789")
    yield ApiClassifier(lambda _: provider, clock, lambda model: INFOS.get(model, ModelInfo()))
    await provider.close()


async def test_where_the_provider_tells_no_cost_it_is_worked_out_by_prices(upstream, classifier):
    upstream.enqueue(completion("B", usage={"prompt_tokens": 100, "completion_tokens": 1}))
    call = (await classifier.classify(question(with_api(PRICED)))).call
    assert call.cost == Cost(Decimal("0.102"), CostSource.ESTIMATED)


async def test_a_call_keeps_the_id_by_which_its_cost_can_be_asked_for(upstream, classifier):
    upstream.enqueue(completion("B", id="gen-7"))
    assert (await classifier.classify(question(CONFIG))).call.generation_id == "gen-7"
    upstream.enqueue(Reply(headers={"X-Generation-Id": "gen-8"}, steps=[Reset()]))
    call = (await unavailable(classifier, CONFIG)).call
    assert call is not None
    assert (call.generation_id, call.cost.usd, call.may_be_billed) == ("gen-8", None, True)


async def test_a_call_that_is_given_up_is_told_with_its_id(upstream, classifier):
    reached = asyncio.Event()
    upstream.enqueue(Reply(headers={"X-Generation-Id": "gen-8"}, steps=[Mark(reached), Stall()]))
    broken: list[AttemptRecord] = []
    asked = replace(question(CONFIG), on_broken=broken.append)
    asking = asyncio.create_task(classifier.classify(asked))
    await reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (call,) = broken
    assert (call.outcome, call.cost.usd, call.may_be_billed) == ("cancelled", None, True)


async def test_a_call_that_never_left_is_not_charged(upstream, classifier):
    await upstream.refuse()
    call = (await unavailable(classifier, CONFIG)).call
    assert call is not None
    assert (call.sent, call.may_be_billed) == (False, False)
