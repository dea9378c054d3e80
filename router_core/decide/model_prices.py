"""OpenRouter's ``pricing`` object to `Prices` and back; decimal all the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from router_core.decide.model_info import PRICE_KEYS, PriceOverride, Prices

__all__ = ["read_clock", "read_price", "read_prices", "render_prices", "show_clock", "show_price"]

_DECIMAL: Final = re.compile(r"\d{1,12}(\.\d{1,60})?([eE][+-]?\d{1,2})?")
_FINEST: Final = -60
"""The most decimal places that a price may have, as an exponent."""
_DEAREST: Final = Decimal(1_000_000)
_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):?([0-5]\d)")
_DAY_MINUTES: Final = 24 * 60
_LARGEST: Final = 2**53


def read_prices(value: Any) -> Prices | None:
    """Reads a ``pricing`` object; ``None``: it tells no price."""
    if not isinstance(value, dict):
        return None
    discount = read_price(value.get("discount"))
    overrides = value.get("overrides")
    prices = Prices(
        **_told(value),
        discount=discount if discount is not None and discount <= 1 else None,
        overrides=tuple(_overrides(overrides)) if isinstance(overrides, list) else (),
    )
    return prices if prices.is_known else None


def render_prices(prices: Prices) -> dict[str, Any]:
    """The object from which `read_prices` reads the same prices again."""
    rendered = dict(_shown(prices))
    overrides = [_shown_override(override) for override in prices.overrides]
    return rendered | ({"overrides": overrides} if overrides else {})


def read_price(value: Any) -> Decimal | None:
    """USD from a decimal string or a JSON number; ``None``: it is none, or below 0.

    OpenRouter writes -1 where the price depends on the model that is chosen.
    """
    if not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else repr(value)
    if not text.isascii() or not _DECIMAL.fullmatch(text):
        return None
    price = Decimal(text)
    exponent = price.as_tuple().exponent
    if price > _DEAREST or not isinstance(exponent, int) or exponent < _FINEST:
        return None
    return price.quantize(Decimal(1)) if exponent > 0 else price


def show_price(price: Decimal) -> str:
    """The decimal string of a price."""
    return f"{price:f}"


def read_clock(value: Any) -> int | None:
    """Minutes after midnight from "HHMM" (or the number HHMM); ``None``: it is no time."""
    text = f"{value:04d}" if type(value) is int and 0 <= value <= 2400 else value
    if not isinstance(text, str) or not (found := _CLOCK.fullmatch(text)) or not text.isascii():
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= _DAY_MINUTES else None


def show_clock(minutes: int) -> str:
    """The "HHMM" of minutes after midnight."""
    return f"{minutes // 60:02d}{minutes % 60:02d}"


def _told(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: read_price(value.get(key)) for key in PRICE_KEYS}


def _shown(prices: Prices) -> Iterator[tuple[str, str]]:
    for key in (*PRICE_KEYS, "discount"):
        price = getattr(prices, key)
        if price is not None:
            yield key, show_price(price)


def _overrides(entries: list[Any]) -> Iterator[PriceOverride]:
    """Yields those that are understood: one whose conditions are not could hold at any time."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        conditions: dict[str, Any] = {}
        for key, read in _CONDITIONS.items():
            if entry.get(key) is not None:
                conditions[key] = read(entry[key])
        if conditions and None not in conditions.values():
            yield PriceOverride(prices=Prices(**_told(entry)), **conditions)


def _tokens(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= _LARGEST else None


_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _days(value: Any) -> frozenset[int] | None:
    if not isinstance(value, list) or not all(day in _DAYS for day in value):
        return None
    return frozenset(map(_DAYS.index, value))


_CONDITIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "min_prompt_tokens": _tokens,
    "utc_start": read_clock,
    "utc_end": read_clock,
    "utc_days": _days,
}


def _shown_override(override: PriceOverride) -> dict[str, Any]:
    shown: dict[str, Any] = dict(_shown(override.prices))
    if override.min_prompt_tokens is not None:
        shown["min_prompt_tokens"] = override.min_prompt_tokens
    if override.utc_start is not None:
        shown["utc_start"] = show_clock(override.utc_start)
    if override.utc_end is not None:
        shown["utc_end"] = show_clock(override.utc_end)
    if override.utc_days is not None:
        shown["utc_days"] = [_DAYS[day] for day in sorted(override.utc_days)]
    return shown
