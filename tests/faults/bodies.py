"""Faults inside a 200: bodies that are none, broken or empty, and errors told in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from tests.fakes.upstream import (
    PROCESSING,
    Repeat,
    Reply,
    Send,
    chunk,
    completion,
    completion_body,
    completion_stream,
    error_chunk,
    error_object,
    frame,
    gigantic_body,
    gzip_bomb,
    html,
    json_reply,
    sse,
    text_reply,
    usage,
)
from tests.faults.fault import Fault, at_once, fault, in_streams
from tests.faults.oracle import Happening
from tests.faults.refusals import KEY, TOLD
from tests.faults.table import Kind

LIMIT: Final = 256 * 1024
"""Bytes of an answer or of an event that the tests let the provider read."""

_ROLE: Final = frame(chunk({"role": "assistant", "content": ""}))
_FIRST: Final = frame(chunk("Hel"))
_REST: Final = frame(chunk("lo."))
_STOP: Final = frame(chunk({}, finish_reason="stop"))
_USAGE: Final = frame(chunk(None, usage=usage()))
_DONE: Final = frame("[DONE]")
_HELLO: Final = (_ROLE, _FIRST, _REST)

ERRORS: Final[tuple[tuple[str, Kind, dict[str, Any]], ...]] = (
    ("502", Kind.TRANSIENT, {"code": 502}),
    ("'502'", Kind.TRANSIENT, {"code": "502"}),
    ("server_error", Kind.TRANSIENT, {"code": "server_error"}),
    ("an unknown word", Kind.TRANSIENT, {"code": "kaboom"}),
    ("overloaded", Kind.TRANSIENT, {"code": 503, "error_type": "provider_overloaded"}),
    ("timeout", Kind.TIMED_OUT, {"code": 504, "error_type": "timeout"}),
    ("rate limit", Kind.RATE_LIMITED, {"code": 429, "error_type": "rate_limit_exceeded"}),
    ("401", Kind.NO_ACCESS, {"code": 401}),
    ("no credit", Kind.NO_ACCESS, {"code": 402, "error_type": "payment_required"}),
    ("deprecated", Kind.GONE, {"code": 404, "availability": "model_deprecated"}),
    ("no endpoints", Kind.UNSUITABLE, {"code": 404, "availability": "no_endpoints"}),
    ("too long", Kind.TOO_LONG, {"code": 400, "error_type": "context_length_exceeded"}),
    ("moderation", Kind.REFUSED, {"code": 403, "error_type": "content_policy_violation"}),
)
"""Errors as OpenRouter puts them into a 200."""


def bodies() -> Iterator[Fault]:
    """All of them."""
    yield from _no_answers()
    yield from _too_much()
    yield from _empty()
    yield from _unended()
    for name, kind, told in ERRORS:
        yield from _told_inside(name, kind, told)
    yield from _failed_choices()


def _no_answers() -> Iterator[Fault]:
    kind = Kind.TRANSIENT
    yield fault("a page in a 200", kind, html(200))
    for text in ("", "null", "[]", "{}", '{"choices": []}', '{"choices": [1]}', '{"id": "gen'):
        yield at_once(f"the body {text!r}", kind, text_reply(text))
        yield in_streams(f"the body {text!r}", kind, _event_stream(text.encode()))
        if text:
            framed = sse(_ROLE, frame(text), _STOP, _DONE)
            yield in_streams(f"the frame {text!r}", kind, framed)
    for text in ("null", "[]", '{"id": "gen'):
        late = sse(_ROLE, _FIRST, frame(text), _STOP, _DONE)
        name = f"the frame {text!r} after a delta"
        yield in_streams(name, kind, late, committed=True, said="Hel")
    yield in_streams("a whole answer for a stream", kind, completion("Hello."))
    yield at_once("a stream for a whole answer", kind, sse(*_HELLO, _STOP, _DONE))
    # What is right but for its label is taken.
    plain = {"Content-Type": "text/plain"}
    whole = replace(completion("Hello."), headers=plain)
    yield at_once("a whole answer as plain text", Kind.FINE, whole, said="Hello.")
    stream = sse(*_HELLO, _STOP, _DONE, headers=plain)
    yield in_streams("a stream as plain text", Kind.FINE, stream, said="Hello.")


def _too_much() -> Iterator[Fault]:
    kind = Kind.TRANSIENT
    stream = {"Content-Type": "text/event-stream"}
    vast = replace(gigantic_body(4 * LIMIT, b"x" * 65536), headers=stream)
    yield Fault(
        name="a gigantic body",
        whole=Happening(kind=kind, reply=gigantic_body(4 * LIMIT)),
        stream=Happening(kind=kind, reply=vast),
    )
    lines = replace(vast, steps=[Repeat(Send((b"data: " + b"x" * 93 + b"\n") * 100))])
    yield in_streams("an event without an end", kind, lines)
    bomb = gzip_bomb(4 * LIMIT)
    packed = replace(bomb, headers={**bomb.headers, **stream})
    yield Fault(
        name="a gzip bomb",
        whole=Happening(kind=kind, reply=bomb),
        stream=Happening(kind=kind, reply=packed),
    )
    torn = text_reply(
        gzip.compress(b"{}")[:-9] + b"xxxxxxxxx", headers={"Content-Encoding": "gzip"}
    )
    yield Fault(
        name="a gzip body that does not unpack",
        whole=Happening(kind=kind, reply=torn),
        stream=Happening(kind=kind, reply=replace(torn, headers={**torn.headers, **stream})),
    )


def _empty() -> Iterator[Fault]:
    kind = Kind.TRANSIENT
    for text in ("", None):
        yield at_once(f"an answer that says {text!r}", kind, completion(text))
    yield in_streams("only [DONE]", kind, sse(_DONE))
    yield in_streams("only comments", kind, sse(PROCESSING, PROCESSING, _DONE))
    yield in_streams("only a role", kind, sse(_ROLE, _STOP, _USAGE, _DONE))
    yield in_streams("only usage", kind, sse(_USAGE, _DONE))
    # What says why it is empty is an answer.
    for reason in ("length", "content_filter"):
        yield Fault(
            name=f"an empty answer, {reason}",
            whole=Happening(kind=Kind.FINE, reply=completion("", finish_reason=reason)),
            stream=Happening(kind=Kind.FINE, reply=completion_stream([], finish_reason=reason)),
        )


def _unended() -> Iterator[Fault]:
    fine, told = Kind.FINE, {"said": "Hello."}
    yield in_streams("no [DONE]", fine, sse(*_HELLO, _STOP, _USAGE), **told)
    yield in_streams(
        "[DONE] without its blank line", fine, sse(*_HELLO, _STOP, b"data: [DONE]"), **told
    )
    yield in_streams("no finish_reason", fine, sse(*_HELLO, _DONE), **told)
    yield at_once("no finish_reason", fine, completion("Hello.", finish_reason=None), **told)
    yield in_streams(
        "neither finish_reason nor [DONE]",
        Kind.TRANSIENT,
        sse(*_HELLO),
        committed=True,
        said="Hello.",
    )
    yield in_streams("the role and no more", Kind.TRANSIENT, sse(_ROLE))
    more = sse(*_HELLO, _STOP, _DONE, frame(chunk("more")))
    yield in_streams("more after [DONE]", fine, more, **told)


def _told_inside(name: str, kind: Kind, told: dict[str, Any]) -> Iterator[Fault]:
    message = f"{TOLD}, key {KEY}" if kind is Kind.NO_ACCESS else TOLD
    words: dict[str, Any] = {
        "status": told["code"] if isinstance(told["code"], int) else None,
        "word": told.get("availability") or told.get("error_type") or "",
    }
    body = {"error": error_object(message=message, **told)}
    yield fault(f"error in a 200: {name}", kind, json_reply(body), **words)
    failing = frame(error_chunk(message=message, **told))
    yield in_streams(f"error in a chunk: {name}", kind, sse(PROCESSING, _ROLE, failing), **words)
    late = {"committed": True, "said": "Hel", **words}
    yield in_streams(f"error after a delta: {name}", kind, sse(_ROLE, _FIRST, failing), **late)


def _failed_choices() -> Iterator[Fault]:
    failed = {"finish_reason": "error", "error": error_object(502)}
    kind = Kind.TRANSIENT
    yield at_once("finish_reason error", kind, _with_choice(None, **failed))
    yield at_once("finish_reason error, unexplained", kind, completion("", finish_reason="error"))
    # Kept: what came is the caller's.
    yield at_once(
        "finish_reason error after content", Kind.FINE, _with_choice("Hel", **failed), said="Hel"
    )
    end = frame(chunk({}, finish_reason="error"))
    yield in_streams("finish_reason error", kind, sse(_ROLE, end, _DONE))
    late = {"committed": True, "said": "Hel"}
    yield in_streams(
        "finish_reason error after a delta", kind, sse(_ROLE, _FIRST, end, _DONE), **late
    )


def _with_choice(text: str | None, **fields: Any) -> Reply:
    body = completion_body(text)
    body["choices"][0].update(fields)
    return json_reply(body)


def _event_stream(data: bytes) -> Reply:
    return replace(text_reply(data), headers={"Content-Type": "text/event-stream"})
