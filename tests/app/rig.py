"""A router without edges: the use cases over scripted providers, a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from router_core.app.chain import Calling
from router_core.app.classify import Classify
from router_core.app.complete import Complete, Event
from router_core.app.prospects import Prospects
from router_core.app.recording import Recording
from router_core.app.route import Route
from router_core.app.sessions import Sessions
from router_core.app.slots import Slots
from router_core.app.spending import NoAlerts, Spending
from router_core.app.trace import Arrival
from router_core.classifiers.keywords import KeywordClassifier
from router_core.decide.catalogue import Catalogue
from router_core.decide.chat import ChatRequest, Message
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.health import Health, Leave
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Paces
from router_core.decide.records import RequestRecord
from router_core.decide.spending import Books, SpendingAlert
from router_core.decide.usual import Usual
from router_core.stores.session_memory import MemorySessions
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider, Held, InTurn, Step

CHAIN = ("one", "two", "three")
Script = dict[str, Step | Held | InTurn | Sequence[Step | Held]]


def model(name: str, provider: str = "openrouter") -> ModelRef:
    return ModelRef(name=name, id=f"lab/{name}", provider=provider)


def config(*models: ModelRef, **fields: Any) -> RoutingConfig:
    """Every category has the same models; by default the three of one provider."""
    models = models or tuple(model(name) for name in CHAIN)
    names = {each.provider for each in models}
    made: dict[str, Any] = {
        "providers": {name: Provider(name=name, base_url="http://unused") for name in names},
        "aliases": {each.name: each for each in models},
        "categories": {
            name: Category(name=name, models=models, built_in=True)
            for name in ("tools", "code", "reasoning", "conversation")
        },
    }
    return RoutingConfig(**made | fields)


class FixedConfig:
    etag = ""
    overrides = ()

    def __init__(self, config: RoutingConfig) -> None:
        self.config = config

    def current(self) -> RoutingConfig:
        return self.config

    def category_etag(self, name: str) -> str:
        return name


class FixedCatalogue:
    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def current(self) -> Catalogue:
        return self.catalogue


class ListLedger:
    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def record(self, record: RequestRecord) -> None:
        self.records.append(record)


class ListAlerts(NoAlerts):
    def __init__(self) -> None:
        self.sent: list[SpendingAlert] = []

    def send(self, alert: SpendingAlert) -> None:
        self.sent.append(alert)


class Rig:
    """A router over scripted providers.

    Args:
        script: what each model does, by its id.
        config: by default a chain of three models of one provider.
        infos: what is known of the models, by name.
        provider: answers in place of the one that plays the script.
    """

    def __init__(
        self,
        script: Script,
        *,
        config: RoutingConfig | None = None,
        infos: Mapping[str, ModelInfo] | None = None,
        always_reports_usage: bool = False,
        jitter: float = 0.0,
        provider: FakeProvider | None = None,
    ) -> None:
        config = config or _CHAIN
        self.provider = provider or FakeProvider(script, always_reports_usage=always_reports_usage)
        self.ledger = ListLedger()
        self.clock = FakeClock()
        self.health = Health()
        self.catalogue = FixedCatalogue(Catalogue(overrides=infos or {}))
        self.config, self.alerts = FixedConfig(config), ListAlerts()
        self.spending = Spending(
            config=self.config,
            clock=self.clock,
            books=Books(self.clock.now()),
            alerts=self.alerts,
        )
        prospects = Prospects(self.catalogue, self.health, self.clock)
        self.store = MemorySessions(bytes(32), lambda: self.config.config.continuity.max_sessions)
        threads = count()
        self.usual, self.paces = Usual(), Paces()
        self.route = Route(
            Classify({"keywords": _KEYWORDS}, self.clock, self.spending),
            prospects,
            Sessions(self.store, self.clock, lambda: f"{next(threads):032x}"),
            self.usual,
            self.paces,
        )
        calling = Calling(
            providers=lambda _: self.provider,
            health=self.health,
            slots=Slots(),
            clock=self.clock,
            jitter=lambda: jitter,
        )
        recording = Recording((self.ledger, self.spending))
        self.complete = Complete(
            self.route, self.config, calling, recording, spending=self.spending
        )

    def arrival(self, deadline: float | None = None) -> Arrival:
        return Arrival(request_id="req_1", received=self.clock.monotonic(), deadline=deadline)

    async def stream(self, request: ChatRequest) -> list[Event]:
        return [event async for event in self.complete.stream(request, self.arrival())]


_CHAIN = config()
_KEYWORDS = KeywordClassifier()
"""Compiles what it needs for a config once."""


def ask(model: str | None = None, text: str = "hello", **keys: Any) -> ChatRequest:
    body = {"messages": [{"role": "user", "content": text}]}
    message = Message(role="user", texts=(text,))
    made: dict[str, Any] = {"messages": (message,), "body": body, "model": model}
    return ChatRequest(**made | keys)


def break_open(rig: Rig, which: str | ModelRef, provider: str = "openrouter") -> None:
    """Lets a model fail until it is off."""
    now = rig.clock.monotonic()
    broken = model(which, provider) if isinstance(which, str) else which
    for _ in range(3):
        leave = rig.health.admit(broken, now, lease_s=1.0)
        assert isinstance(leave, Leave)
        failed = Failure(failure_class=FailureClass.SERVER_ERROR, message="it failed")
        rig.health.failed(leave, failed, now)


async def until(holds: Callable[[], bool]) -> None:
    """Lets other tasks run until something holds."""
    while not holds():  # noqa: ASYNC110  # what it waits for knows no event
        await asyncio.sleep(0)


async def settle() -> None:
    """Lets other tasks come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def chunks_of(events: list[Event]) -> list[dict[str, Any]]:
    return [event for event in events if isinstance(event, dict)]
