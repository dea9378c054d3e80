"""Whose conversation a request belongs to: which id counts, for whom, and who is told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.decide.openclaw_messages import CONTEXT, SYSTEM
from tests.e2e.lab import Lab, Person, a_lab, ask, told
from tests.fakes.upstream import Dialect, FakeUpstream, completion, completion_stream, error

GREETING = "Good morning! How are you today?"
CODE = "Write a Python function that reverses a linked list"
HEADERS = ("x-session-id", "session_id", "x-session-affinity")
IN_ORDER = (*HEADERS, "body session_id", "prompt_cache_key", "envelope")
HASHED = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
async def lab(tmp_path: Path, remote: FakeUpstream) -> AsyncIterator[Lab]:
    async with a_lab(tmp_path, remote) as lab:
        yield lab


def openclaw(ids: Mapping[str, str], *messages: dict[str, str]) -> tuple[dict[str, Any], Any]:
    """An agent client's request with these ids, and its headers."""
    runtime = "\n\nRuntime: agent=home | session=agent:home | {}model=r/r | os=BSD"
    found = f"sessionId={ids['envelope']} | " if "envelope" in ids else ""
    first = f"[Mon 2026-11-23 09:00 UTC] {GREETING}{runtime.format(found)}"
    body: dict[str, Any] = {
        "model": "router",
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": first},
            *messages,
            {"role": "user", "content": [{"type": "text", "text": CONTEXT}]},
        ],
    }
    if "body session_id" in ids:
        body["session_id"] = ids["body session_id"]
    if "prompt_cache_key" in ids:
        body["prompt_cache_key"] = ids["prompt_cache_key"]
    return body, {name: ids[name] for name in HEADERS if name in ids}


def further(answer: str = "Fine.") -> tuple[dict[str, str], dict[str, str]]:
    """What comes after the first message."""
    typed = {"role": "user", "content": "[Mon 2026-11-23 09:01 UTC] thanks"}
    return {"role": "assistant", "content": answer}, typed


async def knows(lab: Lab, ids: Mapping[str, str], answer: str) -> bool:
    body, headers = openclaw(ids, *further(answer))
    known: bool = (await told(lab, "/route", body, headers))["session"]["known"]
    return known


@pytest.mark.parametrize(("wins", "loses"), [*pairwise(IN_ORDER), ("x-session-id", "envelope")])
async def test_of_two_ids_the_first_in_order_counts(lab: Lab, wins: str, loses: str) -> None:
    body, headers = openclaw({wins: "one", loses: "two"})
    got = await ask(lab, body, headers)
    answer = got.message["content"]
    assert await knows(lab, {wins: "one", loses: "two"}, answer)
    assert await knows(lab, {wins: "one", loses: "another"}, answer)
    assert await knows(lab, {wins: "one"}, answer)
    assert not await knows(lab, {wins: "another", loses: "two"}, answer)
    assert not await knows(lab, {loses: "two"}, answer)
    assert not await knows(lab, {loses: "two"}, "Something else.")


@pytest.mark.parametrize("which", IN_ORDER)
async def test_an_id_counts_whatever_the_history_says(lab: Lab, which: str) -> None:
    body, headers = openclaw({which: "one"})
    await ask(lab, body, headers)
    assert await knows(lab, {which: "one"}, "Nobody has said so.")
    assert not await knows(lab, {}, "Nobody has said so.")


async def test_without_any_id_the_history_tells(lab: Lab) -> None:
    body, headers = openclaw({})
    answer = (await ask(lab, body, headers)).message["content"]
    assert await knows(lab, {}, answer)
    assert not await knows(lab, {}, "Nobody has said so.")


async def test_a_client_that_gives_ids_later_begins_a_conversation(lab: Lab) -> None:
    person = Person(lab)
    await person.says(CODE)
    shown = await person.route("yes")
    assert (shown["session"]["known"], shown["reason"]) == (True, "session_kept")
    person.headers["x-session-id"] = "s"
    shown = await person.route("yes")
    assert (shown["session"]["known"], shown["reason"]) == (False, "classified")


async def test_an_applications_cache_key_is_no_conversation_by_itself(lab: Lab) -> None:
    """It may be the same in all its conversations, which begin differently."""
    one, other = (Person(lab, extra={"prompt_cache_key": "app"}) for _ in range(2))
    first = await one.says(CODE)
    second = await other.says(GREETING)
    assert first.thread != second.thread
    assert (await one.says("yes")).model == "code"
    assert (await other.says("yes")).model == "chat"


@pytest.mark.parametrize("id_", ["x" * 300, "é \u2603", "a:b", "..", "0"])
async def test_any_id_will_do(lab: Lab, id_: str) -> None:
    one = Person(lab, extra={"session_id": id_})
    await one.says(CODE)
    assert (await one.says("yes")).model == "code"
    header = id_.encode("ascii", "ignore").decode().strip() or "x"
    other = Person(lab, headers={"x-session-id": header})
    await other.says(CODE)
    got = await other.says("yes")
    assert got.model == "code"
    assert HASHED.fullmatch(got.thread or "")


async def test_conversations_of_two_keys_are_never_one(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, env={"LLM_ROUTER_API_KEYS": "one,two"}) as lab:
        keys = [{"authorization": f"Bearer {key}"} for key in ("one", "two")]
        for ids in ({}, {"x-session-id": "s"}, {"x-session-affinity": "a"}):
            first, second = (Person(lab, headers={**key, **ids}) for key in keys)
            got = await first.says(CODE)
            second.messages = list(first.messages)
            assert not (await second.route("yes"))["session"]["known"]
            assert (await first.route("yes"))["session"]["known"]
            other = await second.says("yes")
            assert other.reason == "classified"
            assert other.thread != got.thread
            again = await first.says("yes")
            assert (again.model, again.reason, again.thread) == (
                "code",
                "session_kept",
                got.thread,
            )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("ids", [{}, {"x-session-id": "my-own"}, {"session_id": "my-own"}])
async def test_openrouter_is_told_one_opaque_session_over_all_turns(
    lab: Lab, ids: dict[str, str], stream: bool
) -> None:
    person, other = Person(lab, headers=ids), Person(lab)
    extra: dict[str, Any] = {"stream": stream}
    turns = [await person.says(text, **extra) for text in (GREETING, CODE, "yes")]
    threads = {got.thread for got in turns}
    assert len({got.model for got in turns}) == 2, "the models change, the session does not"
    assert len(threads) == 1
    assert HASHED.fullmatch(threads.pop() or "")
    assert (await other.says(GREETING)).thread not in {got.thread for got in turns}
    for request in lab.remote.requests:
        assert b"my-own" not in request.body
        assert "my-own" not in str(dict(request.headers))


async def test_it_is_the_same_at_every_attempt(lab: Lab, remote: FakeUpstream) -> None:
    remote.enqueue(error(503, "not now"), error(503, "not now"))
    got = await Person(lab).says(CODE)
    assert [request.model for request in remote.requests] == ["lab/code", "lab/code", "lab/think"]
    assert {request.json["session_id"] for request in remote.requests} == {got.thread}


@pytest.mark.parametrize("headers", [{}, {"x-session-id": "other"}])
async def test_a_session_in_the_body_goes_on_as_it_is(lab: Lab, headers: dict[str, str]) -> None:
    person = Person(lab, headers=headers, extra={"session_id": "my-own"})
    for text in (CODE, "yes"):
        got = await person.says(text)
        assert (got.model, got.thread) == ("code", "my-own")


async def test_a_cache_key_goes_on_beside_the_session(lab: Lab) -> None:
    got = await Person(lab, extra={"prompt_cache_key": "my-own"}).says(GREETING)
    assert got.sent["prompt_cache_key"] == "my-own"
    assert HASHED.fullmatch(got.thread or "")


async def test_a_null_session_is_none(lab: Lab) -> None:
    person = Person(lab, extra={"session_id": None})
    got = await person.says(CODE)
    assert HASHED.fullmatch(got.thread or "")
    assert (await person.says("yes")).thread == got.thread


@pytest.mark.parametrize("stream", [False, True])
async def test_no_other_provider_is_told(
    tmp_path: Path, remote: FakeUpstream, stream: bool
) -> None:
    async with FakeUpstream(dialect=Dialect.OPENAI, base_path="/v1") as local:
        # Unscripted, its answers would all be one conversation's.
        local.on_path(
            "/chat/completions",
            *(
                reply
                for text in ("Fine.", "Indeed.")
                for reply in [
                    completion_stream([text], dialect=Dialect.OPENAI)
                    if stream
                    else completion(text, dialect=Dialect.OPENAI)
                ]
            ),
        )
        providers = {
            "openrouter": {"base_url": remote.base_url, "api_key_env": "OPENROUTER_API_KEY"},
            "local": {"base_url": local.base_url},
        }
        lists = {"conversation": {"models": ["local:small"]}}
        async with a_lab(tmp_path, remote, providers=providers, categories=lists) as lab:
            person = Person(lab, headers={"x-session-id": "my-own"}, extra={"stream": stream})
            await person.says(GREETING)
            got = await person.says("thanks")
            assert (got.model, got.reason) == ("local:small", "session_kept")
            assert [request.model for request in local.requests] == ["small", "small"]
            for request in local.requests:
                assert "session_id" not in request.json
                assert b"my-own" not in request.body
                assert "my-own" not in str(dict(request.headers))
            moved = await person.says(CODE, model="code")
            assert HASHED.fullmatch(moved.thread or "")
