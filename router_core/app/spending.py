"""Holds what is spent within the limits of the config."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from router_core.app.ports import Alerts, Clock, ConfigSource, SpentSource
from router_core.decide.capped import CostOf, cheapest_of, is_free
from router_core.decide.config import AtLimit, Limits
from router_core.decide.cost import MONEY
from router_core.decide.records import RequestRecord
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.spending import (
    EVERYONE,
    Books,
    Period,
    Reservation,
    SpendingAlert,
    SpendingEvent,
    SpendingState,
    counted_usd,
    span_of,
)
from router_core.errors import SpendingLimitReached

__all__ = ["NoAlerts", "Spending"]

_log = logging.getLogger("router_core.spending")

_SOON_S: Final = 3600.0
"""A client is told when to come back where that is so soon, in seconds."""
_NOTHING: Final = Decimal(0)


class NoAlerts:
    """The `Alerts` port for operators who read the log."""

    def send(self, alert: SpendingAlert) -> None:
        """Does nothing."""

    async def close(self) -> None:
        """Does nothing."""


@dataclass(slots=True, kw_only=True)
class Spending:
    """The use case; also the `Recorder` port, which counts what was spent.

    It is counted always, since a limit may be set at any time, and held against limits where
    there are any.

    Attributes:
        problem: why it does not know all that was spent, for a person; empty: it does.
    """

    config: ConfigSource
    clock: Clock
    books: Books
    alerts: Alerts = field(default_factory=NoAlerts)
    problem: str = ""
    _told: dict[tuple[SpendingEvent, str, Period], SpendingState] = field(default_factory=dict)

    def open(self, source: SpentSource) -> None:
        """Takes over what was spent in this day and month before the process began."""
        now = self.clock.now()
        try:
            spent = {period: source.spent(span_of(period, now).start) for period in Period}
        except Exception as error:
            kind = type(error).__name__
            self.problem = (
                f"the ledger cannot be read ({kind}), so what was spent before the start is not"
                " known, and limits of spending hold for what is spent from then on"
            )
            _log.error("%s", self.problem)
            return
        for period, by_caller in spent.items():
            self.books.opened(period, by_caller)

    def admit(
        self,
        caller: str,
        limits: Limits,
        decision: RouteDecision,
        cost_of: CostOf,
        spent_usd: Decimal = _NOTHING,
    ) -> tuple[RouteDecision, Reservation]:
        """Reserves what a request is expected to cost, before it is called.

        Args:
            caller: whose request it is.
            limits: those in force.
            decision: whom to call; there is somebody.
            cost_of: what it is expected to cost; what is not known counts as nothing.
            spent_usd: what classifying it has cost.

        Returns:
            The decision, which leaves the cheapest models alone where there is no room for
            the first and the limits say so; and the reservation, to be raised where another
            model is called that costs more, and given back once the request is recorded.

        Raises:
            SpendingLimitReached: there is no room, and the limits say that it is refused; or
                its caller named a model, which no other replaces.
        """
        now = self.clock.now()
        usd = MONEY.add(spent_usd, _expected(decision, cost_of))
        blocking = self.books.in_the_way(caller, limits, usd, now)
        if blocking is not None:
            if blocking.is_nearly_spent:
                self._tell(SpendingEvent.REACHED, blocking)
            decision = _at_limit(limits, decision, cost_of, blocking, now)
            usd = MONEY.add(spent_usd, _expected(decision, cost_of))
        return decision, self.books.reserve(caller, usd, now)

    def foresee(
        self, caller: str, limits: Limits, decision: RouteDecision, cost_of: CostOf
    ) -> RouteDecision:
        """What `admit` would make of a decision; where it would refuse, the explanation says so."""
        if not limits.cap_spending or not decision.to_call:
            return decision
        now = self.clock.now()
        blocking = self.books.in_the_way(caller, limits, _expected(decision, cost_of), now)
        if blocking is None:
            return decision
        try:
            return _at_limit(limits, decision, cost_of, blocking, now)
        except SpendingLimitReached as error:
            told = f"{decision.explanation}; it would be refused: {error.message}"
            return replace(decision, explanation=told)

    def may_spend(self, caller: str, limits: Limits) -> bool:
        """Whether any limit that holds for a caller has room for anything."""
        if not limits.cap_spending:
            return True
        return self.books.in_the_way(caller, limits, _NOTHING, self.clock.now()) is None

    def states(self) -> tuple[SpendingState, ...]:
        """How far every limit in force is spent: those of all together, then by caller."""
        return self.books.states(self.config.current().limits, self.clock.now())

    def record(self, record: RequestRecord) -> None:
        """Counts what a request cost, and tells where a limit is nearly reached by it."""
        usd, now = counted_usd(record), self.clock.now()
        self.books.count(record.caller, usd, record.time, now)
        limits = self.config.current().limits
        if not usd or not limits.cap_spending:
            return
        for state in self.books.nearly_spent(record.caller, limits, now):
            event = SpendingEvent.REACHED if state.is_spent else SpendingEvent.WARNING
            self._tell(event, state)

    async def close(self) -> None:
        """Lets alerts that are under way arrive."""
        await self.alerts.close()

    def _tell(self, event: SpendingEvent, state: SpendingState) -> None:
        """Tells it once a period, and anew where the limit has changed."""
        key = (event, state.caller, state.period)
        before = self._told.get(key)
        if before and (before.limit_usd, before.resets_at) == (state.limit_usd, state.resets_at):
            return
        self._told[key] = state
        told = _reached(state) if event is SpendingEvent.REACHED else f"{_named(state)} comes near"
        _log.warning("%s: %s", told, _spent(state))
        self.alerts.send(SpendingAlert(event, state))


def _expected(decision: RouteDecision, cost_of: CostOf) -> Decimal:
    return cost_of(decision.to_call[0]) or _NOTHING


def _at_limit(
    limits: Limits, decision: RouteDecision, cost_of: CostOf, state: SpendingState, now: datetime
) -> RouteDecision:
    """What is done where ``state`` has no room for a request."""
    is_direct = decision.reason is RouteReason.DIRECT_MODEL
    if limits.at_limit is AtLimit.CHEAPEST:
        if not is_direct:
            return cheapest_of(decision, cost_of, _reached(state))
        if is_free(decision, cost_of):
            return decision
    expected = cost_of(decision.to_call[0])
    asked = f"; this request is expected to cost {expected:f} USD" if expected else ""
    left_s = (state.resets_at - now).total_seconds()
    raise SpendingLimitReached(
        f"{_reached(state)}: {_spent(state)}{asked}; it resets at {_when(state)}",
        {
            "caller": state.caller,
            "period": state.period.value,
            "spent_usd": f"{state.spent_usd:f}",
            "limit_usd": f"{state.limit_usd:f}",
            "resets_at": _when(state),
        },
        left_s if left_s <= _SOON_S else None,
    )


def _named(state: SpendingState) -> str:
    """Which limit it is, for a person; of the caller no more than the opaque id."""
    whose = "" if state.caller == EVERYONE else f" of the caller {state.caller}"
    length = "daily" if state.period is Period.DAY else "monthly"
    return f"the {length} spending limit{whose} of {state.limit_usd:f} USD"


def _reached(state: SpendingState) -> str:
    return f"{_named(state)} {'is reached' if state.is_spent else 'has no room left for this'}"


def _spent(state: SpendingState) -> str:
    reserved = f", {state.reserved_usd:f} more are reserved" if state.reserved_usd else ""
    return f"{state.spent_usd:f} USD are spent{reserved}"


def _when(state: SpendingState) -> str:
    return state.resets_at.strftime("%Y-%m-%dT%H:%M:%SZ")
