"""What is spent in each day and month, and whether a limit has room for more.

Money is exact. A request reserves what it is expected to cost before it is called, and
gives that back when its true cost is counted, so that however many run at once, each was
let in only where all of them together fitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import Final

from router_core.decide.config import Limits, SpendingLimits
from router_core.decide.cost import MONEY
from router_core.decide.records import AttemptRecord, RequestRecord

__all__ = [
    "EVERYONE",
    "Books",
    "Period",
    "Reservation",
    "Span",
    "SpendingAlert",
    "SpendingEvent",
    "SpendingState",
    "counted_for",
    "counted_usd",
    "span_of",
]

EVERYONE: Final = ""
"""The account of all callers together; also that of a caller who needs no key."""

_NEARLY: Final = Decimal("0.8")
"""The share of a limit from which on it is told that it will be reached."""
_NOTHING: Final = Decimal(0)


class Period(StrEnum):
    """How long a limit holds, in UTC."""

    DAY = "day"
    """From midnight to midnight."""
    MONTH = "month"
    """From the first of a month to the next."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` (inclusive) to ``end`` (exclusive), in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def span_of(period: Period, moment: datetime) -> Span:
    """The day or the month in which a moment, with its time zone, lies."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.DAY:
        return Span(day, day + timedelta(days=1))
    first = day.replace(day=1)
    return Span(first, (first + timedelta(days=31)).replace(day=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingState:
    """How far spending has come towards one limit.

    Attributes:
        caller: the opaque id of the key whose limit it is; ``""``: that of all together.
        spent_usd: what is spent; where a cost is not known, its estimate.
        reserved_usd: what requests under way may cost, by their estimates.
        limit_usd: the limit; more than 0.
        resets_at: when the period ends, in UTC.
    """

    caller: str
    period: Period
    spent_usd: Decimal
    reserved_usd: Decimal
    limit_usd: Decimal
    resets_at: datetime

    @property
    def is_nearly_spent(self) -> bool:
        """Whether 80 % of it is spent."""
        return _is_nearly_spent(self.spent_usd, self.limit_usd)

    @property
    def is_spent(self) -> bool:
        """Whether all of it is spent."""
        return self.spent_usd >= self.limit_usd


def _is_nearly_spent(spent: Decimal, limit: Decimal) -> bool:
    return spent >= MONEY.multiply(limit, _NEARLY)


def _has_room(spent: Decimal, reserved: Decimal, limit: Decimal, usd: Decimal) -> bool:
    """Whether so much fits in beside what is spent and reserved; once that is all, nothing."""
    taken = MONEY.add(spent, reserved)
    return taken < limit and MONEY.add(taken, usd) <= limit


class SpendingEvent(StrEnum):
    """What an operator hears of a limit; each once a period."""

    WARNING = "spending_warning"
    """80 % of it is spent."""
    REACHED = "spending_limit_reached"
    """It is spent, or has no room for a request any more."""


@dataclass(frozen=True, slots=True)
class SpendingAlert:
    """An event, and how far the limit was spent at it."""

    event: SpendingEvent
    state: SpendingState


def counted_usd(record: RequestRecord) -> Decimal:
    """What a request counts for limits, its classification included."""
    return counted_for((*record.classifier_calls, *record.attempts))


def counted_for(calls: Iterable[AttemptRecord]) -> Decimal:
    """What calls count for limits.

    Where a cost is not known it is the estimate of what may have been billed; where that
    is not known either, nothing.
    """
    usd = _NOTHING
    for call in calls:
        known = call.cost.usd
        if known is None and call.may_be_billed:
            known = call.estimated_usd
        if known:
            usd = MONEY.add(usd, known)
    return usd


@dataclass(slots=True)
class _Tally:
    """One account in one period."""

    spent: Decimal = _NOTHING
    reserved: Decimal = _NOTHING


@dataclass(slots=True)
class Reservation:
    """What one request has reserved; given back once, whoever does it again."""

    usd: Decimal
    _tallies: tuple[_Tally, ...]

    def covers(self, usd: Decimal) -> None:
        """Reserves no less than ``usd``: it costs more than was expected, and goes on."""
        if usd <= self.usd:
            return
        more, self.usd = MONEY.subtract(usd, self.usd), usd
        for tally in self._tallies:
            tally.reserved = MONEY.add(tally.reserved, more)

    def give_back(self) -> None:
        """Ends it."""
        for tally in self._tallies:
            tally.reserved = MONEY.subtract(tally.reserved, self.usd)
        self._tallies = ()


@dataclass(slots=True)
class _Account:
    day: _Tally = field(default_factory=_Tally)
    month: _Tally = field(default_factory=_Tally)

    def tally(self, period: Period) -> _Tally:
        return self.day if period is Period.DAY else self.month


_LONGEST_FIRST: Final = (Period.MONTH, Period.DAY)
_Caps = Mapping[Period, Decimal]
_Limited = tuple[str, Period, _Tally, Decimal]
"""Whose limit, over what time, how far it is spent, and how high it is."""


class Books:
    """What each caller and all together have spent and reserved; for one event loop.

    Every method takes the moment, with its time zone, and begins a new day or month where
    that is in another one; what a request reserved before stays with the old one.

    Args:
        now: the moment.
        knows_callers: whether callers have keys; otherwise all are one, for whom the tighter
            of the limits of all and of each holds.
    """

    def __init__(self, now: datetime, *, knows_callers: bool = True) -> None:
        self._knows_callers = knows_callers
        self._limits: Limits | None = None
        self._read: tuple[_Caps, _Caps] = ({}, {})
        self._day, self._month = (span_of(period, now) for period in Period)
        self._everyone = _Account()
        self._accounts: dict[str, _Account] = {EVERYONE: self._everyone}

    def opened(self, period: Period, spent: Mapping[str, Decimal]) -> None:
        """Takes over what was spent in the present period, by caller, before the books began."""
        for caller, usd in spent.items():
            for account in self._accounts_of(caller):
                tally = account.tally(period)
                tally.spent = MONEY.add(tally.spent, usd)

    def count(self, caller: str, usd: Decimal, came: datetime, now: datetime) -> None:
        """Counts what a request cost.

        Args:
            came: when it came in; it counts for the day and the month of that, as in the
                ledger, and for none that is over.
        """
        self._turn(now)
        if not usd:
            return
        today = came >= self._day.start
        if not today and came < self._month.start:
            return
        for account in self._accounts_of(caller):
            account.month.spent = MONEY.add(account.month.spent, usd)
            if today:
                account.day.spent = MONEY.add(account.day.spent, usd)

    def reserve(self, caller: str, usd: Decimal, now: datetime) -> Reservation:
        """Reserves what a request may cost, whether there is room for it or not."""
        self._turn(now)
        accounts = self._accounts_of(caller)
        tallies = tuple(tally for each in accounts for tally in (each.day, each.month))
        for tally in tallies:
            tally.reserved = MONEY.add(tally.reserved, usd)
        return Reservation(usd, tallies)

    def in_the_way(
        self, caller: str, limits: Limits, usd: Decimal, now: datetime
    ) -> SpendingState | None:
        """The limit that has no room for ``usd`` of a caller; ``None``: none.

        Of several it is one that lasts longest, so that nobody waits in vain for another.
        """
        self._turn(now)
        for limited in self._limits_for(caller, limits):
            _, _, tally, limit = limited
            if not _has_room(tally.spent, tally.reserved, limit, usd):
                return self._state(*limited)
        return None

    def nearly_spent(self, caller: str, limits: Limits, now: datetime) -> list[SpendingState]:
        """The limits that hold for a caller of which 80 % are spent, or more."""
        self._turn(now)
        return [
            self._state(whose, period, tally, limit)
            for whose, period, tally, limit in self._limits_for(caller, limits)
            if _is_nearly_spent(tally.spent, limit)
        ]

    def states(self, limits: Limits, now: datetime) -> tuple[SpendingState, ...]:
        """How far every limit is spent: that of all together first, then by caller."""
        self._turn(now)
        callers = sorted(self._accounts) if self._caps(limits)[1] else [EVERYONE]
        return tuple(
            self._state(*each)
            for caller in callers
            for each in self._limits_for(caller, limits)
            if each[0] == caller
        )

    def _limits_for(self, caller: str, limits: Limits) -> Iterator[_Limited]:
        """The limits that hold for a caller, the longest period first."""
        of_all, of_each = self._caps(limits)
        is_known = caller != EVERYONE and self._knows_callers
        own = (self._accounts.get(caller) or _Account()) if is_known else None
        for period in _LONGEST_FIRST:
            if (limit := of_all.get(period)) is not None:
                yield EVERYONE, period, self._everyone.tally(period), limit
            if own is not None and (limit := of_each.get(period)) is not None:
                yield caller, period, own.tally(period), limit

    def _caps(self, limits: Limits) -> tuple[_Caps, _Caps]:
        """The limits of all together and of each caller, as they are set."""
        if limits is not self._limits:
            of_all, of_each = _caps_of(limits), _caps_of(limits.per_caller)
            if not self._knows_callers:
                told = [each for caps in (of_all, of_each) for each in caps.items()]
                of_all, of_each = dict(sorted(told, key=itemgetter(1), reverse=True)), {}
            self._limits, self._read = limits, (of_all, of_each)
        return self._read

    def _state(self, caller: str, period: Period, tally: _Tally, limit: Decimal) -> SpendingState:
        return SpendingState(
            caller=caller,
            period=period,
            spent_usd=tally.spent,
            reserved_usd=tally.reserved,
            limit_usd=limit,
            resets_at=(self._day if period is Period.DAY else self._month).end,
        )

    def _accounts_of(self, caller: str) -> tuple[_Account, ...]:
        if caller == EVERYONE or not self._knows_callers:
            return (self._everyone,)
        account = self._accounts.get(caller)
        if account is None:
            account = self._accounts[caller] = _Account()
        return (self._everyone, account)

    def _turn(self, now: datetime) -> None:
        """Begins a new day or month where it is time; a clock that was put back begins one too."""
        if self._day.start <= now < self._day.end:
            return
        self._day = span_of(Period.DAY, now)
        for account in self._accounts.values():
            account.day = _Tally()
        if now not in self._month:
            self._month = span_of(Period.MONTH, now)
            self._accounts = {EVERYONE: self._everyone}
            self._everyone.month = _Tally()


def _caps_of(limits: SpendingLimits) -> _Caps:
    told = {Period.MONTH: limits.monthly_usd, Period.DAY: limits.daily_usd}
    return {period: usd for period, usd in told.items() if usd is not None}
