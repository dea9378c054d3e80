"""A number that a JSON schema accepts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["number"]

_LEAST: Final = 1e-12
_MOST: Final = 1e15
"""Bounds of numbers beyond these are not read: sums with them would not be exact."""


def number(schema: Mapping[str, Any], *, whole: bool, skip: int = 0) -> int | float:
    """A number within the schema's bounds: 1 if that is one.

    Args:
        schema: ``minimum``, ``maximum``, their exclusive kin and ``multipleOf``;
            what is no number is not read.
        whole: whether it must be an integer.
        skip: how many fitting numbers to pass over, for lists of different ones.
    """
    step = _bound(schema, "multipleOf") or (1 if whole else None)
    low, high = _bound(schema, "minimum"), _bound(schema, "maximum")
    above, below = _bound(schema, "exclusiveMinimum"), _bound(schema, "exclusiveMaximum")
    unit = step or _fraction(low if above is None else above, high if below is None else below)
    if above is not None and (low is None or above >= low):
        low = above + unit
    if below is not None and (high is None or below <= high):
        high = below - unit
    value: int | float = 1
    value = value if low is None else max(value, low)
    value = value if high is None else min(value, high)
    if step:
        rounded = math.floor(value / step) if low is None else math.ceil(value / step)
        value = rounded * step
    value += skip * (step or 1)
    return int(value) if whole or value == int(value) else value


def _fraction(low: float | None, high: float | None) -> int | float:
    """A step that stays between two open bounds."""
    return 1 if low is None or high is None else min(1, (high - low) / 4)


def _bound(schema: Mapping[str, Any], keyword: str) -> int | float | None:
    value = schema.get(keyword)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if value == 0 or _LEAST < abs(value) < _MOST else None
