"""What a request may take: how much, how long, and of whom.

The operator says it in the config for all requests, a caller in a request's ``router``
for that one. The two together are as narrow as the narrower one, part by part.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

__all__ = ["NO_LIMITS", "DataPolicy", "RequestLimits"]


class DataPolicy(StrEnum):
    """What providers may do with what they are sent; OpenRouter's ``data_collection``."""

    ALLOW = "allow"
    """Anything."""
    DENY = "deny"
    """They train nothing on it and do not keep it for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Limits of one request; by default there are none.

    Attributes:
        max_cost_usd: the highest price of the request, in USD, 0 or more.
        max_ttft_ms: the longest wait for the first token, in milliseconds, more than 0.
        allowed_models: each set has to hold the model, by its name, its provider's id of it
            or "provider:id"; more than one where several say what they allow.
        excluded_models: no model that one of these names.
        allowed_providers, excluded_providers: likewise, by their names in the config.
    """

    max_cost_usd: Decimal | None = None
    max_ttft_ms: float | None = None
    allowed_models: tuple[frozenset[str], ...] = ()
    excluded_models: frozenset[str] = frozenset()
    allowed_providers: tuple[frozenset[str], ...] = ()
    excluded_providers: frozenset[str] = frozenset()
    data_policy: DataPolicy = DataPolicy.ALLOW

    @property
    def choose_among(self) -> bool:
        """Whether any of them is about who the model is, or whose."""
        return bool(
            self.allowed_models
            or self.excluded_models
            or self.allowed_providers
            or self.excluded_providers
            or self.data_policy is DataPolicy.DENY
        )

    def narrowed_by(self, other: RequestLimits) -> RequestLimits:
        """Both at once; `NO_LIMITS` itself where neither limits anything."""
        if self is other:  # nearly always: neither limits anything
            return self
        if other == NO_LIMITS:
            return NO_LIMITS if self == NO_LIMITS else self
        if self == NO_LIMITS:
            return other
        deny = DataPolicy.DENY in (self.data_policy, other.data_policy)
        return RequestLimits(
            max_cost_usd=_least(self.max_cost_usd, other.max_cost_usd),
            max_ttft_ms=_least(self.max_ttft_ms, other.max_ttft_ms),
            allowed_models=self.allowed_models + other.allowed_models,
            excluded_models=self.excluded_models | other.excluded_models,
            allowed_providers=self.allowed_providers + other.allowed_providers,
            excluded_providers=self.excluded_providers | other.excluded_providers,
            data_policy=DataPolicy.DENY if deny else DataPolicy.ALLOW,
        )


_Number = TypeVar("_Number", Decimal, float)


def _least(one: _Number | None, other: _Number | None) -> _Number | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


NO_LIMITS: Final = RequestLimits()
