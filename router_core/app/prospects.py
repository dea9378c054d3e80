"""What is known of the models at this moment: what they can do, and how they fare."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from router_core.app.ports import CatalogueSource, Clock
from router_core.decide.candidates import Prospect
from router_core.decide.catalogue import Catalogue
from router_core.decide.config import ModelRef
from router_core.decide.health import Health
from router_core.decide.model_info import ModelInfo

__all__ = ["Prospects"]


@dataclass(slots=True)
class _Read:
    """What a catalogue says of the models that were asked for, on one day."""

    catalogue: Catalogue
    day: date
    absences: dict[ModelRef, str | None] = field(default_factory=dict)
    infos: dict[ModelRef, ModelInfo] = field(default_factory=dict)


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
        read = self._current()
        if model not in read.absences:
            read.absences[model] = read.catalogue.absence(model, self.clock.now())
        return Prospect(
            info=self.info_of(model),
            absence=read.absences[model],
            health=self.health.of(model, self.clock.monotonic()),
        )

    def info_of(self, model: ModelRef) -> ModelInfo:
        """What a model can do, as far as that is known."""
        read = self._current()
        if model not in read.infos:
            read.infos[model] = read.catalogue.info(model)
        return read.infos[model]

    def _current(self) -> _Read:
        catalogue, today = self.catalogue.current(), self.clock.now().date()
        if self._read is None or self._read.catalogue is not catalogue or self._read.day != today:
            self._read = _Read(catalogue, today)
        return self._read
