"""Sums as text, made to be added up by the hundred: one JSON array of five.

They are counts, amounts of money, errors by class, distributions, and the mean error of
estimates. A distribution is how many values are 0, the first bin, and how many values that
one and each after it has; or, where most of those would be 0, the bins and their values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from operator import add
from typing import Any, Final

import orjson

from router_core.decide.cost import MONEY
from router_core.decide.histogram import BINS, ZERO, Histogram
from router_core.decide.totals import EstimateSums, SavedSums, Totals
from router_core.stores.database import damaged

__all__ = ["Adding", "read_money", "render_totals"]

_COUNTS: Final = 20
_AMOUNTS: Final = 8
_FLOATS: Final = 5
_SPARSE: Final = 3
"""How many times the bins with values all of them may be."""


def render_totals(totals: Totals) -> str:
    """The text of sums."""
    histograms = _histograms(totals)
    return orjson.dumps(
        [
            _counts(totals),
            [str(amount) for amount in _amounts(totals)],
            totals.errors_by_class,
            [_bins(histogram.bins) for histogram in histograms],
            [totals.estimates.relative, *(histogram.total for histogram in histograms)],
        ]
    ).decode()


class Adding:
    """Sums of which more and more are added, from their texts."""

    def __init__(self) -> None:
        self._counts = [0] * _COUNTS
        self._amounts = [Decimal(0)] * _AMOUNTS
        self._errors: Counter[str] = Counter()
        self._bins = [_Bins(), _Bins(), _Bins(), _Bins()]
        self._floats = [0.0] * _FLOATS

    def add(self, texts: str) -> None:
        """Adds sums, with commas between them.

        Raises:
            sqlite3.DatabaseError: they make no sense, so that the file is put aside.
        """
        try:
            for told in orjson.loads(f"[{texts}]"):
                self._add(told)
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise damaged("its sums make no sense") from error

    def _add(self, told: Sequence[Any]) -> None:
        counts, amounts, errors, distributions, floats = told
        self._counts = list(map(add, self._counts, counts))
        self._amounts = list(map(MONEY.add, self._amounts, map(Decimal, amounts)))
        if errors:
            self._errors.update(errors)
        for bins, distribution in zip(self._bins, distributions, strict=True):
            if distribution:
                bins.add(*distribution)
        self._floats = list(map(add, self._floats, floats))

    def totals(self) -> Totals:
        """What it has come to."""
        counts, amounts, floats = self._counts, self._amounts, self._floats
        histograms = [
            Histogram(bins.told(), total)
            for bins, total in zip(self._bins, floats[1:], strict=True)
        ]
        return Totals(
            requests=counts[0],
            errors=counts[1],
            cancelled=counts[2],
            errors_by_class=dict(self._errors),
            fallbacks=counts[3],
            attempts=counts[4],
            prompt_tokens=counts[5],
            completion_tokens=counts[6],
            cached_tokens=counts[7],
            cache_write_tokens=counts[8],
            reasoning_tokens=counts[9],
            reported_usd=amounts[0],
            estimated_usd=amounts[1],
            classifier_usd=amounts[2],
            spent_usd=amounts[3],
            cost_known=counts[10],
            cost_unknown=counts[11],
            latency_ms=histograms[0],
            ttft_ms=histograms[1],
            overhead_ms=histograms[2],
            tokens_per_second=histograms[3],
            compared=counts[12],
            agreed=counts[13],
            best_single=SavedSums(usd=amounts[4], requests=counts[14], unknown=counts[15]),
            dearest=SavedSums(usd=amounts[5], requests=counts[16], unknown=counts[17]),
            estimates=EstimateSums(
                requests=counts[18],
                estimated_usd=amounts[6],
                actual_usd=amounts[7],
                relative=floats[0],
                paid=counts[19],
            ),
        )


class _Bins:
    """All bins of a distribution, one after the other."""

    __slots__ = ("_counts", "_end", "_start", "_zeros")

    def __init__(self) -> None:
        self._counts: list[int] = []
        self._zeros = 0
        self._start, self._end = len(BINS), 0

    def add(self, zeros: int, bins: int | list[int], counts: list[int]) -> None:
        """Adds a distribution, as it is told."""
        if not self._counts:
            self._counts = [0] * len(BINS)
        self._zeros += zeros
        if not counts:
            return
        if isinstance(bins, list):
            at, end = self._widen(bins[0], bins[-1])
            for bin_, count in zip(bins, counts, strict=True):
                self._counts[bin_ - BINS.start] += count
        else:
            at, end = self._widen(bins, bins + len(counts) - 1)
            self._counts[at:end] = map(add, self._counts[at:end], counts)

    def told(self) -> dict[int, int]:
        """The bins that have values."""
        start, end = self._start, self._end
        told = {
            bin_: count
            for bin_, count in enumerate(self._counts[start:end], BINS.start + start)
            if count
        }
        return told | {ZERO: self._zeros} if self._zeros else told

    def _widen(self, first: int, last: int) -> tuple[int, int]:
        """Where bins begin and end among all; those may have values from now on."""
        at, end = BINS.index(first), BINS.index(last) + 1
        self._start, self._end = min(self._start, at), max(self._end, end)
        return at, end


def _counts(totals: Totals) -> list[int]:
    return [
        totals.requests,
        totals.errors,
        totals.cancelled,
        totals.fallbacks,
        totals.attempts,
        totals.prompt_tokens,
        totals.completion_tokens,
        totals.cached_tokens,
        totals.cache_write_tokens,
        totals.reasoning_tokens,
        totals.cost_known,
        totals.cost_unknown,
        totals.compared,
        totals.agreed,
        totals.best_single.requests,
        totals.best_single.unknown,
        totals.dearest.requests,
        totals.dearest.unknown,
        totals.estimates.requests,
        totals.estimates.paid,
    ]


def _amounts(totals: Totals) -> list[Decimal]:
    return [
        totals.reported_usd,
        totals.estimated_usd,
        totals.classifier_usd,
        totals.spent_usd,
        totals.best_single.usd,
        totals.dearest.usd,
        totals.estimates.estimated_usd,
        totals.estimates.actual_usd,
    ]


def _histograms(totals: Totals) -> list[Histogram]:
    return [totals.latency_ms, totals.ttft_ms, totals.overhead_ms, totals.tokens_per_second]


def _bins(bins: dict[int, int]) -> list[Any]:
    used = sorted(bins.keys() - {ZERO})
    if not used:
        return [bins[ZERO], [], []] if bins else []
    first, last = used[0], used[-1]
    if last - first < _SPARSE * len(used):
        counts = [0] * (last + 1 - first)
        for at in used:
            counts[at - first] = bins[at]
        return [bins.get(ZERO, 0), first, counts]
    return [bins.get(ZERO, 0), used, [bins[at] for at in used]]


def read_money(text: str) -> Decimal:
    """An amount in USD.

    Raises:
        sqlite3.DatabaseError: it makes no sense, likewise.
    """
    try:
        return Decimal(text)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise damaged("its sums make no sense") from error
