"""What is known of the models at this moment: what they can do, and how they fare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from router_core.app.ports import CatalogueSource, Clock
from router_core.decide.candidates import Outlook, Prospect
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.health import WELL, Health
from router_core.decide.model_info import ModelInfo

__all__ = ["Prospects"]


@dataclass(slots=True)
class _Read:
    """What a catalogue says of the models that were asked for, on one day."""

    catalogue: Catalogue
    day: int
    prospects: dict[ModelRef, Prospect] = field(default_factory=dict)


@dataclass(slots=True)
class Prospects:
    """The catalogue and the models' health in one.

    What the catalogue says is kept until there is another one, or another day: to
    find models like one that is gone takes milliseconds.
    """

    catalogue: CatalogueSource
    health: Health
    clock: Clock
    _read: _Read | None = None

    def of(self, model: ModelRef) -> Prospect:
        """What is known of a model."""
        return self.now()(model)

    def now(self) -> Outlook:
        """What is known of the models at this moment, for one request: each asked for little."""
        read, moment, health = self._reading(), self.clock.monotonic(), self.health
        listed = read.prospects

        def outlook(model: ModelRef) -> Prospect:
            known = listed.get(model) or self._listed(model)
            fares = health.of(model, moment)
            return known if fares is WELL else replace(known, health=fares)

        return outlook

    def info_of(self, model: ModelRef) -> ModelInfo:
        """What a model can do, as far as that is known."""
        return self._listed(model).info

    def under(self, config: RoutingConfig) -> Outlook:
        """What would be known of the models now, were ``config`` in force."""
        overrides = {name: its.info for name, its in config.model_settings.items()}
        catalogue = replace(self.catalogue.current(), overrides=overrides)
        now, moment = self.clock.now(), self.clock.monotonic()
        seen: dict[ModelRef, Prospect] = {}

        def outlook(model: ModelRef) -> Prospect:
            if model not in seen:
                seen[model] = Prospect(
                    info=catalogue.info(model),
                    absence=catalogue.absence(model, now),
                    health=self.health.of(model, moment),
                )
            return seen[model]

        return outlook

    def _listed(self, model: ModelRef) -> Prospect:
        """What the catalogue says of a model, as if it were well."""
        read = self._reading()
        known = read.prospects.get(model)
        if known is None:
            known = read.prospects[model] = Prospect(
                info=read.catalogue.info(model),
                absence=read.catalogue.absence(model, self.clock.now()),
            )
        return known

    def _reading(self) -> _Read:
        catalogue, now = self.catalogue.current(), self.clock.now()
        if self._read is None or self._read.catalogue is not catalogue or self._read.day != now.day:
            self._read = _Read(catalogue, now.day)
        return self._read
