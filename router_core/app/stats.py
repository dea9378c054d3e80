"""Tells what was served, and how this router is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from router_core.app.ports import Clock, ConfigSource, Ledger
from router_core.decide.stats import StatsSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """Which router this is."""

    started: datetime
    mode: str
    demo: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The use case; ``warnings`` are what does not work as configured."""

    ledger: Ledger
    config: ConfigSource
    clock: Clock
    demo: bool
    warnings: tuple[str, ...]
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Notes when the router started."""
        object.__setattr__(self, "started", self.clock.now())

    def totals(self) -> StatsSnapshot:
        """The sums over all that was served."""
        return self.ledger.snapshot()

    def server_info(self) -> ServerInfo:
        """Which router this is."""
        return ServerInfo(
            started=self.started,
            mode=self.config.current().mode,
            demo=self.demo,
            warnings=self.warnings,
        )
