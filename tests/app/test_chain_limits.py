"""A request's way through its candidates: time, and how many calls run at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from router_core.decide.config import (
    DeadlineOverrides,
    Limits,
    ModelSettings,
    Provider,
)
from router_core.decide.failures import FailureClass
from router_core.errors import (
    AllRateLimited,
    AllTimedOut,
    CandidatesExhausted,
    StreamBroken,
)
from tests.app.rig import Rig, ask, break_open, config, model, settle, until
from tests.fakes.provider import Held, chunk, completion, failure, text_stream

# -- time


async def test_when_our_own_time_is_over_the_models_timed_out() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, failure(FailureClass.TIMEOUT))})
    asked = asyncio.ensure_future(rig.complete(ask(), rig.arrival()))
    await until(lambda: bool(rig.provider.called))
    rig.clock.advance(600.0)
    gate.set()
    with pytest.raises(AllTimedOut):
        await asked
    assert rig.ledger.records[0].status == "error"


async def test_a_caller_whose_time_is_over_in_the_middle_says_nothing_of_the_model() -> None:
    gate = asyncio.Event()
    late = Held(gate, failure(FailureClass.TIMEOUT))
    rig = Rig({"lab/one": [chunk({"content": "a"}), late]})
    deadline = rig.clock.monotonic() + 300.0
    events = rig.complete.stream(ask("one"), rig.arrival(deadline))
    await anext(events)
    rig.clock.advance(300.0)
    gate.set()
    with pytest.raises(StreamBroken):
        async for _ in events:
            pass
    assert rig.health.of(model("one"), 0.0).consecutive_failures == 0


@pytest.mark.parametrize(("hurry_s", "counted"), [(9.0, 0), (None, 2)])
async def test_a_callers_hurry_says_nothing_of_a_model(hurry_s: float | None, counted: int) -> None:
    gate = asyncio.Event()
    slow = Held(gate, failure(FailureClass.TIMEOUT))
    rig = Rig({"lab/one": slow, "lab/two": completion()})
    deadline = None if hurry_s is None else rig.clock.monotonic() + hurry_s
    asked = asyncio.ensure_future(rig.complete(ask(), rig.arrival(deadline)))
    await until(lambda: bool(rig.provider.called))
    rig.clock.advance(3.0)
    gate.set()
    await asked
    assert rig.health.of(model("one"), 0.0).consecutive_failures == counted


async def test_a_timeout_before_its_time_was_up_counts_whoever_is_in_a_hurry() -> None:
    rig = Rig({"lab/one": failure(FailureClass.TIMEOUT), "lab/two": completion()})
    await rig.complete(ask(), rig.arrival(rig.clock.monotonic() + 300.0))
    assert rig.health.of(model("one"), 0.0).consecutive_failures == 2


async def test_a_model_that_loads_for_longer_than_its_share_is_not_blamed() -> None:
    gate = asyncio.Event()
    ours = config(
        model_settings={"one": ModelSettings(deadlines=DeadlineOverrides(first_token_s=300.0))}
    )
    late = Held(gate, failure(FailureClass.TIMEOUT))
    rig = Rig({"lab/one": late, "lab/two": text_stream("a")}, config=ours)
    asked = asyncio.ensure_future(rig.stream(ask()))
    await until(lambda: bool(rig.provider.called))
    rig.clock.advance(200.0)
    gate.set()
    await asked
    assert rig.health.of(model("one"), 0.0).consecutive_failures == 0


async def test_a_timeout_that_the_upstream_tells_counts_whoever_is_in_a_hurry() -> None:
    rig = Rig({"lab/one": failure(FailureClass.TIMEOUT, status=504), "lab/two": completion()})
    await rig.complete(ask(), rig.arrival(rig.clock.monotonic() + 9.0))
    assert rig.health.of(model("one"), 0.0).consecutive_failures == 2


async def test_a_provider_and_a_model_may_have_deadlines_of_their_own() -> None:
    slow = Provider(
        name="local", base_url="http://unused", deadlines=DeadlineOverrides(first_token_s=300.0)
    )
    ours = config(
        model("one", "local"),
        providers={"local": slow},
        model_settings={"one": ModelSettings(deadlines=DeadlineOverrides(idle_s=7.0))},
    )
    rig = Rig({"lab/one": text_stream("a")}, config=ours)
    await rig.stream(ask())
    deadlines = rig.provider.calls[0].deadlines
    assert (deadlines.first_token_s, deadlines.idle_s, deadlines.connect_s) == (300.0, 7.0, 5.0)


# -- limits


def one_at_a_time(queued: int) -> Any:
    return config(limits=Limits(max_concurrent=1, max_queued=queued))


async def test_calls_beyond_the_limit_wait_for_their_turn() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, completion())}, config=one_at_a_time(queued=1))
    both = [asyncio.ensure_future(rig.complete(ask(), rig.arrival())) for _ in range(2)]
    await settle()
    assert rig.provider.called == ["lab/one"]
    gate.set()
    assert [(await each).decided.model.name for each in both] == ["one", "one"]


async def test_calls_beyond_the_queue_go_to_the_next_model() -> None:
    gate = asyncio.Event()
    script: Any = {"lab/one": Held(gate, completion()), "lab/two": completion()}
    rig = Rig(script, config=one_at_a_time(queued=0))
    first = asyncio.ensure_future(rig.complete(ask(), rig.arrival()))
    await until(lambda: bool(rig.provider.called))
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "two"
    with pytest.raises(AllRateLimited, match="busy") as raised:
        await rig.complete(ask("one"), rig.arrival())
    assert raised.value.retry_after_s == 1.0
    gate.set()
    await first
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "one"


async def test_a_model_that_drops_out_while_a_call_waits_is_not_called() -> None:
    gate = asyncio.Event()
    script: Any = {"lab/one": Held(gate, completion()), "lab/two": completion()}
    rig = Rig(script, config=one_at_a_time(queued=5))
    running, waiting = (asyncio.ensure_future(rig.complete(ask(), rig.arrival())) for _ in "ab")
    await until(lambda: bool(rig.provider.called))
    await settle()
    break_open(rig, "one")
    gate.set()
    await running
    assert (await waiting).decided.model.name == "two"
    with pytest.raises(CandidatesExhausted, match=r"one \(openrouter\): open, it failed 3 times"):
        await rig.complete(ask("one"), rig.arrival())
    rig.health.reset(model("one"))
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "one"


async def test_why_a_model_was_not_called_after_the_wait_for_it_is_told() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, completion())}, config=one_at_a_time(queued=5))
    running, waiting = (
        asyncio.ensure_future(rig.complete(ask("one"), rig.arrival())) for _ in "ab"
    )
    await until(lambda: bool(rig.provider.called))
    await settle()
    break_open(rig, "one")
    gate.set()
    await running
    with pytest.raises(CandidatesExhausted, match=r"one \(openrouter\): open, it failed 3 times"):
        await waiting


async def test_waiting_for_a_turn_is_not_the_routers_own_time() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, completion())}, config=one_at_a_time(queued=1))
    running, waiting = (asyncio.ensure_future(rig.complete(ask(), rig.arrival())) for _ in "ab")
    await until(lambda: bool(rig.provider.called))
    await settle()
    rig.clock.advance(7.0)
    gate.set()
    await running
    done = await waiting
    assert done.decided.overhead_ms == 0.0
    assert done.ended.latency_ms == 7000.0


async def test_a_caller_that_leaves_gives_its_slot_back() -> None:
    gate = asyncio.Event()
    rig = Rig({"lab/one": Held(gate, completion())}, config=one_at_a_time(queued=5))
    running, waiting = (
        asyncio.ensure_future(rig.complete(ask("one"), rig.arrival())) for _ in range(2)
    )
    await until(lambda: bool(rig.provider.called))
    for task in (waiting, running):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    gate.set()
    await rig.complete(ask("one"), rig.arrival())
