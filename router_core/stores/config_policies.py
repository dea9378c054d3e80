"""``policies`` and ``limits.per_request`` in `router_config.json`.

    "policies": {"thrift": 5, "usd_per_point": 0.002, "seconds_per_point": 1.5,
                 "time_to": "last_token"},
    "limits": {"per_request": {"max_cost_usd": "0.05", "max_ttft_ms": 8000,
                               "allowed_models": ["glm-5"], "excluded_providers": ["lab"],
                               "data_policy": "deny"}}

Quality is in points of 0 to 100. No I/O.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from router_core.decide.cost import MONEY
from router_core.decide.model_prices import read_price
from router_core.decide.policy_settings import PolicySettings, TimeTo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from router_core.stores.config_models import Seconds, Text

__all__ = [
    "PARTS",
    "USD_TEXT",
    "PerRequestPart",
    "PoliciesPart",
    "Thrift",
    "policy_settings",
    "render_policies",
    "render_request_limits",
    "request_limits",
]

MOST_NAMES: Final = 1_000
"""In one list."""

USD_TEXT: Final = {
    "type": "string",
    "pattern": r"^\d{1,12}(\.\d{1,60})?([eE][+-]?\d{1,2})?$",
}
"""The JSON schema of USD as a decimal string."""


def _most_usd(value: Any) -> Decimal | None:
    if value is None:
        return None
    usd = read_price(value)
    if usd is None:
        raise PydanticCustomError(
            "usd", 'must be USD, 0 or more and at most 1,000,000, such as 0 or "0.05"'
        )
    return usd.normalize(MONEY)


def _rate(value: Any) -> float:
    usd = read_price(value)
    if not usd:
        raise PydanticCustomError(
            "usd", 'must be USD, more than 0 and at most 1,000,000, such as 0.002 or "0.002"'
        )
    return float(usd)


MostUsd = Annotated[
    Decimal | None,
    BeforeValidator(_most_usd),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1_000_000},
                USD_TEXT,
                {"type": "null"},
            ]
        }
    ),
]
"""0: only what is free; null: there is no limit."""

UsdPerPoint = Annotated[
    float,
    BeforeValidator(_rate),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000},
                USD_TEXT,
            ]
        }
    ),
]
Milliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
Thrift = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Names = Annotated[list[Text], Field(max_length=MOST_NAMES)]

_POLICIES: Final = PolicySettings()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PoliciesPart(_Part):
    """What policies weigh things by: how much a point of quality is worth."""

    thrift: Thrift = _POLICIES.thrift
    usd_per_point: UsdPerPoint = _POLICIES.usd_per_point
    seconds_per_point: Seconds = _POLICIES.seconds_per_point
    time_to: str = _POLICIES.time_to.value


class PerRequestPart(_Part):
    """What each request may take; an empty list of what is allowed means everything."""

    max_cost_usd: MostUsd = None
    max_ttft_ms: Milliseconds | None = None
    allowed_models: Names = []
    excluded_models: Names = []
    allowed_providers: Names = []
    excluded_providers: Names = []
    data_policy: str = NO_LIMITS.data_policy.value


PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "policies": PoliciesPart,
    "per_request": PerRequestPart,
}
"""The parts here, by the key that holds them."""


def policy_settings(part: PoliciesPart, time_to: TimeTo) -> PolicySettings:
    """What ``policies`` says.

    Args:
        time_to: what its own ``time_to`` names.
    """
    return PolicySettings(**part.model_dump() | {"time_to": time_to})


def render_policies(settings: PolicySettings) -> dict[str, Any]:
    """The object from which the same settings are read again."""
    return asdict(settings) | {"time_to": settings.time_to.value}


def request_limits(part: PerRequestPart, data_policy: DataPolicy) -> RequestLimits:
    """What ``limits.per_request`` says; its names are to be resolved by the caller.

    Args:
        data_policy: what its own ``data_policy`` names.
    """
    limits = RequestLimits(
        max_cost_usd=part.max_cost_usd,
        max_ttft_ms=part.max_ttft_ms,
        allowed_models=_allowed(part.allowed_models),
        excluded_models=frozenset(part.excluded_models),
        allowed_providers=_allowed(part.allowed_providers),
        excluded_providers=frozenset(part.excluded_providers),
        data_policy=data_policy,
    )
    return NO_LIMITS if limits == NO_LIMITS else limits


def _allowed(names: Collection[str]) -> tuple[frozenset[str], ...]:
    return (frozenset(names),) if names else ()


def render_request_limits(limits: RequestLimits) -> dict[str, Any]:
    """The object from which the same limits are read again."""
    usd = limits.max_cost_usd
    return {
        "max_cost_usd": None if usd is None else f"{usd:f}",
        "max_ttft_ms": limits.max_ttft_ms,
        "allowed_models": sorted(frozenset().union(*limits.allowed_models)),
        "excluded_models": sorted(limits.excluded_models),
        "allowed_providers": sorted(frozenset().union(*limits.allowed_providers)),
        "excluded_providers": sorted(limits.excluded_providers),
        "data_policy": limits.data_policy.value,
    }
