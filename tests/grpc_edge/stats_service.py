"""StatsService on a socket, over a ledger that answers as a test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from llm_router import AsyncRouterClient
from router_core.app.ports import Listed, Summed
from router_core.app.prospects import Prospects
from router_core.app.stats import Stats
from router_core.app.watching import Watching
from router_core.decide.catalogue import Catalogue
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.health import Health
from router_core.decide.records import RequestRecord
from router_core.decide.spending import SpendingState
from router_core.decide.totals import Totals
from router_core.grpc_edge.call import Guard
from router_core.grpc_edge.server import GrpcServer
from router_core.grpc_edge.stats import StatsServicer
from tests.app.rig import FixedCatalogue, FixedConfig, config
from tests.fakes.clock import START, FakeClock

NOTHING = Summed(since=START, total=Totals(), by_category={}, by_model={}, groups={})


@dataclass
class ScriptedLedger:
    """The `Ledger` port; ``asked`` is what it was asked, with the most."""

    sums: Summed = NOTHING
    page: Listed = field(default_factory=lambda: Listed(records=()))
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    problem: str = ""

    def record(self, record: RequestRecord) -> None:
        """Takes no note of it."""

    async def summed(self, span: TimeRange, group_by: Dimension | None, most: int) -> Summed:
        self.asked.append((span, group_by, most))
        return self.sums

    async def listed(self, wanted: Wanted, most: int, before: int | None = None) -> Listed:
        self.asked.append((wanted, most, before))
        return self.page


@dataclass
class Served:
    """The service, and what is behind it."""

    address: str
    ledger: ScriptedLedger
    watching: Watching
    server: GrpcServer

    @contextlib.asynccontextmanager
    async def client(self, key: str = "") -> AsyncIterator[AsyncRouterClient]:
        async with AsyncRouterClient(self.address, api_key=key or None, timeout_s=10) as client:
            yield client

    async def watched_by(self, count: int) -> None:
        """Waits until so many follow."""
        for _ in range(5_000):
            if self.watching.watchers == count:
                return
            await asyncio.sleep(0.002)
        raise AssertionError(f"{self.watching.watchers} follow, not {count}")


@contextlib.asynccontextmanager
async def served(
    *,
    guard: Guard | None = None,
    spending: Sequence[SpendingState] = (),
    metrics: Callable[[], str] = str,
    room: int = 1_000,
) -> AsyncIterator[Served]:
    """Serves it."""
    ledger, clock, watching = ScriptedLedger(), FakeClock(), Watching(room)
    stats = Stats(
        ledger=ledger,
        prospects=Prospects(FixedCatalogue(Catalogue()), Health(), clock),
        config=FixedConfig(config()),
        clock=clock,
        demo=False,
        warnings=lambda: ("as always",),
        spending=lambda: spending,
    )
    servicer = StatsServicer(guard or Guard(), stats, watching, metrics)
    server = GrpcServer([servicer], address="127.0.0.1:0", on_stop=watching.close)
    port = await server.start()
    try:
        yield Served(f"127.0.0.1:{port}", ledger, watching, server)
    finally:
        await server.stop()
