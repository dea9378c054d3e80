"""A closed loop: so many requests in flight, each answer at once followed by the next request."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson

from benchmarks.http1 import Connection, post
from benchmarks.mock_upstream import ANSWER
from benchmarks.payloads import BODIES
from benchmarks.samples import Sample

_GRACE_S: Final = 10.0
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoop:
    """Requests without streaming.

    Attributes:
        body: a name in `payloads.BODIES`.
        in_flight: connections, each with one request under way.
        seconds: how long is measured, after ``warmup_s`` seconds that are not.
        most_requests: the loop ends early after this many, warm-up included.
    """

    port: int
    path: str
    body: str
    in_flight: int
    seconds: float
    warmup_s: float = 0.3
    most_requests: int = 1_000_000

    @property
    def planned_s(self) -> float:
        """How long it takes when nothing hangs, in seconds."""
        return self.warmup_s + self.seconds


async def run_closed_loop(load: ClosedLoop) -> Sample:
    """Runs the loop; connections that hang for 10 s after its end count as errors."""
    loop = asyncio.get_running_loop()
    clock = _Clock(load)
    requests = [
        post(load.path, load.port, BODIES[load.body](number, stream=False))
        for number in range(load.in_flight)
    ]
    lanes = [
        (await loop.create_connection(partial(_Lane, clock, request), "127.0.0.1", load.port))[1]
        for request in requests
    ]
    clock.start()
    for lane in lanes:
        lane.next()
    done = [lane.done for lane in lanes]
    _, hung = await asyncio.wait(done, timeout=load.planned_s + _GRACE_S)
    for _ in hung:
        clock.sample.add_error(f"no answer {_GRACE_S:g} s after the end of the measurement")
    clock.stop()
    return clock.sample


class _Clock:
    """What the lanes share: the measured time and the sample."""

    def __init__(self, load: ClosedLoop) -> None:
        self.sample = Sample()
        self._load = load
        self._left = load.most_requests
        self._from_ns = self._until_ns = 0

    def start(self) -> None:
        self._from_ns = time.monotonic_ns() + int(self._load.warmup_s * _SECOND_NS)
        self._until_ns = self._from_ns + int(self._load.seconds * _SECOND_NS)

    def stop(self) -> None:
        ended_ns = min(time.monotonic_ns(), self._until_ns)
        self.sample.seconds = max(ended_ns - self._from_ns, 0) / _SECOND_NS

    def may_send(self, now_ns: int) -> bool:
        self._left -= 1
        return self._left >= 0 and now_ns < self._until_ns

    def record(self, sent_ns: int, came_ns: int) -> None:
        if self._from_ns <= came_ns <= self._until_ns:
            self.sample.values_ns.append(came_ns - sent_ns)


class _Lane(Connection):
    """One connection of the loop; ``done`` is set when it has sent its last request."""

    def __init__(self, clock: _Clock, request: bytes) -> None:
        super().__init__()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._request = request
        self._body: list[bytes] = []
        self._sent_ns = 0

    def next(self) -> None:
        self._sent_ns = time.monotonic_ns()
        if self._clock.may_send(self._sent_ns):
            self.send(self._request)
        else:
            self._end()

    def body_came(self, data: bytes) -> None:
        self._body.append(data)

    def answered(self, status: int) -> None:
        problem = completion_problem(status, b"".join(self._body))
        self._body.clear()
        if problem:
            self._clock.sample.add_error(problem)
        else:
            self._clock.record(self._sent_ns, self.came_ns)
        self.next()

    def lost(self, cause: str) -> None:
        if not self.done.done():
            self._clock.sample.add_error(cause)
            self._end()

    def _end(self) -> None:
        self.done.set_result(None)
        self.close()


def completion_problem(status: int, body: bytes) -> str | None:
    """What is wrong with an answer to a request without streaming; ``None``: nothing."""
    if status != 200:
        return f"status {status}: {body[:200].decode(errors='replace')}"
    try:
        content = orjson.loads(body)["choices"][0]["message"]["content"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return f"status 200, but no completion: {body[:200].decode(errors='replace')}"
    return None if content == ANSWER else f"another answer than the upstream's: {content!r:.100}"
