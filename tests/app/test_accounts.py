"""What is kept of a request when it ends: costs, ids, stages, and what went wrong."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import ClassifierUnavailable, Opinion, Question
from router_core.app.trace import Ended
from router_core.decide.config import Mode
from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.failures import FailureClass
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.errors import (
    CandidatesExhausted,
    DeadlineExceeded,
    RouterError,
    StreamBroken,
    UpstreamRejected,
)
from tests.app.rig import Rig, Script, ask, chunks_of, config
from tests.fakes.provider import ROLE, STOP, FakeProvider, chunk, completion, failure

TOKENS = {"prompt_tokens": 100, "completion_tokens": 10}
INFO = ModelInfo(prices=Prices(prompt=Decimal("0.001"), completion=Decimal("0.01")))
PRICED = {"one": INFO, "two": INFO}
BY_PRICES = Cost(Decimal("0.2"), CostSource.ESTIMATED)
"""Of `TOKENS` at those."""


def usage_chunk(**usage: Any) -> dict[str, Any]:
    return {"id": "gen-1", "choices": [], "usage": usage}


def reported(usd: str) -> Cost:
    return Cost(Decimal(usd), CostSource.REPORTED)


async def answered(rig: Rig, *, streamed: bool) -> tuple[dict[str, Any], RequestRecord]:
    """What the client got last with a usage, and the record."""
    if streamed:
        events = await rig.stream(ask())
        told = [event for event in chunks_of(events) if event.get("usage")]
        last = told[-1] if told else {}
    else:
        last = (await rig.complete(ask(), rig.arrival())).completion
    (record,) = rig.ledger.records
    return last, record


def a_rig(script: Script, **fields: Any) -> Rig:
    told: dict[str, Any] = {"infos": PRICED, "always_reports_usage": True}
    return Rig(script, **told | fields)


def both(usage: dict[str, Any]) -> list[Any]:
    """An answer with a usage, whole and as a stream."""
    stream = [ROLE, chunk({"content": "a"}), STOP, usage_chunk(**usage)]
    return [
        pytest.param(completion(usage=usage), False, id="whole"),
        pytest.param(stream, True, id="stream"),
    ]


# -- the cost of a call -----------------------------------------------------------------


@pytest.mark.parametrize(("answer", "streamed"), both({**TOKENS, "cost": 0.95}))
async def test_the_providers_figure_stands_as_it_is(answer: Any, streamed: bool) -> None:
    last, record = await answered(a_rig({"lab/one": answer}), streamed=streamed)
    assert record.attempts[0].cost == record.cost == reported("0.95")
    assert last["usage"] == {**TOKENS, "cost": 0.95}


@pytest.mark.parametrize(("answer", "streamed"), both(TOKENS))
async def test_else_prices_tell_it_and_the_caller_too(answer: Any, streamed: bool) -> None:
    last, record = await answered(a_rig({"lab/one": answer}), streamed=streamed)
    assert record.attempts[0].cost == record.cost == BY_PRICES
    assert last["usage"] == {**TOKENS, "cost": 0.2, "cost_source": "estimated"}
    upstreams = answer if isinstance(answer, dict) else answer[-1]
    assert upstreams["usage"] == TOKENS


@pytest.mark.parametrize(("answer", "streamed"), both(TOKENS))
async def test_else_it_is_unknown_and_nothing_is_added(answer: Any, streamed: bool) -> None:
    last, record = await answered(a_rig({"lab/one": answer}, infos={}), streamed=streamed)
    assert record.attempts[0].cost == record.cost == UNKNOWN
    assert last["usage"] == TOKENS


@pytest.mark.parametrize(("answer", "streamed"), both({}))
async def test_without_a_usage_prices_do_not_help(answer: Any, streamed: bool) -> None:
    _, record = await answered(a_rig({"lab/one": answer}), streamed=streamed)
    assert record.cost == UNKNOWN
    assert record.attempts[0].generation_id == "gen-1"
    assert record.attempts[0].may_be_billed


@pytest.mark.parametrize("later", [[], [usage_chunk(**TOKENS)], [usage_chunk(cost=None, **TOKENS)]])
async def test_a_cost_counts_on_a_chunk_with_choices_whatever_comes_later(later: Any) -> None:
    told = chunk({}, "stop", usage={"prompt_tokens": 1, "cost": 0.5})
    stream = [ROLE, chunk({"content": "a"}), told, *later]
    _, record = await answered(a_rig({"lab/one": stream}), streamed=True)
    assert record.cost == reported("0.5")
    assert record.usage.prompt_tokens == (100 if later else 1)


async def test_the_id_is_that_of_the_first_piece() -> None:
    stream = [chunk({"content": "a"}), {**chunk({}, "stop"), "id": "gen-2"}]
    _, record = await answered(a_rig({"lab/one": stream}), streamed=True)
    assert record.attempts[0].generation_id == "gen-1"


async def test_a_later_figure_wins_and_nothing_cached_is_a_value() -> None:
    stream = [
        chunk(
            {"content": "a"}, usage={"cost": 0.25, "prompt_tokens_details": {"cached_tokens": 9}}
        ),
        usage_chunk(cost=0.5, prompt_tokens_details={"cached_tokens": 0}, **TOKENS),
    ]
    _, record = await answered(a_rig({"lab/one": stream}), streamed=True)
    assert (record.cost, record.usage.cached_tokens) == (reported("0.5"), 0)


async def test_running_usage_is_passed_on_as_it_is() -> None:
    running = [
        chunk({"content": "a"}, usage={"prompt_tokens": 100, "completion_tokens": n})
        for n in (1, 2)
    ]
    end = chunk({}, "stop", usage=TOKENS)
    rig = a_rig({"lab/one": [*running, end]})
    chunks = chunks_of(await rig.stream(ask()))
    assert [each["usage"] for each in chunks] == [
        {"prompt_tokens": 100, "completion_tokens": 1},
        {"prompt_tokens": 100, "completion_tokens": 2},
        {**TOKENS, "cost": 0.2, "cost_source": "estimated"},
    ]


async def test_an_estimated_cost_is_that_of_the_images_too() -> None:
    info = ModelInfo(prices=Prices(prompt=Decimal(0), completion=Decimal(0), image=Decimal(3)))
    rig = a_rig({"lab/one": completion(usage=TOKENS)}, infos={"one": info})
    request = ask()
    message = request.messages[0]
    photos = type(message)(role="user", texts=("hi",), other_parts=("image_url",) * 2)
    await rig.complete(ask(messages=(photos,)), rig.arrival())
    assert rig.ledger.records[0].cost.usd == 6


# -- answers of nothing ------------------------------------------------------------------

NOTHING = {"prompt_tokens": 100, "completion_tokens": 0}


def blank(reason: str | None, usage: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": {"content": ""}, "finish_reason": reason}
    return {"id": "gen-1", "choices": [choice], "usage": usage}


@pytest.mark.parametrize(
    ("reason", "usage", "waives", "cost"),
    [
        (None, NOTHING, True, Cost(Decimal(0), CostSource.ESTIMATED)),
        ("error", NOTHING, True, Cost(Decimal(0), CostSource.ESTIMATED)),
        ("stop", NOTHING, True, Cost(Decimal("0.1"), CostSource.ESTIMATED)),
        (None, NOTHING, False, Cost(Decimal("0.1"), CostSource.ESTIMATED)),
        (None, {**NOTHING, "cost": 0.7}, True, reported("0.7")),
        (None, TOKENS, True, BY_PRICES),
        (None, {}, True, UNKNOWN),
    ],
)
async def test_where_the_provider_says_so_nothing_is_paid_for_nothing(
    reason: str | None, usage: dict[str, Any], waives: bool, cost: Cost
) -> None:
    for streamed in (False, True):
        answer: Any = blank(reason, usage)
        if streamed:
            answer = [{**answer, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]
        provider = FakeProvider(
            {"lab/one": answer, "lab/two": completion(), "lab/three": completion()},
            always_reports_usage=True,
            waives_nothing=waives,
        )
        if streamed:
            provider.script["lab/two"] = [chunk({"content": "a"}, "stop")]
        _, record = await answered(a_rig({}, provider=provider), streamed=streamed)
        assert record.attempts[0].outcome == FailureClass.INVALID_ANSWER
        assert record.attempts[0].cost == cost


# -- what ended it ------------------------------------------------------------------------


def classes(record: RequestRecord) -> tuple[str, str]:
    return record.status, record.error_class


async def failed(rig: Rig, error: type[BaseException], **arrival: Any) -> RequestRecord:
    with pytest.raises(error):
        await rig.complete(ask(), rig.arrival(**arrival))
    (record,) = rig.ledger.records
    return record


async def test_one_models_failure_names_the_error_where_that_was_the_end_of_it() -> None:
    rig = a_rig({"lab/one": failure(FailureClass.REJECTED, status=400)})
    assert classes(await failed(rig, UpstreamRejected)) == ("error", "rejected")
    rig = a_rig({"lab/one": [chunk({"content": "a"}), failure(FailureClass.TIMEOUT)]})
    with pytest.raises(StreamBroken):
        await rig.stream(ask())
    assert classes(rig.ledger.records[0]) == ("error", "timeout")


async def test_else_the_error_names_itself() -> None:
    rig = a_rig({f"lab/{name}": failure(status=500) for name in ("one", "two", "three")})
    record = await failed(rig, CandidatesExhausted)
    assert classes(record) == ("error", "all_models_failed")
    assert (record.attempts[0].model, record.model, record.cost) == ("one", "", UNKNOWN)


async def test_whoever_leaves_or_has_no_time_cancels() -> None:
    rig = a_rig({"lab/one": [chunk({"content": "a"}), chunk({"content": "b"}, "stop")]})
    async with aclosing(rig.complete.stream(ask(), rig.arrival())) as events:
        async for event in events:
            if isinstance(event, dict):
                break
    assert classes(rig.ledger.records[0]) == ("cancelled", "cancelled")
    assert rig.ledger.records[0].attempts[0].generation_id == "gen-1"
    rig = a_rig({"lab/one": completion()})
    record = await failed(rig, DeadlineExceeded, deadline=rig.clock.monotonic() - 1)
    assert classes(record) == ("cancelled", "deadline_exceeded")


async def test_who_leaves_after_the_last_piece_has_the_answer() -> None:
    rig = a_rig({"lab/one": [chunk({"content": "a"}, "stop")]})
    async with aclosing(rig.complete.stream(ask(), rig.arrival())) as events:
        async for event in events:
            if isinstance(event, Ended):
                break
    assert classes(rig.ledger.records[0]) == ("ok", "")


async def test_what_nobody_foresaw_is_internal() -> None:
    rig = a_rig({"lab/one": ZeroDivisionError()})
    assert classes(await failed(rig, ZeroDivisionError)) == ("error", RouterError.reason.lower())


# -- who may charge -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "billed"),
    [
        ({"status": 500}, False),
        ({"status": 429}, False),
        ({"status": 408}, True),
        ({"status": 499}, True),
        ({"status": 504}, True),
        ({"status": 524}, True),
        ({"status": 200}, True),
        ({"status": None}, True),
        ({"status": None, "unsent": True}, False),
    ],
)
async def test_a_call_that_failed_may_be_charged_unless_it_was_refused_or_never_left(
    told: dict[str, Any], billed: bool
) -> None:
    rig = a_rig(
        {
            "lab/one": failure(FailureClass.RATE_LIMITED, **told),
            "lab/two": completion(usage=TOKENS | {"cost": 1}),
        }
    )
    _, record = await answered(rig, streamed=False)
    assert record.attempts[0].may_be_billed is billed
    assert record.cost == Cost(Decimal(1), CostSource.ESTIMATED if billed else CostSource.REPORTED)


def test_what_has_an_id_may_be_charged_though_it_told_of_an_error() -> None:
    refused: dict[str, Any] = {
        "model": "m",
        "provider": "p",
        "outcome": "x",
        "latency_ms": 1.0,
        "http_status": 502,
    }
    assert not AttemptRecord(**refused).may_be_billed
    assert AttemptRecord(**refused, generation_id="gen-1").may_be_billed


# -- classifying ----------------------------------------------------------------------------


class Given:
    """A classifier that calls a model, and then another while its request is given up."""

    def __init__(self, first: AttemptRecord, broken: AttemptRecord) -> None:
        self.first, self.broken = first, broken
        self.asked = 0

    async def classify(self, question: Question) -> Opinion:
        self.asked += 1
        if self.asked == 1:
            raise ClassifierUnavailable("it cannot tell", self.first)
        question.on_broken(self.broken)
        raise asyncio.CancelledError


async def test_what_was_called_to_classify_is_kept_where_the_request_is_given_up() -> None:
    first, broken = (
        AttemptRecord(model=name, provider="p", outcome="x", latency_ms=1.0) for name in "ab"
    )
    given = Given(first, broken)
    rig = a_rig({}, config=config(mode=Mode.HYBRID))
    classify = Classify({"ollama": given, "api": given}, rig.clock)
    complete = replace(rig.complete, route=replace(rig.route, classify=classify))
    with pytest.raises(asyncio.CancelledError):
        await complete(ask(), rig.arrival())
    (record,) = rig.ledger.records
    assert classes(record) == ("cancelled", "cancelled")
    assert record.classifier_calls == (first, broken)


# -- stages -----------------------------------------------------------------------------------


async def test_the_stages_before_the_call_are_kept() -> None:
    rig = a_rig({"lab/one": completion()})
    _, record = await answered(rig, streamed=False)
    assert [stage.name for stage in record.stages] == ["classify", "route"]
    rig = a_rig({"lab/one": completion()})
    await rig.complete(ask("lab/one"), rig.arrival())
    assert [stage.name for stage in rig.ledger.records[0].stages] == ["route"]
