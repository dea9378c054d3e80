"""Limits of spending over the whole router, as clients and operators meet them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest

from llm_router import AsyncRouterClient
from llm_router.errors import RateLimited
from tests.alerts.receiving import receiving
from tests.app.rig import until
from tests.e2e.lab import Lab, Person, a_lab, ask
from tests.fakes.upstream import FakeUpstream

CODE = "Write a Python function that reverses a linked list"
COST = Decimal("0.04004")
"""Of each answer."""
LIMIT = {"daily_usd": "0.06"}
"""Room for two answers: before the second there is some left, as they are expected to cost less."""


@contextlib.asynccontextmanager
async def dear_lab(home: Path, remote: FakeUpstream, **options: Any) -> AsyncIterator[Lab]:
    """A router whose answers cost more than they are expected to."""
    async with a_lab(home, remote, **options) as lab:
        lab.cost = float(COST)
        yield lab


@pytest.fixture
async def lab(tmp_path: Path, remote: FakeUpstream) -> AsyncIterator[Lab]:
    async with dear_lab(tmp_path, remote, limits=LIMIT) as lab:
        yield lab


async def says(lab: Lab, **headers: str) -> tuple[int, str, str]:
    """The status, who answered, and why."""
    got = await Person(lab, headers=headers).says(CODE)
    return got.status, got.model, got.reason


def spent(lab: Lab) -> list[Decimal]:
    return [state.spent_usd for state in lab.core.spending.states()]


async def spend_all(lab: Lab, **headers: str) -> None:
    for _ in range(2):
        assert await says(lab, **headers) == (200, "code", "classified")


async def test_openais_client_sees_a_rate_limit_and_does_not_try_again(lab: Lab) -> None:
    await spend_all(lab)
    assert spent(lab) == [2 * COST]
    sdk = openai.AsyncOpenAI(base_url=f"{lab.rest}/v1", api_key="any")
    assert sdk.max_retries == 2
    hello: Any = [{"role": "user", "content": CODE}]
    seen = []
    async with sdk:
        for stream in (False, True):
            with pytest.raises(openai.RateLimitError) as raised:
                await sdk.chat.completions.create(model="router", messages=hello, stream=stream)
            seen.append(raised.value)
    for error in seen:
        assert error.code == "spending_limit_reached"
        assert error.type == "rate_limit_error"
        assert error.response.headers["x-should-retry"] == "false"
        assert error.response.request.headers["x-stainless-retry-count"] == "0"
        assert "retry-after" not in error.response.headers
        assert "the daily spending limit of 0.06 USD is reached: 0.08008 USD" in error.message
        assert "it resets at 2026-11-24T00:00:00Z" in error.message
    assert len(lab.remote.requests) == 2


async def test_over_grpc_it_is_resource_exhausted_with_what_a_program_needs(lab: Lab) -> None:
    await spend_all(lab)
    async with AsyncRouterClient(channel=lab.core.in_process_channel()) as client:
        with pytest.raises(RateLimited) as raised:
            await client.complete({"messages": [{"role": "user", "content": CODE}]})
    assert raised.value.reason == "SPENDING_LIMIT_REACHED"
    told = {key: raised.value.metadata[key] for key in ("period", "spent_usd", "limit_usd")}
    assert told == {"period": "day", "spent_usd": "0.08008", "limit_usd": "0.06"}


@pytest.mark.parametrize("stream", [False, True])
async def test_at_the_limit_the_cheapest_of_the_category_answers(lab: Lab, stream: bool) -> None:
    await spend_all(lab)
    lab.configure(limits={**LIMIT, "at_limit": "cheapest"})
    got = await Person(lab).says(CODE, stream=stream)
    assert (got.status, got.model, got.reason) == (200, "chat", "spending_cap")
    assert (await Person(lab).says(CODE, model="think")).status == 429


async def test_who_asks_why_is_told(lab: Lab) -> None:
    await spend_all(lab)
    told = await Person(lab).route(CODE)
    assert (told["model"], told["reason"]) == ("code", "classified")
    assert "it would be refused: the daily spending limit" in told["explanation"]
    lab.configure(limits={**LIMIT, "at_limit": "cheapest"})
    told = await Person(lab).route(CODE)
    assert (told["model"], told["reason"]) == ("chat", "spending_cap")
    assert [(each["model"], each["eligible"]) for each in told["candidates"]] == [
        ("chat", True),
        ("code", False),
        ("think", False),
    ]


async def test_midnight_in_utc_makes_room_again(lab: Lab) -> None:
    await spend_all(lab)
    assert (await says(lab))[0] == 429
    lab.clock.passes(minutes=14 * 60 + 30)
    got = await lab.http.post(
        "/v1/chat/completions", json={"messages": [{"role": "user", "content": CODE}]}
    )
    assert (got.status_code, got.headers["retry-after"]) == (429, "1800")
    lab.clock.passes(minutes=31)
    assert await says(lab) == (200, "code", "classified")
    assert spent(lab) == [COST]


async def test_what_was_spent_is_known_after_a_restart(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    env = {"LLM_ROUTER_API_KEYS": "ann,bob"}
    limits = {"monthly_usd": "0.2", "per_caller": LIMIT}
    ann, bob = ({"authorization": f"Bearer {key}"} for key in ("ann", "bob"))
    async with dear_lab(tmp_path, remote, writes_files=True, env=env, limits=limits) as lab:
        await spend_all(lab, **ann)
        before = lab.core.spending.states()
    for _ in range(2):
        async with dear_lab(tmp_path, remote, writes_files=True, env=env) as lab:
            assert lab.core.spending.states() == before
            assert (await says(lab, **ann))[0] == 429
    async with dear_lab(tmp_path, remote, writes_files=True, env=env) as lab:
        assert await says(lab, **bob) == (200, "code", "classified")
        assert spent(lab)[0] == 3 * COST


async def test_each_key_has_its_own_limit(tmp_path: Path, remote: FakeUpstream) -> None:
    env = {"LLM_ROUTER_API_KEYS": "ann,bob"}
    async with dear_lab(tmp_path, remote, env=env, limits={"per_caller": LIMIT}) as lab:
        ann, bob = ({"authorization": f"Bearer {key}"} for key in ("ann", "bob"))
        await spend_all(lab, **ann)
        refused = await ask(lab, {"messages": [{"role": "user", "content": CODE}]}, ann)
        assert refused.status == 429
        await spend_all(lab, **bob)
        assert (await says(lab, **bob))[0] == 429


async def test_a_limit_is_set_raised_and_lifted_while_it_runs(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with dear_lab(tmp_path, remote) as lab:
        await spend_all(lab)
        for usd, status in ((0.05, 429), ("0.2", 200), (None, 200), (0.01, 429)):
            got = await lab.http.patch("/config", json={"limits": {"daily_usd": usd}})
            assert got.status_code == 200, got.text
            assert (await says(lab))[0] == status


async def test_what_a_limit_cannot_hold_is_told(tmp_path: Path, remote: FakeUpstream) -> None:
    models = {"new": {"id": "lab/new"}, "chat": {"id": "lab/chat"}}
    async with dear_lab(
        tmp_path,
        remote,
        models=models,
        limits={"per_caller": LIMIT},
        categories={
            name: {"models": ["new"]} for name in ("tools", "code", "reasoning", "conversation")
        },
        housekeeping=[],
    ) as lab:
        told = "\n".join((await lab.http.get("/readyz")).json()["warnings"])
    assert "limits: no price is known of chat, new" in told
    assert "limits.per_caller: without LLM_ROUTER_API_KEYS all callers are one" in told


async def test_an_operators_address_is_told_at_80_percent_and_at_the_limit(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with receiving() as receiver:
        env = {"LLM_ROUTER_ALERT_WEBHOOK": receiver.url}
        limits = {"monthly_usd": "0.1001"}
        async with dear_lab(tmp_path, remote, env=env, limits=limits) as lab:
            for _ in range(3):
                assert (await says(lab))[0] == 200
            await until(lambda: len(receiver.got) == 2)
            assert (await says(lab))[0] == 429
    assert sorted((each["event"], each["spent_usd"]) for each in receiver.got) == [
        ("spending_limit_reached", "0.12012"),
        ("spending_warning", "0.08008"),
    ]
