"""One router before a scripted upstream, with all that it does in sight.

    async with Rig.of(chain, addresses, home) as rig:
        answer = await rig.client.complete(...)

It is the router that ``serve`` makes, both halves in one process, but for the
classifier, which the requests do without (they name their category), the ledger,
which is a list, and the random pause before a retry, which is none.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from llm_router.aio import AsyncRouterClient
from llm_router.v1 import stats_pb2
from router_core import bootstrap
from router_core.decide.records import RequestRecord
from router_core.grpc_edge.complete import CompleteServicer
from router_core.settings import read_settings
from tests.fakes.upstream import Close, FakeUpstream, Raw, Recorded, Reply, Stall
from tests.fakes.virtual_time import LoopClock
from tests.faults.fault import Address
from tests.faults.oracle import Model, Takes
from tests.faults.refusals import KEY

DEADLINES: Final = {
    Takes.NO_TIME: 0.0,
    Takes.CONNECT: 0.3,
    Takes.FIRST_TOKEN: 0.5,
    Takes.IDLE: 0.5,
    Takes.TOTAL: 4.9,
}
"""The config's, in seconds; so short that no heartbeat is due."""
CATEGORY: Final = "chain"
NAMELESS: Final = f"{'.'.join(['x' * 60] * 5)}.invalid"
"""A host name too long for DNS: the resolver asks nobody."""


class NoClassifier:
    """Stands for the embedded classifier, which is slow to make; nobody asks it."""

    def __init__(self, compiled: object = None) -> None:
        """Takes what the real one takes."""

    def categories_of(self, config: object) -> None:
        """Has nothing to prepare."""


@dataclass
class ListLedger:
    """The `Recorder` port, as a list."""

    records: list[RequestRecord] = field(default_factory=list)

    def record(self, record: RequestRecord) -> None:
        """Takes one record."""
        self.records.append(record)

    def snapshot(self) -> Any:
        """Nobody sums up."""
        raise AssertionError


@dataclass
class Rig:
    """The router, and what is behind it.

    Attributes:
        chain: the models of its one category.
        calls: how many calls of each model came, since `forget`.
    """

    core: bootstrap.Core
    client: AsyncRouterClient
    upstream: FakeUpstream
    ledger: ListLedger
    chain: Sequence[Model]
    clock: LoopClock
    calls: dict[str, int] = field(default_factory=dict)

    @classmethod
    @contextlib.asynccontextmanager
    async def of(
        cls,
        chain: Sequence[Model],
        addresses: Mapping[str, Address],
        home: Path,
        deadlines: Mapping[Takes, float] = DEADLINES,
    ) -> AsyncIterator[Rig]:
        """Starts one; ``addresses``: where the providers are, by name."""
        async with contextlib.AsyncExitStack() as stack:
            upstream = await stack.enter_async_context(FakeUpstream())
            urls = {
                name: await _base_url(address, upstream, stack)
                for name, address in addresses.items()
            }
            ledger = ListLedger()
            clock = LoopClock()
            core = _core(_config(chain, urls, deadlines), clock, home)
            servicer = next(s for s in core.servicers if isinstance(s, CompleteServicer))
            servicer._complete = replace(servicer._complete, recorder=ledger)
            stack.push_async_callback(core.close)
            client = AsyncRouterClient(channel=core.in_process_channel())
            rig = cls(core, client, upstream, ledger, chain, clock)
            upstream.on_request(rig._reply)
            yield rig

    @property
    def now_s(self) -> float:
        """The router's time of day, in Unix seconds."""
        return self.clock.now().timestamp()

    def forget(self) -> None:
        """Lets the next request meet what the first one met."""
        self.calls.clear()
        self.upstream.requests.clear()
        self.ledger.records.clear()

    async def states(self) -> dict[str, stats_pb2.ModelState]:
        """How the models are, by alias."""
        return {row.model: row for row in (await self.client.get_stats()).models}

    def _reply(self, request: Recorded) -> Reply | None:
        model = next(model for model in self.chain if request.model == f"lab/{model.alias}")
        number = self.calls.get(model.alias, 0)
        self.calls[model.alias] = number + 1
        reply = model.calls[min(number, len(model.calls) - 1)].reply
        return reply() if callable(reply) else reply


async def _base_url(
    address: Address, upstream: FakeUpstream, stack: contextlib.AsyncExitStack
) -> str:
    if address is Address.UPSTREAM:
        return upstream.base_url
    if address is Address.NAMELESS:
        return f"http://{NAMELESS}/v1"
    other = FakeUpstream(listening=address is not Address.REFUSING)
    plain = (Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Close())
    other.on_accept = [Stall()] if address is Address.MUTE else plain
    await stack.enter_async_context(other)
    scheme = "http" if address is Address.REFUSING else "https"
    return f"{scheme}://127.0.0.1:{other.port}/v1"


def _core(config: dict[str, Any], clock: LoopClock, home: Path) -> bootstrap.Core:
    path = cast("Path", _ConfigText(json.dumps(config).encode()))
    env = {"FAULTS_KEY": KEY}
    settings = read_settings({"LLM_ROUTER_HOME": str(home)})
    return bootstrap.build_core(
        settings, env, config_path=path, writes_files=False, clock=clock, jitter=lambda: 0.0
    )


@dataclass(frozen=True)
class _ConfigText:
    """The config's file, of which only the text is there: a disk takes longer than a cell."""

    text: bytes

    def read_bytes(self) -> bytes:
        return self.text


def _config(
    chain: Sequence[Model], urls: Mapping[str, str], deadlines: Mapping[Takes, float]
) -> dict[str, Any]:
    names = [model.alias for model in chain]
    built_in = ("tools", "code", "reasoning", "conversation")
    return {
        "mode": "keywords",
        "providers": {
            name: {"base_url": url, "api_key_env": "FAULTS_KEY"} for name, url in urls.items()
        },
        "models": {model.alias: _model(model) for model in chain},
        "categories": {name: {"models": names} for name in (CATEGORY, *built_in)},
        "deadlines": {f"{name}_s": seconds for name, seconds in deadlines.items() if seconds > 0},
    }


def _model(model: Model) -> dict[str, Any]:
    window = {} if model.window is None else {"context_length": model.window}
    return {"id": f"lab/{model.alias}", "provider": model.provider, **window}
