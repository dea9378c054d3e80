"""A request's way through its candidates: retries, rests, limits, what is told at the end."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import Any

import pytest

from router_core.app.trace import Decided
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import (
    Limits,
    ModelRef,
    ModelSettings,
)
from router_core.decide.failures import FailureClass
from router_core.decide.health import Leave, Standing
from router_core.decide.model_info import ModelInfo
from router_core.decide.routing import RouteReason
from router_core.errors import (
    AllRateLimited,
    CandidatesExhausted,
    DeadlineExceeded,
    ModelNotFound,
    NoCapableModel,
    StreamBroken,
    UpstreamRejected,
)
from tests.app.rig import CHAIN, Rig, ask, break_open, config, model, until
from tests.decide.model_entries import a_listing
from tests.fakes.clock import START
from tests.fakes.provider import ROLE, Held, InTurn, chunk, completion, failure, text_stream

RATE_LIMITED = FailureClass.RATE_LIMITED


def standing(rig: Rig, name: str) -> Standing:
    return rig.health.of(model(name), rig.clock.monotonic()).standing


# -- the same model once more


async def test_a_passing_failure_is_tried_once_more_at_the_same_model() -> None:
    rig = Rig({"lab/one": InTurn([failure(), completion("hi")])})
    done = await rig.complete(ask(), rig.arrival())
    assert (done.decided.model.name, done.decided.attempts) == ("one", 2)
    assert rig.provider.called == ["lab/one", "lab/one"]
    assert rig.health.of(model("one"), 0.0).consecutive_failures == 0


async def test_the_breaker_that_opens_ends_the_retries() -> None:
    rig = Rig({"lab/one": failure(), "lab/two": completion()}, jitter=1.0)
    asked = asyncio.ensure_future(rig.complete(ask(), rig.arrival()))
    await until(lambda: rig.clock.sleeping > 0)
    rig.clock.advance(1.0)
    await asked
    rig.provider.calls.clear()
    await rig.complete(ask(), rig.arrival())
    assert rig.provider.called == ["lab/one", "lab/two"]
    assert standing(rig, "one") is Standing.OPEN
    await rig.complete(ask(), rig.arrival())
    assert rig.provider.called[2:] == ["lab/two"]


async def test_the_only_model_is_called_again_after_the_pause_that_it_asks_for() -> None:
    rate_limited = failure(RATE_LIMITED, retry_after_s=2.0)
    rig = Rig({"lab/one": InTurn([rate_limited, completion("hi")])})
    asked = asyncio.ensure_future(rig.complete(ask("one"), rig.arrival()))
    await until(lambda: rig.clock.sleeping > 0)
    assert rig.provider.called == ["lab/one"]
    rig.clock.advance(2.0)
    assert (await asked).decided.attempts == 2


async def test_a_request_that_finds_the_only_model_on_the_bench_is_told_when_to_come() -> None:
    rig = Rig({"lab/one": failure(RATE_LIMITED, retry_after_s=200.0)})
    with pytest.raises(AllRateLimited):
        await rig.complete(ask("one"), rig.arrival())
    rig.clock.advance(50.0)
    with pytest.raises(AllRateLimited) as raised:
        await rig.complete(ask("one"), rig.arrival())
    assert raised.value.retry_after_s == 150.0
    assert rig.provider.called == ["lab/one"]


# -- who is not called


async def test_while_all_rest_nobody_is_called_and_the_earliest_is_told() -> None:
    rig = Rig({})
    for name in CHAIN:
        break_open(rig, name)
        rig.clock.advance(10.0)
    with pytest.raises(CandidatesExhausted) as raised:
        await rig.complete(ask(), rig.arrival())
    assert type(raised.value) is CandidatesExhausted
    assert raised.value.retry_after_s == 270.0
    assert raised.value.tried[0] == "one (openrouter): open, it failed 3 times in a row"
    assert rig.provider.called == []


async def test_that_a_model_is_back_is_told(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig({"lab/one": completion("hi")})
    break_open(rig, "one")
    rig.clock.advance(300.0)
    with caplog.at_level(logging.INFO, "router_core.calls"):
        await rig.complete(ask(), rig.arrival())
        await rig.complete(ask(), rig.arrival())
    assert caplog.messages == ["lab/one at openrouter answers again: on"]


async def test_where_the_catalogue_has_no_model_of_a_category_the_caller_may_come_again() -> None:
    rig = Rig({})
    listing = a_listing("lab/other", told_at=START)
    rig.catalogue.catalogue = Catalogue(listings={"openrouter": listing})
    with pytest.raises(CandidatesExhausted, match="one: not in openrouter's catalogue") as raised:
        await rig.complete(ask(), rig.arrival())
    assert raised.value.retry_after_s == 15.0


async def test_a_model_is_probed_in_its_own_place_while_others_are_well() -> None:
    rig = Rig({"lab/one": completion("hi"), "lab/two": completion("hi")})
    break_open(rig, "one")
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "two"
    rig.clock.advance(300.0)
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "one"
    assert standing(rig, "one") is Standing.CLOSED


async def test_a_refused_key_leaves_the_models_of_other_providers() -> None:
    ours = config(model("one"), model("two"), model("three", "local"))
    rig = Rig({"lab/one": failure(FailureClass.NO_ACCESS), "lab/three": completion()}, config=ours)
    done = await rig.complete(ask(), rig.arrival())
    assert done.decided.model.name == "three"
    assert rig.provider.called == ["lab/one", "lab/three"]
    await rig.complete(ask(), rig.arrival())
    assert rig.provider.called[2:] == ["lab/three"]


async def test_a_refused_key_of_the_only_provider_is_told_with_its_cause() -> None:
    rig = Rig({"lab/one": failure(FailureClass.NO_ACCESS, message="HTTP 402: no credit")})
    for _ in range(2):
        with pytest.raises(CandidatesExhausted, match="HTTP 402: no credit") as raised:
            await rig.complete(ask(), rig.arrival())
        assert raised.value.retry_after_s == 300.0
    assert rig.provider.called == ["lab/one"]


async def test_a_model_that_is_gone_is_not_called_again() -> None:
    rig = Rig({"lab/one": failure(FailureClass.MODEL_GONE), "lab/two": completion()})
    for _ in range(3):
        await rig.complete(ask(), rig.arrival())
    assert rig.provider.called == ["lab/one", *["lab/two"] * 3]


async def test_whether_a_named_model_exists_is_asked_each_time() -> None:
    rig = Rig({"lab/one": InTurn([failure(FailureClass.MODEL_GONE), completion()])})
    with pytest.raises(ModelNotFound):
        await rig.complete(ask("one"), rig.arrival())
    await rig.complete(ask("one"), rig.arrival())


async def test_a_model_that_has_recovered_meanwhile_is_called_last() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": completion("hi"), "lab/two": Held(gate, failure(RATE_LIMITED))})
    rig.provider.script["lab/three"] = failure(RATE_LIMITED)
    leave = rig.health.admit(model("one"), rig.clock.monotonic(), lease_s=1.0)
    assert isinstance(leave, Leave)
    rig.health.failed(leave, failure(RATE_LIMITED, retry_after_s=20.0), rig.clock.monotonic())
    asked = asyncio.ensure_future(rig.complete(ask(), rig.arrival()))
    await until(lambda: bool(rig.provider.called))
    rig.clock.advance(20.0)
    gate.set()
    assert (await asked).decided.model.name == "one"
    assert rig.provider.called == ["lab/two", "lab/three", "lab/one"]


async def test_the_last_resort_answers_when_no_other_does() -> None:
    ours = config(last_resort=model("rescue"))
    script: Any = {f"lab/{name}": failure(RATE_LIMITED) for name in CHAIN}
    rig = Rig(script | {"lab/rescue": completion("hi")}, config=ours)
    done = await rig.complete(ask(), rig.arrival())
    assert (done.decided.model.name, done.decided.reason) == ("rescue", RouteReason.LAST_RESORT)


async def test_a_named_model_has_no_last_resort() -> None:
    ours = config(last_resort=model("rescue"))
    rig = Rig({"lab/one": failure(FailureClass.UNSUITABLE)}, config=ours)
    with pytest.raises(CandidatesExhausted):
        await rig.complete(ask("one"), rig.arrival())


# -- size and ability


async def test_an_overflow_goes_to_a_larger_window_only() -> None:
    infos = {
        name: ModelInfo(context_length=size) for name, size in zip(CHAIN, (8, 8, 16), strict=True)
    }
    overflow = failure(FailureClass.CONTEXT_OVERFLOW, status=400, code="context_length_exceeded")
    rig = Rig({"lab/one": overflow, "lab/three": completion("hi")}, infos=infos)
    done = await rig.complete(ask(), rig.arrival())
    assert done.decided.model.name == "three"
    assert rig.provider.called == ["lab/one", "lab/three"]


async def test_an_overflow_without_a_larger_window_is_told_as_it_is() -> None:
    overflow = failure(FailureClass.CONTEXT_OVERFLOW, status=400, code="context_length_exceeded")
    rig = Rig({"lab/one": overflow})
    with pytest.raises(UpstreamRejected) as raised:
        await rig.complete(ask(), rig.arrival())
    assert raised.value.details["code"] == "context_length_exceeded"
    assert rig.provider.called == ["lab/one"]


async def test_a_request_that_no_model_can_take_is_the_callers_to_change() -> None:
    infos = {name: ModelInfo(parameters=frozenset()) for name in CHAIN}
    rig = Rig({}, infos=infos)
    with pytest.raises(NoCapableModel, match="one: it cannot call tools"):
        await rig.complete(ask(tools=("f",)), rig.arrival())
    assert rig.provider.called == []


async def test_only_models_that_can_take_the_request_are_called() -> None:
    infos = {"one": ModelInfo(parameters=frozenset()), "two": ModelInfo()}
    rig = Rig({"lab/two": completion()}, infos=infos)
    assert (await rig.complete(ask(tools=("f",)), rig.arrival())).decided.model.name == "two"


async def test_the_conversation_is_made_portable_where_another_model_takes_over() -> None:
    signed = {"role": "assistant", "content": "a", "reasoning_details": [{"signature": "s"}]}
    body = {
        "messages": [{"role": "user", "content": "q"}, signed, {"role": "user", "content": "r"}]
    }
    rig = Rig({"lab/one": failure(RATE_LIMITED), "lab/two": completion()})
    await rig.complete(ask(body=body), rig.arrival())
    first, second = rig.provider.calls
    assert first.body is body
    assert second.body["messages"][1] == {"role": "assistant", "content": "a"}


async def test_it_is_made_portable_too_where_the_first_choice_rests() -> None:
    signed = {"role": "assistant", "content": "a", "reasoning_details": [{"signature": "s"}]}
    body = {
        "messages": [{"role": "user", "content": "q"}, signed, {"role": "user", "content": "r"}]
    }
    rig = Rig({"lab/one": completion(), "lab/two": completion()})
    break_open(rig, "one")
    await rig.complete(ask(body=body), rig.arrival())
    rig.health.reset(model("one"))
    await rig.complete(ask(body=body), rig.arrival())
    assert rig.provider.called == ["lab/two", "lab/one"]
    assert "reasoning_details" not in rig.provider.calls[0].body["messages"][1]
    assert rig.provider.calls[1].body is body


async def test_a_first_choice_that_is_never_called_held_no_conversation() -> None:
    signed = {"role": "assistant", "content": "a", "reasoning_details": [{"signature": "s"}]}
    body = {"messages": [signed, {"role": "user", "content": "r"}]}
    infos = {"one": ModelInfo(parameters=frozenset())}
    rig = Rig({"lab/two": completion()}, infos=infos)
    await rig.complete(ask(body=body, tools=("f",)), rig.arrival())
    assert rig.provider.calls[0].body is body


async def test_a_model_that_looks_too_small_is_better_than_none() -> None:
    infos = {"one": ModelInfo(context_length=10), "two": ModelInfo(context_length=10**6)}
    rig = Rig({"lab/one": completion("hi"), "lab/two": failure(RATE_LIMITED)}, infos=infos)
    rig.provider.script["lab/three"] = failure(RATE_LIMITED)
    done = await rig.complete(ask(prompt_bytes=1000), rig.arrival())
    assert done.decided.model.name == "one"
    assert rig.provider.called == ["lab/two", "lab/three", "lab/one"]


async def test_that_a_model_which_looked_too_small_is_too_small_is_no_news() -> None:
    infos = {"one": ModelInfo(context_length=10), "two": ModelInfo(context_length=10**6)}
    overflow = failure(FailureClass.CONTEXT_OVERFLOW, status=400)
    script: Any = {"lab/one": overflow, "lab/two": failure(RATE_LIMITED)}
    rig = Rig(script | {"lab/three": failure(RATE_LIMITED)}, infos=infos)
    with pytest.raises(CandidatesExhausted):
        await rig.complete(ask(prompt_bytes=1000), rig.arrival())


async def test_a_model_under_two_names_is_called_once() -> None:
    renamed = ModelRef(name="rescue", id="lab/one", provider="openrouter")
    rig = Rig({"lab/one": failure(RATE_LIMITED)}, config=config(model("one"), last_resort=renamed))
    with pytest.raises(AllRateLimited):
        await rig.complete(ask(), rig.arrival(rig.clock.monotonic() + 0.4))
    assert set(rig.provider.called) == {"lab/one"}
    assert len(rig.ledger.records[0].attempts) == len(rig.provider.called) == 2


async def test_a_limit_of_a_model_holds_under_each_of_its_names() -> None:
    gate = asyncio.Event()
    ours = config(
        model_settings={"one": ModelSettings(max_concurrent=1)}, limits=Limits(max_queued=0)
    )
    rig = Rig({"lab/one": Held(gate, completion())}, config=ours)
    first = asyncio.ensure_future(rig.complete(ask("one"), rig.arrival()))
    await until(lambda: bool(rig.provider.called))
    with pytest.raises(AllRateLimited, match="busy"):
        await rig.complete(ask("lab/one"), rig.arrival())
    gate.set()
    await first


# -- streams


async def test_a_stream_that_breaks_after_the_commit_counts_and_is_not_repeated() -> None:
    rig = Rig({"lab/one": [chunk({"content": "a"}), failure()]})
    for _ in range(3):
        with pytest.raises(StreamBroken):
            await rig.stream(ask())
    assert rig.provider.called == ["lab/one"] * 3
    assert standing(rig, "one") is Standing.OPEN


async def test_a_probe_whose_caller_leaves_in_the_middle_gives_its_place_back() -> None:
    rig = Rig({"lab/one": text_stream("a", "b")})
    break_open(rig, "one")
    rig.clock.advance(300.0)
    async with aclosing(rig.complete.stream(ask("one"), rig.arrival())) as events:
        async for event in events:
            if isinstance(event, Decided):
                assert standing(rig, "one") is Standing.HALF_OPEN
                break
    assert standing(rig, "one") is Standing.HALF_OPEN
    await rig.stream(ask("one"))
    assert standing(rig, "one") is Standing.CLOSED


async def test_a_stream_is_retried_before_its_first_content() -> None:
    rig = Rig({"lab/one": InTurn([[ROLE, failure()], text_stream("a")])})
    events = await rig.stream(ask())
    assert isinstance(events[0], Decided)
    assert (events[0].model.name, events[0].attempts) == ("one", 2)


async def test_no_time_is_left_for_a_caller_whose_deadline_is_over() -> None:
    rig = Rig({})
    with pytest.raises(DeadlineExceeded):
        await rig.complete(ask(), rig.arrival(rig.clock.monotonic() - 1.0))
