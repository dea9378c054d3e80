"""A whole router over REST before an upstream of ours, with prices, and who talks with it.

    async with a_lab(home, remote) as lab:
        person = Person(lab)
        got = await person.says("Good morning!")
        assert (got.model, got.reason) == ("chat", "classified")

The time of day stands still until a test moves it, so that caches are warm or cold as
it wants; every answer is another one, and says how long its conversation is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from router_core.bootstrap import Core, build_core
from router_core.clock import SystemClock
from router_core.settings import read_settings
from tests.e2e.conftest import serving_rest
from tests.fakes.upstream import (
    FakeUpstream,
    Recorded,
    Reply,
    chunk,
    completion,
    frame,
    sse,
    tool_call,
    usage,
)

PRICES: Final[Mapping[str, tuple[str, str]]] = {
    "chat": ("0.000001", "0.0000001"),
    "code": ("0.000002", "0.0000002"),
    "think": ("0.000004", "0.0000004"),
    "act": ("0.000003", "0.0000003"),
    "cheap": ("0.0000005", "0.00000005"),
}
"""What a token costs that is read anew, and from a cache, by model."""

LISTS: Final[Mapping[str, Sequence[str]]] = {
    "tools": ("act", "think", "chat"),
    "code": ("code", "think", "chat"),
    "reasoning": ("think", "code", "chat"),
    "conversation": ("chat", "code", "think"),
}
TOKENS: Final = 20_000
"""How long a conversation is, unless a test says otherwise."""


def a_config(base_url: str, **changes: Any) -> dict[str, Any]:
    """A model first in each category, one for upkeep, and none that classifies but our own."""
    models = {
        name: {
            "id": f"lab/{name}",
            "pricing": {"prompt": new, "completion": "0.000004", "input_cache_read": cached},
            "input_modalities": ["text", "image"],
        }
        for name, (new, cached) in PRICES.items()
    }
    return {
        "mode": "embedded",
        "providers": {"openrouter": {"base_url": base_url, "api_key_env": "OPENROUTER_API_KEY"}},
        "models": models,
        "categories": {name: {"models": list(listed)} for name, listed in LISTS.items()},
        "housekeeping": ["cheap"],
        **changes,
    }


class StillClock(SystemClock):
    """The machine's clock, but for the time of day, which a test moves.

    Attributes:
        taken_s: how long upstreams are taken to have needed so far, which nobody waited for.
    """

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.taken_s = 0.0

    def monotonic(self) -> float:
        """Seconds from some fixed point."""
        return super().monotonic() + self.taken_s

    def now(self) -> datetime:
        """The time of day."""
        return self.time

    def passes(self, minutes: float) -> None:
        """Lets so much of the day pass."""
        self.time += timedelta(minutes=minutes)


@dataclass
class Lab:
    """A router that runs.

    Attributes:
        remote: what it takes for OpenRouter; answers by `reply_to` unless it is scripted.
        tokens: how long the prompt of the next answers is.
        cost: what each of these costs, in USD.
        calls: the arguments of the tool calls that the next answer is, one each.
    """

    rest: str
    core: Core
    remote: FakeUpstream
    clock: StillClock
    http: httpx.AsyncClient
    tokens: int = TOKENS
    cost: float = 0.000014
    calls: Sequence[str] = ()
    answers: int = 0

    def configure(self, **changes: Any) -> None:
        """Changes the config, as an edit of its file would."""
        path = self.core.config.path
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
        self.core.config.load()
        self.core.catalogue.load()

    def lists(self, **lists: Sequence[str]) -> None:
        """Changes the models of categories."""
        categories = json.loads(self.core.config.path.read_text())["categories"]
        changed = {name: {"models": list(models)} for name, models in lists.items()}
        self.configure(categories=categories | changed)

    def prices(self, **prices: tuple[str, str]) -> None:
        """Changes what models cost: a token that is read anew, and from a cache."""
        models = json.loads(self.core.config.path.read_text())["models"]
        for name, (new, cached) in prices.items():
            models[name]["pricing"] |= {"prompt": new, "input_cache_read": cached}
        self.configure(models=models)

    def reply_to(self, request: Recorded) -> Reply | None:
        """Something else each time, or the calls that were ordered."""
        if request.model is None:
            return None
        self.answers += 1
        calls, self.calls = self.calls, ()
        text = None if calls else f"This is answer {self.answers}."
        counts = usage(self.tokens, 10, self.cost)
        called = [tool_call("look", each, f"call_{i}") for i, each in enumerate(calls)]
        message = {"tool_calls": called} if called else {}
        if not request.json.get("stream"):
            return completion(text, model=request.model, message=message, usage=counts)
        deltas = [{**each, "index": i} for i, each in enumerate(called)]
        delta: dict[str, Any] = {"tool_calls": deltas} if deltas else {"content": text}
        chunks: tuple[dict[str, Any], ...] = ({"role": "assistant", **delta}, {})
        frames = [frame(chunk(each, model=request.model)) for each in chunks]
        last = chunk(None, model=request.model, usage=counts)
        return sse(*frames, frame(last), frame("[DONE]"))


@contextlib.asynccontextmanager
async def a_lab(
    home: Path, remote: FakeUpstream, *, writes_files: bool = False, env: Any = (), **changes: Any
) -> AsyncIterator[Lab]:
    """Starts a router; ``changes``: to its config; ``env``: to its environment."""
    clock = StillClock()
    path = home / "router_config.json"
    if not path.exists():
        path.write_text(json.dumps(a_config(remote.base_url, **changes)))
    env = {"OPENROUTER_API_KEY": "sk-test", "LLM_ROUTER_HOME": str(home), **dict(env)}
    core = build_core(
        read_settings(env), env, clock=clock, writes_files=writes_files, jitter=lambda: 0.0
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(core.close)
        rest = await stack.enter_async_context(serving_rest(core))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=rest, timeout=30))
        lab = Lab(rest, core, remote, clock, http)
        remote._functions[:] = [lab.reply_to]
        yield lab


@dataclass(frozen=True)
class Answered:
    """What came back.

    Attributes:
        message: the answer, as a client keeps it.
        sent: what the upstream got.
    """

    status: int
    model: str
    category: str
    reason: str
    message: dict[str, Any]
    sent: dict[str, Any]

    @property
    def thread(self) -> str | None:
        """The session that OpenRouter was told."""
        return self.sent.get("session_id")


@dataclass
class Person:
    """Who talks with it, and keeps the conversation.

    Attributes:
        headers: sent with every request.
        extra: further keys of every body.
    """

    lab: Lab
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def says(self, text: str, **keys: Any) -> Answered:
        """Types a text, and keeps the answer."""
        self.messages.append({"role": "user", "content": text})
        return await self.goes_on(**keys)

    async def goes_on(self, **keys: Any) -> Answered:
        """Sends the conversation as it is, and keeps the answer."""
        got = await ask(self.lab, self.body(**keys), self.headers)
        if got.status == 200:
            self.messages.append(got.message)
        return got

    async def route(self, text: str = "", **keys: Any) -> dict[str, Any]:
        """What would be decided, were ``text`` typed now."""
        body = self.body(**keys)
        if text:
            body["messages"] = [*self.messages, {"role": "user", "content": text}]
        return await told(self.lab, "/route", body, self.headers)

    def body(self, **keys: Any) -> dict[str, Any]:
        """The conversation as a request."""
        return {"model": "router", "messages": list(self.messages), **self.extra, **keys}


async def told(
    lab: Lab, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What ``/route`` or ``/classify`` says."""
    got = await lab.http.post(path, json=body, headers=headers)
    assert got.status_code == 200, got.text
    answer: dict[str, Any] = got.json()
    return answer


async def ask(
    lab: Lab, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answered:
    """Sends one request, streamed or not, and puts the answer together."""
    before = len(lab.remote.requests)
    got = await lab.http.post("/v1/chat/completions", json=body, headers=headers)
    sent = lab.remote.requests[-1].json if len(lab.remote.requests) > before else {}
    message: dict[str, Any] = {}
    if got.status_code == 200:
        message = _joined(got.text) if body.get("stream") else got.json()["choices"][0]["message"]
    return Answered(
        status=got.status_code,
        model=got.headers.get("x-router-model", ""),
        category=got.headers.get("x-router-category", ""),
        reason=got.headers.get("x-router-reason", ""),
        message=message,
        sent=sent,
    )


def _joined(text: str) -> dict[str, Any]:
    """The message of a stream; empty: it broke off."""
    frames = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    if frames[-1] != "[DONE]":
        return {}
    chunks = [json.loads(frame) for frame in frames[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    said = "".join(delta.get("content") or "" for delta in deltas)
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    for call in calls:
        call.pop("index")
    return {
        "role": "assistant",
        "content": said or None,
        **({"tool_calls": calls} if calls else {}),
    }
