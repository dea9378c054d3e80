"""A conversation that goes on under a policy: continuity comes first, and is in its sums."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.candidates import Outlook, Prospect
from router_core.decide.choosing import RouteQuery
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.continued import Continued
from router_core.decide.continuity import Lock, Ongoing
from router_core.decide.demands import Demands
from router_core.decide.forecast import Forecast
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Pace
from router_core.decide.policies import POLICIES
from router_core.decide.request_limits import RequestLimits
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.session import Topics
from router_core.decide.usual import Usual
from tests.decide.conversations import (
    CACHE_S,
    CONFIG,
    ONE,
    TWO,
    a_request,
    an_ongoing,
    classified,
    user,
)
from tests.decide.model_entries import NOW
from tests.decide.test_choosing import Measured

R = RouteReason
CODE: Topics = (("code", 0.9), ("conversation", 0.1))


def priced(prompt: str, cached: str | None = None) -> Prices:
    """USD for a million tokens of a prompt, or of it from a cache; answers cost as much."""
    per = Decimal(1_000_000)
    return Prices(
        prompt=Decimal(prompt) / per,
        completion=Decimal(prompt) / per,
        input_cache_read=None if cached is None else Decimal(cached) / per,
    )


def under(policy: str, **category: Any) -> RoutingConfig:
    """Code's models are one and two, in that order."""
    code = replace(CONFIG.categories["code"], policy=policy, **category)
    return replace(CONFIG, categories={**CONFIG.categories, "code": code})


def going_on(
    policy: str,
    holder: ModelRef = ONE,
    prices: dict[str, Prices] | None = None,
    paces: dict[str, Pace] | None = None,
    **fields: Any,
) -> Continued:
    """A history of 10,000 tokens that ``holder`` has in its cache, and a request that adds 1,000.

    An answer of 400 is expected.
    """
    known = prices or {}
    limits = fields.pop("limits", RequestLimits())
    look: Outlook = lambda model: Prospect(info=ModelInfo(prices=known.get(model.name)))  # noqa: E731 - typed
    ongoing: Ongoing = an_ongoing(holder, **fields)
    demands = Demands(prompt_tokens=11_000)
    forecast = Forecast(
        request=a_request(user("and now?")),
        demands=demands,
        ongoing=replace(ongoing, is_behind=True),  # the whole prompt is estimated, 11,000
        usual=Usual(),
        paces=Measured(paces=paces or {}),
        when=NOW,
    )
    query = RouteQuery(
        config=under(policy), demands=demands, outlook=look, limits=limits, forecast=forecast
    )
    return Continued(ongoing=ongoing, query=query)


def typed(continued: Continued) -> RouteDecision:
    return continued.typed(classified("code"), CODE)


def first(decision: RouteDecision) -> tuple[str, RouteReason]:
    return decision.to_call[0].name, decision.reason


# -- locks --------------------------------------------------------------------------------


@given(
    policy=st.sampled_from(list(POLICIES)),
    lock=st.sampled_from(Lock),
    holder=st.sampled_from([ONE, TWO]),
    price=st.sampled_from(["0", "1", "1000"]),
    ms=st.floats(1, 1e6),
    idle_s=st.sampled_from([0.0, CACHE_S + 1]),
)
def test_no_policy_moves_a_locked_conversation(
    policy: str, lock: Lock, holder: ModelRef, price: str, ms: float, idle_s: float
) -> None:
    prices = {"one": priced("10"), "two": priced(price)}
    paces = {"one": Pace(100, 1), "two": Pace(ms, 1)}
    continued = going_on(policy, holder, prices, paces, idle_s=idle_s)
    decision = continued.locked(lock, "code")
    assert decision.to_call[0] == holder
    assert decision.session.locked
    assert policy not in decision.explanation


def test_but_limits_do() -> None:
    limits = RequestLimits(excluded_models=frozenset({"one"}))
    decision = going_on("cheapest", ONE, limits=limits).locked(Lock.TOOL_LOOP, "code")
    assert decision.to_call == (TWO,)
    assert "but one is out: the limits exclude it" in decision.explanation
    assert "cheapest: two est. $?, the only one; limits dropped one" in decision.explanation


def test_but_not_because_its_model_has_become_slow() -> None:
    paces = {"one": Pace(9000, 1), "two": Pace(100, 1)}
    limits = RequestLimits(max_ttft_ms=1000)
    continued = going_on("ordered", ONE, paces=paces, limits=limits)
    assert continued.locked(Lock.TOOL_LOOP, "code").to_call == (ONE, TWO)
    assert typed(continued).to_call == (TWO,)


# -- a decision: the sums have the cache in them --------------------------------------------


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        # Here: 10,000 x 0.1 + 1,400 x 1 = 2,400 millionths of a dollar; as the holder it
        # counts as 1,920. Elsewhere all 11,400 are read anew.
        ("0.2", ("one", R.SESSION_KEPT)),  # 2,280
        ("0.15", ("two", R.SESSION_SWITCHED)),  # 1,710
    ],
)
def test_cheapest_moves_when_another_is_cheaper_with_the_history_read_anew(
    elsewhere: str, expected: tuple[str, RouteReason]
) -> None:
    prices = {"one": priced("1", "0.1"), "two": priced(elsewhere)}
    decision = typed(going_on("cheapest", ONE, prices))
    assert first(decision) == expected
    assert "cheapest: " in decision.explanation
    assert " against " in decision.explanation


def test_a_cold_conversation_goes_where_the_policy_says() -> None:
    prices = {"one": priced("1", "0.1"), "two": priced("0.9")}
    warm, cold = (going_on("cheapest", ONE, prices, idle_s=s) for s in (0.0, CACHE_S + 1))
    assert first(typed(warm)) == ("one", R.SESSION_KEPT)
    assert first(typed(cold)) == ("two", R.SESSION_SWITCHED)


@pytest.mark.parametrize("policy", ["cheapest", "fastest", "balanced"])
def test_where_nothing_is_known_a_conversation_stays(policy: str) -> None:
    for holder in (ONE, TWO):
        decision = typed(going_on(policy, holder))
        assert decision.to_call[0].name in {"one", holder.name}
    assert first(typed(going_on(policy, ONE))) == ("one", R.SESSION_KEPT)


def test_a_holder_stays_under_whatever_name() -> None:
    prices = {"one": priced("1", "0.1"), "two": priced("1")}
    for policy in ("cheapest", "balanced"):
        renamed = replace(ONE, name="uno")
        assert first(typed(going_on(policy, renamed, prices))) == ("uno", R.SESSION_KEPT)


def test_a_switch_is_the_policys_choice_and_to_stay_is_the_conversations() -> None:
    prices = {"one": priced("1", "0.1"), "two": priced("0.1")}
    switched = typed(going_on("cheapest", ONE, prices))
    assert (switched.reason, switched.is_by_policy) == (R.SESSION_SWITCHED, True)
    kept = typed(going_on("cheapest", TWO, prices))
    assert (kept.reason, kept.is_by_policy) == (R.SESSION_KEPT, False)


def test_fastest_leaves_a_slow_holder_only_where_the_time_is_worth_the_history() -> None:
    """To read 10,000 tokens anew costs 0.9 cents more: 18 s at 20 s a cent."""
    prices = {"one": priced("1", "0.1"), "two": priced("1", "0.1")}
    paces = {"one": Pace(20_000, 0), "two": Pace(2000, 0)}
    assert first(typed(going_on("fastest", ONE, prices, paces))) == ("one", R.SESSION_KEPT)
    paces["one"] = Pace(30_000, 0)  # counts as 24 s, against 2 and 18
    assert first(typed(going_on("fastest", ONE, prices, paces))) == ("two", R.SESSION_SWITCHED)


def test_balanced_weighs_the_cold_history_in_dollars() -> None:
    """Two is a point better by its prior; the history read anew costs it 0.9 points."""
    prices = {"one": priced("1", "0.1"), "two": priced("1", "0.1")}
    for better, expected in ((0.5, "one"), (1.5, "two")):
        continued = going_on("balanced", ONE, prices)
        quality = {"one": 80.0, "two": 80.0 + better}
        config = under("balanced", quality=quality)
        continued = replace(continued, query=replace(continued.query, config=config))
        assert typed(continued).to_call[0].name == expected


def test_a_named_category_is_ordered_by_its_policy_as_well() -> None:
    prices = {"one": priced("1", "0.1"), "two": priced("0.1")}
    decision = going_on("cheapest", ONE, prices).named("code", None)
    assert first(decision) == ("two", R.NAMED_CATEGORY)
    kept = {"one": priced("1", "0.1"), "two": priced("2")}
    assert going_on("cheapest", ONE, kept).named("code", None).to_call[0] == ONE
