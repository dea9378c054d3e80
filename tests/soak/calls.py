"""The upstream of the soak: what it answers to each call, and the log that it keeps."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from random import Random

from tests.fakes.clock import FakeClock
from tests.fakes.upstream import Recorded, Reply, Wire, completion, completion_stream
from tests.soak.episodes import Episodes
from tests.soak.failures import KINDS, Draft

PIECES = 4
"""How many pieces of content an answer has."""


@dataclass(slots=True, eq=False)
class Call:
    """One call of a model.

    Attributes:
        request: the number of the request that it was made for.
        kind: how it fails; ``None``: it does not.
        began, ended: in the router's time.
        took_s: how long it took in real time, in seconds.
        whole: whether the whole reply has been written.
    """

    number: int
    request: int
    model: str
    kind: str | None
    began: float
    recorded: Recorded
    ended: float | None = None
    took_s: float = 0.0
    whole: bool = False
    _started: float = field(default_factory=time.perf_counter)

    @property
    def is_over(self) -> bool:
        """Whether it was answered, or its connection has been closed."""
        return self.recorded.answered.is_set() or self.recorded.closed.is_set()

    @property
    def tag(self) -> str:
        """What every piece of its answer begins with."""
        return f"{self.model}/{self.number}"

    @property
    def text(self) -> str:
        """Its whole answer."""
        return "".join(self.pieces)

    @property
    def pieces(self) -> list[str]:
        return [f"{self.tag}:{index} " for index in range(PIECES)]

    def end(self, now: float) -> None:
        self.ended = now
        self.took_s = time.perf_counter() - self._started


@dataclass(frozen=True, slots=True)
class _Ends:
    """A step: the reply has been written."""

    call: Call
    clock: FakeClock

    async def play(self, wire: Wire) -> None:
        self.call.end(self.clock.monotonic())
        self.call.whole = True


@dataclass(frozen=True, slots=True)
class _Silence:
    """A step: goes silent until the router has had enough of it."""

    call: Call
    clock: FakeClock

    async def play(self, wire: Wire) -> None:
        try:
            await wire.released.wait()
        finally:
            self.call.end(self.clock.monotonic())


class Calls:
    """Answers by the episodes, and logs.

    Attributes:
        by_request: the calls that were made for each request, in order.
        by_model: all calls of each model, in order.
        on_call: is told the number of the request that a call is made for.
    """

    def __init__(self, rng: Random, clock: FakeClock, models: tuple[str, ...]) -> None:
        self._rng = rng
        self._clock = clock
        start = clock.monotonic()
        self._episodes: Mapping[str, Episodes] = {
            model: Episodes(Random(rng.random()), tuple(KINDS), start) for model in models
        }
        self.by_request: dict[int, list[Call]] = {}
        self.by_model: dict[str, list[Call]] = {model: [] for model in models}
        self.on_call: Callable[[int], None] = lambda _: None

    def __iter__(self) -> Iterator[Call]:
        return chain.from_iterable(self.by_model.values())

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(map(len, self.by_model.values()))

    def reply(self, recorded: Recorded) -> Reply:
        """The answer to one call."""
        body, now = recorded.json, self._clock.monotonic()
        model, request = sys.intern(body["model"]), int(body["user"])
        episode = self._episodes[model].at(now)
        call = Call(
            number=len(self.by_model[model]),
            request=request,
            model=model,
            kind=self._rng.choice(episode.kinds) if episode else None,
            began=now,
            recorded=recorded,
        )
        self.by_model[model].append(call)
        self.by_request.setdefault(request, []).append(call)
        self.on_call(request)
        reply = self._made(call, streaming=bool(body.get("stream")))
        return replace(reply, steps=[*reply.steps, _Ends(call, self._clock)])

    def _made(self, call: Call, *, streaming: bool) -> Reply:
        if call.kind is None:
            if streaming:
                return completion_stream(call.pieces, model=call.model)
            return completion(call.text, model=call.model)
        call.end(call.began)  # a silent one ends later
        kind = KINDS[call.kind]
        draft = Draft(self._rng, _Silence(call, self._clock), call.pieces[0])
        return (kind.stream if streaming else kind.whole)(draft)
