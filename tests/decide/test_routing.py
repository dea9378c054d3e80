"""Which models are called, in which order, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Classification, Score, Verdict
from router_core.decide.config import Category, ModelRef, Provider, RoutingConfig
from router_core.decide.demands import Demands
from router_core.decide.routing import (
    RouteReason,
    route_classified,
    route_direct,
    route_named,
)
from router_core.decide.target import Direct
from router_core.decide.turn import Turn, TurnKind


def model(name: str) -> ModelRef:
    return ModelRef(name=name, id=f"lab/{name}", provider="p")


CONFIG = RoutingConfig(
    providers={"p": Provider(name="p", base_url="http://unused")},
    aliases={},
    categories={
        "code": Category(name="code", models=(model("b"), model("a"))),
        "conversation": Category(name="conversation", models=(model("c"),)),
    },
)


def asked(config: RoutingConfig = CONFIG) -> RouteQuery:
    return RouteQuery(config=config, demands=Demands(), outlook=lambda _: Prospect())


def classified(category: str, kind: TurnKind = TurnKind.USER_TURN) -> Classification:
    verdict = Verdict(
        scores=(Score(category=category, confidence=0.75),),
        source="keywords",
        evidence=("keyword 'python'",),
    )
    return Classification(verdict=verdict, turn=Turn(kind=kind, text="hi"), mode="keywords")


def test_a_classified_request_gets_the_categorys_models_in_order() -> None:
    decision = route_classified(classified("code"), asked())
    assert [m.name for m in decision.to_call] == ["b", "a"]
    assert (decision.category, decision.reason) == ("code", RouteReason.CLASSIFIED)
    assert "keyword 'python'" in decision.explanation


def test_a_named_category_is_taken_at_its_word() -> None:
    decision = route_named("code", asked())
    assert [m.name for m in decision.to_call] == ["b", "a"]
    assert decision.reason is RouteReason.NAMED_CATEGORY


def test_a_named_model_stands_alone() -> None:
    decision = route_direct(Direct(model("x")), asked())
    assert decision.to_call == (model("x"),)
    assert (decision.category, decision.reason) == ("", RouteReason.DIRECT_MODEL)


@pytest.mark.parametrize(("listed", "expected"), [((), ["c"]), ((model("cheap"),), ["cheap"])])
def test_housekeeping_goes_to_its_own_list_or_to_conversation(
    listed: tuple[ModelRef, ...], expected: list[str]
) -> None:
    upkeep = classified("conversation", TurnKind.HOUSEKEEPING)
    decision = route_classified(upkeep, asked(replace(CONFIG, housekeeping=listed)))
    assert [m.name for m in decision.to_call] == expected
    assert decision.reason is RouteReason.HOUSEKEEPING


def test_every_candidate_says_why_it_stands_where_it_stands() -> None:
    decision = route_classified(classified("code"), asked())
    assert [c.reason for c in decision.candidates] == [
        "number 1 of code (ordered)",
        "number 2 of code (ordered)",
    ]


def test_a_last_resort_that_the_list_has_under_another_name_is_none() -> None:
    renamed = ModelRef(name="rescue", id="lab/a", provider="p")
    rescued = replace(CONFIG, last_resort=renamed)
    decision = route_classified(classified("code"), asked(rescued))
    assert decision.last_resort is None
    assert [m.name for m in decision.to_call] == ["b", "a"]
    decision = route_classified(classified("conversation"), asked(rescued))
    assert decision.last_resort == renamed
    assert [c.reason for c in decision.candidates][-1] == "the last resort"
