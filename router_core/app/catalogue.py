"""Keeps what is known of the models up to date, off the requests' path.

    keep = KeepCatalogue(...)
    keep.load()             what the last run has left on disk
    keep.start()            asks every provider now and each hour, in the background
    keep.current()          the snapshot, for the price of reading an attribute

A provider that cannot be asked, or says half, changes nothing that is known.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from router_core.app.ports import (
    Clock,
    ConfigSource,
    KeptListing,
    ListingStore,
    PriceTable,
    Providers,
)
from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.config import ModelRef, Provider, RoutingConfig
from router_core.decide.model_info import ModelInfo
from router_core.decide.model_listing import NoListing, read_listing
from router_core.errors import UpstreamFailure

__all__ = ["KeepCatalogue"]

_HOUR_S: Final = 3600.0
_RETRY_S: Final = 30.0
"""After a failure, in seconds; doubled with each further one, up to an hour."""
_PATIENCE_S: Final = 10.0
"""How long one provider may take, in seconds."""
_FEW_MODELS: Final = 10
"""What a server lists that has one model, or a handful, under names of its own."""
_JITTER: Final = 0.1
"""The share by which a pause is longer or shorter, so that routers do not ask as one."""

_log = logging.getLogger("router_core.catalogue")


@dataclass(slots=True, kw_only=True, eq=False)
class KeepCatalogue:
    """The use case; it is the `CatalogueSource` port too.

    Attributes:
        random: a number from 0 to 1 for each pause.
        on_listed: is called with each listing that comes, whole or not, and its provider.
        patience_s: how long one provider may take, in seconds.
    """

    providers: Providers
    config: ConfigSource
    clock: Clock
    store: ListingStore
    table: PriceTable
    random: Callable[[], float]
    on_listed: Callable[[str, Listing], None] = lambda _name, _listing: None
    patience_s: float = _PATIENCE_S
    _known: dict[str, KeptListing] = field(default_factory=dict)
    _tabled: Mapping[str, Mapping[str, ModelInfo]] = field(default_factory=dict)
    _current: Catalogue = field(default_factory=Catalogue)
    _absent: dict[str, str] = field(default_factory=dict)
    _out: set[str] = field(default_factory=set)
    _failing: set[str] = field(default_factory=set)
    _problem: str = ""
    _refreshed: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _anew: set[str] = field(default_factory=set)
    _changed: asyncio.Future[None] | None = None

    def current(self) -> Catalogue:
        """What is known now."""
        return self._current

    def load(self) -> None:
        """Takes what is on disk of the providers that are still where they were."""
        self._known = dict(self.store.load())
        self._rebuild()

    def load_table(self) -> None:
        """Reads the price table, which takes a while."""
        self._read_table()
        self._rebuild()

    def start(self) -> None:
        """Begins to ask the providers, and reads the price table; wants a loop."""
        self._task = asyncio.create_task(self._keep())

    async def settle(self, limit_s: float) -> None:
        """Waits for the first refresh, at most ``limit_s`` seconds; not where all is fresh."""
        now = self.clock.now()
        listings = self._current.listings
        providers = self.config.current().providers
        if all(name in listings and listings[name].settles(now) for name in providers):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._refreshed.wait()

    async def refresh(self, names: Collection[str] | None = None) -> frozenset[str]:
        """Asks providers, all by default, at once; returns those that did not tell all."""
        providers = self.config.current().providers
        asked = providers.values() if names is None else map(providers.__getitem__, names)
        failed: set[str] = set()
        has_news = False
        for answering in asyncio.as_completed([self._ask(provider) for provider in asked]):
            provider, answer = await answering
            if provider != self.config.current().providers.get(provider.name):
                continue  # it was asked in vain: it is another one now
            name = provider.name
            if self._take(provider, answer):
                failed.add(name)
            elif isinstance(answer, Listing):
                has_news = True
            # At once: another provider may take its time.
            self._rebuild()
            self._tell()
            if isinstance(answer, Listing):
                self.on_listed(name, answer)
        if has_news:
            whole = {name: kept for name, kept in self._known.items() if kept.listing.complete}
            await asyncio.to_thread(self.store.save, whole)
        await asyncio.to_thread(self._look_up)
        self._rebuild()
        return frozenset(failed)

    def reconfigured(self, before: RoutingConfig, after: RoutingConfig) -> None:
        """Another config is in force: its models count at once, its new providers are asked."""
        self._rebuild()
        self._tell()
        self._anew |= {
            name
            for name, provider in after.providers.items()
            if provider != before.providers.get(name)
        }
        if self._anew and self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def close(self) -> None:
        """Stops asking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the configured models, a line each, for a person."""
        problems = filter(None, (self.store.problem, self._problem))
        return (*self._absent.values(), *problems)

    def lines(self) -> Iterator[str]:
        """Which listings and which price table are known, a line each, for a person."""
        for name in self.config.current().providers:
            listing = self._current.listings.get(name)
            if listing is None:
                yield f"{name}: none yet"
            else:
                told = f"{listing.told_at:%Y-%m-%d %H:%M} UTC"
                yield f"{name}: of {told}, {len(listing.models)} models"
        yield f"prices before that: {self.table.source(self.clock.now().date())}"

    async def _keep(self) -> None:
        """Asks each provider when it is due, for ever."""
        table = asyncio.create_task(self._learn_prices())
        due: dict[str, float] = {}
        failures: dict[str, int] = {}
        try:
            while True:
                self._changed = asyncio.get_running_loop().create_future()
                anew, self._anew = self._anew, set()
                now = self.clock.monotonic()
                due = {
                    name: now if name in anew else due.get(name, now)
                    for name in self.config.current().providers
                }
                names = [name for name, at in due.items() if at <= now]
                failed = await self._refresh_anyhow(names)
                self._refreshed.set()
                for name in names:
                    failures[name] = failures.get(name, 0) + 1 if name in failed else 0
                    due[name] = self.clock.monotonic() + self._pause(failures[name])
                pause = min(due.values()) - self.clock.monotonic()
                await self.clock.done_within(self._changed, pause)
        finally:
            table.cancel()

    async def _learn_prices(self) -> None:
        await asyncio.to_thread(self._read_table)
        self._rebuild()

    async def _refresh_anyhow(self, names: Collection[str]) -> Collection[str]:
        """Refreshes; what nobody has thought of is logged, and the next one tries again."""
        try:
            return await self.refresh(names)
        except Exception as error:
            _log.error("the catalogue could not be refreshed: %r", error)
            return names

    def _pause(self, failures: int) -> float:
        """Until the next refresh, in seconds."""
        pause = min(_RETRY_S * 2 ** min(failures - 1, 10), _HOUR_S) if failures else _HOUR_S
        return pause * (1 + _JITTER * (2 * self.random() - 1))

    async def _ask(self, asked: Provider) -> tuple[Provider, Listing | NoListing | None]:
        """What a provider tells now; ``None``: it is no provider that lists its models."""
        try:
            async with asyncio.timeout(self.patience_s):
                pages = await self.providers(asked).list_models()
            # In a thread: a long list would hold up the requests under way.
            now = self.clock.now()
            return asked, await asyncio.to_thread(read_listing, pages, now) if pages else None
        except UpstreamFailure as error:
            return asked, NoListing(error.failure.message)
        except TimeoutError:
            return asked, NoListing(f"no answer within {self.patience_s:g} s")
        except Exception as error:  # what one provider does is no other's loss
            return asked, NoListing(f"it failed unexpectedly ({type(error).__name__})")

    def _take(self, asked: Provider, answer: Listing | NoListing | None) -> bool:
        """Adds an answer to what is known; returns whether it was less than all."""
        name, problem = asked.name, ""
        if isinstance(answer, NoListing):
            problem = answer.why
        elif answer is not None:
            before = self._known.get(name)
            listing = answer.after(before.listing if before else None)
            self._known[name] = KeptListing(base_url=asked.base_url, listing=listing)
            if listing is not answer or not listing.complete or not listing.models:
                problem = f"it told of {len(answer.models)} models, which is not all"
        if problem and name not in self._failing:
            _log.warning("%s's models cannot be learnt: %s", name, problem)
        (self._failing.add if problem else self._failing.discard)(name)
        return bool(problem)

    def _read_table(self) -> None:
        try:
            self.table.load()
        except Exception as error:
            self._problem = f"there is no price table: {error}"
        self._look_up()

    def _look_up(self) -> None:
        """Looks up the prices of the day in the table."""
        providers = self.config.current().providers
        day = self.clock.now().date()
        try:
            self._tabled = {name: self.table.models(p, day) for name, p in providers.items()}
        except Exception as error:  # another version of the library; what was known stays
            self._problem = f"the price table cannot be read: {error!r}"

    def _rebuild(self) -> None:
        """Makes the snapshot anew from what is known."""
        config, now = self.config.current(), self.clock.now()
        models = config.models().values()
        self._known = {
            name: kept
            for name, kept in self._known.items()
            if name in config.providers and kept.base_url == config.providers[name].base_url
        }
        self._current = Catalogue(
            listings={
                name: _telling(kept.listing, [m for m in models if m.provider == name])
                for name, kept in self._known.items()
            },
            table=self._tabled,
            overrides={name: its.info for name, its in config.model_settings.items()},
        )
        self._absent = {
            model.name: f"model {model.name} ({model.id}) is out: {why}"
            for model in models
            if (why := self._current.absence(model, now))
        }

    def _tell(self) -> None:
        """Logs which configured models are out, each once, and which are back."""
        for name, line in self._absent.items():
            if name not in self._out:
                _log.warning("%s", line)
        for name in sorted(self._out - self._absent.keys()):
            _log.info("model %s is there again", name)
        self._out = set(self._absent)


def _telling(listing: Listing, models: Sequence[ModelRef]) -> Listing:
    """``listing``, as far as it tells which of the configured models are there.

    One that has none of them is no list of what can be called: servers for one model
    answer to any name, and list it by another.
    """
    if len(listing.models) > _FEW_MODELS or any(listing.find(model.id) for model in models):
        return listing
    return replace(listing, complete=False)
