"""A scriptable upstream: a real HTTP/1.1 server that can misbehave at any byte.

    async with FakeUpstream() as upstream:
        upstream.on_model("z-ai/glm-5", error(429, "slow down", retry_after=2), completion("hi"))
        ...                                  # a client that calls upstream.base_url
        assert upstream.requests[0].json["model"] == "z-ai/glm-5"

Unscripted, it answers as OpenRouter does (or as OpenAI does, with
``dialect=Dialect.OPENAI``). A script is a `Reply`: a head, and the steps that
follow it, such as `Send`, `Pause`, `Reset`. The builders (`completion`,
`completion_stream`, `error`, ...) make the usual ones; `Reply.split`,
`Reply.interrupt` and `dataclasses.replace` spoil them:

    completion_stream(["Hel", Pause(gate), "lo"])            waits for the test
    completion_stream(["Hello"]).interrupt(100, Reset())     breaks after 100 bytes
    completion_stream(["Hello"]).split(1)                    one byte a chunk
    Reply(before=[Stall()])                                  never answers

Nothing sleeps: a pause ends when the test opens its gate, when the client leaves
or when the server stops. The forms are those of the public references of OpenAI
and OpenRouter.
"""

from __future__ import annotations

from tests.fakes.upstream.completions import (
    PROCESSING,
    Dialect,
    chunk,
    completion,
    completion_body,
    completion_stream,
    frame,
    sse,
    tool_call,
    usage,
)
from tests.fakes.upstream.errors import error, error_chunk, error_object, openai_error
from tests.fakes.upstream.protocol import Recorded
from tests.fakes.upstream.replies import (
    Framing,
    Reply,
    endless_headers,
    gigantic_body,
    gzip_bomb,
    html,
    json_reply,
    text_reply,
)
from tests.fakes.upstream.server import FakeUpstream
from tests.fakes.upstream.steps import (
    Close,
    Delay,
    Mark,
    Pause,
    Raw,
    Repeat,
    Reset,
    Send,
    Series,
    Stall,
    Step,
    Wire,
)

__all__ = [
    "PROCESSING",
    "Close",
    "Delay",
    "Dialect",
    "FakeUpstream",
    "Framing",
    "Mark",
    "Pause",
    "Raw",
    "Recorded",
    "Repeat",
    "Reply",
    "Reset",
    "Send",
    "Series",
    "Stall",
    "Step",
    "Wire",
    "chunk",
    "completion",
    "completion_body",
    "completion_stream",
    "endless_headers",
    "error",
    "error_chunk",
    "error_object",
    "frame",
    "gigantic_body",
    "gzip_bomb",
    "html",
    "json_reply",
    "openai_error",
    "sse",
    "text_reply",
    "tool_call",
    "usage",
]
