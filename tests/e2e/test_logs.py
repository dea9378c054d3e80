"""What a whole router logs: a line a request, and nothing of what anybody said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from router_core.telemetry.logs import start_logging
from router_core.telemetry.request_line import LOGGER
from tests.e2e.conftest import Router
from tests.fakes.upstream import (
    Reply,
    Reset,
    completion,
    completion_stream,
    error,
    html,
    text_reply,
)

PROMPT = "zanzibar prompt"
ANSWER = "quetzal answer"
KEY = "sk-client-xylophone"
HEADER = "marmalade-header"
QUERY = "kumquat-query"
SAID = ("zanzibar", "quetzal", "xylophone", "marmalade", "kumquat", "sk-test")

Body = Mapping[str, Any]
ASK: Body = {"messages": [{"role": "user", "content": PROMPT}]}

REPLIES: tuple[tuple[bool, Reply], ...] = (
    (False, completion(ANSWER)),
    (True, completion_stream([ANSWER, PROMPT])),
    (True, completion_stream([ANSWER, PROMPT]).interrupt(400, Reset())),
    (False, error(400, f"{PROMPT} is not allowed", error_type="content_policy_violation")),
    (True, error(429, f"{PROMPT} was too much")),
    (False, error(404, f"no {PROMPT}")),
    (True, error(500, f"{PROMPT} broke it")),
    (False, html(502, f"<h1>{PROMPT}</h1>")),
    (True, text_reply(f'{{"choices": "{ANSWER}')),
    (False, text_reply(json.dumps({"choices": [{"message": ANSWER}]}))),
    # The last one: after it nothing is called any more.
    (True, error(401, f"sk-test is no key for {PROMPT}")),
)
"""Whether a stream is asked for, and what an upstream may do, quoting what it was sent."""

BAD: tuple[bytes, ...] = (
    PROMPT.encode(),
    json.dumps({"messages": PROMPT}).encode(),
    json.dumps({"messages": [{"role": PROMPT, "content": 1}]}).encode(),
    json.dumps({**ASK, "model": "zanzibar"}).encode(),
    json.dumps({**ASK, "tools": PROMPT}).encode(),
    json.dumps({**ASK, "temperature": 1e400}).encode(),
    json.dumps({**ASK, "x": "\ud800"}).encode(),
    b"\xff" + PROMPT.encode(),
    b"[" * 200 + PROMPT.encode(),
    b"",
)
"""Bodies that are none."""


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged, at the finest level."""
    lines: list[str] = []
    names = (None, "router_core", "rest_shim")
    levels = {name: logging.getLogger(name).level for name in names}
    log = start_logging("DEBUG", as_json=True, write=lines.append)
    yield lines
    log.stop()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def written(lines: list[str]) -> list[dict[str, Any]]:
    """The lines so far, each an object; waits until the thread has written them."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    return [json.loads(line) for line in lines]


def assert_nothing_said(lines: list[str]) -> None:
    for line in lines:
        assert not [word for word in SAID if word in line], line


async def test_whatever_the_upstream_does_nothing_said_is_logged(
    router: Router, lines: list[str]
) -> None:
    headers = {"authorization": f"Bearer {KEY}", "x-session-id": HEADER, "x-other": HEADER}
    async with httpx.AsyncClient(base_url=router.rest, timeout=30) as client:
        for number, (streams, reply) in enumerate(REPLIES):
            model = f"lab/m{number}"  # another each time, since failures are held against it
            router.upstream.on_model(model, reply)
            await client.post(
                f"/v1/chat/completions?api_key={QUERY}",
                json={**ASK, "model": model, "stream": streams},
                headers=headers,
            )
    requests = [line for line in written(lines) if line["logger"] == LOGGER]
    assert [line["streamed"] for line in requests] == [streams for streams, _ in REPLIES]
    assert {line["status"] for line in requests} == {"ok", "error"}
    assert len(lines) > len(requests) + 8  # the failures are told too
    assert_nothing_said(lines)


async def test_of_bad_requests_nothing_is_logged_either(router: Router, lines: list[str]) -> None:
    async with httpx.AsyncClient(base_url=router.rest, timeout=30) as client:
        for path in ("/v1/chat/completions", "/route", "/classify", "/nowhere"):
            for content in BAD:
                for kind in ("application/json", PROMPT):
                    headers = {"content-type": kind, "authorization": KEY, "x-request-id": "r1"}
                    got = await client.post(f"{path}?q={QUERY}", content=content, headers=headers)
                    assert got.status_code in range(200, 500)
    logging.getLogger("router_core").warning("the log works")
    assert written(lines)[-1]["event"] == "the log works"
    assert_nothing_said(lines)
