"""The composition root: the only module that knows every part and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import grpc

from rest_shim.settings import DEFAULT_TIMEOUT_S, MEBIBYTE, ShimSettings
from router_core.app.catalogue import KeepCatalogue
from router_core.app.chain import Calling
from router_core.app.classify import Classify
from router_core.app.complete import Complete
from router_core.app.ports import (
    Classifier,
    ClassifierUnavailable,
    Clock,
    Provider,
    SessionStore,
)
from router_core.app.prospects import Prospects
from router_core.app.route import Route
from router_core.app.sessions import Sessions
from router_core.app.slots import Slots
from router_core.app.stats import Stats
from router_core.classifiers.api_model import ApiClassifier
from router_core.classifiers.embedded import EmbeddedClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.classifiers.ollama import OllamaClassifier
from router_core.clock import SystemClock
from router_core.decide.config import RoutingConfig
from router_core.decide.defaults import OPENROUTER
from router_core.decide.health import Health
from router_core.decide.modes import asks_ollama
from router_core.errors import ConfigError
from router_core.grpc_edge.call import Guard
from router_core.grpc_edge.classify import ClassifyServicer
from router_core.grpc_edge.complete import CompleteServicer
from router_core.grpc_edge.config_categories import ConfigCategoriesServicer
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.route import RouteServicer
from router_core.grpc_edge.server import GrpcServer, register
from router_core.grpc_edge.stats import StatsServicer
from router_core.providers.demo import DemoProvider
from router_core.settings import Settings, misspelt_settings
from router_core.stores.catalogue_file import CatalogueFile
from router_core.stores.config_file import ConfigFile
from router_core.stores.database import Database
from router_core.stores.price_table import GenaiPriceTable
from router_core.stores.session_file import SessionFile
from router_core.stores.session_memory import MemorySessions
from router_core.stores.stats_memory import MemoryLedger

_KEY_BYTES: Final = 32
_MODELS_S: Final = 2.0
"""How long a start may wait to learn which models there are, in seconds."""

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A core that is ready to serve: its servicers, and what must be closed at the end.

    Attributes:
        catalogue: what is known of the models.
        sessions: what is remembered of conversations.
        stores: closes what is kept on the disk, once it is written.
        demo: whether the demo provider answers, of whose models there is nothing to know.
        warnings: what does not work as configured, a line each, for a person; the
            models that are out aside, which change while it runs.
        notes: what works otherwise than its name says, likewise.
        max_receive_bytes: the largest gRPC request.
    """

    servicers: tuple[object, ...]
    config: ConfigFile
    providers: Mapping[str, Provider]
    ollama: OllamaClassifier
    catalogue: KeepCatalogue
    sessions: SessionStore
    stores: ExitStack
    demo: bool
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    max_receive_bytes: int

    def in_process_channel(self) -> grpc.aio.Channel:
        """A channel to this core that needs no socket."""
        channel = InProcessChannel()
        register(channel, self.servicers)
        return channel

    def server(self, address: str) -> GrpcServer:
        """A gRPC server of this core, to listen on ``address``."""
        return GrpcServer(self.servicers, address=address, max_receive_bytes=self.max_receive_bytes)

    def to_mend(self) -> tuple[str, ...]:
        """What does not work as configured at this moment, a line each, for a person."""
        return _to_mend(self.warnings, self.sessions, self.catalogue)

    def start(self) -> None:
        """Begins what goes on in the background; wants a loop.

        That is to load what classifies on Ollama, where the mode asks it, and to
        ask the providers for their models.
        """
        config = self.config.current()
        if asks_ollama(config.mode):
            self.ollama.start(config)
        if not self.demo:
            self.catalogue.start()

    async def know_models(self) -> None:
        """Waits until the providers have told which models there are, 2 seconds at most.

        So that one that is gone is not called from the first request on.
        """
        if not self.demo:
            await self.catalogue.settle(_MODELS_S)

    async def warm_up(self, mode: str | None = None) -> None:
        """Waits until what a mode (the config's by default) asks is ready, or cannot be.

        Why it cannot is logged, and stands in the answers.
        """
        config = self.config.current()
        if asks_ollama(mode or config.mode):
            with contextlib.suppress(ClassifierUnavailable):
                await self.ollama.warm_up(config)

    async def close(self) -> None:
        """Ends what goes on in the background, and closes the connections."""
        async with AsyncExitStack() as stack:
            for provider in self.providers.values():
                stack.push_async_callback(provider.close)
            stack.push_async_callback(self.ollama.close)
            stack.push_async_callback(self.catalogue.close)
            stack.push_async_callback(asyncio.to_thread, self.stores.close)


def build_core(
    settings: Settings,
    env: Mapping[str, str],
    *,
    demo: bool = False,
    config_path: Path | None = None,
    writes_files: bool = True,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> Core:
    """Builds a core.

    Args:
        settings: the process settings.
        env: where the providers' keys are, by the names that the config gives.
        demo: the built-in demo provider answers instead of the configured ones.
        config_path: where the routing config is; by default in the settings' home.
        writes_files: whether a config that is missing is written, and conversations are
            kept beyond the process.
        clock: the time; the machine's by default.
        jitter: random numbers from 0 to 1.

    Raises:
        ConfigError: the routing config is wrong.
    """
    clock = clock or SystemClock()
    config = ConfigFile(
        config_path or settings.config_path,
        mode=settings.mode,
        base_url=settings.openrouter_base_url,
        create=writes_files,
    )
    config.load()
    providers = build_providers(config.current(), env, demo=demo)
    embedded, ollama = EmbeddedClassifier(), OllamaClassifier(settings.ollama_host, clock)
    # Now rather than under the first request: many examples take a while to read.
    embedded.categories_of(config.current())
    classifiers: dict[str, Classifier] = {
        "embedded": embedded,
        "keywords": KeywordClassifier(),
        "ollama": ollama,
        "api": ApiClassifier(providers, clock),
    }
    health = Health()
    catalogue = KeepCatalogue(
        providers=providers,
        config=config,
        clock=clock,
        store=CatalogueFile(settings.catalogue_path),
        table=GenaiPriceTable(),
        random=jitter,
        on_listed=health.listed,
    )
    if not demo:
        catalogue.load()
    classify = Classify(classifiers, clock)
    prospects = Prospects(catalogue, health, clock)
    stores = ExitStack()
    sessions = _sessions(settings, config, stores if writes_files else None)
    route = Route(classify, prospects, Sessions(sessions, clock, lambda: secrets.token_hex(16)))
    ledger = MemoryLedger(since=clock.now())
    calling = Calling(providers=providers, health=health, slots=Slots(), clock=clock, jitter=jitter)
    complete = Complete(route, config, calling, ledger)
    warnings = (
        *misspelt_settings(env),
        *config.warnings,
        *_missing_keys(config.current(), env, demo=demo),
    )
    notes = config.notes
    stats = Stats(
        ledger=ledger,
        prospects=prospects,
        config=config,
        clock=clock,
        demo=demo,
        warnings=lambda: (*_to_mend(warnings, sessions, catalogue), *notes),
    )
    guard = Guard(
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        admin_key=settings.admin_key.get_secret_value() if settings.admin_key else "",
    )
    servicers = (
        ClassifyServicer(guard, classify, config),
        RouteServicer(guard, route, config, catalogue),
        CompleteServicer(guard, complete),
        ConfigCategoriesServicer(guard, config, frozenset(filter(env.get, env))),
        StatsServicer(guard, stats),
    )
    return Core(
        servicers=servicers,
        config=config,
        providers=providers,
        ollama=ollama,
        catalogue=catalogue,
        sessions=sessions,
        stores=stores,
        demo=demo,
        warnings=warnings,
        notes=notes,
        # A body in protobuf can be a little larger than in JSON.
        max_receive_bytes=2 * settings.max_body_mb * MEBIBYTE,
    )


def _to_mend(
    warnings: Sequence[str], sessions: SessionStore, catalogue: KeepCatalogue
) -> tuple[str, ...]:
    """What does not work as configured: what was seen at the start, and what is so now."""
    return tuple(filter(None, (*warnings, sessions.problem, *catalogue.warnings())))


def _sessions(settings: Settings, config: ConfigFile, stores: ExitStack | None) -> SessionStore:
    """What remembers conversations; without ``stores`` to close, in memory alone."""

    def limit() -> int:
        return config.current().continuity.max_sessions

    if stores is None:
        return MemorySessions(secrets.token_bytes(_KEY_BYTES), limit)
    database = Database(settings.database_path)
    stores.callback(database.close)
    sessions = SessionFile(database, limit)
    stores.callback(sessions.close)
    return sessions


def build_providers(
    config: RoutingConfig, env: Mapping[str, str], *, demo: bool
) -> dict[str, Provider]:
    """The providers of the config, by name; in a demo the demo provider stands for each."""
    if demo:
        return dict.fromkeys(config.providers, DemoProvider())
    from router_core.providers.openai_compatible import (  # noqa: PLC0415  # a fifth of the start, and a demo goes without
        OpenAICompatible,
    )

    return {
        name: OpenAICompatible(
            name=name,
            base_url=provider.base_url,
            api_key=env.get(provider.api_key_env) if provider.api_key_env else None,
            is_openrouter=name == OPENROUTER.name,
        )
        for name, provider in config.providers.items()
    }


def require_default_key(config: RoutingConfig, env: Mapping[str, str]) -> None:
    """Raises `ConfigError` when the default provider's key is missing."""
    provider = config.providers[config.default_provider]
    if provider.api_key_env and not env.get(provider.api_key_env):
        raise ConfigError(
            f"{provider.api_key_env} is not set: export it or put it into .env,"
            " or try `llm-router serve --demo`, which needs no key"
        )


def build_shim(
    settings: Settings,
    host: str,
    core_address: str,
    channel: grpc.aio.Channel | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> FastAPI:
    """Builds the REST shim.

    Args:
        settings: the process settings.
        host: what it listens on, which is a name of its own too.
        core_address: where the core is.
        channel: a way to the core without a socket; by default one to its address.
        timeout_s: time for a request whose client names none, in seconds.
    """
    from rest_shim.main import (  # noqa: PLC0415  # half of the start, and most commands go without
        create_app,
    )

    shim_settings = ShimSettings(
        core_address=core_address,
        timeout_s=timeout_s,
        max_body_bytes=settings.max_body_mb * MEBIBYTE,
        allowed_hosts=frozenset({host, *settings.allowed_hosts}),
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
    )
    return create_app(channel, shim_settings)


def _missing_keys(config: RoutingConfig, env: Mapping[str, str], *, demo: bool) -> tuple[str, ...]:
    if demo:
        return ()
    return tuple(
        f"provider {provider.name}: {provider.api_key_env} is not set, its models will refuse us"
        for provider in config.providers.values()
        if provider.api_key_env and not env.get(provider.api_key_env)
    )
