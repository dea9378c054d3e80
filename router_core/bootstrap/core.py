"""A core, put together of all its parts."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from rest_shim.settings import MEBIBYTE
from router_core.app.catalogue import KeepCatalogue
from router_core.app.chain import Calling
from router_core.app.classify import Classify
from router_core.app.complete import Complete
from router_core.app.configure import Configure
from router_core.app.explain import Explain
from router_core.app.judge import Consulted, Judge
from router_core.app.ports import (
    Classifier,
    ClassifierUnavailable,
    Clock,
    SessionStore,
)
from router_core.app.prospects import Prospects
from router_core.app.replay import Replay
from router_core.app.route import Route
from router_core.app.sessions import Sessions
from router_core.app.slots import Slots
from router_core.app.spending import Spending
from router_core.app.stats import Stats
from router_core.app.watching import Watching
from router_core.bootstrap.accounts import open_accounts
from router_core.bootstrap.parts import (
    KEY_BYTES,
    guard_of,
    maker_of_providers,
    missing_keys,
    open_database,
    open_sessions,
)
from router_core.bootstrap.telemetry import open_telemetry, states_of
from router_core.classifiers.api_model import ApiClassifier
from router_core.classifiers.embedded import Compiled, EmbeddedClassifier
from router_core.classifiers.keywords import KeywordClassifier
from router_core.classifiers.ollama import OllamaClassifier
from router_core.clock import SystemClock
from router_core.decide.config import RoutingConfig
from router_core.decide.config_warnings import Surroundings, policy_warnings, spending_warnings
from router_core.decide.health import Health
from router_core.decide.modes import asks_ollama
from router_core.grpc_edge.classify import ClassifyServicer
from router_core.grpc_edge.complete import CompleteServicer
from router_core.grpc_edge.config_categories import ConfigCategoriesServicer
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.route import RouteServicer
from router_core.grpc_edge.server import GrpcServer, register
from router_core.grpc_edge.stats import StatsServicer
from router_core.providers.pool import ProviderPool
from router_core.settings import Settings, misspelt_settings
from router_core.stores.catalogue_file import CatalogueFile
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_history import ConfigHistory
from router_core.stores.config_rendering import category_etag
from router_core.stores.price_table import GenaiPriceTable

_MODELS_S: Final = 2.0
"""How long a start may wait to learn which models there are, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A core that is ready to serve: its servicers, and what must be closed at the end.

    Attributes:
        catalogue: what is known of the models.
        sessions: what is remembered of conversations.
        spending: holds what is spent within limits.
        watching: who follows requests as they end.
        stores: closes what is kept on the disk, once it is written.
        demo: whether the demo provider answers, of whose models there is nothing to know.
        to_mend: tells what does not work as configured at this moment, a line each, for a
            person.
        notes: what works otherwise than its name says, likewise.
        metrics: Prometheus' text; may be asked for in any thread.
        max_receive_bytes: the largest gRPC request.
    """

    servicers: tuple[object, ...]
    config: ConfigFile
    configure: Configure
    providers: ProviderPool
    ollama: OllamaClassifier
    catalogue: KeepCatalogue
    sessions: SessionStore
    spending: Spending
    watching: Watching
    stores: ExitStack
    demo: bool
    to_mend: Callable[[], tuple[str, ...]]
    notes: tuple[str, ...]
    metrics: Callable[[], str]
    max_receive_bytes: int

    def in_process_channel(self) -> grpc.aio.Channel:
        """A channel to this core that needs no socket."""
        channel = InProcessChannel()
        register(channel, self.servicers)
        return channel

    def server(self, address: str) -> GrpcServer:
        """A gRPC server of this core, to listen on ``address``."""
        return GrpcServer(
            self.servicers,
            address=address,
            max_receive_bytes=self.max_receive_bytes,
            on_stop=self.watching.close,
        )

    def start(self) -> None:
        """Begins what goes on in the background; wants a loop.

        That is to load what classifies on Ollama, where the mode asks it, to ask the
        providers for their models, and to take up edits of the config.
        """
        config = self.config.current()
        if asks_ollama(config.mode):
            self.ollama.start(config)
        if not self.demo:
            self.catalogue.start()
        self.configure.start()

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
            stack.push_async_callback(asyncio.to_thread, self.stores.close)
            stack.push_async_callback(self.providers.close)
            stack.push_async_callback(self.ollama.close)
            stack.push_async_callback(self.catalogue.close)
            stack.push_async_callback(self.spending.close)
            stack.push_async_callback(self.configure.close)


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
    stores = ExitStack()
    database = open_database(settings, stores) if writes_files else None
    config = ConfigFile(
        config_path or settings.config_path,
        history=ConfigHistory(database),
        mode=settings.mode,
        base_url=settings.openrouter_base_url,
        create=writes_files,
        now=clock.now,
    )
    config.load()
    providers = ProviderPool(maker_of_providers(env, demo=demo), clock)
    compiled = Compiled()
    embedded, ollama = EmbeddedClassifier(compiled), OllamaClassifier(settings.ollama_host, clock)
    # Now rather than under the first request: many examples take a while to read.
    embedded.categories_of(config.current())
    classifiers: dict[str, Classifier] = {
        "embedded": embedded,
        "keywords": KeywordClassifier(compiled),
        "ollama": ollama,
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
    accounts = open_accounts(settings, config, clock, database, stores)
    ledger, spending = accounts.ledger, accounts.spending
    classify = Classify(classifiers, clock, spending)
    prospects = Prospects(catalogue, health, clock)
    classifiers["api"] = ApiClassifier(providers, clock, prospects.info_of)
    sessions = open_sessions(database, config, stores)
    remembered = Sessions(sessions, clock, lambda: secrets.token_hex(16))
    route = Route(classify, prospects, remembered, accounts.usual, accounts.paces)
    calling = Calling(providers=providers, health=health, slots=Slots(), clock=clock, jitter=jitter)
    replay = Replay(
        judge=compiled,
        prospects=prospects,
        clock=clock,
        salt=secrets.token_bytes(KEY_BYTES),
        keeps_texts=settings.keep_texts,
        usual=accounts.usual,
        paces=accounts.paces,
    )
    states = states_of(
        lambda: stats,
        lambda: config.notes,
        limits=spending.states,
        ledger=ledger,
    )
    telemetry = open_telemetry(env, config, states, stores)
    recording = accounts.recording(telemetry.recorders)
    consulted = Consulted(recording, clock)

    around = Surroundings(
        absence=lambda model: catalogue.current().absence(model, clock.now()),
        has_key=lambda name: demo or bool(env.get(name)),
        is_priced=lambda model: demo or catalogue.current().info(model).prices is not None,
        knows_callers=bool(settings.api_keys),
    )

    def to_mend() -> tuple[str, ...]:
        """What was seen at the start, and what is so now."""
        keys = () if demo else missing_keys(config.current(), env)
        now = (*keys, *config.problems, sessions.problem, ledger.problem, *catalogue.warnings())
        now += (spending.problem, *spending_warnings(config.current(), around))
        now += (*policy_warnings(config.current(), around), *telemetry.to_mend())
        return tuple(filter(None, (*misspelt_settings(env), *config.warnings, *now)))

    def changed(before: RoutingConfig, after: RoutingConfig) -> None:
        known = {model.key for model in before.models().values()}
        new = (model for model in after.models().values() if model.key not in known)
        health.reconfigured(new, after.moved_since(before))
        providers.retire_others(after.providers.values(), before.deadlines.total_s)
        if not demo:
            catalogue.reconfigured(before, after)
        if asks_ollama(after.mode):
            ollama.start(after)

    configure = Configure(
        store=config,
        around=around,
        replay=replay,
        # What classifies may take a while to work out: before a request waits for it.
        prepare=lambda new: asyncio.to_thread(compiled.prepare, new),
        on_change=changed,
    )
    stats = Stats(
        ledger=ledger,
        prospects=prospects,
        config=config,
        clock=clock,
        demo=demo,
        warnings=lambda: (*to_mend(), *config.notes),
        spending=spending.states,
    )
    guard = guard_of(settings)
    servicers = (
        ClassifyServicer(guard, Judge(classify, consulted), config),
        RouteServicer(guard, Explain(route, consulted, spending), config, catalogue),
        CompleteServicer(guard, Complete(route, config, calling, recording, replay, spending)),
        ConfigCategoriesServicer(
            guard, config, configure, category_etag, lambda name: bool(env.get(name))
        ),
        StatsServicer(guard, stats, accounts.watching, telemetry.metrics),
    )
    return Core(
        servicers=servicers,
        config=config,
        configure=configure,
        providers=providers,
        ollama=ollama,
        catalogue=catalogue,
        sessions=sessions,
        watching=accounts.watching,
        stores=stores,
        spending=spending,
        demo=demo,
        to_mend=to_mend,
        notes=config.notes,
        metrics=telemetry.metrics,
        # A body in protobuf can be a little larger than in JSON.
        max_receive_bytes=2 * settings.max_body_mb * MEBIBYTE,
    )
