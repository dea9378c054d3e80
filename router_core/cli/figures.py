"""Figures as a person reads them."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

__all__ = ["UNKNOWN", "dollars", "duration", "moment", "percent"]

UNKNOWN: Final = "?"


def dollars(amount: str | Decimal) -> str:
    """An amount in USD, to the cent, or to three digits where that is more; empty: not known."""
    if amount == "":
        return UNKNOWN
    exact = Decimal(amount)
    if not exact:
        return "$0"
    sign, size = "-" if exact < 0 else "", abs(exact)
    digits = max(2, 2 - size.adjusted())
    shown = f"{size:,.{digits}f}"
    if digits > 2:
        whole, _, cents = shown.partition(".")
        shown = f"{whole}.{cents.rstrip('0').ljust(2, '0')}"
    return f"{sign}${shown}"


def percent(part: Decimal | float, whole: Decimal | float) -> str:
    """``part`` of ``whole``, which is not 0; a part is never rounded to the whole."""
    share = 100 * float(part) / float(whole)
    size = abs(share)
    if 99 < size < 100:
        return f"{share:.1f} %" if size < 99.95 else "<100 %"
    if size >= 10:
        return f"{share:.0f} %"
    return f"{share:.1f} %" if size >= 0.1 or size == 0 else f"{share:.1g} %"


def duration(ms: float) -> str:
    """So many milliseconds."""
    if ms < 999.5:
        return f"{ms:.{2 if ms < 1 else 1 if ms < 10 else 0}f} ms"
    return f"{ms / 1e3:.{1 if ms < 9_950 else 0}f} s"


def moment(time: Timestamp, style: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time of day in UTC, to the second; the style is that of `datetime.strftime`."""
    return time.ToDatetime(tzinfo=UTC).strftime(style)
