"""Tells what was served, and how this router is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from router_core.app.ports import Clock, ConfigSource, Ledger, Listed, Summed
from router_core.app.prospects import Prospects
from router_core.decide.config import ModelRef
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.health import ModelHealth, Standing
from router_core.decide.spending import SpendingState
from router_core.decide.target import resolve_model
from router_core.errors import ModelNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which router this is."""

    started: datetime
    mode: str
    demo: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """How one model fares.

    Attributes:
        back_at: the time of day at which it may be called again, in UTC; ``None``: now,
            or nobody knows.
    """

    model: ModelRef
    health: ModelHealth
    back_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The use case.

    Attributes:
        warnings: tells what does not work as configured, at this moment.
        spending: tells what is spent of each limit that is set, likewise.
    """

    ledger: Ledger
    prospects: Prospects
    config: ConfigSource
    clock: Clock
    demo: bool
    warnings: Callable[[], tuple[str, ...]]
    spending: Callable[[], Sequence[SpendingState]] = tuple
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Notes when the router started."""
        object.__setattr__(self, "started", self.clock.now())

    async def summed(
        self, span: TimeRange, group_by: Dimension | None = None, most: int = 100
    ) -> Summed:
        """The sums over what was served in a range of time; see `Ledger.summed`."""
        return await self.ledger.summed(span, group_by, most)

    async def listed(self, wanted: Wanted, most: int, before: int | None = None) -> Listed:
        """A page of the requests that ended, newest first; see `Ledger.listed`."""
        return await self.ledger.listed(wanted, most, before)

    def models(self) -> tuple[ModelState, ...]:
        """How the models of the config fare, by name."""
        named = self.config.current().models()
        return tuple(self._state(named[name]) for name in sorted(named))

    def reset_model(self, name: str) -> ModelState:
        """Lets a model be called whatever was: closes its breaker, lifts its bench.

        Args:
            name: what may stand in a request's ``model`` for one model.

        Raises:
            ModelNotFound: it stands for none.
        """
        config = self.config.current()
        model = resolve_model(name, config.providers, config.aliases)
        if model is None:
            raise ModelNotFound(f"there is no model {name!r}")
        self.prospects.health.reset(model)
        return self._state(model)

    def _state(self, model: ModelRef) -> ModelState:
        now = self.clock.monotonic()
        seen = self.prospects.of(model)
        health = seen.health
        if seen.absence is not None:
            health = replace(health, standing=Standing.OUT, back_at=None, why=seen.absence)
        back_at = (
            None
            if health.back_at is None
            else self.clock.now() + timedelta(seconds=health.back_at - now)
        )
        return ModelState(model=model, health=health, back_at=back_at)

    def server_info(self) -> ServerInfo:
        """Which router this is."""
        return ServerInfo(
            started=self.started,
            mode=self.config.current().mode,
            demo=self.demo,
            warnings=(*self._dropped_out(), *self.warnings()),
        )

    def _dropped_out(self) -> tuple[str, ...]:
        out = self.prospects.health.providers_out(self.clock.monotonic())
        refused = (
            f"provider {name} refuses us, so its models are out: {why}"
            for name, why in sorted(out.items())
        )
        gone = (
            f"model {state.model.name} ({state.model.id}) is out: {state.health.why}"
            for state in self.models()
            if state.health.standing is Standing.OUT
            and state.model.provider not in out
            and self.prospects.of(state.model).absence is None  # else the catalogue says so
        )
        return (*refused, *gone)
