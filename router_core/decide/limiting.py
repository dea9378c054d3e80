"""Which models the limits of a request leave out, and why.

What is not known leaves none out: a model whose price or speed is unknown is called after
those that are known to be within.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from router_core.decide.chat import ChatRequest
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.defaults import OPENROUTER
from router_core.decide.forecast import Expectation
from router_core.decide.model_ids import ways_to_name
from router_core.decide.policies.policy import dollars
from router_core.decide.request_limits import DataPolicy, RequestLimits

__all__ = [
    "exceeding",
    "excluding",
    "limits_of",
    "why_excluded",
    "why_provider_excluded",
    "why_too_much",
]

_ROUNDING: Final = 1 + 1e-9
"""How far off sums of floats may be: what costs exactly the limit is within."""


def limits_of(request: ChatRequest, config: RoutingConfig) -> RequestLimits:
    """What a request may take: the operator's limits and its caller's, both at once."""
    return config.limits.per_request.narrowed_by(request.limits)


def why_excluded(model: ModelRef, limits: RequestLimits, config: RoutingConfig) -> str | None:
    """Why a request may not go to ``model`` at all, for a person; ``None``: it may."""
    return excluding(limits, config)(model)


def excluding(limits: RequestLimits, config: RoutingConfig) -> Callable[[ModelRef], str | None]:
    """`why_excluded` for many models: what the names mean is looked up once.

    A name is an alias, the provider's id, or "provider:id". One that is excluded is so with
    every way of routing it ("z-ai/glm-5:nitro", "z-ai/glm-5@preset/mine"), in small letters
    or not; one that is allowed is allowed as it stands.
    """
    excluded = _named_anyhow(limits.excluded_models, config) if limits.excluded_models else None
    allowed = tuple(_Named(names, config) for names in limits.allowed_models)
    by_provider: dict[str, str | None] = {}

    def why(model: ModelRef) -> str | None:
        if excluded is not None and excluded(model):
            return "the limits exclude it"
        for each in allowed:
            if not each.has(model):
                return "the limits do not allow it"
        provider = model.provider
        if provider not in by_provider:
            by_provider[provider] = why_provider_excluded(provider, limits, config)
        return by_provider[provider]

    return why


def why_provider_excluded(
    provider: str, limits: RequestLimits, config: RoutingConfig
) -> str | None:
    """Why a request may not be shown to ``provider``, for a person; ``None``: it may."""
    if provider in limits.excluded_providers:
        return f"the limits exclude the provider {provider}"
    if any(provider not in allowed for allowed in limits.allowed_providers):
        return f"the limits do not allow the provider {provider}"
    if limits.data_policy is DataPolicy.DENY and not _keeps_data_private(provider, config):
        return f"{provider} does not promise to leave the data alone (data_policy)"
    return None


def why_too_much(expected: Expectation, limits: RequestLimits) -> str | None:
    """Why a model would cost or take too much, for a person; ``None``: not as far as known."""
    return exceeding(limits)(expected)[0]


def exceeding(limits: RequestLimits) -> Callable[[Expectation], tuple[str | None, bool]]:
    """`why_too_much` for many models; and whether all that the limits ask is known of one."""
    most_usd, most_ms = limits.max_cost_usd, limits.max_ttft_ms
    usd_bound = inf if most_usd is None else float(most_usd) * _ROUNDING
    ms_bound = inf if most_ms is None else most_ms
    over_usd = "" if most_usd is None else f", over the limit of ${most_usd:f}"

    def why(expected: Expectation) -> tuple[str | None, bool]:
        usd, ms, _ = expected
        if usd is not None and usd > usd_bound:
            return f"est. {dollars(usd)}{over_usd}", True
        if ms is not None and ms > ms_bound:
            told = f"est. {ms:.0f} ms to the first token, over the limit of {most_ms:.0f} ms"
            return told, True
        is_open = (usd is None and most_usd is not None) or (ms is None and most_ms is not None)
        return None, not is_open

    return why


class _Named:
    """The models that names mean.

    Attributes:
        names: as they were written.
        keys: of those that are aliases, which mean a model whatever it is called here, and of
            those that name its provider.
    """

    __slots__ = ("keys", "names")

    def __init__(self, names: frozenset[str], config: RoutingConfig) -> None:
        self.names = names
        self.keys = {config.aliases[name].key for name in names & config.aliases.keys()}
        parted = (name.partition(":") for name in names if ":" in name)
        self.keys.update((provider, model_id) for provider, _, model_id in parted)

    def has(self, model: ModelRef) -> bool:
        """Whether ``model`` is among them as it stands."""
        return model.name in self.names or model.id in self.names or model.key in self.keys


def _named_anyhow(names: frozenset[str], config: RoutingConfig) -> Callable[[ModelRef], bool]:
    """Whether a model, or another way of routing it, is among those that ``names`` mean."""
    named = _Named(frozenset(name.lower() for name in names), config)
    ids_at: dict[str, set[str]] = {}
    for provider, model_id in named.keys:
        ids_at.setdefault(provider, set(named.names)).add(model_id.lower())

    def has(model: ModelRef) -> bool:
        ids = ids_at.get(model.provider, named.names)
        return model.name in named.names or not ids.isdisjoint(ways_to_name(model.id))

    return has


def _keeps_data_private(provider: str, config: RoutingConfig) -> bool:
    """Whether it promises that, or is asked for it with each request (OpenRouter)."""
    if provider == OPENROUTER.name:
        return True
    known = config.providers.get(provider)
    return known is not None and known.data_policy is DataPolicy.DENY
