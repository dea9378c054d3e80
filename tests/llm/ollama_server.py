"""An HTTP endpoint shaped like Ollama's native API, before a real model.

    python -m tests.llm.ollama_server NAME FILE.gguf   # prints its port; ends with its input

Run by the interpreter that has xllamacpp, so it knows nothing of the router. Like
Ollama with its defaults it loads the model when it is first asked, lets one call
compute at a time while the others queue, turns `format` into a grammar, and gives a
call up, load, queue, prompt or answer, once the client has left.

Unlike Ollama it does not stream, does not shorten a prompt that is too long (400), and
tells under ``/calls`` what became of every chat: for tests.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import xllamacpp  # type: ignore[import-not-found]  # in .tools/llm, never where mypy runs

from tests.llm.small_model import Answer, Call, Calls, Json, Left, Model

KEEP_ALIVE_S = 300.0
NUM_CTX = 4096
UNITS_S = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class Refused(Exception):
    """A call is answered with an error."""

    def __init__(self, status: int, error: str) -> None:
        """Keeps both."""
        super().__init__(error)
        self.status = status
        self.error = error


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
        # None at all would be told for 0.
        request |= {"logprobs": True, "top_logprobs": max(1, body.get("top_logprobs", 0))}
    if body.get("format"):
        schema = {"type": "object"} if body["format"] == "json" else body["format"]
        # Blanks between tokens would be allowed else, without end and even at the start.
        schema |= {"x-guidance": {"whitespace_flexible": False}}
        request["grammar"] = xllamacpp.json_schema_to_grammar(schema)
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
        self.model.generate(request_of(body), answer.take)
        if answer.left:
            raise Left
        if answer.error:
            raise Refused(answer.error["code"], answer.error["message"])
        told: Json = {}
        if body.get("logprobs"):
            told = {"logprobs": [_place(p, body.get("top_logprobs", 0)) for p in answer.logprobs]}
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


def _place(told: Json, top: int) -> Json:
    """What is told of one token and of the ``top`` likeliest ones at its place."""
    place = {key: told[key] for key in ("token", "logprob", "bytes")}
    likeliest = [_place(other, 0) for other in told.get("top_logprobs", [])[:top]]
    return place | ({"top_logprobs": likeliest} if likeliest else {})


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

    def log_message(self, *args: Any) -> None:
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
            return not self.connection.recv(1, socket.MSG_PEEK)
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
