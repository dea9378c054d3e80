"""What each model makes of each request, where the trace does not tell all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router_core.decide.chat import Message
from router_core.decide.config import Category
from router_core.decide.simulation import (
    Answer,
    Contender,
    Row,
    Told,
    Unplayable,
    names_in,
    ordered,
    prior,
)
from tests.decide.simulation.worlds import (
    GOOD,
    PRICES,
    SMALL,
    a_config,
    a_model,
    a_row,
    a_world,
    contender,
    failing,
    row_of,
    told,
    with_quality,
)

IT = contender()


def the_answer(row: Row, name: str = "good", *contenders: Contender) -> Answer:
    (case,) = a_world([row], *contenders).cases
    return case.answers[name]


def test_a_cost_that_is_not_told_is_that_of_the_tokens() -> None:
    answer = the_answer(a_row(good=Told(quality=1.0, prompt_tokens=1000, completion_tokens=100)))
    assert answer.cost_usd == pytest.approx(1000 * 0.00001 + 100 * 0.00003)


def test_where_the_models_own_count_is_not_told_the_requests_is_taken() -> None:
    answer = the_answer(a_row(tokens=500, good=Told(quality=1.0, completion_tokens=0)))
    assert answer.cost_usd == pytest.approx(500 * 0.00001)


def test_the_first_config_that_knows_the_model_tells_its_prices() -> None:
    row = a_row(good=Told(quality=1.0, prompt_tokens=1000, completion_tokens=0))
    unlike = contender(infos={"good": PRICES["small"]})
    assert the_answer(row, "good", unlike, IT).cost_usd == pytest.approx(0.001)
    stranger = contender(a_config({"code": (SMALL,)}))
    assert the_answer(row, "good", stranger, IT).cost_usd == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("good", Told(quality=1.0)), ("nobody", Told(quality=1.0, completion_tokens=5))],
)
def test_a_cost_that_nobody_knows_is_refused_with_its_place(name: str, answer: Told) -> None:
    with pytest.raises(Unplayable, match=f"^line 8: what {name} costs is neither told"):
        a_world([row_of({name: answer}, 7)])


def test_a_model_that_no_config_knows_plays_by_what_is_told() -> None:
    assert the_answer(a_row(nobody=told(0.4, 0.2)), "nobody").quality == 0.4


def test_a_failure_costs_and_takes_nothing_where_that_is_not_told() -> None:
    answer = the_answer(a_row(good=Told(fails=True)))
    assert (answer.fails, answer.cost_usd, answer.latency_ms) == (True, 0.0, 0.0)


def test_baselines_are_not_sent_where_a_call_fails() -> None:
    (case,) = a_world([a_row(good=failing(), small=told())]).cases
    assert list(case.trial.outcomes) == ["small"]


def test_a_quality_that_is_not_told_is_the_prior_of_the_first_config_and_counted() -> None:
    first = contender(with_quality(a_config(), good=70.0))
    world = a_world([a_row(good=told(None), small=told(0.2))], first, IT)
    assert world.cases[0].answers["good"].quality == 0.7
    assert (world.answers, world.by_priors) == (2, 1)


def test_a_prior_is_of_the_category_then_of_the_model_then_of_its_place() -> None:
    config = a_config()
    assert [prior("code", model, config) for model in (GOOD, SMALL)] == [0.9, 0.88]
    assert prior("code", a_model("other"), config) == 0.86, "after the last of the list"
    config = with_quality(config, small=50.0)
    assert prior("code", SMALL, config) == 0.5
    code = Category(name="code", models=(GOOD, SMALL), quality={"small": 60.0})
    config = replace(config, categories={**config.categories, "code": code})
    assert (prior("code", SMALL, config), prior("conversation", SMALL, config)) == (0.6, 0.5)


def test_a_model_is_found_by_its_alias_its_id_and_its_provider() -> None:
    for name in ("good", "v/good", "p:v/good"):
        assert names_in([name], IT, [IT]) == {GOOD.key: name}


def test_what_one_config_calls_by_a_name_another_finds_by_its_id() -> None:
    other = contender(a_config({"code": (a_model("best", "v/good"),)}))
    assert names_in(["good"], other, [IT, other]) == {GOOD.key: "good"}
    assert names_in(["good"], other, [other]) == {}


def test_one_model_under_two_names_is_refused() -> None:
    with pytest.raises(Unplayable, match="'good' and 'v/good' are one model: v/good"):
        a_world([row_of({"good": told(), "v/good": told()})])


def test_without_times_a_request_comes_each_second() -> None:
    first, second = ordered([a_row(0), a_row(1)])
    assert first.time is not None
    assert second.time == first.time + timedelta(seconds=1)


def test_requests_are_played_in_the_order_of_time() -> None:
    noon = datetime(2026, 11, 28, 12, tzinfo=UTC)
    late, early = replace(a_row(0), time=noon), replace(a_row(1), time=noon - timedelta(hours=1))
    after = a_row(2)
    assert [row.where for row in ordered([late, early, after])] == ["line 2", "line 3", "line 1"]


def test_a_text_is_as_long_as_the_router_takes_it_to_be() -> None:
    row = Row(where="line 1", messages=(Message(role="user", texts=("a" * 50,)),), category="code")
    (case,) = a_world([replace(row, told={"good": told()})]).cases
    assert (case.demands.prompt_tokens, case.prompt_tokens) == (20, 20)


@pytest.mark.parametrize(("tokens", "taken"), [(5, 20), (90, 90)])
def test_a_length_that_is_told_counts_for_the_decision_where_it_is_larger(
    tokens: int, taken: int
) -> None:
    messages = (Message(role="user", texts=("a" * 50,)),)
    row = replace(a_row(tokens=tokens, good=told()), messages=messages)
    (case,) = a_world([row]).cases
    assert (case.demands.prompt_tokens, case.prompt_tokens) == (taken, tokens)
