"""A reply: a head and the steps that follow it; those with any body, and ways to spoil them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

from tests.fakes.upstream.steps import Raw, Repeat, Send, Step

_KNOWN_STATUSES: Final = frozenset(int(status) for status in HTTPStatus)


class Framing(StrEnum):
    """How a body's end is told."""

    CHUNKED = "chunked"
    LENGTH = "length"
    UNTIL_CLOSE = "until_close"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the upstream does with one request.

    Attributes:
        before: steps before the head; one may send a broken head and end there.
        steps: the body.
        length: the Content-Length to claim with `Framing.LENGTH`, where it is
            not the sum of what is sent.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    _: KW_ONLY
    steps: Sequence[Step] = ()
    before: Sequence[Step] = ()
    framing: Framing = Framing.CHUNKED
    length: int | None = None

    def split(self, size: int, *between: Step) -> Reply:
        """The same bytes in pieces of ``size``, with the steps of ``between`` after each."""
        steps: list[Step] = []
        for step in self.steps:
            if not isinstance(step, Send):
                steps.append(step)
                continue
            for start in range(0, len(step.data), size):
                steps += (Send(step.data[start : start + size]), *between)
        return replace(self, steps=steps)

    def interrupt(self, at: int, *doing: Step) -> Reply:
        """The same, with the steps of ``doing`` after ``at`` bytes of the body."""
        steps: list[Step] = []
        left: int | None = at
        for step in self.steps:
            if left is None or not isinstance(step, Send) or left > len(step.data):
                left = left - len(step.data) if left and isinstance(step, Send) else left
                steps.append(step)
            else:
                steps += (Send(step.data[:left]), *doing, Send(step.data[left:]))
                left = None
        if left is not None:
            raise ValueError(f"the body ends {left} bytes before byte {at}")
        return replace(self, steps=steps)

    @property
    def body(self) -> bytes:
        """All the bytes that its `Send` steps send."""
        return b"".join(step.data for step in self.steps if isinstance(step, Send))

    def head(self) -> bytes:
        """The status line and the headers, with what tells the framing."""
        reason = HTTPStatus(self.status).phrase if self.status in _KNOWN_STATUSES else "Unknown"
        headers = {"Content-Type": "application/json", **self.headers}
        if self.framing is Framing.CHUNKED:
            headers["Transfer-Encoding"] = "chunked"
        elif self.framing is Framing.LENGTH:
            length = len(self.body) if self.length is None else self.length
            headers["Content-Length"] = str(length)
        else:
            headers["Connection"] = "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} {reason}\r\n{lines}\r\n".encode("latin-1")


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON document in one piece."""
    return text_reply(json.dumps(value, ensure_ascii=False), status, headers)


def text_reply(
    text: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Any body in one piece; JSON by its header unless ``headers`` says otherwise."""
    data = text.encode() if isinstance(text, str) else text
    return Reply(status, headers or {}, steps=[Send(data)], framing=Framing.LENGTH)


def html(status: int = 502, text: str = "<html><h1>Bad gateway</h1></html>") -> Reply:
    """A page as a gateway in between sends it."""
    return text_reply(text, status, {"Content-Type": "text/html; charset=utf-8"})


def gzip_bomb(size: int) -> Reply:
    """A small gzip body that unpacks to ``size`` zero bytes."""
    packed = gzip.compress(bytes(size), compresslevel=9)
    return text_reply(packed, 200, {"Content-Encoding": "gzip"})


def gigantic_body(size: int, piece: bytes = b" " * 65536) -> Reply:
    """At least ``size`` bytes, without holding them in memory."""
    return Reply(steps=[Repeat(Send(piece), -(-size // len(piece)))])


def endless_headers() -> Reply:
    """A head that never ends."""
    start = Raw(b"HTTP/1.1 200 OK\r\n")
    return Reply(before=[start, Repeat(Raw(b"X-Filler: %b\r\n" % (b"x" * 500)))])
