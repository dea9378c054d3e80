"""Signs of life for a client that waits for the first piece of a stream."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rest_shim.call import SIGN_OF_LIFE_S
from router_core.app.complete import Event
from router_core.app.heartbeat import FIRST_BEAT_S
from router_core.app.trace import Decided, Ended
from router_core.decide.failures import FailureClass
from router_core.errors import CandidatesExhausted
from tests.app.rig import Rig, ask, settle
from tests.fakes.provider import Held, completion, failure, text_stream

EMPTY: dict[str, Any] = {"delta": {}, "finish_reason": None, "index": 0}


async def beat(rig: Rig, events: AsyncIterator[Event], seconds: float) -> dict[str, Any]:
    """The next event, which must be a sign of life, and come when so much time has passed."""
    following = asyncio.ensure_future(anext(events))
    await settle()
    rig.clock.advance(seconds - 0.1)
    await settle()
    assert not following.done(), "it came too early"
    rig.clock.advance(0.1)
    event = await following
    assert isinstance(event, dict)
    return event


async def test_a_client_that_waits_gets_an_empty_delta_now_and_then() -> None:
    gate = asyncio.Event()
    first, *rest = text_stream("a")
    rig = Rig({"lab/one": [Held(gate, first), *rest]})
    events = rig.complete.stream(ask("one"), rig.arrival())
    beats = [await beat(rig, events, seconds) for seconds in (5.0, 3.0, 3.0)]
    assert [each["choices"] for each in beats] == [[EMPTY]] * 3
    assert {(each["object"], each["model"]) for each in beats} == {("chat.completion.chunk", "one")}
    gate.set()
    left = [event async for event in events]
    assert isinstance(left[0], Decided)
    assert isinstance(left[-1], Ended)
    assert {event["id"] for event in [*beats, *left] if isinstance(event, dict)} == {
        "chatcmpl-req_1"
    }


def test_the_shim_knows_when_the_first_sign_of_life_comes() -> None:
    assert SIGN_OF_LIFE_S == FIRST_BEAT_S


async def test_a_client_that_need_not_wait_gets_what_the_model_said_and_nothing_else() -> None:
    rig = Rig({"lab/one": text_stream("a")})
    events = await rig.stream(ask(include_usage=True))
    assert [event for event in events if isinstance(event, dict)] == text_stream("a")
    await settle()
    assert rig.clock.sleeping == 0


async def test_once_the_answer_has_begun_a_pause_in_it_is_the_models_own() -> None:
    gate = asyncio.Event()
    role, word, stop, usage = text_stream("a")
    rig = Rig({"lab/one": [role, word, Held(gate, stop), usage]})
    events = rig.complete.stream(ask(), rig.arrival())
    for _ in range(3):
        await anext(events)
    following = asyncio.ensure_future(anext(events))
    await settle()
    rig.clock.advance(60.0)
    await settle()
    assert not following.done()
    gate.set()
    assert await following == stop
    await events.aclose()


async def test_signs_of_life_go_on_across_a_fallback() -> None:
    gates = asyncio.Event(), asyncio.Event()
    rate_limited = failure(FailureClass.RATE_LIMITED)
    rig = Rig({"lab/one": Held(gates[0], rate_limited), "lab/two": Held(gates[1], failure())})
    rig.provider.script["lab/three"] = text_stream("c")
    events = rig.complete.stream(ask(), rig.arrival())
    await beat(rig, events, 5.0)
    gates[0].set()
    await beat(rig, events, 3.0)
    gates[1].set()
    decided = await anext(events)
    assert isinstance(decided, Decided)
    assert decided.model.name == "three"
    await events.aclose()


async def test_a_failure_after_signs_of_life_is_told() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, failure(FailureClass.UNSUITABLE))})
    events = rig.complete.stream(ask("one"), rig.arrival())
    await beat(rig, events, 5.0)
    gate.set()
    with pytest.raises(CandidatesExhausted):
        await anext(events)


async def test_what_went_wrong_while_nobody_looked_is_nobodys_to_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate = asyncio.Event()
    rejected = failure(FailureClass.REJECTED, message="you said SECRET")
    rig = Rig({"lab/one": Held(gate, rejected)})
    events = rig.complete.stream(ask(), rig.arrival())
    await beat(rig, events, 5.0)
    gate.set()
    await settle()
    await events.aclose()
    del events
    gc.collect()
    assert "SECRET" not in caplog.text


async def test_a_client_that_leaves_while_it_waits_closes_the_call() -> None:
    rig = Rig({"lab/one": Held(asyncio.Event(), completion())})
    events = rig.complete.stream(ask(), rig.arrival())
    await beat(rig, events, 5.0)
    await events.aclose()
    assert rig.provider.closed == ["lab/one"]
    assert [record.status for record in rig.ledger.records] == ["cancelled"]


async def test_a_task_that_is_cancelled_while_it_waits_closes_the_call() -> None:
    rig = Rig({"lab/one": Held(asyncio.Event(), completion())})
    task = asyncio.ensure_future(rig.stream(ask()))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.provider.closed == ["lab/one"]
    assert [record.status for record in rig.ledger.records] == ["cancelled"]
    await settle()
    assert rig.clock.sleeping == 0
