"""What one request cost, as its client, the ledger and both edges tell it: always the same."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from llm_router import AsyncRouterClient
from tests.e2e.lab import Lab, Person, a_config, a_lab
from tests.fakes.upstream import (
    FakeUpstream,
    Recorded,
    Reply,
    Stall,
    chunk,
    completion,
    error,
    frame,
    sse,
)

CODE = "Write a Python function that reverses a linked list"
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
NEVER = object()


@pytest.fixture
async def remote() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as upstream:
        yield upstream


@pytest.fixture
async def lab(tmp_path: Path, remote: FakeUpstream) -> AsyncIterator[Lab]:
    """A router that has OpenRouter, and a provider that tells no cost, with and without prices."""
    config = a_config(remote.base_url)
    config["providers"]["plain"] = {"base_url": remote.base_url}
    config["models"]["priced"] = {
        "id": "plain/priced",
        "provider": "plain",
        "pricing": {"prompt": "0.000001", "completion": "0.000002"},
    }
    config["models"]["unpriced"] = {"id": "plain/unpriced", "provider": "plain"}
    for name in ("priced", "unpriced"):
        config["categories"][name] = {"models": [name], "description": name}
    (tmp_path / "router_config.json").write_text(json.dumps(config))
    async with a_lab(tmp_path, remote) as lab:
        yield lab


def answers(remote: FakeUpstream, reply: Any) -> None:
    """Lets every model answer so."""
    remote._functions[:] = [lambda request: reply(request) if request.model else None]


def whole(**usage: Any) -> Any:
    return lambda request: completion("hi", model=request.model, usage=USAGE | usage)


def piece(usage: Any = NEVER, *, text: str = "", ends: bool = False, bare: bool = False) -> bytes:
    """A piece of a stream, with its usage."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": None}
    choice |= {"finish_reason": "stop"} if ends else {}
    made = chunk(None) | {"choices": [] if bare else [choice]}
    return frame(made | ({} if usage is NEVER else {"usage": usage}))


def streamed(*pieces: bytes) -> Any:
    return lambda request: sse(*pieces, frame("[DONE]"))


async def ask(lab: Lab, model: str, **body: Any) -> httpx.Response:
    messages = [{"role": "user", "content": CODE}]
    return await lab.http.post(
        "/v1/chat/completions", json={"model": model, "messages": messages, **body}
    )


async def newest(lab: Lab) -> dict[str, Any]:
    got = await lab.http.get("/stats/requests?page_size=1")
    row: dict[str, Any] = got.json()["requests"][0]
    return row


def usages(got: httpx.Response) -> list[dict[str, Any]]:
    """Those that a client was told."""
    frames = [line.removeprefix("data: ") for line in got.text.split("\n\n") if line]
    told = [json.loads(each).get("usage") for each in frames if each != "[DONE]"]
    return [usage for usage in told if usage]


# -- the same everywhere ---------------------------------------------------------------------


COSTS: tuple[tuple[str, dict[str, Any], str | None, str], ...] = (
    ("router/code", {"cost": 0.25}, "0.25", "reported"),
    ("router/code", {"cost": 0}, "0", "reported"),
    ("router/code", {}, "0.0024", "estimated"),
    ("router/code", {"prompt_tokens_details": {"cached_tokens": 0}}, "0.0024", "estimated"),
    ("router/code", {"prompt_tokens_details": {"cached_tokens": 500}}, "0.0015", "estimated"),
    ("router/code", {"cost": -1}, "0.0024", "estimated"),
    ("router/code", {"cost": 1e300}, "0.0024", "estimated"),
    ("router/code", {"cost": "0.5"}, "0.0024", "estimated"),
    ("lab/code", {"cost": 0.25}, "0.25", "reported"),
    ("lab/nobody-knows", {}, None, "unknown"),
    ("router/priced", {}, "0.0012", "estimated"),
    ("router/priced", {"cost": 0.25}, "0.25", "reported"),
    ("router/unpriced", {}, None, "unknown"),
)
"""Who is asked, what its usage tells, and what that costs. Code costs 2 millionths a token
of the prompt, a tenth of that from the cache, and 4 of the answer; priced 1 and 2."""


async def test_header_row_usage_and_summary_agree(lab: Lab) -> None:
    for model, told, usd, source in COSTS:
        answers(lab.remote, whole(**told))
        got = await ask(lab, model)
        row = await newest(lab)
        (call,) = row["attempts"]
        assert row["cost_source"] == call["cost_source"] == source, told
        assert got.headers.get("x-router-cost-usd") == row["cost_usd"] == call["cost_usd"]
        assert (row["cost_usd"] and Decimal(row["cost_usd"])) == (usd and Decimal(usd)), told
        estimated = {"cost": float(usd or 0), "cost_source": "estimated"}
        assert got.json()["usage"] == USAGE | told | (estimated if source == "estimated" else {})
        assert await summed_up(lab, model) == (await newest(lab))["cost_usd"] == row["cost_usd"]


async def summed_up(lab: Lab, model: str) -> str | None:
    """What the summary over gRPC says that it costs."""
    messages = [{"role": "user", "content": CODE}]
    async with AsyncRouterClient(channel=lab.core.in_process_channel()) as client:
        summary = (await client.complete({"model": model, "messages": messages})).summary
    return summary.cost_usd if summary.HasField("cost_usd") else None


@pytest.mark.parametrize("asks", [False, True])
async def test_of_a_stream_only_who_asked_is_told_what_we_asked_for(lab: Lab, asks: bool) -> None:
    answers(lab.remote, streamed(piece(None, text="a"), piece(ends=True), piece(USAGE, bare=True)))
    options = {"stream_options": {"include_usage": True}} if asks else {}
    got = await ask(lab, "router/priced", stream=True, **options)
    cost = {"cost": 0.0012, "cost_source": "estimated"}
    assert usages(got) == ([USAGE | cost] if asks else [])
    row = await newest(lab)
    assert (Decimal(row["cost_usd"]), row["cost_source"]) == (Decimal("0.0012"), "estimated")


@pytest.mark.parametrize("model", ["router/code", "router/priced"])
async def test_the_last_usage_of_a_stream_counts_once(lab: Lab, model: str) -> None:
    first, last = (USAGE | {"cost": usd} for usd in (0.5, 0.7))
    answers(lab.remote, streamed(piece(first, text="a"), piece(ends=True), piece(last, bare=True)))
    await ask(lab, model, stream=True)
    row = await newest(lab)
    assert (row["cost_usd"], row["cost_source"]) == ("0.7", "reported")


async def test_each_request_is_there_once_though_callers_give_the_same_id(lab: Lab) -> None:
    answers(lab.remote, whole(cost=0.5))
    message = {"role": "user", "content": CODE}
    async with AsyncRouterClient(channel=lab.core.in_process_channel()) as client:
        for _ in range(2):
            await client.complete(
                {"model": "router/code", "messages": [message]}, request_id="the-same"
            )
    sums = (await lab.http.get("/stats")).json()
    assert (sums["requests"], Decimal(sums["cost_usd"])) == (2, Decimal(1))


# -- those that end badly --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "until", "usd"),
    [
        ([piece(text="token")], b"token", None),
        ([piece(text="token"), piece(ends=True)], b'"stop"', None),
        ([piece(text="token"), piece(ends=True), piece(USAGE | {"cost": 0.7})], b"0.7", "0.7"),
    ],
    ids=["in the middle", "before its usage", "after its usage"],
)
async def test_who_leaves_pays_what_was_told(
    lab: Lab, pieces: list[bytes], until: bytes, usd: str | None
) -> None:
    steps = [*sse(*pieces).steps, Stall()]
    answers(lab.remote, lambda _: Reply(200, {"Content-Type": "text/event-stream"}, steps=steps))
    body = {"model": "router/code", "stream": True}
    body |= {"messages": [{"role": "user", "content": CODE}]}
    seen = b""
    async with lab.http.stream("POST", "/v1/chat/completions", json=body) as got:
        async for data in got.aiter_bytes():
            seen += data
            if until in seen:
                break
    while not (await lab.http.get("/stats")).json()["requests"]:
        pass
    row = await newest(lab)
    assert (row["status"], row["cost_usd"]) == ("cancelled", usd)
    assert row["cost_source"] == ("reported" if usd else "unknown")
    assert row["attempts"][0]["generation_id"]


async def test_every_call_of_a_request_counts(lab: Lab) -> None:
    failed = {"error": {"code": 502, "message": "it failed"}, "usage": USAGE | {"cost": 0.3}}

    def reply(request: Recorded) -> Reply:
        if request.model == "lab/code":
            return sse(frame(chunk(None) | failed))
        return sse(piece(text="a"), piece(USAGE | {"cost": 0.1}, ends=True), frame("[DONE]"))

    answers(lab.remote, reply)
    await ask(lab, "router/code", stream=True)
    row = await newest(lab)
    assert (row["model"], row["cost_usd"], row["cost_source"]) == ("think", "0.7", "reported")
    assert [each["cost_usd"] for each in row["attempts"]] == ["0.3", "0.3", "0.1"]


async def test_a_refused_call_costs_nothing_and_makes_nothing_unknown(lab: Lab) -> None:
    refused = error(429, retry_after=9)
    answers(lab.remote, lambda got: refused if got.model == "lab/code" else whole(cost=0.1)(got))
    await ask(lab, "router/code")
    row = await newest(lab)
    assert (row["cost_usd"], row["cost_source"]) == ("0.1", "reported")


# -- classifying -----------------------------------------------------------------------------


async def test_what_classifying_costs_is_there_once_whoever_asked_for_it(lab: Lab) -> None:
    lab.configure(mode="api", classifiers={"api": {"model": "cheap"}})

    def reply(request: Recorded) -> Any:
        if request.model == "lab/cheap":
            return completion("A", model=request.model, usage=USAGE | {"cost": 0.001})
        return whole(cost=0.5)(request)

    answers(lab.remote, reply)
    got = await ask(lab, "router")
    assert got.headers["x-router-cost-usd"] == (await newest(lab))["cost_usd"] == "0.501"
    body = {"messages": [{"role": "user", "content": CODE}]}
    for operation in ("classify", "route"):
        assert (await lab.http.post(f"/{operation}", json=body)).status_code == 200
        row = await newest(lab)
        assert (row["operation"], row["cost_usd"]) == (operation, "0.001")
    sums = (await lab.http.get("/stats")).json()
    assert (sums["requests"], sums["cost_usd"]) == (1, "0.503")
    assert sums["total"]["classifier_cost_usd"] == "0.003"
    assert len((await lab.http.get("/stats/requests")).json()["requests"]) == 3


# -- savings ---------------------------------------------------------------------------------


async def savings(lab: Lab) -> tuple[str | None, str | None]:
    told = (await lab.http.get("/stats")).json()["savings"]
    return told["against_best_single_usd"], told["against_dearest_usd"]


async def saved(lab: Lab) -> tuple[Decimal, ...]:
    return tuple(Decimal(told) for told in await savings(lab) if told is not None)


async def test_one_model_a_list_saves_nothing_and_unknown_prices_nothing_known(lab: Lab) -> None:
    for usage in ({"cost": 0.0000123}, {}, {"cost": 3}):
        answers(lab.remote, whole(**usage))
        await ask(lab, "router/priced")
    assert await savings(lab) == ("0", "0")


async def test_where_no_price_is_known_savings_are_not_0(lab: Lab) -> None:
    answers(lab.remote, whole())
    await ask(lab, "router/unpriced")
    assert await savings(lab) == (None, None)


async def test_a_conversation_that_moves_is_told_what_that_lost(lab: Lab) -> None:
    """Each prompt has 20,000 tokens, each answer 10 for 4 millionths each."""
    person = Person(lab)
    lab.cost = 0.04004  # code reads 20,000 for 2 millionths each
    assert (await person.says(CODE)).model == "code"
    assert await saved(lab) == (Decimal(0), Decimal("0.04"))  # with think it is 0.08004
    lab.cost = 0.08004  # think reads all of it anew, for 4 millionths each
    assert (await person.says("Why?", model="router/reasoning")).model == "think"
    # Think alone: 20,000 from its cache for 0.4 millionths each, and 10 x 4: 0.00804.
    assert await saved(lab) == (Decimal("-0.072"), Decimal("-0.032"))


# -- limits ----------------------------------------------------------------------------------


async def test_fifty_at_once_do_not_pass_a_limit_that_is_nearly_spent(lab: Lab) -> None:
    messages = [{"role": "user", "content": CODE}]
    most = USAGE["completion_tokens"]
    body = {"model": "router/code", "messages": messages, "max_tokens": most}
    told = (await lab.http.post("/route", json=body)).json()["candidates"][0]
    usd = Decimal(told["estimated_cost_usd"])
    answers(lab.remote, whole(cost=float(usd)))
    lab.configure(limits={"daily_usd": f"{usd * Decimal('10.5'):f}"})
    async with httpx.AsyncClient(base_url=lab.rest, timeout=30) as http:
        asking = [http.post("/v1/chat/completions", json=body) for _ in range(50)]
        statuses = Counter(got.status_code for got in await asyncio.gather(*asking))
    assert statuses == {200: 10, 429: 40}
    (state,) = lab.core.spending.states()
    assert (state.spent_usd, state.reserved_usd) == (10 * usd, Decimal(0))
    sums = (await lab.http.get("/stats")).json()
    assert (sums["requests"], Decimal(sums["cost_usd"])) == (50, 10 * usd)
