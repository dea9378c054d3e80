"""``limits`` and ``ledger`` in `router_config.json`.

    "limits": {"max_concurrent": 4, "daily_usd": 5, "per_caller": {"monthly_usd": "20.5"},
               "at_limit": "cheapest", "per_request": {...}},
    "ledger": {"keep_requests_days": 30, "keep_totals_days": 400}

Money is a JSON number or a decimal string, and a decimal all the way. What stands in
``per_request`` is `config_policies`'. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from router_core.decide.config import AtLimit, LedgerSettings, Limits, SpendingLimits
from router_core.decide.cost import MONEY
from router_core.decide.model_prices import read_price
from router_core.decide.request_limits import RequestLimits
from router_core.errors import ConfigError
from router_core.stores.config_policies import USD_TEXT, PerRequestPart, render_request_limits

__all__ = [
    "PARTS",
    "LedgerPart",
    "LimitsPart",
    "ledger_settings",
    "render_limits",
    "spending_limits",
]

_LIMITS: Final = Limits()
_LEDGER: Final = LedgerSettings()


def _usd(value: Any) -> Decimal | None:
    if value is None:
        return None
    usd = read_price(value)
    if not usd:
        raise PydanticCustomError(
            "usd", 'must be USD, more than 0 and at most 1,000,000, such as 5 or "2.50"'
        )
    return usd.normalize(MONEY)


Usd = Annotated[
    Decimal | None,
    BeforeValidator(_usd),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000},
                USD_TEXT,
                {"type": "null"},
            ]
        }
    ),
]
"""More than 0; null: there is no limit."""

Days = Annotated[int, Field(ge=1, le=3650)]
TotalsDays = Annotated[int, Field(ge=31, le=3650)]
"""At least a month: a limit of one is read from the sums at the start."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SpendingLimitsPart(_Part):
    """How much may be spent in a day and in a month (UTC), in USD."""

    daily_usd: Usd = None
    monthly_usd: Usd = None


class LimitsPart(SpendingLimitsPart):
    """How many calls of each model run at once, and how many more wait; what may be spent."""

    max_concurrent: Annotated[int, Field(ge=1, le=100_000)] = _LIMITS.max_concurrent
    max_queued: Annotated[int, Field(ge=0, le=100_000)] = _LIMITS.max_queued
    per_caller: SpendingLimitsPart = SpendingLimitsPart()
    at_limit: str = _LIMITS.at_limit.value
    per_request: PerRequestPart = PerRequestPart()


class LedgerPart(_Part):
    """How long the ledger keeps single requests, and sums over them, in days."""

    keep_requests_days: Days = _LEDGER.keep_requests_days
    keep_totals_days: TotalsDays = _LEDGER.keep_totals_days


PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "limits": LimitsPart,
    "per_caller": SpendingLimitsPart,
    "ledger": LedgerPart,
}
"""The parts here, by the key that holds them."""


def spending_limits(part: LimitsPart, at_limit: AtLimit, per_request: RequestLimits) -> Limits:
    """What ``limits`` says.

    Args:
        at_limit: what its own ``at_limit`` names.
        per_request: what its own ``per_request`` says.
    """
    told = part.model_dump(exclude={"per_request"}) | {"at_limit": at_limit}
    told["per_caller"] = SpendingLimits(**told["per_caller"])
    return Limits(**told, per_request=per_request)


def render_limits(limits: Limits) -> dict[str, Any]:
    """The object from which the same limits are read again."""
    return {
        "max_concurrent": limits.max_concurrent,
        "max_queued": limits.max_queued,
        **_shown(limits),
        "per_caller": _shown(limits.per_caller),
        "at_limit": limits.at_limit.value,
        "per_request": render_request_limits(limits.per_request),
    }


def _shown(limits: SpendingLimits) -> dict[str, str | None]:
    told = {"daily_usd": limits.daily_usd, "monthly_usd": limits.monthly_usd}
    return {key: None if usd is None else f"{usd:f}" for key, usd in told.items()}


def ledger_settings(part: LedgerPart) -> LedgerSettings:
    """What ``ledger`` says.

    Raises:
        ConfigError: sums would go before the requests that they sum up.
    """
    settings = LedgerSettings(**part.model_dump())
    if settings.keep_totals_days < settings.keep_requests_days:
        least = f"keep_requests_days ({settings.keep_requests_days})"
        raise ConfigError(f"must not be less than {least}", "ledger.keep_totals_days")
    return settings
