"""Streams side by side, and how long each chunk was on the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import orjson

from benchmarks.http1 import Connection, post
from benchmarks.payloads import BODIES
from benchmarks.samples import Sample

_GRACE_S: Final = 10.0
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Streams of equal pace, which the mock upstream sets.

    Attributes:
        body: a name in `payloads.BODIES`.
        count: how many side by side.
        chunks: content chunks that each must have.
        planned_s: how long one stream takes, with the time over which all start.
        start_over_s: the starts are spread over this many seconds, so that the
            chunks of all streams do not fall together.
    """

    port: int
    path: str
    body: str
    count: int
    chunks: int
    planned_s: float
    start_over_s: float = 0.4


@dataclass(slots=True)
class Arrivals:
    """The chunks of one stream: when each was sent and how long it was on the way."""

    sent_ns: list[int]
    delay_ns: list[int]


async def run_streams(load: Streams) -> Sample:
    """Runs the streams; chunks count while all streams are under way.

    A stream that is cut, out of order or hung is an error, and none of its chunks count.
    """
    loop = asyncio.get_running_loop()
    sample = Sample()
    requests = [
        post(load.path, load.port, BODIES[load.body](number, stream=True))
        for number in range(load.count)
    ]
    streams = [
        (await loop.create_connection(lambda: _Stream(load.chunks), "127.0.0.1", load.port))[1]
        for _ in requests
    ]
    started = loop.time()
    for number, (stream, request) in enumerate(zip(streams, requests, strict=True)):
        loop.call_at(started + number * load.start_over_s / load.count, stream.send, request)
    ends = [stream.done for stream in streams]
    await asyncio.wait(ends, timeout=load.planned_s + _GRACE_S)
    complete = []
    for stream in streams:
        problem = stream.done.result() if stream.done.done() else "hung"
        if problem:
            sample.add_error(f"stream: {problem}")
        else:
            complete.append(stream.arrivals)
        stream.close()
    if complete:
        sample.values_ns, sample.seconds = common_time(complete)
    return sample


def common_time(streams: list[Arrivals]) -> tuple[list[int], float]:
    """The delays of the chunks sent while all the streams were under way, and how long that was.

    The length is in seconds; where some stream ended before another began, there is
    no such time and no delay.
    """
    first_ns = max(stream.sent_ns[0] for stream in streams)
    last_ns = min(stream.sent_ns[-1] for stream in streams)
    delays = [
        delay
        for stream in streams
        for sent, delay in zip(stream.sent_ns, stream.delay_ns, strict=True)
        if first_ns <= sent <= last_ns
    ]
    return delays, max(last_ns - first_ns, 0) / _SECOND_NS


class _Stream(Connection):
    """One stream; ``done`` tells what was wrong with it (empty: nothing)."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.reader = StreamReader(chunks)

    @property
    def arrivals(self) -> Arrivals:
        return self.reader.arrivals

    def body_came(self, data: bytes) -> None:
        self.reader.feed(data, self.came_ns)

    def answered(self, status: int) -> None:
        problem = self.reader.problem() if status == 200 else f"status {status}"
        self._end(problem)

    def lost(self, cause: str) -> None:
        self._end(cause)

    def _end(self, problem: str) -> None:
        if not self.done.done():
            self.done.set_result(problem)


class StreamReader:
    """Reads the frames of one stream and the stamps in them.

    A chunk whose content is empty or absent (a role, a sign of life, usage) is no
    content chunk.
    """

    def __init__(self, chunks: int) -> None:
        self.arrivals = Arrivals([], [])
        self._chunks = chunks
        self._rest = b""
        self._finished = self._usage = self._done = False
        self._fault = ""

    def feed(self, data: bytes, came_ns: int) -> None:
        """Takes bytes that came at ``came_ns`` (`time.monotonic_ns`)."""
        *frames, self._rest = (self._rest + data).split(b"\n\n")
        for frame in frames:
            self._frame(frame, came_ns)

    def problem(self) -> str:
        """What was wrong, now that the stream has ended; empty: nothing."""
        if self._fault:
            return self._fault
        count = len(self.arrivals.sent_ns)
        if count != self._chunks:
            return f"{count} chunks instead of {self._chunks}"
        if not (self._finished and self._usage and self._done):
            return "finish reason, usage or [DONE] is missing"
        return ""

    def _frame(self, frame: bytes, came_ns: int) -> None:
        if frame.startswith(b":"):
            return
        payload = frame.removeprefix(b"data:").strip()
        if payload == b"[DONE]":
            self._done = True
            return
        try:
            self._chunk(orjson.loads(payload), came_ns)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            self._fault = self._fault or f"not a chunk: {frame[:200].decode(errors='replace')}"

    def _chunk(self, chunk: dict[str, Any], came_ns: int) -> None:
        if "error" in chunk:
            raise ValueError("an error frame")
        self._usage = self._usage or bool(chunk.get("usage"))
        for choice in chunk["choices"]:
            self._finished = self._finished or choice.get("finish_reason") is not None
            content = choice["delta"].get("content")
            if content:
                index, sent_ns = map(int, content.split())
                if index != len(self.arrivals.sent_ns):
                    self._fault = self._fault or f"chunk {index} is out of order"
                self.arrivals.sent_ns.append(sent_ns)
                self.arrivals.delay_ns.append(came_ns - sent_ns)
