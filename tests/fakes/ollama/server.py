"""The server: requests, models in memory, generations."""

from __future__ import annotations

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from tests.fakes.clock import FakeClock
from tests.fakes.ollama.answers import Fault, keep_alive_s, play, streamed, token_logprob, whole

MODEL: Final = "qwen2.5:0.5b"
QUEUE_FULL: Final = "server busy, please try again.  maximum pending requests exceeded"
_DEFAULT_KEEP_ALIVE_S: Final = 300.0
_DEFAULT_NUM_CTX: Final = 4096

Says = str | Sequence[str] | Callable[[Mapping[str, Any]], Iterable[str]]


@dataclass(eq=False)
class Asked:
    """A request that came.

    Attributes:
        body: the parsed JSON; empty where there was none.
        ended: set when it was answered or given up.
        left: whether the requester left before the answer.
    """

    path: str
    body: Mapping[str, Any]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    left: bool = False


@dataclass
class _Loaded:
    num_ctx: int
    keep_alive_s: float
    idle_since: float
    in_use: int = 0


class _Refusal(Exception):
    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class FakeOllama:
    """The server.

    Args:
        clock: what ``keep_alive`` goes by.
        parallel: OLLAMA_NUM_PARALLEL.
        max_queue: OLLAMA_MAX_QUEUE: how many may wait for a load.

    Attributes:
        installed: the models that are there.
        thinkers: those of them that can think.
        says: what a model answers: a text, its tokens, or a function of the request's
            body; a function may go on for ever.
        odds: the probabilities told for each token that ``says`` gives; ``None``: all
            is certain.
        logprobs: "given"; "unknown": ignored, as before 0.12.11; "refused": 400.
        may_load, may_generate: the gates.
        faults: the answers to the next chats or generates, before anything else.
        asked: every request that came.
        loads_begun, loads_done, loads_given_up: counts.
        most_running: the most generations that ran at once.
    """

    def __init__(self, clock: FakeClock, *, parallel: int = 1, max_queue: int = 512) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(parallel)
        self._max_queue = max_queue
        self._waiting = 0
        self._load_lock = asyncio.Lock()
        self._loaded: dict[str, _Loaded] = {}
        self._runner: web.AppRunner | None = None
        self._changed = asyncio.Event()
        self.installed = {MODEL}
        self.thinkers: set[str] = set()
        self.says: Says = "A"
        self.odds: Mapping[str, float] | None = None
        self.logprobs = "given"
        self.may_load = _open_gate()
        self.may_generate = _open_gate()
        self.faults: deque[Fault] = deque()
        self.asked: list[Asked] = []
        self.loads_begun = self.loads_done = self.loads_given_up = 0
        self.running = self.most_running = 0
        self.port = 0

    # -- what a test does and sees

    @property
    def url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def chats(self) -> list[Asked]:
        """The chats that came."""
        return [asked for asked in self.asked if asked.path == "/api/chat"]

    @property
    def in_memory(self) -> dict[str, int]:
        """The models that are loaded, with their ``num_ctx``."""
        self._expire()
        return {name: loaded.num_ctx for name, loaded in self._loaded.items()}

    def unload(self, *models: str) -> None:
        """Takes models out of memory, as ``ollama stop`` does, or another model's load."""
        for model in models or tuple(self._loaded):
            self._loaded.pop(model, None)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once something holds."""
        while not holds():
            self._changed.clear()
            await self._changed.wait()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse()

    async def listen(self) -> None:
        """Takes connections, on one and the same port."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self._runner, self.port = runner, runner.addresses[0][1]

    async def refuse(self) -> None:
        """Refuses connections and breaks those that are open, as when Ollama is stopped."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()
        self.unload()

    # -- requests

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw) if raw else {}
        asked = Asked(request.path, body)
        self.asked.append(asked)
        self._changed.set()
        try:
            return await self._answer(request, asked)
        except _Refusal as refusal:
            return web.json_response({"error": refusal.error}, status=refusal.status)
        except asyncio.CancelledError:
            asked.left = True
            raise
        finally:
            asked.ended.set()
            self._changed.set()

    async def _answer(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        where = (request.method, request.path)
        if where == ("GET", "/"):
            return web.Response(text="Ollama is running")
        if where == ("GET", "/api/version"):
            return web.json_response({"version": "0.33.0"})
        if where == ("GET", "/api/tags"):
            listed = [{"name": name, "model": name} for name in sorted(self.installed)]
            return web.json_response({"models": listed})
        if where == ("GET", "/api/ps"):
            return await self._ps()
        if where in {("POST", "/api/chat"), ("POST", "/api/generate")}:
            if self.faults:
                return await play(self.faults.popleft(), request)
            return await self._run(request, asked.body)
        return web.Response(status=404, text="404 page not found")

    async def _ps(self) -> web.Response:
        async with self._load_lock:  # it waits for a load under way
            self._expire()
        listed = [
            {
                "name": name,
                "model": name,
                "digest": f"digest of {name}",
                "context_length": loaded.num_ctx,
                "expires_at": self._expires_at(loaded),
            }
            for name, loaded in self._loaded.items()
        ]
        return web.json_response({"models": listed})

    async def _run(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        """A chat or a generate, which load the model first."""
        model = self._check(body)
        is_chat = request.path == "/api/chat"
        wanted = body.get("messages") if is_chat else body.get("prompt")
        kept_s = keep_alive_s(body.get("keep_alive"))
        if not wanted and kept_s == 0:
            self.unload(model)
            return whole(model, is_chat, done_reason="unload")
        began = self.loads_done
        num_ctx = body.get("options", {}).get("num_ctx", _DEFAULT_NUM_CTX)
        async with self._in_memory(model, num_ctx, kept_s):
            load_ns = 2_000_000_000 if self.loads_done > began else 20_000_000
            if not wanted:
                return whole(model, is_chat, done_reason="load", load_duration=load_ns)
            generation = await self._generate(model, body)
        answer = {**generation, "load_duration": load_ns, "total_duration": load_ns + 1}
        if body.get("stream", True):
            return await streamed(request, model, is_chat, answer)
        return whole(model, is_chat, **answer)

    def _check(self, body: Mapping[str, Any]) -> str:
        """The model that is asked for; it is there, and can do what is asked."""
        model = str(body.get("model", ""))
        model = model if ":" in model else f"{model}:latest"
        if not 0 <= body.get("top_logprobs", 0) <= 20:
            raise _Refusal(400, "top_logprobs must be between 0 and 20")
        if self.logprobs == "refused" and "logprobs" in body:
            raise _Refusal(400, 'json: unknown field "logprobs"')
        if model not in self.installed:
            raise _Refusal(404, f"model '{body.get('model', '')}' not found")
        if body.get("think") and model not in self.thinkers:
            raise _Refusal(400, f'"{model}" does not support thinking')
        return model

    # -- loading

    @asynccontextmanager
    async def _in_memory(
        self, model: str, num_ctx: int, keep_alive_s: float | None
    ) -> AsyncIterator[None]:
        """Has the model in memory, and in use."""
        if self._waiting >= self._max_queue:
            raise _Refusal(503, QUEUE_FULL)
        self._waiting += 1
        try:
            async with self._load_lock:
                self._expire()
                loaded = self._loaded.get(model)
                if loaded is None or loaded.num_ctx != num_ctx:
                    loaded = await self._load(model, num_ctx)
        finally:
            self._waiting -= 1
        if keep_alive_s is not None:
            loaded.keep_alive_s = keep_alive_s
        loaded.in_use += 1
        try:
            yield
        finally:
            loaded.in_use -= 1
            loaded.idle_since = self._clock.monotonic()

    async def _load(self, model: str, num_ctx: int) -> _Loaded:
        self.unload(model)
        self.loads_begun += 1
        self._changed.set()
        try:
            await self.may_load.wait()
        except asyncio.CancelledError:  # who asked for it has left
            self.loads_given_up += 1
            self._changed.set()
            raise
        self.loads_done += 1
        loaded = _Loaded(num_ctx, _DEFAULT_KEEP_ALIVE_S, self._clock.monotonic())
        self._loaded[model] = loaded
        return loaded

    def _expire(self) -> None:
        now = self._clock.monotonic()
        for name, loaded in tuple(self._loaded.items()):
            if not loaded.in_use and now - loaded.idle_since >= loaded.keep_alive_s:
                del self._loaded[name]

    def _expires_at(self, loaded: _Loaded) -> str:
        left_s = min(loaded.keep_alive_s, 1e9) - (self._clock.monotonic() - loaded.idle_since)
        return (self._clock.now() + timedelta(seconds=left_s)).isoformat()

    # -- generating

    async def _generate(self, model: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the model says, up to ``num_predict`` tokens; without it, to the end."""
        async with self._slots:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            self._changed.set()
            try:
                await self.may_generate.wait()
                most = body.get("options", {}).get("num_predict", -1)
                tokens = await self._tokens(body, most if most >= 0 else None)
            finally:
                self.running -= 1
        thinks = model in self.thinkers and body.get("think") is not False
        answer: dict[str, Any] = {
            "text": "" if thinks else "".join(tokens),
            "thinking": "".join(tokens) if thinks else "",
            "done_reason": "length" if len(tokens) == most else "stop",
            "eval_count": len(tokens),
        }
        if body.get("logprobs") and self.logprobs == "given":
            most_told = body.get("top_logprobs", 0)
            answer["logprobs"] = [self._logprob(token, most_told) for token in tokens]
        return answer

    async def _tokens(self, body: Mapping[str, Any], most: int | None) -> list[str]:
        said = self.says(body) if callable(self.says) else self.says
        pieces = re.findall(r"\s*\S+|\s+", said) if isinstance(said, str) else said
        tokens: list[str] = []
        for token in islice(pieces, most):
            tokens.append(token)
            await asyncio.sleep(0)  # one that never ends is ended by its requester
        return tokens

    def _logprob(self, token: str, most: int) -> dict[str, Any]:
        odds = {token: 1.0} if self.odds is None else self.odds
        ranked = sorted(odds.items(), key=lambda item: -item[1])
        told = [token_logprob(other, probability) for other, probability in ranked[:most]]
        own = token_logprob(token, odds.get(token, 1e-6))
        return {**own, "top_logprobs": told} if told else own


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate
