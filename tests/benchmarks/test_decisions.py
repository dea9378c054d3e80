"""The suite of decisions measures what it says; nothing here looks at how fast anything is."""

from __future__ import annotations

import pytest

from benchmarks import decisions
from benchmarks.decisions import LIMITS, MODELS, Router
from benchmarks.options import Options
from router_core.decide.candidates import Chance
from router_core.decide.policies import POLICIES


@pytest.mark.parametrize("policy", POLICIES)
def test_a_decision_is_among_all_models_and_goes_by_known_figures(policy):
    made = Router(policy).decide()
    assert [each.eligible for each in made.candidates] == [True] * MODELS
    if policy != "ordered":
        assert made.chosen.startswith(f"{policy}: ")
        assert "?" not in made.chosen


@pytest.mark.parametrize("policy", POLICIES)
def test_the_limits_leave_out_some_by_price_and_one_by_name(policy):
    out = [each for each in Router(policy, LIMITS).decide().candidates if not each.eligible]
    assert {each.chance for each in out} == {Chance.OUTSIDE}
    reasons = [each.reason for each in out]
    assert sum("over the limit of $0.04" in reason for reason in reasons) == len(out) - 1
    assert reasons.count("the limits exclude it") == 1
    assert 1 < len(out) < MODELS / 2


def test_each_decision_is_a_second_after_the_one_before():
    router = Router("balanced")
    before = router._now
    router.decide()
    router.decide()
    assert (router._now - before).total_seconds() == 2


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_called_limits_has_limits(policy):
    cases = dict(decisions._cases())
    assert "limits dropped" in cases[f"{policy}, limits"]("").chosen
    assert "limits dropped" not in cases[policy]("").chosen


def test_every_policy_has_its_figures_and_its_goal():
    table = decisions.run(Options(rounds=1, quick=True))
    names = {name for policy in POLICIES for name in (policy, f"{policy}, limits")}
    assert {goal.name for goal in table.goals} == names
    assert {row.measure for row in table.rows} == {*names, "yardstick"}
