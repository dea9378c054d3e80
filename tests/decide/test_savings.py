"""What answers would have cost with one model for everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.choosing import RouteQuery, considered, models_for_upkeep, models_of
from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.demands import Demands
from router_core.decide.model_info import Prices
from router_core.decide.records import AttemptRecord, Baseline
from router_core.decide.routing import RouteDecision as Decision
from router_core.decide.routing import RouteReason
from router_core.decide.savings import Answered, baseline, chain_of
from router_core.decide.usage import Usage
from tests.decide.conversations import (
    CACHE_S,
    CHEAP,
    CONFIG,
    LAST,
    ONE,
    THREE,
    TWO,
    an_ongoing,
    outlook,
)
from tests.decide.model_entries import NOW

MILLION = Decimal(1_000_000)
USAGE = Usage(prompt_tokens=12_000, completion_tokens=100)


def per_million(prompt: int, completion: int, cached: int | None = None) -> Prices:
    return Prices(
        prompt=prompt / MILLION,
        completion=completion / MILLION,
        input_cache_read=None if cached is None else cached / MILLION,
    )


PRICES = {ONE: per_million(10, 20, 1), TWO: per_million(2, 4), THREE: per_million(1, 1)}


def paid(usd: str | None, model: Any = TWO, **fields: Any) -> AttemptRecord:
    cost = UNKNOWN if usd is None else Cost(Decimal(usd), CostSource.REPORTED)
    made: dict[str, Any] = {"outcome": "ok", "latency_ms": 1.0, "usage": USAGE, **fields}
    return AttemptRecord(model=model.name, provider=model.provider, cost=cost, **made)


def answered(*attempts: AttemptRecord, model: Any = TWO, **fields: Any) -> Answered:
    made: dict[str, Any] = {"ongoing": None, "images": 0, "when": NOW, **fields}
    return Answered(model=model, attempts=attempts or (paid("0.5", model),), **made)


def of(chain: Sequence[Any], told: Answered, prices: Any = PRICES) -> Baseline:
    return baseline(chain, told, prices.get)


# -- the chain ---------------------------------------------------------------------------


def decided(
    category: str, *out: str, gone: str = "", config: Any = CONFIG, **fields: Any
) -> Decision:
    is_upkeep = RouteReason.HOUSEKEEPING in fields.values()
    models = (models_for_upkeep if is_upkeep else models_of)(category, config)
    look = outlook({}, *out, gone=gone)
    query = RouteQuery(config=config, demands=Demands(), outlook=look)
    made: dict[str, Any] = {"reason": RouteReason.CLASSIFIED, **fields}
    judged = considered(models, query).candidates
    return Decision(category=category, explanation="", candidates=judged, **made)


def test_the_chain_is_the_categorys_list_in_its_own_order_whoever_rests() -> None:
    assert chain_of(decided("code"), CONFIG) == (ONE, TWO)
    assert chain_of(decided("code", "one"), CONFIG) == (ONE, TWO)
    led = decided("code")
    led = replace(led, candidates=led.candidates[::-1])
    assert chain_of(led, CONFIG) == (ONE, TWO)


def test_who_cannot_take_the_request_is_not_of_it_nor_is_the_last_resort() -> None:
    assert chain_of(decided("code", gone="one"), CONFIG) == (TWO,)
    assert chain_of(decided("code", gone="two"), CONFIG) == (ONE,)
    config = replace(CONFIG, last_resort=LAST)
    assert chain_of(decided("code", config=config), config) == (ONE, TWO)


def test_a_model_under_two_of_its_names_stands_where_the_first_one_does() -> None:
    models = (ONE, TWO, replace(ONE, name="uno"))
    code = replace(CONFIG.categories["code"], models=models)
    config = replace(CONFIG, categories={**CONFIG.categories, "code": code})
    assert chain_of(decided("code", config=config), config) == (ONE, TWO)


@pytest.mark.parametrize("field", ["reason", "otherwise"])
def test_the_chain_of_upkeep_is_its_own_list(field: str) -> None:
    upkeep = decided("conversation", **{field: RouteReason.HOUSEKEEPING})
    assert chain_of(upkeep, CONFIG) == (CHEAP,)
    without = replace(CONFIG, housekeeping=())
    upkeep = decided("conversation", config=without, **{field: RouteReason.HOUSEKEEPING})
    assert chain_of(upkeep, without) == (THREE, TWO)


def test_where_the_caller_named_the_model_there_was_no_choice() -> None:
    for category in ("", "gone"):
        assert chain_of(replace(decided("code"), category=category), CONFIG) == ()


# -- the costs ------------------------------------------------------------------------------


def test_the_best_single_is_the_first_and_the_dearest_the_largest() -> None:
    # one: 12,000 x 10 + 100 x 20; two did cost 0.5
    assert of((ONE, TWO), answered()) == Baseline(
        best_single_usd=Decimal("0.122"), dearest_usd=Decimal("0.5")
    )
    assert of((TWO, ONE), answered(paid("0.01"))) == Baseline(
        best_single_usd=Decimal("0.01"), dearest_usd=Decimal("0.122")
    )


def test_with_one_model_alone_the_history_would_be_in_its_cache() -> None:
    ongoing = an_ongoing(TWO)
    # of 12,000 it has read 10,000: 10,000 x 1 + 2,000 x 10 + 100 x 20
    found = of((ONE, TWO), answered(ongoing=ongoing))
    assert found is not None
    assert found.best_single_usd == Decimal("0.032")
    cold = an_ongoing(TWO, idle_s=CACHE_S + 1)
    changed = an_ongoing(TWO, same_prefix=False)
    for none_cached in (cold, changed):
        found = of((ONE, TWO), answered(ongoing=none_cached))
        assert found is not None
        assert found.best_single_usd == Decimal("0.122")


def test_what_was_really_cached_counts_where_it_is_more() -> None:
    usage = replace(USAGE, cached_tokens=11_000)
    told = answered(paid("0.5", usage=usage), ongoing=an_ongoing(TWO))
    found = of((ONE, TWO), told)
    assert found is not None
    assert found.best_single_usd == Decimal("0.023")  # 11,000 x 1 + 1,000 x 10 + 100 x 20


def test_a_model_without_a_price_for_its_cache_reads_all_of_it_anew() -> None:
    told = answered(paid("0.5", ONE), model=ONE, ongoing=an_ongoing(ONE))
    found = of((TWO, ONE), told)
    assert found is not None
    assert found.best_single_usd == Decimal("0.0244")  # 12,000 x 2 + 100 x 4


def test_who_took_the_conversation_over_just_now_is_reckoned_as_the_others() -> None:
    told = answered(paid("0.122", ONE), model=ONE, ongoing=an_ongoing(TWO))
    found = of((ONE, TWO), told)
    assert found is not None
    assert found.best_single_usd == Decimal("0.032")


def test_calls_of_the_same_model_that_failed_would_have_been_made_all_the_same() -> None:
    failed, elsewhere = paid("0.25", outcome="timeout"), paid("7", ONE, outcome="timeout")
    found = of((TWO,), answered(elsewhere, failed, paid("0.5")))
    assert found is not None
    assert found.best_single_usd == Decimal("0.75")


@pytest.mark.parametrize(
    ("chain", "told", "best", "dearest"),
    [
        ((ONE, LAST), answered(), "0.122", None),
        ((LAST, ONE), answered(), None, None),
        ((TWO, ONE), answered(paid(None)), None, None),
        ((ONE, TWO), answered(paid(None)), "0.122", None),
        ((ONE, TWO), answered(paid("1", usage=Usage())), None, None),
    ],
)
def test_what_is_not_known_is_not_nothing(
    chain: Any, told: Answered, best: str | None, dearest: str | None
) -> None:
    found = of(chain, told)
    assert found == Baseline(
        best_single_usd=None if best is None else Decimal(best),
        dearest_usd=None if dearest is None else Decimal(dearest),
    )


# -- anything ----------------------------------------------------------------------------------

amounts = st.decimals(0, 1, places=15)
counts = st.integers(0, 100_000)
usages = st.builds(
    Usage,
    prompt_tokens=counts,
    cached_tokens=counts,
    cache_write_tokens=counts,
    completion_tokens=counts,
    reasoning_tokens=counts,
)
prices = st.builds(
    Prices,
    prompt=st.none() | amounts,
    completion=st.none() | amounts,
    input_cache_read=st.none() | amounts,
    request=st.none() | amounts,
)
conversations = st.sampled_from([None, an_ongoing(ONE), an_ongoing(TWO), an_ongoing(TWO, 1e6)])


@given(usages, st.none() | amounts, prices)
def test_a_router_that_always_picks_one_model_saves_nothing(
    usage: Usage, usd: Decimal | None, listed: Prices
) -> None:
    attempt = paid(None if usd is None else str(usd), ONE, usage=usage)
    for ongoing in (None, an_ongoing(ONE)):
        told = answered(attempt, model=ONE, ongoing=ongoing)
        assert of((ONE,), told, {ONE: listed}) == Baseline(best_single_usd=usd, dearest_usd=usd)


@given(usages, amounts, prices, prices, conversations)
def test_the_dearest_is_never_cheaper_than_the_best(
    usage: Usage, usd: Decimal, one: Prices, two: Prices, ongoing: Any
) -> None:
    told = answered(paid(str(usd), usage=usage), ongoing=ongoing)
    found = of((ONE, TWO), told, {ONE: one, TWO: two})
    assert found is not None
    if found.dearest_usd is not None:
        assert found.best_single_usd is not None
        assert found.dearest_usd >= found.best_single_usd


def test_images_cost_the_others_what_they_charge_for_them() -> None:
    prices = {**PRICES, ONE: replace(PRICES[ONE], image=Decimal(3))}
    plain, shown = (of((ONE,), answered(images=count), prices) for count in (0, 2))
    assert plain is not None
    assert shown is not None
    assert plain.best_single_usd is not None
    assert shown.best_single_usd == plain.best_single_usd + 6


def test_a_model_of_that_name_at_another_provider_is_another() -> None:
    calls = (paid("1", replace(TWO, provider="q"), outcome="timeout"), paid("0.5"))
    assert of((TWO,), answered(*calls)) == Baseline(
        best_single_usd=Decimal("0.5"), dearest_usd=Decimal("0.5")
    )
