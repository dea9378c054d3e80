"""Prices as plain numbers say what the exact ones do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.cost import expected_usd
from router_core.decide.model_info import PriceOverride, Prices
from router_core.decide.rates import rates_of
from router_core.decide.rereading import history_usd
from tests.decide.model_entries import NOW

prices = st.decimals(0, 1, places=9)
maybe = st.none() | prices
counts = st.integers(0, 2_000_000)
simple = st.builds(
    lambda prompt, completion, cached, request, image: Prices(
        prompt=prompt, completion=completion, input_cache_read=cached, request=request, image=image
    ),
    *(prices, prices, maybe, maybe, maybe),
)


@given(told=simple, prompt=counts, cached=counts, answer=counts, images=st.integers(0, 20))
def test_a_request_costs_what_it_does_by_the_exact_ones(
    told: Prices, prompt: int, cached: int, answer: int, images: int
) -> None:
    rates = rates_of(told)
    assert rates is not None
    exact = expected_usd(
        told,
        prompt_tokens=prompt,
        cached_tokens=cached,
        answer_tokens=answer,
        when=NOW,
        images=images,
    )
    assert exact is not None
    assert rates.usd(prompt, cached, answer, images) == pytest.approx(float(exact), abs=1e-6)
    history = history_usd(prompt, cached, told, NOW)
    assert history is not None
    assert rates.prompt_usd(prompt, cached) == pytest.approx(float(history), abs=1e-6)


KNOWN = Prices(prompt=Decimal(1), completion=Decimal(2))


@pytest.mark.parametrize(
    "told",
    [
        None,
        Prices(),
        replace(KNOWN, prompt=None),
        replace(KNOWN, completion=None),
        replace(KNOWN, discount=Decimal("0.5")),
        replace(KNOWN, overrides=(PriceOverride(prices=KNOWN, min_prompt_tokens=9),)),
    ],
)
def test_there_are_none_of_prices_that_are_not_known_or_not_always_the_same(
    told: Prices | None,
) -> None:
    assert rates_of(told) is None
