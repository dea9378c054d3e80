"""The real model behind the Ollama-shaped endpoint: its turns, its loads, its answers."""

from __future__ import annotations

import gc
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import xllamacpp  # type: ignore[import-not-found]  # in .tools/llm, never where mypy runs

Json = dict[str, Any]

BATCH = 64
"""Tokens of a prompt that are read between two looks at whether the client is there."""
GLANCE_S = 0.02
"""How often a call that queues looks whether its client is there, in seconds."""
LONG_POLL_S = 20.0


class Left(Exception):
    """The client has left."""


@dataclass
class Call:
    """What became of a chat.

    Attributes:
        ahead: how many others were there when it came.
        state: "waiting", "computing", then "done", "left" or "refused".
        prompt: tokens of the prompt; ``read``: how many of them were read.
        written: tokens of the answer.
    """

    ahead: int
    state: str = "waiting"
    prompt: int = 0
    read: int = 0
    written: int = 0


class Calls:
    """All chats so far; each change makes a new version."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: list[Call] = []
        self._version = 0

    def begin(self) -> Call:
        with self._changed:
            open_ones = sum(call.state in ("waiting", "computing") for call in self._calls)
            self._calls.append(Call(ahead=open_ones))
            self._tell()
            return self._calls[-1]

    def change(self, call: Call, **values: Any) -> None:
        with self._changed:
            for name, value in values.items():
                setattr(call, name, value)
            self._tell()

    def after(self, version: int) -> Json:
        """All, as soon as there is something newer than ``version``."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > version, LONG_POLL_S)
            return {"version": self._version, "calls": [asdict(call) for call in self._calls]}

    def _tell(self) -> None:
        self._version += 1
        self._changed.notify_all()


class Model:
    """The one model; loaded or not."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._file = file
        self._digest = hashlib.sha256(file.read_bytes()).hexdigest()
        self._turn = threading.Lock()
        self._server: Any = None
        self._num_ctx = 0
        self._expires_at: float | None = None

    def take_turn(self, is_gone: Callable[[], bool]) -> threading.Lock:
        """The leave to compute, to be released.

        Raises:
            Left: the client did, while it queued.
        """
        while not self._turn.acquire(timeout=GLANCE_S):
            if is_gone():
                raise Left
        return self._turn

    def load(self, num_ctx: int, is_gone: Callable[[], bool]) -> None:
        """Loads it unless it is loaded with that context; by who has the turn."""
        self._expire()
        if self._server is not None and num_ctx == self._num_ctx:
            return
        self.unload()
        params = xllamacpp.CommonParams()
        params.model.path = str(self._file)
        params.n_ctx = num_ctx
        params.n_batch = params.n_ubatch = BATCH
        params.n_parallel = 1
        params.cache_ram_mib = 0
        params.warmup = False
        # One thread, since several spin for each other where the cores are busy.
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        self._server = xllamacpp.Server(params)
        # One that has done nothing yet may never come to an end when it is unloaded.
        self._server.handle_completions({"prompt": "a", "max_tokens": 1})
        self._num_ctx = num_ctx
        if is_gone():
            self.unload()
            raise Left

    def unload(self) -> None:
        self._server = None
        gc.collect()

    def keep(self, seconds: float) -> None:
        """Keeps it that long from now; below 0 for ever, 0 not at all."""
        self._expires_at = None if seconds < 0 else time.monotonic() + seconds
        self._expire()

    def generate(self, request: Json, on_chunk: Callable[[Json], bool]) -> None:
        """Computes until the answer ends or ``on_chunk`` returns true."""
        self._server.handle_chat_completions(request, on_chunk)

    def described(self) -> Json:
        details = {"format": "gguf", "family": "llama", "quantization_level": "Q4_1"}
        size = self._file.stat().st_size
        names = {"name": self.name, "model": self.name, "digest": self._digest}
        return {**names, "size": size, "details": details}

    def listed(self) -> list[Json]:
        """As ``/api/ps`` lists it; empty where it is not loaded."""
        if self._turn.acquire(blocking=False):
            self._expire()
            self._turn.release()
        if self._server is None:
            return []
        left = 1e9 if self._expires_at is None else self._expires_at - time.monotonic()
        expires = datetime.now(UTC) + timedelta(seconds=left)
        running = {"expires_at": expires.isoformat(), "size_vram": 0}
        return [{**self.described(), **running, "context_length": self._num_ctx}]

    def _expire(self) -> None:
        if self._expires_at is not None and self._expires_at <= time.monotonic():
            self.unload()


class Answer:
    """Gathers the chunks of one answer, and looks at each whether the client is there."""

    def __init__(self, calls: Calls, call: Call, is_gone: Callable[[], bool]) -> None:
        self.text = ""
        self.logprobs: list[Json] = []
        self.finish_reason = ""
        self.timings: Json = {}
        self.error: Json = {}
        self.left = False
        self._calls = calls
        self._call = call
        self._is_gone = is_gone

    def take(self, chunk: Json) -> bool:
        """Whether to stop."""
        if "error" in chunk:
            self.error = chunk["error"]
            return True
        choice = chunk["choices"][0]
        self.text += choice["delta"].get("content") or ""
        self.logprobs += (choice.get("logprobs") or {}).get("content") or []
        self.finish_reason = choice["finish_reason"] or self.finish_reason
        self.timings = chunk.get("timings") or self.timings
        self._note(chunk, choice)
        self.left = self._is_gone()
        return self.left

    def _note(self, chunk: Json, choice: Json) -> None:
        progress = chunk.get("prompt_progress")
        if progress:
            self._calls.change(self._call, prompt=progress["total"], read=progress["processed"])
        if choice["delta"].get("content"):
            self._calls.change(self._call, written=self._call.written + 1)
        if self.timings:
            self._calls.change(self._call, written=self.timings["predicted_n"])
