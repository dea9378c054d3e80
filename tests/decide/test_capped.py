"""Which models a spending limit leaves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from router_core.decide.candidates import Candidate, Chance
from router_core.decide.capped import cheapest_of, is_free
from router_core.decide.config import ModelRef
from router_core.decide.routing import RouteDecision, RouteReason, SessionView
from router_core.decide.savings import chain_of
from tests.app.rig import config as a_config

COSTS = {"dear": Decimal(3), "cheap": Decimal(1), "as-cheap": Decimal("1.0"), "free": Decimal(0)}


def model(name: str) -> ModelRef:
    return ModelRef(name=name, id=f"lab/{name}", provider="p")


def cost_of(model: ModelRef) -> Decimal | None:
    return COSTS.get(model.name)


def a_decision(*names: str, **fields: Any) -> RouteDecision:
    """Models in order, each as "name" or "name:CHANCE"."""
    parts = [name.partition(":") for name in names]
    candidates = tuple(
        Candidate(model=model(name), chance=Chance[chance or "ELIGIBLE"], reason="as listed")
        for name, _, chance in parts
    )
    made: dict[str, Any] = {
        "category": "code",
        "reason": RouteReason.SESSION_KEPT,
        "explanation": "the session keeps it",
        "candidates": candidates,
    }
    return RouteDecision(**made | fields)


def capped(*names: str, **fields: Any) -> RouteDecision:
    return cheapest_of(a_decision(*names, **fields), cost_of, "the limit is reached")


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["dear", "cheap"], ["cheap"]),
        (["dear", "cheap", "free"], ["free"]),
        (["cheap", "dear"], ["cheap"]),
        (["dear", "cheap", "as-cheap"], ["cheap", "as-cheap"]),
        (["unknown", "dear"], ["dear"]),
        (["unknown", "unheard-of"], ["unknown", "unheard-of"]),
        (["dear"], ["dear"]),
        (["free:ABSENT", "dear", "cheap:UNFIT"], ["dear"]),
        (["dear", "free:RESTING"], ["dear", "free"]),
        (["dear", "free:OUTSIDE"], ["dear"]),
        (["dear", "cheap:RESTING", "unknown:TIGHT", "free:TIGHT"], ["dear", "cheap", "free"]),
        (["dear:TIGHT", "free:TIGHT", "cheap:RESTING"], ["cheap", "free"]),
    ],
)
def test_the_cheapest_is_called_first_and_dearer_ones_not_at_all(
    names: list[str], called: list[str]
) -> None:
    decision = capped(*names)
    assert [each.name for each in decision.to_call] == called
    assert len(decision.candidates) == len(names)


def test_the_reason_is_told_for_each() -> None:
    decision = capped("dear", "cheap", "gone:ABSENT")
    assert [(each.model.name, each.reason) for each in decision.candidates] == [
        ("cheap", "the cheapest: the limit is reached"),
        ("dear", "dearer than cheap, and the limit is reached"),
        ("gone", "as listed"),
    ]
    assert decision.explanation == (
        "the session keeps it; the limit is reached, so the cheapest model answers"
    )


def test_whoever_answers_does_so_for_the_limit() -> None:
    cheap = model("cheap")
    decision = capped(
        "dear",
        "cheap",
        last_resort=cheap,
        session=SessionView(known=True, locked=True, reason="a tool loop", model=model("dear")),
    )
    assert decision.reason is RouteReason.SPENDING_CAP
    assert decision.reason_for(cheap) is RouteReason.SPENDING_CAP
    assert (decision.session.known, decision.session.locked) == (True, False)


def test_what_was_saved_is_told_against_the_whole_chain() -> None:
    models = tuple(map(model, ("dear", "cheap", "gone")))
    config = a_config(*models, housekeeping=(models[1],))
    decision = capped("dear", "cheap", "gone:ABSENT")
    assert [each.name for each in chain_of(decision, config)] == ["dear", "cheap"]
    upkeep = capped("dear", "cheap", reason=RouteReason.HOUSEKEEPING)
    assert [each.name for each in chain_of(upkeep, config)] == ["cheap"]


@pytest.mark.parametrize(
    ("names", "free"),
    [
        (["free"], True),
        (["free", "dear:ABSENT"], True),
        (["free", "dear"], False),
        (["unknown"], False),
    ],
)
def test_free_is_what_is_known_to_cost_nothing_whoever_answers(
    names: list[str], free: bool
) -> None:
    assert is_free(a_decision(*names), cost_of) is free
