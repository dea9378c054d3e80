"""The use case that answers: order of calling, fallback, commit, record."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import pytest

from router_core.app.complete import Event
from router_core.app.trace import Decided, Ended
from router_core.decide.failures import EFFECTS, FailureClass, FallBack, Mark, Retry
from router_core.decide.usage import NO_USAGE
from router_core.errors import (
    AllRateLimited,
    AllTimedOut,
    CandidatesExhausted,
    DeadlineExceeded,
    InvalidRequest,
    ModelNotFound,
    StreamBroken,
    UpstreamRejected,
)
from tests.app.rig import CHAIN, Rig, ask, chunks_of
from tests.fakes.provider import ROLE, STOP, USAGE, chunk, completion, failure, text_stream


async def test_the_first_model_of_the_category_answers() -> None:
    rig = Rig({"lab/one": completion("hi", usage={"prompt_tokens": 4, "cost": 0.125})})
    done = await rig.complete(ask(), rig.arrival())
    assert done.completion["choices"][0]["message"]["content"] == "hi"
    assert (done.decided.category, done.decided.model.name) == ("conversation", "one")
    assert done.decided.attempts == 1
    assert done.ended.cost.usd == Decimal("0.125")


async def test_the_body_reaches_the_provider_untouched() -> None:
    rig = Rig({"lab/one": completion()})
    request = ask()
    await rig.complete(request, rig.arrival())
    assert rig.provider.calls[0].body is request.body


@pytest.mark.parametrize(
    "failure_class",
    [
        each
        for each, effect in EFFECTS.items()
        if effect.fall_back is FallBack.NEXT and effect.mark is not Mark.PROVIDER_OUT
    ],
)
async def test_a_failure_falls_back_to_the_next_model(failure_class: FailureClass) -> None:
    rig = Rig({"lab/one": failure(failure_class), "lab/two": completion()})
    done = await rig.complete(ask(), rig.arrival())
    tries = 2 if EFFECTS[failure_class].retry is Retry.ONCE else 1
    assert done.decided.model.name == "two"
    assert done.decided.attempts == tries + 1
    assert [a.outcome for a in done.ended.attempts] == [*[failure_class] * tries, "ok"]


async def test_a_rejected_request_goes_to_no_other_model() -> None:
    rig = Rig({"lab/one": failure(FailureClass.REJECTED, status=422)})
    with pytest.raises(UpstreamRejected) as raised:
        await rig.complete(ask(), rig.arrival())
    assert rig.provider.called == ["lab/one"]
    assert raised.value.details["upstream_status"] == "422"


@pytest.mark.parametrize(
    ("failure_class", "error"),
    [
        (FailureClass.RATE_LIMITED, AllRateLimited),
        (FailureClass.TIMEOUT, AllTimedOut),
        (FailureClass.SERVER_ERROR, CandidatesExhausted),
    ],
)
async def test_when_all_fail_the_error_says_what_was_tried(
    failure_class: FailureClass, error: type[CandidatesExhausted]
) -> None:
    waits = {"one": 7.0, "two": 3.0, "three": 9.0}
    rig = Rig({f"lab/{m}": failure(failure_class, retry_after_s=s) for m, s in waits.items()})
    with pytest.raises(CandidatesExhausted) as raised:
        await rig.complete(ask(), rig.arrival())
    assert type(raised.value) is error
    assert raised.value.retry_after_s == (None if error is AllTimedOut else 3.0)
    assert raised.value.tried == tuple(
        f"{name} (openrouter): {failure_class}, it failed" for name in waits
    )
    assert rig.ledger.records[0].status == "error"


async def test_an_empty_answer_is_a_failure() -> None:
    rig = Rig({"lab/one": completion(""), "lab/two": completion("hi")})
    assert (await rig.complete(ask(), rig.arrival())).decided.model.name == "two"


async def test_a_named_model_is_called_alone_and_not_classified() -> None:
    rig = Rig({"some/new-model": completion()})
    done = await rig.complete(ask("some/new-model"), rig.arrival())
    assert (done.decided.category, done.decided.model.id) == ("", "some/new-model")


async def test_a_named_model_that_the_provider_does_not_have_is_not_found() -> None:
    rig = Rig({"some/old-model": failure(FailureClass.MODEL_GONE, message="it was retired")})
    with pytest.raises(ModelNotFound, match="it was retired"):
        await rig.complete(ask("some/old-model"), rig.arrival())


async def test_where_no_upstream_says_when_to_come_back_the_router_does() -> None:
    rig = Rig({f"lab/{name}": failure(FailureClass.RATE_LIMITED) for name in CHAIN})
    with pytest.raises(AllRateLimited) as raised:
        await rig.complete(ask(), rig.arrival())
    assert raised.value.retry_after_s == 15.0


async def test_a_failed_call_is_logged_without_what_the_upstream_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig({"lab/one": failure(status=503, message="you said hello"), "lab/two": completion()})
    await rig.complete(ask(), rig.arrival())
    line, _again = caplog.messages
    assert "req_1: lab/one at openrouter failed: server_error, HTTP status 503" in line
    assert "hello" not in line


async def test_an_unreadable_count_of_tokens_is_none() -> None:
    rig = Rig({"lab/one": completion(usage={"prompt_tokens": 2**63, "completion_tokens": -1})})
    await rig.complete(ask(), rig.arrival())
    assert rig.ledger.records[0].usage == NO_USAGE


async def test_an_unknown_name_calls_nothing_and_is_recorded() -> None:
    rig = Rig({})
    with pytest.raises(ModelNotFound):
        await rig.complete(ask("gpt-nonsense"), rig.arrival())
    assert rig.ledger.records[0].attempts == ()


async def test_a_list_of_fallbacks_goes_only_with_a_named_model() -> None:
    rig = Rig({"lab/one": completion()})
    with pytest.raises(InvalidRequest) as raised:
        await rig.complete(ask(fallback_models=("a/b",)), rig.arrival())
    assert raised.value.param == "models"
    await rig.complete(ask("one", fallback_models=("a/b",)), rig.arrival())


async def test_no_model_is_called_after_the_callers_deadline() -> None:
    rig = Rig({"lab/one": completion()})
    with pytest.raises(DeadlineExceeded):
        await rig.complete(ask(), rig.arrival(deadline=rig.clock.monotonic()))
    assert rig.provider.called == []
    assert rig.ledger.records[0].status == "cancelled"


async def test_a_call_gets_its_share_of_what_is_left_of_the_callers_deadline() -> None:
    rig = Rig({"lab/one": completion()})
    await rig.complete(ask(), rig.arrival(deadline=rig.clock.monotonic() + 12.0))
    await rig.complete(ask("one"), rig.arrival(deadline=rig.clock.monotonic() + 12.0))
    assert [call.deadlines.total_s for call in rig.provider.calls] == [4.0, 12.0]


async def test_a_cancelled_request_is_recorded_once_with_its_attempt() -> None:
    rig = Rig({"lab/one": asyncio.CancelledError()})
    with pytest.raises(asyncio.CancelledError):
        await rig.complete(ask(), rig.arrival())
    (record,) = rig.ledger.records
    assert record.status == "cancelled"
    assert [attempt.outcome for attempt in record.attempts] == ["cancelled"]


async def test_a_stream_is_the_decision_then_the_chunks_then_the_summary() -> None:
    rig = Rig({"lab/one": text_stream("a", "b")})
    events = await rig.stream(ask(include_usage=True))
    assert isinstance(events[0], Decided)
    assert isinstance(events[-1], Ended)
    assert chunks_of(events) == text_stream("a", "b")
    assert events[-1].cost.usd == Decimal("0.25")


@pytest.mark.parametrize(
    ("asked", "always", "expected"),
    [(True, False, True), (False, False, False), (False, True, True)],
)
async def test_a_usage_chunk_that_we_asked_for_ourselves_is_kept_from_the_client(
    asked: bool, always: bool, expected: bool
) -> None:
    rig = Rig({"lab/one": text_stream("a")}, always_reports_usage=always)
    events = await rig.stream(ask(include_usage=asked))
    assert (USAGE in chunks_of(events)) is expected
    assert rig.ledger.records[0].usage.prompt_tokens == 3


@pytest.mark.parametrize("before", [[], [ROLE]])
async def test_before_the_first_content_a_stream_falls_back_unseen(
    before: list[dict[str, Any]],
) -> None:
    rig = Rig({"lab/one": [*before, failure()], "lab/two": text_stream("b")})
    events = await rig.stream(ask())
    assert isinstance(events[0], Decided)
    assert (events[0].model.name, events[0].attempts) == ("two", 3)
    assert chunks_of(events) == text_stream("b")[:-1]


async def test_after_the_first_content_no_other_model_takes_over() -> None:
    rig = Rig({"lab/one": [ROLE, chunk({"content": "a"}), failure()], "lab/two": text_stream("b")})
    seen: list[Event] = []
    with pytest.raises(StreamBroken):
        async for event in rig.complete.stream(ask(), rig.arrival()):
            seen.append(event)
    assert chunks_of(seen) == [ROLE, chunk({"content": "a"})]
    assert rig.provider.called == ["lab/one"]
    assert rig.ledger.records[0].status == "error"


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "a"},
        {"reasoning": "a"},
        {"reasoning_content": "a"},
        {"refusal": "no"},
        {"tool_calls": [{"index": 0, "function": {"name": "f"}}]},
    ],
)
async def test_each_kind_of_content_commits(delta: dict[str, Any]) -> None:
    rig = Rig({"lab/one": [chunk(delta), failure()], "lab/two": text_stream("b")})
    with pytest.raises(StreamBroken):
        await rig.stream(ask())


async def test_a_stream_without_content_falls_back() -> None:
    rig = Rig({"lab/one": [ROLE, STOP, USAGE], "lab/two": text_stream("b")})
    events = await rig.stream(ask())
    assert isinstance(events[0], Decided)
    assert events[0].model.name == "two"


async def test_a_stream_that_says_why_it_is_empty_is_an_answer() -> None:
    cut = chunk({}, "length")
    rig = Rig({"lab/one": [ROLE, cut]})
    assert chunks_of(await rig.stream(ask())) == [ROLE, cut]


async def test_leaving_a_stream_closes_the_upstream_and_is_recorded() -> None:
    rig = Rig({"lab/one": text_stream("a", "b", "c")})
    async with aclosing(rig.complete.stream(ask(), rig.arrival())) as events:
        async for event in events:
            if isinstance(event, dict):
                break
    assert rig.provider.closed == ["lab/one"]
    (record,) = rig.ledger.records
    assert (record.status, record.attempts[0].outcome) == ("cancelled", "cancelled")


async def test_times_are_told_from_the_receipt() -> None:
    rig = Rig({"lab/one": completion()})
    arrival = rig.arrival()
    rig.clock.advance(0.25)
    done = await rig.complete(ask(), arrival)
    assert done.decided.overhead_ms == pytest.approx(250.0)
    assert done.ended.latency_ms == pytest.approx(250.0)
    assert done.ended.ttft_ms == pytest.approx(250.0)
