"""What takes note of every request that has ended, put together."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from router_core.app.ports import Clock, ConfigSource, Recorder
from router_core.app.recording import Recording
from router_core.app.spending import Spending
from router_core.app.watching import Watching
from router_core.bootstrap.spending import build_spending
from router_core.decide.pace import Paces
from router_core.decide.usual import Usual
from router_core.settings import Settings
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile

__all__ = ["Accounts", "open_accounts"]

_REMEMBERED: Final = 2_000
"""From how many of the last requests a start learns what answers are usually like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Those that decide or answer by what has ended; telemetry only tells of it."""

    ledger: LedgerFile
    spending: Spending
    usual: Usual
    paces: Paces
    watching: Watching

    def recording(self, others: Iterable[Recorder]) -> Recording:
        """All of them behind one port, and the others."""
        return Recording(
            (self.usual, self.paces, self.ledger, self.spending, self.watching, *others)
        )


def open_accounts(
    settings: Settings,
    config: ConfigSource,
    clock: Clock,
    database: Database | None,
    stores: ExitStack,
) -> Accounts:
    """Takes up the accounts where the last run has left them.

    Args:
        settings: the process settings.
        config: with the limits of spending, and how long what is kept.
        clock: the time.
        database: where the ledger is kept; ``None``: in memory alone.
        stores: closed at the end; what waits is written then.
    """
    own = database and database.another()  # no conversation waits for a long question
    if own:
        stores.callback(own.close)
    ledger = LedgerFile(own, lambda: config.current().ledger, clock.now, clock.now())
    stores.callback(ledger.close)
    ledger.begin()
    usual, paces = Usual(), Paces()
    ledger.warm(usual, paces, most=_REMEMBERED)
    return Accounts(
        ledger=ledger,
        spending=build_spending(settings, config, clock, ledger),
        usual=usual,
        paces=paces,
        watching=Watching(),
    )
