"""Who is called for a request where several things meet: limits, floors, tries, rests, a cache."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from router_core.decide.candidates import Chance, Prospect
from router_core.decide.choosing import considered, models_of
from router_core.decide.config import ModelRef
from router_core.decide.continuity import Ongoing
from router_core.decide.demands import Demands
from router_core.decide.health import WELL, ModelHealth, Standing
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Pace
from router_core.decide.policy_settings import PolicySettings, TimeTo
from router_core.decide.request_limits import RequestLimits
from tests.decide.conversations import an_ongoing, model
from tests.decide.test_choosing import (
    CHEAP,
    DEAR,
    MIDDLE,
    PACES,
    Measured,
    a_config,
    a_query,
    choose,
    names,
    priced,
)

A_DOLLAR = RequestLimits(max_cost_usd=Decimal(1))
"""Dear enough for all; of the unpriced one it cannot tell."""


def test_of_whom_the_limits_cannot_tell_comes_after_those_below_the_floor() -> None:
    quality = {"dear": 50.0, "middle": 60.0, "cheap": 90.0, "unpriced": 90.0}
    parts = choose("cheapest", quality=quality, floor=70.0, limits=A_DOLLAR)
    assert names(parts) == ["cheap", "middle", "dear", "unpriced"]


def test_an_ordered_list_is_its_own_floor() -> None:
    quality = {"dear": 10.0}
    assert names(choose("ordered", quality=quality, floor=70.0, limits=A_DOLLAR))[0] == "dear"


@pytest.mark.parametrize(("usd", "chance"), [("0.05", Chance.TIGHT), ("0.02", Chance.OUTSIDE)])
def test_who_has_too_little_room_is_held_to_the_limits_too(usd: str, chance: Chance) -> None:
    def of(which: ModelRef) -> Prospect:
        window = 9 if which == DEAR else None
        return Prospect(info=replace(priced(which.name), context_length=window))

    limits = RequestLimits(max_cost_usd=Decimal(usd))
    query = replace(a_query(a_config("ordered"), limits=limits), outlook=of)
    parts = considered(models_of("code", query.config), query)
    assert names(parts) == ["middle", "cheap", "unpriced", "dear"]
    assert parts.candidates[-1].chance is chance


def test_what_is_said_of_a_model_stays_where_a_policy_orders() -> None:
    probed = ModelHealth(standing=Standing.HALF_OPEN, why="it is probed")

    def of(which: ModelRef) -> Prospect:
        return Prospect(info=priced(which.name), health=probed if which == CHEAP else WELL)

    query = replace(a_query(a_config("cheapest")), outlook=of)
    parts = considered(models_of("code", query.config), query)
    assert parts.candidates[0].reason == "number 1 of code (cheapest); it is probed"


# -- who rests ------------------------------------------------------------------------------


def test_the_holder_is_whom_the_list_has_first_though_it_rests() -> None:
    assert choose("ordered", "dear").holder == DEAR
    limits = RequestLimits(excluded_models=frozenset({"dear"}))
    assert choose("ordered", limits=limits).holder == MIDDLE


@pytest.mark.parametrize("policy", ["ordered", "cheapest", "fastest", "balanced"])
def test_where_all_rest_nothing_is_chosen_and_the_last_resort_stays_last(policy: str) -> None:
    config = replace(a_config(policy), last_resort=model("rescue"))
    everyone = ("dear", "middle", "cheap", "unpriced", "rescue")
    parts = choose(policy, *everyone, config=config, limits=A_DOLLAR)
    assert names(parts) == list(everyone)
    assert parts.chosen == ""
    assert {each.chance for each in parts.candidates} == {Chance.RESTING}


# -- who is tried ---------------------------------------------------------------------------


def test_nobody_is_tried_who_would_be_too_dear_however_quick() -> None:
    paces = Measured(paces={"cheap": Pace(500, 5)}, waits={"dear": 50})
    quality = {"dear": 92.0, "middle": 10.0, "cheap": 90.0, "unpriced": 10.0}
    assert names(choose("balanced", paces=paces, quality=quality))[0] == "cheap"
    assert names(choose("balanced", paces=paces, quality={**quality, "dear": 95.0}))[0] == "dear"


def test_one_is_tried_as_well_where_the_first_token_counts() -> None:
    first = PolicySettings(time_to=TimeTo.FIRST)
    config = replace(a_config("fastest"), policies=first)
    paces = Measured(paces=PACES, waits={"unpriced": 10})
    assert names(choose("fastest", config=config, paces=paces))[0] == "unpriced"


# -- a cache --------------------------------------------------------------------------------


def test_a_cache_whose_price_is_not_known_makes_nobody_slower() -> None:
    paces = Measured(paces={"unpriced": Pace(1000, 0), "middle": Pace(500, 0)})
    parts = choose("fastest", paces=paces, ongoing=an_ongoing(model("unpriced")))
    assert names(parts)[0] == "middle"


def test_the_holders_time_counts_a_fifth_less_for_balanced_too() -> None:
    """Both are as good and cost the same; at 20 s a point, 100 s against 90 s are half a point."""
    known = ModelInfo(prices=priced("cheap").prices)
    paces = {"dear": Pace(90_000, 0), "middle": Pace(100_000, 0)}
    quality = {"dear": 80.0, "middle": 80.0, "cheap": 0.0, "unpriced": 0.0}
    config = a_config("balanced", quality=quality)

    def first(ongoing: Ongoing | None) -> str:
        query = a_query(config, paces=Measured(paces=paces), ongoing=ongoing)
        query = replace(query, demands=Demands(), outlook=lambda _: Prospect(info=known))
        return considered(models_of("code", config), query).candidates[0].model.name

    assert first(None) == "dear"
    assert first(an_ongoing(MIDDLE)) == "middle"


def test_of_two_that_balanced_finds_equal_the_cheaper_is_first() -> None:
    quality = dict.fromkeys(("dear", "middle", "cheap", "unpriced"), 80.0)
    parts = choose("balanced", quality=quality, thrift=0.0)
    assert names(parts)[:2] == ["cheap", "middle"]
