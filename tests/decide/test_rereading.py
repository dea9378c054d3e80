"""What it costs to have a history read, from a cache or anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.model_info import PriceOverride, Prices
from router_core.decide.rereading import Rereading, history_usd, rereading
from router_core.decide.session import Cache
from tests.decide.conversations import AT, ONE, TWO, usd
from tests.decide.model_entries import NOW

DEAR, CHEAP = usd("10", "1"), usd("2")
counts = st.integers(0, 2_000_000)
prices = st.decimals(0, 1, places=9)


def cached(tokens: int, *models) -> tuple[Cache, ...]:
    return tuple(Cache(model=model.key, tokens=tokens, at=AT) for model in models)


def between(tokens: int, warm=(), here: Prices | None = DEAR, there: Prices | None = CHEAP):
    return rereading(tokens, warm, (ONE.key, here), (TWO.key, there), NOW)


def test_what_is_cached_costs_less_and_the_rest_costs_the_same() -> None:
    assert history_usd(1000, 0, DEAR, NOW) == Decimal("0.01")
    assert history_usd(1000, 400, DEAR, NOW) == Decimal("0.0064")
    assert history_usd(1000, 1000, DEAR, NOW) == Decimal("0.001")
    assert history_usd(0, 0, DEAR, NOW) == 0


def test_no_more_is_cached_than_there_is() -> None:
    assert history_usd(1000, 5000, DEAR, NOW) == Decimal("0.001")


def test_without_a_price_for_what_is_cached_all_costs_the_same() -> None:
    assert history_usd(1000, 1000, CHEAP, NOW) == history_usd(1000, 0, CHEAP, NOW)


def test_what_is_cached_for_nothing_costs_nothing() -> None:
    assert history_usd(1000, 1000, usd("10", "0"), NOW) == 0


@pytest.mark.parametrize("unknown", [None, Prices(), replace(DEAR, prompt=None)])
def test_without_a_price_nothing_is_known(unknown: Prices | None) -> None:
    assert history_usd(1000, 500, unknown, NOW) is None
    assert between(1000, here=unknown).extra is None
    assert between(1000, there=unknown).extra is None


@given(counts, counts, prices, prices)
def test_more_is_never_cheaper_and_a_cache_is_never_dearer(
    tokens: int, hit: int, prompt: Decimal, read: Decimal
) -> None:
    told = Prices(prompt=max(prompt, read), input_cache_read=min(prompt, read))
    spent = history_usd(tokens, hit, told, NOW)
    whole, more = history_usd(tokens, 0, told, NOW), history_usd(tokens + 1, hit, told, NOW)
    assert spent is not None
    assert whole is not None
    assert more is not None
    assert 0 <= spent <= whole
    assert spent <= more


def test_a_model_reads_from_its_own_cache_alone() -> None:
    here = between(1000, cached(1000, ONE))
    assert (here.here, here.there) == (Decimal("0.001"), Decimal("0.002"))
    assert here.extra == Decimal("0.001")
    both = between(1000, cached(600, ONE, TWO), there=DEAR)
    assert both.extra == 0
    assert between(1000, cached(1000, TWO), there=DEAR).extra == Decimal("-0.009")


def test_without_a_cache_the_dearer_model_costs_more() -> None:
    assert between(1000).extra == Decimal("-0.008")
    assert between(1000).tokens == 1000


def test_a_price_of_nothing_is_known() -> None:
    assert Rereading(tokens=1, here=Decimal(0), there=Decimal(0)).extra == 0
    assert Rereading(tokens=1, here=Decimal(1), there=Decimal(0)).extra == -1


def test_prices_are_those_of_the_size_and_the_hour() -> None:
    night = replace(DEAR, overrides=(PriceOverride(prices=usd("1"), utc_start=0, utc_end=360),))
    assert history_usd(1000, 0, night, NOW) == Decimal("0.01")
    assert history_usd(1000, 0, night, NOW - timedelta(hours=9)) == Decimal("0.001")
    large = PriceOverride(prices=usd("20", "2"), min_prompt_tokens=999)
    assert history_usd(1000, 500, replace(DEAR, overrides=(large,)), NOW) == Decimal("0.011")
    assert history_usd(999, 0, replace(DEAR, overrides=(large,)), NOW) == Decimal("0.00999")
