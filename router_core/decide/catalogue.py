"""What is known of the models: windows, abilities, prices, and whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

__all__ = ["ModelInfo", "PriceOverride", "Prices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a model costs, in USD, by the names of OpenRouter's ``pricing``.

    Each is per token unless it says otherwise; ``None``: not told, which is not 0.

    Attributes:
        request: for each request.
        image, image_output: for each image in the input, and in the output.
        web_search: for each search.
        discount: the share that is taken off all of them, 0 to 1.
        overrides: prices under conditions; a later one wins, key by key.
    """

    prompt: Decimal | None = None
    completion: Decimal | None = None
    request: Decimal | None = None
    image: Decimal | None = None
    image_token: Decimal | None = None
    image_output: Decimal | None = None
    audio: Decimal | None = None
    audio_output: Decimal | None = None
    input_audio_cache: Decimal | None = None
    web_search: Decimal | None = None
    internal_reasoning: Decimal | None = None
    input_cache_read: Decimal | None = None
    input_cache_write: Decimal | None = None
    input_cache_write_1h: Decimal | None = None
    discount: Decimal | None = None
    overrides: tuple[PriceOverride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOverride:
    """Prices that hold under conditions.

    Attributes:
        prices: those that it replaces; the others are ``None``.
        min_prompt_tokens: it holds for prompts of strictly more tokens.
        utc_start, utc_end: it holds from the one to the other, in minutes after
            midnight UTC; the end may lie before the start, over midnight.
    """

    prices: Prices
    min_prompt_tokens: int | None = None
    utc_start: int | None = None
    utc_end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What is known of one model; ``None``: unknown, which forbids nothing.

    Attributes:
        context_length: prompt and answer together, in tokens.
        max_output_tokens: of one answer.
        input_modalities: of "text", "image", "audio", "file", "video".
        parameters: what a request may hold, by OpenRouter's ``supported_parameters``,
            such as "tools", "response_format", "structured_outputs".
        expires: the last day on which it is served.
    """

    context_length: int | None = None
    max_output_tokens: int | None = None
    input_modalities: frozenset[str] | None = None
    parameters: frozenset[str] | None = None
    prices: Prices | None = None
    expires: date | None = None
