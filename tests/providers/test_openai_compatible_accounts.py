"""What the HTTP provider tells of an answer's id and cost beside the answer."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from router_core.app.ports import ModelCall
from router_core.errors import UpstreamFailure
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import (
    Close,
    FakeUpstream,
    Reply,
    Reset,
    Send,
    completion,
    completion_body,
    completion_stream,
    error,
    error_chunk,
    error_object,
    frame,
    json_reply,
    sse,
    usage,
)
from tests.providers.upstream_calls import both, call, run

GENERATION = {"X-Generation-Id": "gen-9"}
FAILED = error_object(502)


@dataclass
class Ear:
    """Hears what is told beside the answer."""

    ids: list[str] = field(default_factory=list)
    spoilt: list[Any] = field(default_factory=list)

    @property
    def call(self) -> ModelCall:
        return call(on_id=self.ids.append, on_spoilt=self.spoilt.append)


async def hear(provider: OpenAICompatible, how: str) -> Ear:
    """What is heard of a call, whatever becomes of it."""
    ear = Ear()
    with contextlib.suppress(UpstreamFailure):
        await run(provider, how, ear.call)
    return ear


@both
async def test_the_id_in_the_head_is_told_before_a_piece_has_come(
    upstream: FakeUpstream, provider: OpenAICompatible, how: str
) -> None:
    kind = "text/event-stream" if how == "stream" else "application/json"
    upstream.enqueue(Reply(200, {"Content-Type": kind, **GENERATION}, steps=[Close()]))
    assert await hear(provider, how) == Ear(ids=["gen-9"])


@both
@pytest.mark.parametrize(
    ("status", "told"), [(400, []), (429, []), (502, []), (408, ["gen-9"]), (524, ["gen-9"])]
)
async def test_a_refusals_id_is_of_no_use_but_that_of_a_late_answer(
    upstream: FakeUpstream, provider: OpenAICompatible, how: str, status: int, told: list[str]
) -> None:
    refused = error(status)
    upstream.enqueue(replace(refused, headers={**refused.headers, **GENERATION}))
    assert (await hear(provider, how)).ids == told


@both
async def test_without_a_name_none_is_told(
    upstream: FakeUpstream, provider: OpenAICompatible, how: str
) -> None:
    whole = replace(completion(), headers={"Content-Type": "application/json"})
    streamed = replace(completion_stream(), headers={"Content-Type": "text/event-stream"})
    upstream.enqueue(whole if how == "complete" else streamed)
    assert await hear(provider, how) == Ear()


@both
async def test_a_broken_connection_tells_nothing(
    upstream: FakeUpstream, provider: OpenAICompatible, how: str
) -> None:
    upstream.enqueue(Reply(before=[Reset()]))
    assert await hear(provider, how) == Ear()


@pytest.mark.parametrize(
    "told",
    [
        completion_body("", finish_reason="error", error=FAILED, usage=usage(cost=0.5)),
        {"id": "gen-1", "error": FAILED, "usage": usage(cost=0.5)},
        {"id": "gen-1", "choices": [], "usage": usage(cost=0.5)},
    ],
)
async def test_an_answer_that_fails_is_told_for_what_it_cost(
    upstream: FakeUpstream, provider: OpenAICompatible, told: dict[str, Any]
) -> None:
    upstream.enqueue(json_reply(told))
    assert (await hear(provider, "complete")).spoilt == [told]


async def test_so_is_one_that_comes_instead_of_a_stream(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    told = {"id": "gen-1", "error": FAILED, "usage": usage(cost=0.5)}
    upstream.enqueue(json_reply(told))
    assert (await hear(provider, "stream")).spoilt == [told]


async def test_so_is_a_chunk_that_ends_a_stream(
    upstream: FakeUpstream, provider: OpenAICompatible
) -> None:
    told = {**error_chunk(502), "usage": usage(cost=0.5)}
    upstream.enqueue(sse(frame({"choices": []}), Send(frame(told))))
    assert (await hear(provider, "stream")).spoilt == [told]


@both
async def test_what_goes_well_is_told_once(
    upstream: FakeUpstream, provider: OpenAICompatible, how: str
) -> None:
    upstream.enqueue(completion() if how == "complete" else completion_stream())
    assert (await hear(provider, how)).spoilt == []
