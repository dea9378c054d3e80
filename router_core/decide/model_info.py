"""What may be known of one model: its windows, its abilities and its prices."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from router_core.decide.money import MONEY

__all__ = ["PRICE_KEYS", "ModelInfo", "PriceOverride", "Prices"]

_DAY_MINUTES: Final = 24 * 60


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

    def at(self, prompt_tokens: int, when: datetime) -> Prices:
        """The prices of one request, without conditions and with the discount taken off.

        Args:
            prompt_tokens: the whole prompt, what is read from a cache included.
            when: the moment, with its time zone.
        """
        if self.discount is None and not self.overrides:
            return self
        told = {key: getattr(self, key) for key in (*PRICE_KEYS, "discount")}
        for override in self.overrides:
            if override.holds(prompt_tokens, when):
                replaced = {key: getattr(override.prices, key) for key in told}
                told |= {key: price for key, price in replaced.items() if price is not None}
        discount = told.pop("discount")
        if discount:
            share = MONEY.subtract(Decimal(1), discount)
            told = {
                key: None if price is None else MONEY.multiply(price, share)
                for key, price in told.items()
            }
        return Prices(**told)

    @property
    def is_known(self) -> bool:
        """Whether any price is told, on conditions or without."""
        return bool(self.overrides) or any(getattr(self, key) is not None for key in PRICE_KEYS)


PRICE_KEYS: Final = tuple(
    field.name for field in fields(Prices) if field.name not in ("discount", "overrides")
)
"""The names of the prices in `Prices`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOverride:
    """Prices that hold under conditions.

    Attributes:
        prices: those that it replaces; the others are ``None``.
        min_prompt_tokens: it holds for prompts of strictly more tokens.
        utc_start, utc_end: it holds from the one to before the other, in minutes after
            midnight UTC (0 to 1440); the end may lie before the start, over midnight.
            One that is ``None`` is midnight, and equal ones are the whole day.
        utc_days: it holds on these days of the week, by UTC, Monday being 0; ``None``: on
            all of them.
    """

    prices: Prices
    min_prompt_tokens: int | None = None
    utc_start: int | None = None
    utc_end: int | None = None
    utc_days: frozenset[int] | None = None

    def holds(self, prompt_tokens: int, when: datetime) -> bool:
        """Whether it holds for a prompt of that many tokens at that moment."""
        if self.min_prompt_tokens is not None and prompt_tokens <= self.min_prompt_tokens:
            return False
        start = self.utc_start or 0
        end = _DAY_MINUTES if self.utc_end is None else self.utc_end
        moment = when.astimezone(UTC)
        if self.utc_days is not None and moment.weekday() not in self.utc_days:
            return False
        minute = moment.hour * 60 + moment.minute
        if start < end:
            return start <= minute < end
        return minute >= start or minute < end


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
        ttft_ms: from the call to the first token, usually, in milliseconds.
        tokens_per_s: how many tokens of an answer come in a second, usually.
    """

    context_length: int | None = None
    max_output_tokens: int | None = None
    input_modalities: frozenset[str] | None = None
    parameters: frozenset[str] | None = None
    prices: Prices | None = None
    expires: date | None = None
    ttft_ms: float | None = None
    tokens_per_s: float | None = None

    def over(self, other: ModelInfo) -> ModelInfo:
        """This, and from ``other`` what is unknown here.

        Prices are taken as a whole: those of two sources together are nobody's.
        """
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        known = {name: value for name, value in mine.items() if value is not None}
        return replace(other, **known)
