"""A provider that bills, and keeps books of what it has told whom.

It is a real HTTP server in OpenRouter's manner. Each answer has an id and a price of 1 to
15 digits, of less than a million dollars, and ends in one of the ways in which answers do:
well, without its last piece, in an error that is charged or not, in nothing at all, or with
a client that has left. What each request meets follows from the seed, its number, and how
often it was tried.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from enum import Enum, auto
from random import Random
from typing import Any, Final

from router_core.decide.cost import CostSource
from tests.fakes.upstream import Close, Recorded, Reply, Send, Stall, Step, frame
from tests.fakes.upstream import error as refusal

__all__ = ["Books", "Entry", "Leaves", "Plan", "plan_of"]

_COST: Final = '"@cost"'
"""Stands in JSON for a figure, which is written as it was drawn."""


class Leaves(Enum):
    """When a client leaves."""

    NEVER = auto()
    UNHEARD = auto()
    """Its request has come, and nothing of an answer has left."""
    NAMED = auto()
    """The answer's head has come."""
    TALKING = auto()
    """Some pieces of the answer have come."""
    PAID = auto()
    """All of it has come but the end of the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one client does.

    Attributes:
        pieces: after how many pieces it leaves.
        refusals: how many tries are refused before that.
    """

    streams: bool
    leaves: Leaves
    pieces: int
    refusals: int


def plan_of(seed: int, number: int) -> Plan:
    """What the client of a request does."""
    rng = Random(f"{seed}/{number}")
    streams = rng.random() < 0.6
    leaves = Leaves.NEVER
    if rng.random() < 0.2:
        leaves = rng.choice(list(Leaves)[1:] if streams else [Leaves.UNHEARD, Leaves.NAMED])
    return Plan(
        streams=streams, leaves=leaves, pieces=rng.randint(1, 4), refusals=rng.choice((0, 0, 1))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A call in the books.

    Attributes:
        id: of the answer.
        is_named: whether the caller was told the id.
        source: what the caller can know of the cost.
        usd: what it was told; ``None``: nothing.
    """

    id: str
    is_named: bool
    source: CostSource
    usd: Decimal | None = None


@dataclass
class Books:
    """The provider: `reply` answers, `entries` are the books.

    Attributes:
        on_heard: called with the number of a request whose client leaves unheard.
    """

    seed: int
    on_heard: Callable[[int], None]
    entries: list[Entry] = field(default_factory=list)
    _tries: Counter[int] = field(default_factory=Counter)

    def reply(self, request: Recorded) -> Reply:
        """Answers a request, and writes down what it has told."""
        number = int(request.json["user"])
        attempt = self._tries[number]
        self._tries[number] += 1
        plan = plan_of(self.seed, number)
        call = _Call(
            Random(f"{self.seed}/{number}/{attempt}"), f"gen-{self.seed}-{number}-{attempt}"
        )
        if plan.leaves is not Leaves.NEVER:
            reply = call.refused() if attempt < plan.refusals else call.left(plan)
            if plan.leaves is Leaves.UNHEARD and attempt >= plan.refusals:
                self.on_heard(number)
        elif call.rng.random() < 0.15:
            reply = call.refused()
        else:
            reply = call.streamed() if plan.streams else call.whole()
        assert call.entry is not None
        self.entries.append(call.entry)
        return reply

    @property
    def told_usd(self) -> Decimal:
        """The sum of what callers were told, of which no digit is lost."""
        usd = Decimal(0)
        for entry in self.entries:
            usd = _EXACT.add(usd, entry.usd or Decimal(0))
        return usd


_EXACT: Final = Context(prec=200)


@dataclass
class _Call:
    """One call: how it is answered, and its entry."""

    rng: Random
    id: str
    entry: Entry | None = None
    _figure: str = ""

    # -- ways to end

    def refused(self) -> Reply:
        """An error before anything was done; one that tells of lateness may be charged."""
        if self.rng.random() < 0.2:
            self._enter(CostSource.UNKNOWN)
            return Reply(524, {"X-Generation-Id": self.id}, steps=[Send(b"too late")])
        self._enter(CostSource.UNKNOWN, is_named=False)
        return refusal(self.rng.choice((429, 500, 503)))

    def left(self, plan: Plan) -> Reply:
        """An answer that stops where its client leaves."""
        if plan.leaves is Leaves.UNHEARD:
            self._enter(CostSource.UNKNOWN, is_named=False)
            return Reply(before=[Stall()])
        if plan.leaves is Leaves.PAID:
            frames = [*self._pieces(plan.pieces), self._end(), self._last(self._paid())]
            return self._stream(*frames, Stall())
        self._enter(CostSource.UNKNOWN)
        pieces = self._pieces(plan.pieces) if plan.leaves is Leaves.TALKING else ()
        return self._stream(*pieces, Stall(), named=plan.leaves is Leaves.NAMED or None)

    def whole(self) -> Reply:
        """An answer at once."""
        way = self.rng.random()
        if way < 0.1:
            raw = self._json({**self._body("Hello."), "usage": self._usage(cost=True)})
            self._enter(CostSource.UNKNOWN)
            cut = self.rng.randrange(len(raw))
            return Reply(200, self._head(named=True), steps=[Send(raw[:cut]), Close()])
        if way < 0.2:
            failed = self._body("", "error", error={"code": 502, "message": "it failed"})
            return self._at_once(failed)
        return self._at_once(self._body("" if way < 0.3 else "Hello."))

    def streamed(self) -> Reply:
        """An answer piece by piece."""
        way, pieces = self.rng.random(), self._pieces(self.rng.randint(1, 4))
        if way < 0.08:  # it breaks off
            self._enter(CostSource.UNKNOWN)
            return self._stream(*pieces, Close())
        if way < 0.16:  # its last piece is lost
            self._enter(CostSource.UNKNOWN)
            return self._stream(*pieces, self._end(), Close())
        if way < 0.3:  # it fails, before the first piece or after some
            error = {"code": 502, "message": "it failed"}
            failed = self._chunk({"content": ""}, "error", error=error, **self._settled())
            return self._stream(*(pieces if way < 0.23 else ()), failed)
        if way < 0.38:  # there is nothing in it
            pieces = ()
        if way < 0.55:  # the cost comes with the last choice, perhaps not with the last usage
            end = self._chunk({}, "stop", usage=self._paid())
            more = (self._last(self._usage(cost=False)),) if way < 0.47 else ()
            return self._stream(*pieces, end, *more, frame("[DONE]"))
        told = self._settled().get("usage")
        last = (self._last(told),) if told else ()
        return self._stream(*pieces, self._end(), *last, frame("[DONE]"))

    # -- what is told

    def _settled(self) -> dict[str, Any]:
        """A usage with its cost, or without, or none; and the entry that goes with it."""
        way = self.rng.random()
        if way < 0.75:
            return {"usage": self._paid()}
        if way < 0.9:
            self._enter(CostSource.ESTIMATED)
            return {"usage": self._usage(cost=False)}
        self._enter(CostSource.UNKNOWN)
        return {}

    def _paid(self) -> dict[str, Any]:
        usage = self._usage(cost=True)
        self._enter(CostSource.REPORTED, usd=Decimal(self._figure))
        return usage

    def _usage(self, *, cost: bool) -> dict[str, Any]:
        prompt, answer = self.rng.randint(1, 99_999), self.rng.randint(0, 9_999)
        if cost:
            digits = self.rng.randint(1, 15)
            number = Decimal(self.rng.randrange(10**digits))
            self._figure = f"{number.scaleb(-self.rng.randint(max(digits - 6, 0), 15)):f}"
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "prompt_tokens_details": {"cached_tokens": self.rng.randint(0, prompt)},
            "completion_tokens_details": {"reasoning_tokens": self.rng.randint(0, answer)},
            **({"cost": "@cost"} if cost else {}),
        }

    def _enter(
        self, source: CostSource, usd: Decimal | None = None, *, is_named: bool = True
    ) -> None:
        self.entry = Entry(id=self.id, is_named=is_named, source=source, usd=usd)

    # -- how it is written

    def _at_once(self, body: Mapping[str, Any]) -> Reply:
        raw = self._json({**body, **self._settled()})
        return Reply(200, self._head(), steps=[Send(raw)])

    def _body(self, text: str, reason: str = "stop", **fields: Any) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return {"id": self.id, "object": "chat.completion", "choices": [choice], **fields}

    def _stream(self, *parts: bytes | Step, named: bool | None = None) -> Reply:
        head = self._head("text/event-stream", named=named)
        return Reply(200, head, steps=[Send(p) if isinstance(p, bytes) else p for p in parts])

    def _head(self, kind: str = "application/json", *, named: bool | None = None) -> dict[str, str]:
        """Whether the head tells the id, is drawn, where that is not said."""
        tells = self.rng.random() < 0.5 if named is None else named
        return {"Content-Type": kind, **({"X-Generation-Id": self.id} if tells else {})}

    def _pieces(self, count: int) -> tuple[bytes, ...]:
        return tuple(self._chunk({"content": f"{n} "}) for n in range(count))

    def _end(self) -> bytes:
        return self._chunk({}, "stop")

    def _last(self, usage: dict[str, Any]) -> bytes:
        return self._frame({"id": self.id, "choices": [], "usage": usage})

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None, **fields: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return self._frame({"id": self.id, "choices": [choice], **fields})

    def _frame(self, value: Mapping[str, Any]) -> bytes:
        return frame(self._json(value).decode())

    def _json(self, value: Mapping[str, Any]) -> bytes:
        return json.dumps(value).replace(_COST, self._figure).encode()
