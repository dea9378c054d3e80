"""What a change would do to decisions: outcomes under two configs, added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.candidates import Prospect
from router_core.decide.choosing import RouteQuery
from router_core.decide.classification import Score
from router_core.decide.config import (
    ClassifierSettings,
    Mode,
    ModelRef,
    RoutingConfig,
    ToolsRule,
)
from router_core.decide.defaults import default_config
from router_core.decide.demands import Demands
from router_core.decide.golden import GOLDEN
from router_core.decide.model_info import Prices
from router_core.decide.replay import (
    Outcome,
    Taken,
    Tally,
    judge_of,
    list_price,
    outcomes,
)

WHEN = datetime(2026, 11, 27, tzinfo=UTC)
CONFIG = default_config()
NAMES = tuple(CONFIG.categories)


def a_model(name: str, **fields: str) -> ModelRef:
    return ModelRef(**{"name": name, "id": f"lab/{name}", "provider": "p"} | fields)


def known(_model: ModelRef) -> Prospect:
    return Prospect()


def under(config: RoutingConfig) -> RouteQuery:
    return RouteQuery(config=config, demands=Demands(), outlook=known)


def score(category: str, confidence: float = 0.5) -> Score:
    return Score(category=category, confidence=confidence)


models = st.sampled_from([None, *map(a_model, "abc")])
results = st.builds(Outcome, st.sampled_from(["code", "tools", ""]), models)
amounts = st.none() | st.decimals(0, 10, places=4)
decisions = st.lists(st.tuples(results, results, amounts, amounts), max_size=60)
prompts = st.lists(st.tuples(st.text(max_size=5), results, results), max_size=60)


@given(decisions, prompts)
def test_the_counts_add_up(decided, prompted) -> None:
    tally = Tally()
    for was, would_be, before, after in decided:
        tally.decision(Taken(), was, would_be)
        tally.cost(before, after)
    for text, was, would_be in prompted:
        tally.prompt(text, was, would_be)
    report = tally.report()
    assert (report.decisions, report.prompts) == (len(decided), len(prompted))
    assert report.moved_decisions == sum(move.decisions for move in report.moves)
    assert report.moved_prompts == sum(move.prompts for move in report.moves)
    assert report.moved_decisions == sum(was != would_be for was, would_be, *_ in decided)
    assert report.moved_prompts == sum(was != would_be for _, was, would_be in prompted)
    assert all(move.decisions or move.prompts for move in report.moves)
    assert len({_ends(move) for move in report.moves}) == len(report.moves)
    told = [move.decisions for move in report.moves]
    assert told == sorted(told, reverse=True)
    priced = [(b, a) for *_, b, a in decided if b is not None and a is not None]
    costs = report.cost_before_usd, report.cost_after_usd
    assert costs == ((sum(b for b, _ in priced), sum(a for _, a in priced)) if priced else costs)
    assert (costs == (None, None)) == (not priced)


def _ends(move: object) -> tuple[object, ...]:
    names = ("from_category", "to_category", "from_model", "to_model")
    return tuple(getattr(move, name) for name in names)


def test_of_many_moves_those_of_most_decisions_are_told_and_all_are_counted() -> None:
    tally = Tally()
    for number in range(150):
        for _ in range(1 + (number == 149)):
            tally.decision(Taken(), Outcome("code", a_model(f"m{number}")), Outcome("code", None))
    report = tally.report()
    assert (len(report.moves), report.moved_decisions) == (100, 151)
    assert report.moves[0].from_model == "m149"


def test_a_few_beginnings_are_shown_each_once() -> None:
    tally = Tally()
    for text in ("b", "b", "", "x" * 900, "c", "d", "e"):
        tally.prompt(text, Outcome("code", None), Outcome("tools", None))
    (move,) = tally.report().moves
    assert move.examples == ("b", "x" * 200, "c")


def test_a_model_of_the_same_name_that_is_another_is_told_by_its_id() -> None:
    tally = Tally()
    tally.prompt("", Outcome("code", a_model("a")), Outcome("code", a_model("a", id="lab/z")))
    (move,) = tally.report().moves
    assert (move.from_model, move.to_model) == ("p:lab/a", "p:lab/z")


takens = st.builds(
    Taken,
    asked=st.sampled_from(["", "auto", "router/code", "router/gone", "glm-5", "lab/any", "none"]),
    upkeep=st.booleans(),
    tools=st.booleans(),
    acts=st.booleans(),
    opinion=st.none() | st.tuples(st.sampled_from(["ollama", "api"]), st.sampled_from(NAMES)),
    fell_back=st.booleans(),
)
configs = st.builds(
    lambda mode, rule, below: replace(
        CONFIG,
        mode=mode,
        tools_rule=rule,
        classifiers=ClassifierSettings(cascade_below=below),
    ),
    st.sampled_from(Mode),
    st.sampled_from(ToolsRule),
    st.sampled_from([0.0, 0.4, 0.6]),
)
scores = st.builds(score, st.sampled_from(NAMES), st.sampled_from([0.3, 0.5, 0.9]))


@given(takens, configs, scores)
def test_nothing_moves_where_nothing_changes(
    taken: Taken, config: RoutingConfig, said: Score
) -> None:
    was, would_be = outcomes(taken, (under(config), under(replace(config))), (said, said))
    assert not was.moves_to(would_be)
    tally = Tally()
    tally.decision(taken, was, would_be)
    assert tally.report().moves == ()


@given(takens, configs, configs, scores, scores)
def test_every_outcome_is_one_that_its_config_allows(
    taken: Taken, before: RoutingConfig, after: RoutingConfig, said: Score, new: Score
) -> None:
    for outcome in outcomes(taken, (under(before), under(after)), (said, new)):
        assert outcome.category in {*NAMES, ""}
        if outcome.category:
            assert outcome.model == CONFIG.categories[outcome.category].models[0]


def routed(taken: Taken, config: RoutingConfig, said: Sequence[Score]) -> list[str]:
    """The category before and after, in the same config."""
    before, after = said
    both = outcomes(taken, (under(CONFIG), under(config)), (before, after))
    return [outcome.category for outcome in both]


@pytest.mark.parametrize(
    ("mode", "confidence", "stands"),
    [
        (Mode.OLLAMA, 0.9, True),
        (Mode.HYBRID, 0.9, True),
        (Mode.CASCADE, 0.5, True),
        (Mode.CASCADE, 0.9, False),
        (Mode.API, 0.5, False),
        (Mode.EMBEDDED, 0.5, False),
        (Mode.KEYWORDS, 0.5, False),
    ],
)
def test_an_opinion_stands_where_it_would_be_asked_for(
    mode: Mode, confidence: float, *, stands: bool
) -> None:
    taken = Taken(opinion=("ollama", "reasoning"))
    said = score("code", confidence)
    after = routed(taken, replace(CONFIG, mode=mode), (said, said))[1]
    assert after == ("reasoning" if stands else "code")


def test_the_opinion_of_the_api_counts_in_the_cascade_where_it_is_asked() -> None:
    taken, said = Taken(opinion=("api", "reasoning")), score("code")
    api = replace(CONFIG.classifiers.api, in_cascade=True)
    asked = replace(CONFIG, classifiers=replace(CONFIG.classifiers, api=api))
    assert routed(taken, CONFIG, (said, said)) == ["code", "code"]
    assert routed(taken, asked, (said, said)) == ["code", "reasoning"]


def test_an_opinion_ends_where_another_thing_is_said_here() -> None:
    taken = Taken(opinion=("ollama", "reasoning"))
    assert routed(taken, CONFIG, (score("code"), score("tools"))) == ["reasoning", "tools"]


@pytest.mark.parametrize(
    ("mode", "fell_back", "judge"),
    [
        (Mode.KEYWORDS, False, "keywords"),
        (Mode.EMBEDDED, False, "embedded"),
        (Mode.CASCADE, True, "embedded"),
        (Mode.OLLAMA, False, "embedded"),
        (Mode.OLLAMA, True, "keywords"),
        (Mode.API, True, "keywords"),
        (Mode.HYBRID, False, "embedded"),
        (Mode.HYBRID, True, "keywords"),
    ],
)
def test_who_speaks_in_this_process(mode: Mode, judge: str, *, fell_back: bool) -> None:
    assert judge_of(mode, fell_back=fell_back) == judge


def test_a_list_price_is_of_both_kinds_of_tokens_and_of_the_request() -> None:
    prices = Prices(prompt=Decimal("0.01"), completion=Decimal("0.1"), request=Decimal(3))
    assert list_price(prices, 100, 10, WHEN) == Decimal(5)
    assert list_price(replace(prices, discount=Decimal("0.5")), 100, 10, WHEN) == Decimal("2.5")
    assert list_price(replace(prices, request=None), 100, 0, WHEN) == Decimal(1)


def test_without_prices_or_tokens_there_is_none() -> None:
    whole = Prices(prompt=Decimal(1), completion=Decimal(1))
    assert list_price(None, 1, 1, WHEN) is None
    assert list_price(replace(whole, completion=None), 1, 1, WHEN) is None
    assert list_price(replace(whole, prompt=None), 1, 1, WHEN) is None
    assert list_price(whole, 0, 0, WHEN) is None


def test_the_fixed_prompts_are_some_sixty_short_ones_and_no_two_alike() -> None:
    assert 55 <= len(GOLDEN) == len(set(GOLDEN)) <= 80
    assert all(text and text == text.strip() for text in GOLDEN)
    assert max(map(len, GOLDEN)) <= 200
