"""A catalogue that is kept, with fakes all around it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from router_core.app.catalogue import KeepCatalogue
from router_core.app.ports import KeptListing
from router_core.decide.catalogue import Listing
from router_core.decide.config import Category, ModelSettings, Provider, RoutingConfig
from router_core.decide.model_info import ModelInfo
from tests.app.rig import FixedConfig
from tests.app.rig import model as a_model
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider

URL = "http://openrouter.test/v1"


def a_config(
    *names: str, settings: Mapping[str, ModelSettings] | None = None, local: bool = False
) -> RoutingConfig:
    """A config whose models are ``lab/<name>`` of OpenRouter's."""
    models = tuple(map(a_model, names))
    providers = {"openrouter": Provider(name="openrouter", base_url=URL)}
    if local:
        providers["local"] = Provider(name="local", base_url="http://local.test/v1")
    return RoutingConfig(
        providers=providers,
        aliases={model.name: model for model in models},
        categories={"code": Category(name="code", models=models)},
        model_settings=settings or {},
    )


def on_disk(listing: Listing, base_url: str = URL) -> dict[str, KeptListing]:
    return {"openrouter": KeptListing(base_url=base_url, listing=listing)}


class FakeStore:
    """The `ListingStore` port."""

    def __init__(self, kept: Mapping[str, KeptListing] | None = None) -> None:
        self.kept = kept or {}
        self.saved: list[Mapping[str, KeptListing]] = []
        self.problem = ""

    def load(self) -> Mapping[str, KeptListing]:
        return self.kept

    def save(self, kept: Mapping[str, KeptListing]) -> None:
        self.saved.append(kept)


class FakeTable:
    """The `PriceTable` port: the window of every model is the day of the year."""

    def __init__(self, *, fails: bool = False) -> None:
        self.loaded = False
        self.fails = fails

    def load(self) -> None:
        if self.fails:
            raise ImportError("no module of that name")
        self.loaded = True

    def models(self, provider: Provider, day: date) -> Mapping[str, ModelInfo]:
        days = day.timetuple().tm_yday
        return {"lab/one": ModelInfo(context_length=days)} if self.loaded else {}

    def source(self, day: date) -> str:
        return f"a table of {day}"


class Keeping:
    """The use case with its fakes."""

    def __init__(
        self,
        config: RoutingConfig,
        *,
        kept: Mapping[str, KeptListing] | None = None,
        table: FakeTable | None = None,
        **fields: Any,
    ) -> None:
        self.config = FixedConfig(config)
        self.clock = FakeClock()
        self.store = FakeStore(kept)
        self.table = table or FakeTable()
        self.providers = {name: FakeProvider({}) for name in config.providers}
        self.listed: list[tuple[str, Listing]] = []
        self.keep = KeepCatalogue(
            providers=lambda provider: self.providers[provider.name],
            config=self.config,
            clock=self.clock,
            store=self.store,
            table=self.table,
            on_listed=lambda name, listing: self.listed.append((name, listing)),
            **{"random": lambda: 0.5} | fields,
        )

    def tells(self, *ids: str, name: str = "openrouter", **page: Any) -> None:
        """Lets a provider list ``ids`` from now on."""
        self.providers[name].pages = [{"data": [{"id": model_id} for model_id in ids], **page}]

    async def asleep(self, seconds: float = 0.0) -> None:
        """Lets time pass, and waits until nobody has anything to do."""
        self.clock.advance(seconds)
        await self.clock.until_asleep()
