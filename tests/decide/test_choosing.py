"""Judged, within the limits, in the policy's order: who is called for a request, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.candidates import Chance, Outlook, Prospect
from router_core.decide.choosing import Considered, Models, RouteQuery, considered, models_of
from router_core.decide.config import (
    Category,
    ModelKey,
    ModelRef,
    ModelSettings,
    Provider,
    RoutingConfig,
)
from router_core.decide.demands import Demands
from router_core.decide.forecast import Forecast
from router_core.decide.health import WELL, ModelHealth, Standing
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Pace, Paces
from router_core.decide.policies import POLICIES
from router_core.decide.request_limits import NO_LIMITS, RequestLimits
from router_core.decide.usual import Usual
from tests.decide.conversations import a_request, an_ongoing, model, user
from tests.decide.model_entries import NOW

DEAR, MIDDLE, CHEAP, UNPRICED = map(model, ("dear", "middle", "cheap", "unpriced"))
LISTED = (DEAR, MIDDLE, CHEAP, UNPRICED)
PRICES = {"dear": "30", "middle": "10", "cheap": "1"}
"""USD for a million tokens, of a prompt or an answer."""
PACES = {"dear": Pace(500, 5), "middle": Pace(400, 2), "cheap": Pace(2000, 20)}


@dataclass(slots=True)
class Measured(Paces):
    """What is known of how fast models are, just so."""

    paces: Mapping[str, Pace] = field(default_factory=dict)
    chosen: ModelKey | None = None
    waits: Mapping[str, int] = field(default_factory=dict)

    def of(self, model: ModelRef, info: ModelInfo, category: str, now: float) -> Pace | None:
        return self.paces.get(model.name)

    def leader(self, category: str) -> ModelKey | None:
        return self.chosen

    def waited(self, category: str, model: ModelRef) -> int:
        return self.waits.get(model.name, 0)


def a_config(policy: str, **category: Any) -> RoutingConfig:
    code = Category(name="code", models=LISTED, policy=policy, **category)
    provider = Provider(name="p", base_url="http://unused")
    return RoutingConfig(providers={"p": provider}, aliases={}, categories={"code": code})


def priced(name: str) -> ModelInfo:
    if name not in PRICES:
        return ModelInfo()
    price = Decimal(PRICES[name]) / 1_000_000
    return ModelInfo(prices=Prices(prompt=price, completion=price))


def the_outlook(*out: str) -> Outlook:
    resting = ModelHealth(standing=Standing.OPEN, why="it failed")
    return lambda model: Prospect(
        info=priced(model.name), health=resting if model.name in out else WELL
    )


def a_query(
    config: RoutingConfig,
    *out: str,
    paces: Paces | None = None,
    limits: RequestLimits = NO_LIMITS,
    **forecast: Any,
) -> RouteQuery:
    """A request of 1,000 tokens that gets 400 back."""
    demands = Demands(prompt_tokens=1000)
    made: dict[str, Any] = {"ongoing": None, "usual": Usual(), "when": NOW, **forecast}
    return RouteQuery(
        config=config,
        demands=demands,
        outlook=the_outlook(*out),
        limits=limits,
        forecast=Forecast(
            request=a_request(user("hi")),
            demands=demands,
            paces=paces or Measured(paces=PACES),
            **made,
        ),
    )


def choose(policy: str, *out: str, **query: Any) -> Considered:
    category = {key: query.pop(key) for key in ("quality", "floor", "thrift") if key in query}
    config = query.pop("config", None) or a_config(policy, **category)
    return considered(models_of("code", config), a_query(config, *out, **query))


def names(parts: Considered) -> list[str]:
    return [each.model.name for each in parts.candidates]


# -- by policy ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "order", "told"),
    [
        ("ordered", ["dear", "middle", "cheap", "unpriced"], ""),
        (
            "cheapest",
            ["cheap", "middle", "dear", "unpriced"],
            "cheapest: cheap est. $0.0014 against middle est. $0.0140",
        ),
        (
            "fastest",
            ["middle", "dear", "cheap", "unpriced"],
            "fastest: middle est. 1.2 s against dear est. 2.5 s",
        ),
        (
            "balanced",
            ["middle", "dear", "cheap", "unpriced"],
            (
                "balanced: middle 86.5 (88.0 points - 1.4 for $0.0140 - 0.1 for 1.2 s)"
                " against dear 85.7 (90.0 points - 4.2 for $0.0420 - 0.1 for 2.5 s)"
            ),
        ),
    ],
)
def test_each_policy_says_in_a_line_how_it_chose(policy: str, order: list[str], told: str) -> None:
    parts = choose(policy)
    assert (names(parts), parts.chosen) == (order, told)
    assert [each.reason for each in parts.candidates] == [
        f"number {place} of code ({policy})" for place in (1, 2, 3, 4)
    ]
    assert parts.holder == parts.candidates[0].model


def test_who_rests_is_not_chosen_and_stands_behind() -> None:
    parts = choose("cheapest", "cheap")
    assert names(parts) == ["middle", "dear", "unpriced", "cheap"]
    assert parts.candidates[-1].chance is Chance.RESTING
    assert parts.chosen.startswith("cheapest: middle est. $0.0140 against dear")


def test_the_only_one_left_is_told_as_such() -> None:
    parts = choose("cheapest", "cheap", "middle", "unpriced")
    assert parts.chosen == "cheapest: dear est. $0.0420, the only one"
    assert choose("cheapest", *(each.name for each in LISTED)).chosen == ""


def test_the_last_resort_is_never_chosen_however_cheap() -> None:
    config = replace(a_config("cheapest"), last_resort=model("free"))
    parts = choose("cheapest", config=config)
    assert names(parts) == ["cheap", "middle", "dear", "unpriced", "free"]
    assert parts.candidates[-1].reason == "the last resort"


def test_the_conversations_model_leads_whatever_the_policy_says() -> None:
    config = a_config("cheapest")
    for led in (DEAR, model("stranger")):
        models = models_of("code", config).led_by(led)
        parts = considered(models, a_query(config))
        rest = [each for each in ("cheap", "middle", "dear", "unpriced") if each != led.name]
        assert names(parts) == [led.name, *rest]
        assert parts.chosen == ""
        assert parts.candidates[1].reason == (
            "number 2 of code (cheapest), the session's model first"
        )


def test_priors_are_the_categorys_then_the_models_own_then_the_lists() -> None:
    config = replace(
        a_config("balanced", quality={"cheap": 99.0}, thrift=0.0),
        model_settings={"unpriced": ModelSettings(quality=95.0)},
    )
    assert names(choose("balanced", config=config)) == ["cheap", "unpriced", "dear", "middle"]


@pytest.mark.parametrize("policy", ["cheapest", "fastest", "balanced"])
def test_who_is_below_the_floor_comes_after_all_others(policy: str) -> None:
    quality = {"dear": 90.0, "middle": 69.0, "cheap": 60.0, "unpriced": 70.0}
    parts = choose(policy, quality=quality, floor=70.0)
    assert names(parts)[:2] == ["dear", "unpriced"]
    assert set(names(parts)[2:]) == {"middle", "cheap"}
    assert all(each.eligible for each in parts.candidates)


def test_the_dial_of_the_category_wins_over_that_of_all() -> None:
    config = a_config("balanced", thrift=10.0)
    assert names(choose("balanced", config=config))[0] == "cheap"
    assert (
        names(
            choose(
                "balanced",
                config=replace(
                    config, categories={"code": replace(config.categories["code"], thrift=0.0)}
                ),
            )
        )[0]
        == "dear"
    )


# -- who is tried ---------------------------------------------------------------------------


def test_a_model_of_unknown_speed_is_tried_when_it_has_waited_long_enough() -> None:
    waits = {"unpriced": 10}
    paces = Measured(paces=PACES, waits=waits)
    parts = choose("fastest", paces=paces)
    assert names(parts) == ["unpriced", "middle", "dear", "cheap"]
    assert parts.chosen == ("fastest: unpriced, to see how fast it is, against middle est. 1.2 s")
    assert names(choose("fastest", paces=Measured(paces=PACES, waits={"unpriced": 9})))[0] != (
        "unpriced"
    )
    assert names(choose("cheapest", paces=paces))[0] == "cheap"
    assert names(choose("ordered", paces=paces))[0] == "dear"


def test_nobody_is_tried_who_would_not_be_chosen_however_quick() -> None:
    waits = {"cheap": 50, "unpriced": 50}
    paces = Measured(paces={"dear": Pace(500, 5), "middle": Pace(400, 2)}, waits=waits)
    quality = {"dear": 90.0, "middle": 88.0, "cheap": 40.0, "unpriced": 10.0}
    assert names(choose("balanced", paces=paces, quality=quality))[0] == "middle"
    quality["cheap"] = 87.0
    assert names(choose("balanced", paces=paces, quality=quality))[0] == "cheap"


def test_nobody_is_tried_in_a_conversation_that_has_a_cache_to_lose() -> None:
    paces = Measured(paces=PACES, waits={"unpriced": 99})
    ongoing = an_ongoing(MIDDLE)
    assert names(choose("fastest", paces=paces, ongoing=ongoing))[0] == "middle"
    cold = an_ongoing(MIDDLE, idle_s=9999.0)
    assert names(choose("fastest", paces=paces, ongoing=cold))[0] == "unpriced"


def test_who_was_chosen_last_counts_as_a_fifth_quicker() -> None:
    close = {**PACES, "dear": Pace(400, 2.4)}  # 1.36 s against 1.2 s
    assert names(choose("fastest", paces=Measured(paces=close)))[0] == "middle"
    led = Measured(paces=close, chosen=DEAR.key)
    assert names(choose("fastest", paces=led))[0] == "dear"


# -- what a warm cache is worth ---------------------------------------------------------------


def test_a_history_that_lies_in_a_cache_is_read_for_less() -> None:
    """10,000 tokens for a tenth: the middle one costs less with them than the cheap one."""
    price = Decimal(10) / 1_000_000
    cached = ModelInfo(prices=Prices(prompt=price, completion=price, input_cache_read=price / 100))

    def of(model: ModelRef) -> Prospect:
        return Prospect(info=cached if model == MIDDLE else priced(model.name))

    config = a_config("cheapest")
    warm = an_ongoing(MIDDLE)
    query = a_query(config, ongoing=warm)
    query = replace(query, outlook=of)
    assert query.forecast is not None
    query.forecast.demands = Demands(prompt_tokens=10_000)
    models = models_of("code", config)
    assert names(considered(models, query))[0] == "middle"
    cold = replace(a_query(config, ongoing=an_ongoing(MIDDLE, idle_s=9999.0)), outlook=of)
    assert names(considered(models, cold))[0] == "cheap"


# -- limits -----------------------------------------------------------------------------------


def test_whom_the_limits_leave_out_stands_last_and_says_why() -> None:
    limits = RequestLimits(max_cost_usd=Decimal("0.02"), excluded_models=frozenset({"lab/cheap"}))
    parts = choose("cheapest", limits=limits)
    assert [(each.model.name, each.chance) for each in parts.candidates] == [
        ("middle", Chance.ELIGIBLE),
        ("unpriced", Chance.ELIGIBLE),
        ("dear", Chance.OUTSIDE),
        ("cheap", Chance.OUTSIDE),
    ]
    reasons = {each.model.name: each.reason for each in parts.candidates}
    assert reasons["dear"] == "est. $0.0420, over the limit of $0.02"
    assert reasons["cheap"] == "the limits exclude it"
    assert reasons["unpriced"].startswith("number 2 of code (cheapest)")
    assert parts.chosen == (
        "cheapest: middle est. $0.0140 against unpriced est. $?; limits dropped dear, cheap"
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_of_whom_the_limits_cannot_tell_comes_after_those_of_whom_they_can(policy: str) -> None:
    first = a_config(policy).categories["code"]
    config = replace(
        a_config(policy), categories={"code": replace(first, models=(UNPRICED, DEAR, MIDDLE))}
    )
    parts = choose(policy, config=config, limits=RequestLimits(max_cost_usd=Decimal(1)))
    assert names(parts)[-1] == "unpriced"
    assert all(each.eligible for each in parts.candidates)
    alone = replace(first, models=(UNPRICED,))
    config = replace(config, categories={"code": alone})
    assert names(choose(policy, config=config, limits=RequestLimits(max_ttft_ms=1.0))) == [
        "unpriced"
    ]


def test_the_longest_wait_for_the_first_token() -> None:
    parts = choose("cheapest", limits=RequestLimits(max_ttft_ms=500.0))
    assert names(parts) == ["middle", "dear", "unpriced", "cheap"]
    assert parts.candidates[-1].reason == (
        "est. 2000 ms to the first token, over the limit of 500 ms"
    )


def test_limits_hold_for_the_leader_and_the_last_resort_too() -> None:
    config = replace(a_config("ordered"), last_resort=model("rescue"))
    limits = RequestLimits(excluded_models=frozenset({"dear", "rescue"}))
    models = models_of("code", config).led_by(DEAR)
    parts = considered(models, a_query(config, limits=limits))
    assert [each.model.name for each in parts.candidates if each.eligible] == [
        "middle",
        "cheap",
        "unpriced",
    ]
    assert parts.chosen == "limits dropped dear, rescue"


# -- whatever comes ---------------------------------------------------------------------------

subsets = st.sets(st.sampled_from([each.name for each in LISTED]))


@given(
    policy=st.sampled_from(list(POLICIES)),
    sets=st.tuples(subsets, subsets, subsets),
    leader=st.none() | st.sampled_from(LISTED),
    waits=st.integers(0, 20),
    floor=st.none() | st.floats(0, 100),
    usd=st.none() | st.floats(0, 0.05),
)
def test_nobody_is_lost_nobody_is_let_in_and_it_comes_out_the_same_again(
    policy: str,
    sets: tuple[set[str], set[str], set[str]],
    leader: ModelRef | None,
    waits: int,
    floor: float | None,
    usd: float | None,
) -> None:
    (out, excluded, known), config = sets, a_config(policy, floor=floor)
    limits = RequestLimits(
        excluded_models=frozenset(excluded),
        max_cost_usd=None if usd is None else Decimal(usd),
    )
    models: Models = models_of("code", config)
    if leader is not None:
        models = models.led_by(leader)

    def made() -> Considered:
        paces = Measured(
            paces={name: pace for name, pace in PACES.items() if name in known},
            waits={each.name: waits for each in LISTED},
        )
        return considered(models, a_query(config, *out, paces=paces, limits=limits))

    parts = made()
    assert made() == parts
    assert sorted(names(parts)) == sorted(each.name for each in LISTED)
    assert [each.chance for each in parts.candidates] == sorted(
        each.chance for each in parts.candidates
    )
    for each in parts.candidates:
        assert each.reason
        if each.model.name in excluded:
            assert each.chance is Chance.OUTSIDE
        elif each.model.name in out:
            assert each.chance in (Chance.RESTING, Chance.OUTSIDE)
