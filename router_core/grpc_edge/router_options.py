"""Reads a request's ``router``: the limits that its caller sets.

    read_limits({"max_cost_usd": "0.02", "excluded_providers": ["local"]})

It is the router's alone and never forwarded. A key that is not known is refused: a limit
that is silently not kept would be a lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from router_core.decide.model_prices import read_price
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.errors import InvalidRequest
from router_core.grpc_edge.json_types import called, require

__all__ = ["ROUTER_OPTIONS", "read_limits"]

ROUTER_OPTIONS: Final = "router"
"""The key of the body that is the router's own."""

_Read = Callable[[Any, str], Any]
"""Reads a value that is not ``null``, with its path."""


def read_limits(options: Any) -> RequestLimits:
    """The limits in ``options``, the value of the body's ``router``.

    ``null`` is the same as nothing, there and in each of its keys; `NO_LIMITS` itself
    where nothing is limited.

    Raises:
        InvalidRequest: it is no object, has a key that is not known, or a value that is
            none of that key's.
    """
    if options is None:
        return NO_LIMITS
    told = {}
    for key, value in require(options, dict, "an object", ROUTER_OPTIONS).items():
        path = f"{ROUTER_OPTIONS}.{key}"
        if key not in _READ:
            known = ", ".join(_READ)
            raise InvalidRequest(f"there is no {path:.80}; a request may set {known}", path)
        if value is not None:
            told[key] = _READ[key](value, path)
    limits = RequestLimits(**told)
    return NO_LIMITS if limits == NO_LIMITS else limits


def _money(value: Any, path: str) -> Decimal:
    usd = read_price(value)
    if usd is None:
        told = f"{value!r:.40}" if type(value) in (str, int, float) else called(value)
        raise InvalidRequest(
            f"{path} must be USD, 0 or more and at most 1,000,000, such as 0.02 or"
            f' "0.02", not {told}',
            path,
        )
    return usd


def _milliseconds(value: Any, path: str) -> float:
    if not _is_number(value):
        raise InvalidRequest(f"{path} must be a number, not {called(value)}", path)
    if value <= 0:
        raise InvalidRequest(f"{path} must be more than 0 milliseconds, not {value}", path)
    return float(value)


def _names(value: Any, path: str) -> frozenset[str]:
    names = require(value, list, "a list of strings", path)
    return frozenset(
        require(name, str, "a string", f"{path}[{place}]") for place, name in enumerate(names)
    )


def _allowed(value: Any, path: str) -> tuple[frozenset[str], ...]:
    """One set of names; of none everything is allowed."""
    names = _names(value, path)
    return (names,) if names else ()


def _data_policy(value: Any, path: str) -> DataPolicy:
    text = require(value, str, "a string", path)
    if text not in tuple(DataPolicy):
        known = " or ".join(f'"{each}"' for each in DataPolicy)
        raise InvalidRequest(f"{path} must be {known}, not {text!r:.40}", path)
    return DataPolicy(text)


def _is_number(value: Any) -> bool:
    """Whether it is one, and finite; ``True`` is none."""
    return type(value) is int or (type(value) is float and isfinite(value))


_READ: Final[Mapping[str, _Read]] = {
    "max_cost_usd": _money,
    "max_ttft_ms": _milliseconds,
    "allowed_models": _allowed,
    "excluded_models": _names,
    "allowed_providers": _allowed,
    "excluded_providers": _names,
    "data_policy": _data_policy,
}
"""How each key is read; they are called as in `RequestLimits`."""
