"""What a request would cost with each model, and how long that would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.chat import ChatRequest
from router_core.decide.continuity import Ongoing
from router_core.decide.demands import IMAGE_TOKENS, demands_of
from router_core.decide.estimates import (
    ASSUMED_ANSWER_TOKENS,
    Basis,
    Estimate,
    basis_of,
    estimate,
)
from router_core.decide.model_info import ModelInfo, PriceOverride, Prices
from router_core.decide.pace import Pace
from router_core.decide.session import Cache
from router_core.decide.usual import Usual
from tests.decide.conversations import (
    AT,
    CACHE_S,
    ONE,
    TWO,
    a_request,
    a_session,
    an_ongoing,
    result,
    said,
    user,
)
from tests.decide.model_entries import NOW

MILLION = Decimal(1_000_000)
DEAR = Prices(
    prompt=Decimal(10) / MILLION,
    completion=Decimal(40) / MILLION,
    input_cache_read=Decimal(1) / MILLION,
)
CHEAP = Prices(prompt=Decimal(1) / MILLION, completion=Decimal(2) / MILLION)
FREE = Prices(prompt=Decimal(0), completion=Decimal(0))
counts = st.integers(0, 2_000_000)
amounts = st.decimals(0, 1, places=9)


@dataclass
class Served(Usual):
    """What was served: tokens of an answer by category and over all."""

    tokens: Mapping[str, float | None] | None = None
    overall: float | None = None

    def answer_tokens(self, category: str | None = None, model: str | None = None) -> float | None:
        return self.overall if category is None else (self.tokens or {}).get(category)


def a_basis(
    request: ChatRequest | None = None,
    ongoing: Ongoing | None = None,
    category: str = "code",
    **kinds: Any,
) -> Basis:
    request = request or a_request(user("hi"))
    return basis_of(
        request,
        demands_of(request),
        category=category,
        ongoing=ongoing,
        usual=Served(**kinds),
        when=NOW,
    )


def cost(prices: Prices | None, ongoing: Ongoing | None = None, **changed: Any) -> Decimal | None:
    """Of 1,000 tokens that get an answer of 100, with the model that holds the conversation."""
    basis = replace(a_basis(ongoing=ongoing), prompt_tokens=1_000, answer_tokens=100, **changed)
    return estimate(basis, ONE, ModelInfo(prices=prices)).cost_usd


# -- the price of it -------------------------------------------------------------------


def test_a_cost_is_the_prompt_and_the_answer_by_list_price() -> None:
    assert cost(DEAR) == Decimal("0.014")
    assert cost(CHEAP) == Decimal("0.0012")


def test_what_is_charged_for_each_request_is_added() -> None:
    assert cost(replace(CHEAP, request=Decimal("0.5"))) == Decimal("0.5012")


def test_what_is_charged_for_each_image_is_added() -> None:
    photos = replace(CHEAP, image=Decimal("0.5"))
    assert cost(photos, images=2) == Decimal("1.0012")
    assert a_basis(a_request(replace(user("hi"), other_parts=("image_url",) * 3))).images == 3


def test_a_free_model_costs_nothing_and_an_unknown_price_is_not_nothing() -> None:
    assert cost(FREE) == 0
    assert cost(None) is None
    assert cost(Prices()) is None
    assert cost(replace(DEAR, prompt=None)) is None
    assert cost(replace(DEAR, completion=None)) is None
    assert cost(replace(FREE, completion=None)) is None


def test_prices_are_those_of_the_prompts_size_and_of_the_hour() -> None:
    long = PriceOverride(prices=replace(CHEAP, completion=Decimal(1)), min_prompt_tokens=999)
    tonight = PriceOverride(prices=FREE, utc_start=22 * 60, utc_end=6 * 60)
    assert cost(replace(DEAR, overrides=(long,))) == Decimal("100.001")
    assert cost(replace(DEAR, overrides=(replace(long, min_prompt_tokens=1_000),))) == cost(DEAR)
    assert cost(replace(DEAR, overrides=(tonight,))) == cost(DEAR)
    assert cost(replace(DEAR, overrides=(tonight,)), when=NOW + timedelta(hours=11)) == 0


@given(counts, counts, counts, amounts, amounts, amounts)
def test_a_cost_is_never_below_nothing_and_a_cache_never_adds_to_it(
    prompt: int, cached: int, answer: int, fresh: Decimal, read: Decimal, completion: Decimal
) -> None:
    prices = Prices(prompt=fresh, input_cache_read=min(fresh, read), completion=completion)
    basis = replace(a_basis(), prompt_tokens=prompt, answer_tokens=answer)
    anew = estimate(basis, ONE, ModelInfo(prices=prices)).cost_usd
    again = estimate(
        replace(basis, cached={ONE.key: cached}), ONE, ModelInfo(prices=prices)
    ).cost_usd
    assert anew is not None
    assert again is not None
    assert 0 <= again <= anew


# -- the answer ------------------------------------------------------------------------


def test_an_answer_is_as_long_as_those_of_its_category_were() -> None:
    basis = a_basis(tokens={"code": 600.2, "tools": 20.0}, overall=300.0)
    assert (basis.answer_tokens, basis.answer_from) == (601, "what answers in code had on average")


def test_the_answer_to_a_model_that_was_named_is_like_the_others_of_that_kind() -> None:
    basis = a_basis(category="", tokens={"": 7.0}, overall=300.0)
    assert (basis.answer_tokens, basis.answer_from) == (
        7,
        "what answers of models that were named had on average",
    )


@pytest.mark.parametrize("tokens", [None, {"code": None}, {"tools": 20.0}])
def test_an_answer_of_a_new_category_is_as_long_as_all_were(tokens: Any) -> None:
    basis = a_basis(tokens=tokens, overall=300.0)
    assert (basis.answer_tokens, basis.answer_from) == (300, "what all answers had on average")


def test_before_any_answer_a_length_is_assumed_and_that_is_said() -> None:
    basis = a_basis()
    assert basis.answer_tokens == ASSUMED_ANSWER_TOKENS == 400
    assert "assumed" in basis.answer_from


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (299, 299), (300, 300), (301, 300)])
def test_an_answer_is_no_longer_than_the_request_allows(limit: int, expected: int) -> None:
    request = replace(a_request(user("hi")), max_output_tokens=limit)
    basis = a_basis(request, overall=300.0)
    assert basis.answer_tokens == expected
    assert (basis.answer_from == "all that the request allows") is (limit < 300)


def test_an_answer_is_no_longer_than_the_models_are() -> None:
    basis = replace(a_basis(), prompt_tokens=0, answer_tokens=100)
    short = ModelInfo(prices=CHEAP, max_output_tokens=10)
    assert estimate(basis, ONE, short).cost_usd == Decimal("0.00002")
    long = ModelInfo(prices=CHEAP, max_output_tokens=1_000)
    assert estimate(basis, ONE, long).cost_usd == Decimal("0.0002")


# -- the prompt ------------------------------------------------------------------------


def test_a_first_prompt_is_estimated_from_its_size() -> None:
    assert a_basis(replace(a_request(user("hi")), prompt_bytes=5_000)).prompt_tokens == 2_000


SO_FAR = (user("a"), said("b"), user("a long one"), said("b"))
LATER = replace(a_request(*SO_FAR, user("€" * 10)), prompt_bytes=100_000)
"""30 bytes are new in it."""


def test_of_a_conversation_that_goes_on_only_what_is_new_is_estimated() -> None:
    assert a_basis(LATER, an_ongoing()).prompt_tokens == 10_000 + 12
    photo = replace(user("€" * 10), other_parts=("image_url",))
    with_photo = replace(LATER, messages=(*SO_FAR, photo))
    assert a_basis(with_photo, an_ongoing()).prompt_tokens == 10_000 + 12 + IMAGE_TOKENS
    loop = replace(LATER, messages=(*SO_FAR, result("12345"), result("12345")))
    assert a_basis(loop, an_ongoing()).prompt_tokens == 10_000 + 4


@pytest.mark.parametrize(
    "changed",
    [
        {"same_prefix": False},
        {"is_behind": True},
        {"went_back": True},
        {"session": a_session(tokens=0)},
        {"session": a_session(caches=())},
    ],
)
def test_where_the_last_answer_does_not_tell_it_the_whole_is_estimated(changed: Any) -> None:
    assert a_basis(LATER, an_ongoing(**changed)).prompt_tokens == 40_000


# -- what is cached --------------------------------------------------------------------


def test_what_the_models_provider_has_in_its_cache_costs_what_is_asked_for_that() -> None:
    basis = replace(a_basis(LATER, an_ongoing()), prompt_tokens=12_000, answer_tokens=0)
    assert estimate(basis, ONE, ModelInfo(prices=DEAR)).cost_usd == Decimal("0.03")
    assert estimate(basis, TWO, ModelInfo(prices=DEAR)).cost_usd == Decimal("0.12")


def test_a_model_that_had_the_conversation_before_has_a_part_of_it() -> None:
    caches = (
        Cache(model=ONE.key, tokens=10_000, at=AT),
        Cache(model=TWO.key, tokens=6_000, at=AT - CACHE_S),
    )
    session = a_session(caches=caches)
    basis = a_basis(LATER, an_ongoing(session=session))
    assert basis.cached == {ONE.key: 10_000, TWO.key: 6_000}
    later = a_basis(LATER, an_ongoing(session=session, idle_s=1.0))
    assert later.cached == {ONE.key: 10_000}


@pytest.mark.parametrize("changed", [{"same_prefix": False}, {"idle_s": CACHE_S + 1.0}])
def test_a_cold_cache_is_none(changed: Any) -> None:
    assert a_basis(LATER, an_ongoing(**changed)).cached == {}
    assert a_basis(LATER).cached == {}


# -- time and switches -----------------------------------------------------------------


def test_a_time_is_the_models_pace_over_the_answer_and_null_before_it_is_known() -> None:
    basis = replace(a_basis(), answer_tokens=100)
    pace = Pace(first_ms=500, token_ms=10)
    assert estimate(basis, ONE, ModelInfo(), pace=pace) == Estimate(latency_ms=1500)
    assert estimate(basis, ONE, ModelInfo(max_output_tokens=50), pace=pace).latency_ms == 1000
    assert estimate(basis, ONE, ModelInfo()) == Estimate()


def test_a_switch_costs_what_the_history_does_elsewhere_more_than_here() -> None:
    ongoing = an_ongoing()
    basis = a_basis(LATER, ongoing)
    dear, cheap = ModelInfo(prices=DEAR), ModelInfo(prices=CHEAP)
    assert estimate(basis, TWO, dear, ongoing, DEAR).switch_usd == Decimal("0.09")
    assert estimate(basis, TWO, cheap, ongoing, CHEAP).switch_usd == 0
    cold = an_ongoing(idle_s=CACHE_S + 1.0)
    assert estimate(basis, TWO, cheap, cold, DEAR).switch_usd == Decimal("-0.09")


def test_where_nothing_is_switched_or_known_it_has_no_price() -> None:
    ongoing, dear = an_ongoing(), ModelInfo(prices=DEAR)
    basis = a_basis(LATER, ongoing)
    assert estimate(basis, ONE, dear, ongoing, DEAR).switch_usd is None
    assert estimate(basis, TWO, dear).switch_usd is None
    assert estimate(basis, TWO, dear, ongoing, None).switch_usd is None
    assert estimate(basis, TWO, ModelInfo(), ongoing, DEAR).switch_usd is None
    unmeasured = an_ongoing(session=a_session(tokens=0))
    assert estimate(basis, TWO, dear, unmeasured, DEAR).switch_usd is None
