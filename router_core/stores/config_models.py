"""The entries of ``models`` in `router_config.json`: an alias, and what it says of its model.

    "glm-5": {"id": "z-ai/glm-5", "provider": "openrouter",
              "context_length": 200000, "pricing": {"prompt": "0.000001"},
              "deadlines": {"first_token_s": 20}, "max_concurrent": 4,
              "quality": 80, "ttft_ms": 900, "tokens_per_s": 60}

What stands there wins over what the provider and the price table say; ``pricing`` as
a whole, conditions and discount included. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from router_core.decide.config import DeadlineOverrides, ModelSettings
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.model_prices import read_clock, read_price, read_prices, render_prices

__all__ = [
    "PARTS",
    "DeadlineOverridesPart",
    "ModelPart",
    "Points",
    "Seconds",
    "Text",
    "model_settings",
    "render_settings",
]

Text = Annotated[str, StringConstraints(min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=1, le=2**53)]
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
"""Of quality."""


def _price(text: str) -> str:
    if read_price(text) is None:
        raise PydanticCustomError("price", 'must be USD in decimals, such as "0.000001"')
    return text


def _share(text: str) -> str:
    if Decimal(_price(text)) > 1:
        raise PydanticCustomError("share", 'must be a share from "0" to "1"')
    return text


def _clock(text: str) -> str:
    if read_clock(text) is None:
        raise PydanticCustomError("clock", 'must be a time of the day in UTC, such as "0830"')
    return text


Usd = Annotated[str, AfterValidator(_price)]
Share = Annotated[str, AfterValidator(_share)]
Clock = Annotated[str, AfterValidator(_clock)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _PricesPart(_Part):
    """Prices in USD, by OpenRouter's names; per token unless `Prices` says otherwise."""

    prompt: Usd | None = None
    completion: Usd | None = None
    request: Usd | None = None
    image: Usd | None = None
    image_token: Usd | None = None
    image_output: Usd | None = None
    audio: Usd | None = None
    audio_output: Usd | None = None
    input_audio_cache: Usd | None = None
    web_search: Usd | None = None
    internal_reasoning: Usd | None = None
    input_cache_read: Usd | None = None
    input_cache_write: Usd | None = None
    input_cache_write_1h: Usd | None = None


class PriceOverridePart(_PricesPart):
    """Prices under conditions, of which there is at least one."""

    min_prompt_tokens: Annotated[int, Field(ge=0, le=2**53)] | None = None
    utc_start: Clock | None = None
    utc_end: Clock | None = None


def _conditional(part: PriceOverridePart) -> PriceOverridePart:
    if (part.min_prompt_tokens, part.utc_start, part.utc_end) == (None, None, None):
        raise PydanticCustomError("conditions", "must have a condition, such as min_prompt_tokens")
    return part


class PricingPart(_PricesPart):
    """What a model costs."""

    discount: Share | None = None
    overrides: list[Annotated[PriceOverridePart, AfterValidator(_conditional)]] = []


def _priced(part: PricingPart) -> PricingPart:
    if _prices(part) is None:
        raise PydanticCustomError("prices", 'must hold a price, such as "prompt"')
    return part


class DeadlineOverridesPart(_Part):
    """What one provider or model has of its own, in seconds."""

    connect_s: Seconds | None = None
    first_token_s: Seconds | None = None
    idle_s: Seconds | None = None
    total_s: Seconds | None = None


class ModelPart(_Part):
    """A model behind an alias; without a provider it is the default one's."""

    id: Text
    provider: Text | None = None
    context_length: Tokens | None = None
    max_output_tokens: Tokens | None = None
    input_modalities: (
        Annotated[
            list[Literal["text", "image", "audio", "file", "video"]],
            Field(min_length=1),
        ]
        | None
    ) = None
    supported_parameters: list[Text] | None = None
    pricing: Annotated[PricingPart, AfterValidator(_priced)] | None = None
    deadlines: DeadlineOverridesPart | None = None
    max_concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = None
    quality: Points | None = None
    ttft_ms: Annotated[float, Field(gt=0, le=86_400_000, allow_inf_nan=False)] | None = None
    tokens_per_s: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None


PARTS: Final[Mapping[str, type[BaseModel]]] = {
    "models": ModelPart,
    "pricing": PricingPart,
    "overrides": PriceOverridePart,
}
"""The parts here, by the key that holds them."""

_NOTHING: Final = ModelSettings()


def model_settings(part: ModelPart) -> ModelSettings | None:
    """What an entry says of its model beyond its name; ``None``: nothing."""
    words, modalities = part.supported_parameters, part.input_modalities
    settings = ModelSettings(
        info=ModelInfo(
            context_length=part.context_length,
            max_output_tokens=part.max_output_tokens,
            input_modalities=None if modalities is None else frozenset(modalities),
            parameters=None if words is None else frozenset(words),
            prices=_prices(part.pricing),
            ttft_ms=part.ttft_ms,
            tokens_per_s=part.tokens_per_s,
        ),
        deadlines=DeadlineOverrides(**(part.deadlines.model_dump() if part.deadlines else {})),
        max_concurrent=part.max_concurrent,
        quality=part.quality,
    )
    return None if settings == _NOTHING else settings


def render_settings(settings: ModelSettings | None) -> dict[str, Any]:
    """The keys from which `model_settings` reads the same settings again."""
    if settings is None:
        return {}
    info = settings.info
    keys = {
        "context_length": info.context_length,
        "max_output_tokens": info.max_output_tokens,
        "input_modalities": info.input_modalities and sorted(info.input_modalities),
        "supported_parameters": None if info.parameters is None else sorted(info.parameters),
        "pricing": info.prices and render_prices(info.prices),
        "deadlines": _told(asdict(settings.deadlines)) or None,
        "max_concurrent": settings.max_concurrent,
        "quality": settings.quality,
        "ttft_ms": info.ttft_ms,
        "tokens_per_s": info.tokens_per_s,
    }
    return _told(keys)


def _told(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


def _prices(part: PricingPart | None) -> Prices | None:
    return read_prices(part.model_dump(exclude_none=True)) if part else None
