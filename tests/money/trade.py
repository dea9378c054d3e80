"""Clients that ask a router whose provider bills, many at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, cast

from router_core.app.ports import ModelCall, Recorder
from router_core.app.trace import Arrival
from router_core.decide.chat import ChatRequest
from router_core.decide.model_info import ModelInfo, Prices
from router_core.errors import RouterError
from router_core.providers.openai_compatible import OpenAICompatible
from tests.app.rig import Rig, ask
from tests.fakes.upstream import FakeUpstream
from tests.money.books import Books, Leaves, Plan, plan_of

__all__ = ["trade"]

_AT_ONCE: Final = 20
_A_REST_S: Final = 600.0
"""Longer than any model rests."""
_INFO: Final = ModelInfo(prices=Prices(prompt=Decimal("1e-6"), completion=Decimal("4e-6")))


async def trade(seed: int, requests: int, recorder: Recorder) -> Books:
    """Asks so many times, each in its own way; returns the provider's books."""
    async with FakeUpstream() as upstream:
        provider = OpenAICompatible("openrouter", upstream.base_url, is_openrouter=True)
        market = _Market(seed, provider)
        market.rig.complete = replace(market.rig.complete, recorder=recorder)
        upstream.on_request(market.books.reply)
        try:
            for first in range(0, requests, _AT_ONCE):
                numbers = range(first, min(first + _AT_ONCE, requests))
                await asyncio.gather(*map(market.ask, numbers))
                market.rig.clock.advance(_A_REST_S)
                upstream.requests.clear()
        finally:
            await provider.close()
        await upstream.all_closed()
        return market.books


@dataclass
class _Market:
    """The router, its provider, and the clients.

    Attributes:
        leave: by a request's number, what lets its client leave before an answer has come.
    """

    seed: int
    provider: OpenAICompatible
    leave: dict[int, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    books: Books = field(init=False)
    rig: Rig = field(init=False)

    def __post_init__(self) -> None:
        self.books = Books(self.seed, lambda number: self.leave[number].set())
        heard = cast("Any", _Overheard(self.provider, self.leave))
        infos = dict.fromkeys(("one", "two", "three"), _INFO)
        self.rig = Rig({}, provider=heard, infos=infos)

    async def ask(self, number: int) -> None:
        """One client, from its request to the end, or until it leaves."""
        plan = plan_of(self.seed, number)
        asking = asyncio.create_task(self._answer(number, plan))
        leaving = asyncio.create_task(self.leave[number].wait())
        hurried = plan.leaves in (Leaves.UNHEARD, Leaves.NAMED)
        await asyncio.wait(
            {asking, leaving} if hurried else {asking}, return_when=asyncio.FIRST_COMPLETED
        )
        asking.cancel()
        leaving.cancel()
        with contextlib.suppress(RouterError, asyncio.CancelledError):
            await asking
        del self.leave[number]

    async def _answer(self, number: int, plan: Plan) -> None:
        request, arrival = self._request(number), self._arrival(number)
        if not plan.streams:
            await self.rig.complete(request, arrival)
            return
        pieces = 0
        async with aclosing(self.rig.complete.stream(request, arrival)) as events:
            async for event in events:
                if not isinstance(event, dict):
                    continue
                pieces += bool(event["choices"])
                if plan.leaves is Leaves.TALKING and pieces == plan.pieces:
                    return
                if plan.leaves is Leaves.PAID and event.get("usage"):
                    return

    def _request(self, number: int) -> ChatRequest:
        request = ask("router/code")
        return replace(request, body={**request.body, "user": str(number)})

    def _arrival(self, number: int) -> Arrival:
        received = self.rig.clock.monotonic()
        return Arrival(request_id=f"req-{self.seed}-{number}", received=received)


@dataclass
class _Overheard:
    """The real provider; lets clients leave once an answer's head has come."""

    provider: OpenAICompatible
    leave: dict[int, asyncio.Event]
    always_reports_usage: bool = True
    waives_nothing: bool = True

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        return await self.provider.complete(self._overheard(call))

    async def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any]]:
        async with aclosing(self.provider.stream(self._overheard(call))) as chunks:
            async for chunk in chunks:
                yield chunk

    def _overheard(self, call: ModelCall) -> ModelCall:
        def names(generation_id: str) -> None:
            call.on_id(generation_id)
            _, seed, number, attempt = generation_id.split("-")
            plan = plan_of(int(seed), int(number))
            if plan.leaves is Leaves.NAMED and int(attempt) >= plan.refusals:
                self.leave[int(number)].set()

        return replace(call, on_id=names)
