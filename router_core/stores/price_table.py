"""The dated price table: the data of the library ``genai-prices``, as `ModelInfo`.

It knows a model's prices and its context window without asking anyone, and may be
weeks behind. Prices there are per million of something and may begin at a date, hold
in a window of the day, or rise with the prompt; here they are per one, those of a
given day, the rest as `PriceOverride`. Only ids that it spells out are found.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from router_core.decide.config import Provider
from router_core.decide.defaults import OPENROUTER
from router_core.decide.model_info import ModelInfo, PriceOverride, Prices

if TYPE_CHECKING:
    from genai_prices import types

__all__ = ["GenaiPriceTable"]

_PACKAGE: Final = "genai-prices"

_PER_MILLION: Final = -6
_PER_THOUSAND: Final = -3

_UNITS: Final[Mapping[str, tuple[str, int]]] = {
    "input_mtok": ("prompt", _PER_MILLION),
    "output_mtok": ("completion", _PER_MILLION),
    "cache_read_mtok": ("input_cache_read", _PER_MILLION),
    "cache_write_mtok": ("input_cache_write", _PER_MILLION),
    "cache_write_1h_mtok": ("input_cache_write_1h", _PER_MILLION),
    "cache_audio_read_mtok": ("input_audio_cache", _PER_MILLION),
    "input_audio_mtok": ("audio", _PER_MILLION),
    "output_audio_mtok": ("audio_output", _PER_MILLION),
    "input_image_mtok": ("image_token", _PER_MILLION),
    "output_reasoning_mtok": ("internal_reasoning", _PER_MILLION),
    "requests_kcount": ("request", _PER_THOUSAND),
    "web_searches_kcount": ("web_search", _PER_THOUSAND),
}
"""Our name and the power of ten of each of its prices; others have none of ours."""


class GenaiPriceTable:
    """The `PriceTable` port over the library's data; empty until `load`."""

    def __init__(self) -> None:
        """Imports nothing yet: that takes a fifth of a second, and `load` may be in a thread."""
        self._providers: tuple[types.Provider, ...] = ()
        self._read: dict[str, tuple[date, Mapping[str, ModelInfo]]] = {}

    def load(self) -> None:
        """Imports the data.

        Raises:
            ImportError: it is not there.
        """
        self._providers = tuple(importlib.import_module("genai_prices.data").providers)

    def source(self, day: date) -> str:
        """The package, and the newest of its prices that has begun by ``day``."""
        begun = [start for start in _starts(self._providers) if start <= day]
        newest = f", whose newest price is of {max(begun)}" if begun else ""
        return f"{_PACKAGE} {version(_PACKAGE)}{newest}"

    def models(self, provider: Provider, day: date) -> Mapping[str, ModelInfo]:
        """A provider's models by id, with the prices of ``day``; empty: it has none of it."""
        table = self._table_of(provider)
        if table is None:
            return {}
        kept = self._read.get(table.id)  # a thread's look-up at the same time does no harm
        if kept is None or kept[0] != day:
            kept = self._read[table.id] = (day, _models(table, day))
        return kept[1]

    def _table_of(self, provider: Provider) -> types.Provider | None:
        """Its table by its name, where that is OpenRouter's, else by where it is."""
        for table in self._providers:
            if provider.name == OPENROUTER.name:
                if table.id == provider.name:
                    return table
            elif re.match(table.api_pattern, provider.base_url):
                return table
        return None


def _starts(providers: Iterable[types.Provider]) -> Iterator[date]:
    for provider in providers:
        for model in provider.models:
            for priced in model.prices if isinstance(model.prices, list) else ():
                start = getattr(priced.constraint, "start_date", None)
                if start is not None:
                    yield start


def _models(table: types.Provider, day: date) -> dict[str, ModelInfo]:
    found: dict[str, ModelInfo] = {}
    for model in table.models:
        prices = _prices(model.prices, day)
        info = ModelInfo(
            context_length=model.context_window, prices=prices if prices.is_known else None
        )
        for model_id in (model.id, *_spelt_out(model.match)):
            found.setdefault(model_id, info)
    return found


def _spelt_out(match: Any) -> Iterator[str]:
    """The ids that a rule of the table matches, as far as it spells them out."""
    if (model_id := getattr(match, "equals", None)) is not None:
        yield model_id
    for clause in getattr(match, "or_", ()):
        yield from _spelt_out(clause)


def _prices(told: types.ModelPrice | list[types.ConditionalPrice], day: date) -> Prices:
    """The prices of a day: the last that has begun, and the hours for which others hold."""
    if not isinstance(told, list):
        return _plain(told)
    base = _plain(told[0].prices) if told else Prices()
    hours: list[PriceOverride] = []
    for priced in told:
        start = getattr(priced.constraint, "start_date", None)
        if isinstance(opens := getattr(priced.constraint, "start_time", None), time):
            window = _minutes(opens), _minutes(getattr(priced.constraint, "end_time", opens))
            hours += _in_window(_plain(priced.prices), *window)
        elif start is None or start <= day:
            base, hours = _plain(priced.prices), []
    return replace(base, overrides=(*base.overrides, *hours))


def _in_window(prices: Prices, start: int, end: int) -> Iterator[PriceOverride]:
    yield PriceOverride(prices=replace(prices, overrides=()), utc_start=start, utc_end=end)
    for tier in prices.overrides:
        yield replace(tier, utc_start=start, utc_end=end)


def _minutes(moment: time) -> int:
    """Minutes after midnight UTC; times without a zone are UTC."""
    offset = moment.utcoffset()
    minutes = moment.hour * 60 + moment.minute - (offset.total_seconds() // 60 if offset else 0)
    return int(minutes) % (24 * 60)


def _plain(told: types.ModelPrice) -> Prices:
    """Prices without a date; each tier of the prompt's length is an override."""
    base: dict[str, Any] = {}
    tiers: dict[int, dict[str, Any]] = {}
    for unit, value in vars(told).items():
        if unit not in _UNITS or value is None:
            continue
        key, power = _UNITS[unit]
        if isinstance(value, Decimal):
            base[key] = value.scaleb(power)
            continue
        base[key] = value.base.scaleb(power)
        for tier in value.tiers:
            tiers.setdefault(tier.start, {})[key] = tier.price.scaleb(power)
    overrides = tuple(
        PriceOverride(prices=Prices(**prices), min_prompt_tokens=start)
        for start, prices in sorted(tiers.items())
    )
    return Prices(**base, overrides=overrides)
