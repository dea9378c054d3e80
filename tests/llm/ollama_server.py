"""An HTTP endpoint shaped like Ollama's native API, before a real model.

    python ollama_server.py NAME FILE.gguf     # prints its port; ends with its standard input

Run by the interpreter that has xllamacpp, so it knows nothing of the router. Like
Ollama with its defaults it loads the model when it is first asked, lets one call
compute at a time while the others queue, turns `format` into a grammar, and gives a
call up, load, queue, prompt or answer, as soon as the client has left.

Unlike Ollama it does not stream, does not shorten a prompt that is too long (400), and
tells under ``/calls`` what became of every chat: for tests.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xllamacpp  # type: ignore[import-not-found]  # in .tools/llm, never where mypy runs

Json = dict[str, Any]

KEEP_ALIVE_S = 300.0
NUM_CTX = 4096
BATCH = 64
"""Tokens of a prompt that are read between two looks at whether the client is there."""
GLANCE_S = 0.02
"""How often a call that queues looks whether its client is there, in seconds."""
LONG_POLL_S = 20.0
UNITS_S = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Refused(Exception):
    """A call is answered with an error."""

    def __init__(self, status: int, error: str) -> None:
        """Keeps both."""
        super().__init__(error)
        self.status = status
        self.error = error


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


def seconds_of(keep_alive: Any) -> float:
    """``keep_alive`` in seconds."""
    if keep_alive is None:
        return KEEP_ALIVE_S
    if isinstance(keep_alive, int | float):
        return float(keep_alive)
    found = re.fullmatch(r"(-?[0-9.]+)(ms|s|m|h)", str(keep_alive))
    if found is None:
        raise Refused(400, f'time: invalid duration "{keep_alive}"')
    return float(found[1]) * UNITS_S[found[2]]


def request_of(body: Json) -> Json:
    """What the model is asked, from the body of a chat."""
    options = body.get("options") or {}
    request: Json = {
        "messages": body["messages"],
        "max_tokens": options.get("num_predict", -1),
        "temperature": options.get("temperature", 0.8),
        "top_k": options.get("top_k", 40),
        "top_p": options.get("top_p", 0.9),
        "seed": options.get("seed", -1),
        "stop": options.get("stop") or [],
        "stream": True,
        "return_progress": True,
    }
    if body.get("logprobs"):
        request |= {"logprobs": True, "top_logprobs": body.get("top_logprobs", 0)}
    if body.get("format") == "json":
        request["response_format"] = {"type": "json_object"}
    elif body.get("format"):
        request["json_schema"] = body["format"]
    return request


def check(body: Json, model: Model) -> None:
    """Refuses what Ollama refuses."""
    name = body.get("model")
    if name != model.name:
        raise Refused(404, f"model '{name}' not found")
    if body.get("stream", True):
        raise Refused(400, "this endpoint does not stream")
    if body.get("think"):
        raise Refused(400, f'"{name}" does not support thinking')
    if not 0 <= body.get("top_logprobs", 0) <= 20:
        raise Refused(400, "top_logprobs must be between 0 and 20")


class Endpoint:
    """What the paths do."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.calls = Calls()

    def get(self, path: str, query: Mapping[str, list[str]]) -> Json:
        if path == "/api/version":
            return {"version": "0.33.0"}
        if path == "/api/tags":
            return {"models": [self.model.described()]}
        if path == "/api/ps":
            return {"models": self.model.listed()}
        if path == "/calls":
            return self.calls.after(int(query.get("after", ["-1"])[0]))
        raise Refused(404, "404 page not found")

    def post(self, path: str, body: Json, is_gone: Callable[[], bool]) -> Json:
        check(body, self.model)
        if path == "/api/generate" and not body.get("prompt"):
            return self._load(body, is_gone)
        if path == "/api/chat" and isinstance(body.get("messages"), list):
            return self._chat(body, is_gone) if body["messages"] else self._load(body, is_gone)
        raise Refused(400, "this endpoint loads and chats, nothing more")

    def _load(self, body: Json, is_gone: Callable[[], bool]) -> Json:
        keep_s = seconds_of(body.get("keep_alive"))
        turn = self.model.take_turn(is_gone)
        try:
            if keep_s:
                self.model.load(_num_ctx(body), is_gone)
            self.model.keep(keep_s)
        finally:
            turn.release()
        return {**_head(body), "done": True, "done_reason": "load" if keep_s else "unload"}

    def _chat(self, body: Json, is_gone: Callable[[], bool]) -> Json:
        keep_s = seconds_of(body.get("keep_alive"))
        call = self.calls.begin()
        state = "refused"
        try:
            began = time.monotonic_ns()
            turn = self.model.take_turn(is_gone)
            try:
                self.calls.change(call, state="computing")
                found = self._compute(body, call, is_gone)
                self.model.keep(keep_s)
            finally:
                turn.release()
            state = "done"
            return found | {"total_duration": time.monotonic_ns() - began}
        except Left:
            state = "left"
            raise
        finally:
            self.calls.change(call, state=state)

    def _compute(self, body: Json, call: Call, is_gone: Callable[[], bool]) -> Json:
        began = time.monotonic_ns()
        self.model.load(_num_ctx(body), is_gone)
        load_ns = time.monotonic_ns() - began
        answer = Answer(self.calls, call, is_gone)
        try:
            self.model.generate(request_of(body), answer.take)
        except ValueError as error:  # a schema that is none
            raise Refused(400, str(error)) from None
        if answer.left:
            raise Left
        if answer.error:
            raise Refused(answer.error["code"], answer.error["message"])
        told = {"logprobs": answer.logprobs} if body.get("logprobs") else {}
        return {
            **_head(body),
            "message": {"role": "assistant", "content": answer.text},
            **told,
            "done": True,
            "done_reason": answer.finish_reason,
            "load_duration": load_ns,
            "prompt_eval_count": call.prompt,
            "prompt_eval_duration": round(answer.timings["prompt_ms"] * 1e6),
            "eval_count": answer.timings["predicted_n"],
            "eval_duration": round(answer.timings["predicted_ms"] * 1e6),
        }


def _head(body: Json) -> Json:
    return {"model": body["model"], "created_at": datetime.now(UTC).isoformat()}


def _num_ctx(body: Json) -> int:
    return int((body.get("options") or {}).get("num_ctx", NUM_CTX))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    endpoint: Endpoint

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._answer(lambda: self.endpoint.get(url.path, parse_qs(url.query)))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(lambda: self.endpoint.post(self.path, json.loads(raw), self._is_gone))

    def log_message(self, format: str, *args: Any) -> None:
        """Prints nothing."""

    def _answer(self, found: Callable[[], Json]) -> None:
        try:
            status, told = 200, found()
        except Refused as refused:
            status, told = refused.status, {"error": refused.error}
        except Left:
            self.close_connection = True
            return
        raw = json.dumps(told).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except ConnectionError:
            self.close_connection = True

    def _is_gone(self) -> bool:
        if not select.select([self.connection], [], [], 0)[0]:
            return False
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except ConnectionError:
            return True


def main() -> None:
    """Serves until the standard input ends, with whoever holds its other end."""
    Handler.endpoint = Endpoint(Model(sys.argv[1], Path(sys.argv[2])))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
