"""The clients of the soak: each way to ask, and what came of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import grpc

from llm_router import AsyncRouterClient
from llm_router.chat_json import to_json
from llm_router.errors import RouterClientError

TIMEOUT_S: Final = 3600.0
"""The clients' deadline, which the router takes for one of its own, faster time."""

TIMED_OUT: Final = (grpc.StatusCode.DEADLINE_EXCEEDED, 504, "all_models_timed_out")
ASK_LATER: Final = (
    *(grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED),
    *(503, 429, "all_models_failed", "all_models_rate_limited"),
)
"""What a request may fail with where no model answers; a stream that has begun tells it
by a code in its error frame."""


def _nothing() -> None:
    pass


@dataclass(slots=True)
class Answer:
    """What a client has got.

    Attributes:
        models: the names of the models that sent content.
        failed: the status of a failed request; ``None``: it has not failed.
        retry_after: whether it was told when to come back.
        broken: the stream broke after its first content.
        whole: all of it came.
    """

    text: str = ""
    models: set[str] = field(default_factory=set)
    failed: object = None
    retry_after: bool = False
    broken: bool = False
    whole: bool = False
    on_content: Callable[[], None] = _nothing

    def ends(self) -> None:
        """Lets go of what was only needed while it came."""
        self.on_content = _nothing

    def takes(self, chunk: Mapping[str, Any], part: str) -> None:
        """Reads a chunk, or a whole answer; ``part``: "delta" or "message"."""
        for choice in chunk.get("choices", ()):
            if content := (choice.get(part) or {}).get("content"):
                self.text = f"{self.text}{content}"
                self.models.add(sys.intern(chunk["model"]))
                self.on_content()

    def fails(self, status: object, *, retry_after: bool) -> None:
        """An error came, before the content or after some of it."""
        self.retry_after = retry_after
        self.broken = bool(self.text)
        self.failed = status


Ask = Callable[[dict[str, Any], Answer], Awaitable[None]]
"""Sends a body and collects what comes."""


def over_rest(http: aiohttp.ClientSession, base_url: str) -> Ask:
    """Asks the REST shim."""

    async def ask(body: dict[str, Any], answer: Answer) -> None:
        url = f"{base_url}/v1/chat/completions"
        async with http.post(url, json=body) as response:
            if response.status != 200:
                told = await response.json()
                assert set(told["error"]) == {"message", "type", "param", "code"}
                answer.fails(response.status, retry_after="retry-after" in response.headers)
            elif body.get("stream"):
                await _read_events(response, answer)
            else:
                answer.takes(await response.json(), "message")
                answer.whole = True

    return ask


async def _read_events(response: aiohttp.ClientResponse, answer: Answer) -> None:
    async for line in response.content:
        data = line.removeprefix(b"data: ").strip()
        if data == b"[DONE]":
            answer.whole = True
        elif data:
            event = json.loads(data)
            if "error" in event:
                answer.fails(event["error"]["code"], retry_after=False)
            answer.takes(event, "delta")


def over_grpc(client: AsyncRouterClient) -> Ask:
    """Asks the core, over a socket or in process."""

    async def ask(body: dict[str, Any], answer: Answer) -> None:
        try:
            if not body.get("stream"):
                done = await client.complete(body, timeout_s=TIMEOUT_S)
                answer.takes(to_json(done.completion), "message")
                answer.whole = True
                return
            async for event in client.stream_complete(body, timeout_s=TIMEOUT_S):
                if event.WhichOneof("event") == "chunk":
                    answer.takes(to_json(event.chunk), "delta")
                answer.whole = event.WhichOneof("event") == "summary"
        except RouterClientError as error:
            answer.fails(error.code, retry_after=error.retry_after_s is not None)

    return ask
