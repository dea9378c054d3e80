"""A model's prices as plain numbers, to compare models by: a tenth of the time of decimals."""

from __future__ import annotations

from typing import NamedTuple

from router_core.decide.model_info import Prices

__all__ = ["Rates", "rates_of"]


class Rates(NamedTuple):
    """USD for a token of the prompt, in a cache or not, and of the answer; and for the rest."""

    prompt: float
    cached: float
    answer: float
    request: float
    image: float

    def usd(self, prompt: int, cached: int, answer: int, images: int) -> float:
        """What a request of so many tokens costs; ``cached``: how many of its prompt's."""
        each, from_cache, for_answer, request, image = self
        usd = prompt * each + answer * for_answer + request + images * image
        return usd - min(cached, prompt) * (each - from_cache) if cached else usd

    def prompt_usd(self, prompt: int, cached: int) -> float:
        """What a prompt alone costs, by its tokens."""
        hit = min(cached, prompt)
        return hit * self.cached + (prompt - hit) * self.prompt


def rates_of(prices: Prices | None) -> Rates | None:
    """The rates of prices that are always the same; ``None``: they are not, or are unknown.

    Where a price is missing, `expected_usd` knows what that means, so there are none either.
    """
    if prices is None or prices.overrides or prices.discount is not None:
        return None
    prompt, answer = prices.prompt, prices.completion
    if prompt is None or answer is None:
        return None
    cached = prompt if prices.input_cache_read is None else prices.input_cache_read
    return Rates(
        float(prompt),
        float(cached),
        float(answer),
        float(prices.request or 0),
        float(prices.image or 0),
    )
