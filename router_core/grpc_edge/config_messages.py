"""The routing config as messages: what is in force, and what a change says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from llm_router.projection import map_value
from llm_router.v1 import config_categories_pb2 as pb
from router_core.decide.config import (
    Category,
    ClassifierSettings,
    DeadlineOverrides,
    Deadlines,
    Limits,
    ModelRef,
    ModelSettings,
    RoutingConfig,
)
from router_core.decide.model_prices import render_prices
from router_core.decide.request_limits import RequestLimits
from router_core.errors import InvalidRequest
from router_core.grpc_edge.money import usd

__all__ = [
    "KEYED",
    "OUTPUT_ONLY",
    "category_message",
    "config_message",
    "model_message",
    "value_of",
]

KEYED: Final[Mapping[str, str]] = MappingProxyType(
    {
        pb.Provider.DESCRIPTOR.full_name: "name",
        pb.ModelAlias.DESCRIPTOR.full_name: "alias",
        pb.Category.DESCRIPTOR.full_name: "name",
    }
)
"""What the file keeps by name, by the type of its messages; the field with the name."""

OUTPUT_ONLY: Final = frozenset({"built_in", "etag", "has_key", "is_default"})
"""Fields that tell what follows from elsewhere; in a change they are ignored."""


def config_message(
    config: RoutingConfig,
    category_etag: Callable[[Category], str],
    has_key: Callable[[str], bool],
) -> pb.RouterConfig:
    """The whole config.

    Args:
        config: the config.
        category_etag: the etag of one of its categories.
        has_key: whether an environment variable holds a key.
    """
    return pb.RouterConfig(
        version=config.version,
        mode=config.mode,
        tools_rule=config.tools_rule,
        providers=[
            pb.Provider(
                name=provider.name,
                base_url=provider.base_url,
                api_key_env=provider.api_key_env or "",
                has_key=has_key(provider.api_key_env or ""),
                is_default=provider.name == config.default_provider,
                deadlines=_deadlines(provider.deadlines),
                data_policy=provider.data_policy,
            )
            for provider in config.providers.values()
        ],
        models=[model_message(model, config) for model in config.aliases.values()],
        categories=[category_message(each, category_etag) for each in config.categories.values()],
        housekeeping=[model.name for model in config.housekeeping],
        deadlines=_deadlines(config.deadlines),
        classifiers=_classifiers(config.classifiers),
        last_resort=config.last_resort.name if config.last_resort else "",
        disabled_envelopes=sorted(config.disabled_envelopes),
        continuity=pb.Continuity(
            enabled=config.continuity.enabled,
            cache=_duration(config.continuity.cache_s),
            max_sessions=config.continuity.max_sessions,
        ),
        limits=_limits(config.limits),
        ledger=pb.LedgerSettings(
            keep_requests_days=config.ledger.keep_requests_days,
            keep_totals_days=config.ledger.keep_totals_days,
        ),
        policies=pb.PolicySettings(
            thrift=config.policies.thrift,
            usd_per_point=config.policies.usd_per_point,
            seconds_per_point=config.policies.seconds_per_point,
            time_to=config.policies.time_to,
        ),
    )


def category_message(category: Category, etag: Callable[[Category], str]) -> pb.Category:
    """A category."""
    return pb.Category(
        name=category.name,
        models=[model.name for model in category.models],
        keywords=category.keywords,
        description=category.description,
        examples=category.examples,
        policy=category.policy,
        built_in=category.built_in,
        etag=etag(category),
        quality=category.quality,
        floor=category.floor,
        thrift=category.thrift,
    )


def model_message(model: ModelRef, config: RoutingConfig) -> pb.ModelAlias:
    """An alias, with what the config says of its model."""
    settings = config.model_settings.get(model.name, _NOTHING)
    info = settings.info
    return pb.ModelAlias(
        alias=model.name,
        id=model.id,
        provider=model.provider,
        deadlines=_deadlines(settings.deadlines),
        max_concurrent=settings.max_concurrent,
        context_length=info.context_length,
        max_output_tokens=info.max_output_tokens,
        input_modalities=sorted(info.input_modalities or ()),
        supported_parameters=sorted(info.parameters or ()),
        pricing=pb.Pricing(**render_prices(info.prices)) if info.prices else None,
        quality=settings.quality,
        ttft_ms=info.ttft_ms,
        tokens_per_s=info.tokens_per_s,
    )


def value_of(message: Message) -> dict[str, Any]:
    """What a message says, with the keys and values of the file; its own name left out."""
    return {
        file_key(field): file_value(message, field)
        for field, _ in message.ListFields()
        if field.name not in OUTPUT_ONLY and field.name != KEYED.get(message.DESCRIPTOR.full_name)
    }


def file_key(field: FieldDescriptor) -> str:
    """The key of a field in the file."""
    return f"{field.name}_s" if _is_duration(field) else field.name


def file_value(message: Message, field: FieldDescriptor) -> Any:
    """The value of a field in the file.

    Raises:
        InvalidRequest: a list has two of one name, of which the file could keep one.
    """
    value = getattr(message, field.name)
    if field.message_type is None:
        return list(value) if field.is_repeated else value
    if _is_duration(field):
        return value.seconds + value.nanos / 1e9
    if not field.is_repeated:
        return value_of(value)
    if map_value(field) is not None:
        return dict(sorted(value.items()))  # a map keeps no order
    name = KEYED.get(field.message_type.full_name)
    if name is None:
        return [value_of(each) for each in value]
    named: dict[str, Any] = {}
    for each in value:
        key = getattr(each, name)
        if key in named:
            raise InvalidRequest(f"{field.name}: {key!r:.80} is there twice", field.name)
        named[key] = _whole(each)
    return named


def _whole(message: Message) -> dict[str, Any]:
    """What stands under a name: of a category every key, since nothing of it is left over."""
    if isinstance(message, pb.Category):
        return category_value(message)
    return value_of(message)


def category_value(category: pb.Category) -> dict[str, Any]:
    """A category as a whole: what it leaves out is empty, and not the default."""
    whole: dict[str, Any] = {
        "models": list(category.models),
        "keywords": list(category.keywords),
        "description": category.description,
        "examples": list(category.examples),
    }
    told = value_of(category)
    return whole | {key: told[key] for key in _LEFT_OUT_IF_EMPTY if key in told}


def _is_duration(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type is Duration.DESCRIPTOR


def _classifiers(settings: ClassifierSettings) -> pb.Classifiers:
    ollama, api = settings.ollama, settings.api
    return pb.Classifiers(
        cascade_below=settings.cascade_below,
        ollama=pb.OllamaClassifier(
            model=ollama.model, deadline=_duration(ollama.deadline_s), parallel=ollama.parallel
        ),
        api=pb.ApiClassifier(
            model=api.model.name if api.model else "",
            deadline=_duration(api.deadline_s),
            in_cascade=api.in_cascade,
        ),
    )


def _limits(limits: Limits) -> pb.Limits:
    per_caller = limits.per_caller
    return pb.Limits(
        max_concurrent=limits.max_concurrent,
        max_queued=limits.max_queued,
        daily_usd=usd(limits.daily_usd),
        monthly_usd=usd(limits.monthly_usd),
        per_caller=pb.SpendingLimits(
            daily_usd=usd(per_caller.daily_usd), monthly_usd=usd(per_caller.monthly_usd)
        ),
        at_limit=limits.at_limit,
        per_request=_request_limits(limits.per_request),
    )


def _request_limits(limits: RequestLimits) -> pb.RequestLimits:
    most_ms = limits.max_ttft_ms
    return pb.RequestLimits(
        max_cost_usd=usd(limits.max_cost_usd),
        max_ttft_ms=None if most_ms is None else round(most_ms),
        allowed_models=sorted(frozenset().union(*limits.allowed_models)),
        excluded_models=sorted(limits.excluded_models),
        allowed_providers=sorted(frozenset().union(*limits.allowed_providers)),
        excluded_providers=sorted(limits.excluded_providers),
        data_policy=limits.data_policy,
    )


def _deadlines(deadlines: Deadlines | DeadlineOverrides) -> pb.Deadlines:
    return pb.Deadlines(
        connect=_duration(deadlines.connect_s),
        first_token=_duration(deadlines.first_token_s),
        idle=_duration(deadlines.idle_s),
        total=_duration(deadlines.total_s),
    )


def _duration(seconds: float | None) -> Duration | None:
    if seconds is None:
        return None
    whole = int(seconds)
    return Duration(seconds=whole, nanos=round((seconds - whole) * 1e9))


_NOTHING: Final = ModelSettings()
_LEFT_OUT_IF_EMPTY: Final = ("policy", "quality", "floor", "thrift")
"""Keys of a category for which there is nothing that says nothing."""
