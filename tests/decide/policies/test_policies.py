"""Each policy by itself: whom it prefers, what it makes of what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.config import ModelRef
from router_core.decide.policies import POLICIES, Option, Policy, Terms
from router_core.decide.policies.balanced import BALANCED, weights
from router_core.decide.policies.cheapest import CHEAPEST
from router_core.decide.policies.fastest import FASTEST
from router_core.decide.policies.policy import dollars
from router_core.decide.policy_settings import PolicySettings, TimeTo


def terms(thrift: float = 5.0, **settings: Any) -> Terms:
    """By default a point is worth 0.2 cents or 1.5 s."""
    rates = {"usd_per_point": 0.002, "seconds_per_point": 1.5}
    return Terms(PolicySettings(**{**rates, **settings}), thrift)


TERMS = terms()


def option(name: str, place: int = 0, **known: Any) -> Option:
    model = ModelRef(name=name, id=f"lab/{name}", provider="p")
    return Option(model, place, known.pop("quality", 80.0), **known)


def order(policy: Policy, *options: Option, by: Terms = TERMS) -> list[str]:
    return [each.model.name for each in policy.order(options, by)]


money = st.none() | st.floats(0, 10)
times = st.none() | st.floats(0, 1e6)
some_options = st.lists(
    st.tuples(st.floats(0, 100), money, times, times, st.floats(-1, 1), st.booleans()),
    min_size=1,
    max_size=8,
).map(
    lambda rows: [
        Option(option(str(i)).model, i, quality, usd, first, last, switch, leads)
        for i, (quality, usd, first, last, switch, leads) in enumerate(rows)
    ]
)
some_terms = st.builds(
    lambda thrift, usd, s: terms(thrift, usd_per_point=usd, seconds_per_point=s),
    st.floats(0, 10),
    st.floats(1e-6, 1),
    st.floats(1e-3, 100),
)
each_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())


@each_policy
@given(options=some_options, by=some_terms)
def test_a_policy_loses_and_invents_no_model(
    policy: Policy, options: list[Option], by: Terms
) -> None:
    ranked = policy.order(options, by)
    assert sorted(ranked, key=lambda each: each.place) == options
    assert policy.order(options, by) == ranked
    assert all(policy.figure(each, by).isprintable() for each in ranked)


# -- as its name says ---------------------------------------------------------------------

FRUGAL = option("frugal", 0, cost_usd=0.001, first_ms=800, last_ms=4000)
QUICK = option("quick", 1, cost_usd=0.002, first_ms=400, last_ms=2000)
"""Of equal quality; one costs half, the other takes half."""


@pytest.mark.parametrize("listed", list(permutations((FRUGAL, QUICK))))
def test_of_two_equals_each_policy_picks_as_its_name_says(listed: Sequence[Option]) -> None:
    assert order(POLICIES["ordered"], *listed) == [each.model.name for each in listed]
    assert order(CHEAPEST, *listed) == ["frugal", "quick"]
    assert order(FASTEST, *listed) == ["quick", "frugal"]
    # 2 s are worth 1.33 points, 0.1 cents half a one.
    assert order(BALANCED, *listed) == ["quick", "frugal"]
    dear_time = terms(seconds_per_point=10)  # now they are worth 0.2
    assert order(BALANCED, *listed, by=dear_time) == ["frugal", "quick"]


def test_fastest_counts_to_the_last_token_or_to_the_first() -> None:
    talker = option("talker", 0, first_ms=200, last_ms=9000)
    assert order(FASTEST, talker, QUICK) == ["quick", "talker"]
    assert order(FASTEST, QUICK, talker, by=terms(time_to=TimeTo.FIRST)) == ["talker", "quick"]


def test_a_utility_by_hand() -> None:
    """80 - 0.004 / 0.002 - 3 / 1.5 = 76, and 79 - 0.001 / 0.002 - 3 / 1.5 = 76.5."""
    better = option("better", 0, quality=80.0, cost_usd=0.004, last_ms=3000)
    cheaper = option("cheaper", 1, quality=79.0, cost_usd=0.001, last_ms=3000)
    assert order(BALANCED, better, cheaper) == ["cheaper", "better"]
    assert BALANCED.figure(better, TERMS) == (
        "76.0 (80.0 points - 2.0 for $0.0040 - 2.0 for 3.0 s)"
    )
    assert BALANCED.figure(cheaper, TERMS).startswith("76.5 (79.0 points - 0.5 for $0.0010")


def test_the_dial_goes_from_quality_alone_to_thrift() -> None:
    best = option("best", 0, quality=90.0, cost_usd=0.02, last_ms=9000)
    middle = option("middle", 1, quality=87.0, cost_usd=0.004, last_ms=6000)
    thrifty = option("thrifty", 2, quality=70.0, cost_usd=0.0001, last_ms=6000)
    firsts = [order(BALANCED, best, middle, thrifty, by=terms(dial))[0] for dial in range(11)]
    assert (firsts[0], firsts[5], firsts[10]) == ("best", "middle", "thrifty")
    assert firsts == sorted(firsts, key=["best", "middle", "thrifty"].index)


def test_the_weights_of_the_dial() -> None:
    assert [weights(dial) for dial in (0, 2.5, 5)] == [(0, 0), (0.5, 0.5), (1, 1)]
    assert [weights(dial) for dial in (6, 8, 10)] == [(2, 1), (8, 1), (32, 1)]


@given(options=some_options, low=st.floats(5, 10), high=st.floats(5, 10))
def test_thrift_never_makes_the_choice_dearer(
    options: list[Option], low: float, high: float
) -> None:
    known = [each._replace(cost_usd=each.cost_usd or 0.0, leads=False) for each in options]
    low, high = sorted((low, high))
    costs = [BALANCED.order(known, terms(dial))[0].cost_usd or 0.0 for dial in (low, high)]
    assert costs[1] <= costs[0] + 1e-9


@given(options=some_options)
def test_at_0_nothing_but_quality_counts(options: list[Option]) -> None:
    assert BALANCED.order(options, terms(0))[0].quality == max(e.quality for e in options)


# -- what is not known --------------------------------------------------------------------


@given(options=some_options, by=some_terms)
def test_what_is_not_known_never_wins_for_that(options: list[Option], by: Terms) -> None:
    """To know the worst of it would change nothing for the better: it wins as that, too."""
    cheapest = CHEAPEST.order(options, by)
    assert [e.cost_usd is None for e in cheapest] == sorted(e.cost_usd is None for e in cheapest)
    fastest = FASTEST.order(options, by)
    assert [e.last_ms is None for e in fastest] == sorted(e.last_ms is None for e in fastest)
    dearest = max((e.cost_usd for e in options if e.cost_usd is not None), default=0.0)
    slowest = max((e.last_ms for e in options if e.last_ms is not None), default=0.0)
    told = [
        e._replace(
            cost_usd=dearest if e.cost_usd is None else e.cost_usd,
            last_ms=slowest if e.last_ms is None else e.last_ms,
            leads=e.leads and e.last_ms is not None,
        )
        for e in options
    ]
    places = [each.place for each in BALANCED.order(told, by)]
    assert [each.place for each in BALANCED.order(options, by)] == places


def test_to_have_been_chosen_last_is_no_knowledge_either() -> None:
    """A try that showed nothing, because it failed, is not made again at once."""
    known = option("known", 0, cost_usd=0.001, last_ms=2000)
    tried = option("tried", 1, cost_usd=0.001, leads=True)
    for policy in (FASTEST, BALANCED):
        assert order(policy, known, tried) == ["known", "tried"]


def test_where_nothing_is_known_the_list_decides() -> None:
    unknown = [option(name, i, quality=90 - 2 * i) for i, name in enumerate("abc")]
    for policy in POLICIES.values():
        assert order(policy, *unknown) == ["a", "b", "c"]


# -- what a switch has to be worth --------------------------------------------------------


def test_who_is_a_little_quicker_than_the_last_choice_is_no_reason_to_switch() -> None:
    last = option("last", 0, cost_usd=0.001, last_ms=2000, leads=True)
    for policy in (FASTEST, BALANCED):
        little = option("other", 1, cost_usd=0.001, last_ms=1700)
        assert order(policy, last, little)[0] == "last"
        much = option("other", 1, cost_usd=0.001, last_ms=1500)
        assert order(policy, last, much)[0] == "other"
    dearer = last._replace(cost_usd=0.0011)
    assert order(CHEAPEST, dearer, option("other", 1, cost_usd=0.001))[0] == "other"


def test_who_holds_a_conversation_keeps_it_unless_another_is_a_fifth_cheaper() -> None:
    holder = option("holder", 0, cost_usd=0.0012, last_ms=2000, holds=True)
    other = option("other", 1, cost_usd=0.001, last_ms=2000)
    # For balanced its time counts for a fifth less, too: 0.27 points.
    for policy, dearer in ((CHEAPEST, 0.0013), (BALANCED, 0.002)):
        assert order(policy, holder, other)[0] == "holder"
        assert order(policy, holder._replace(cost_usd=dearer), other)[0] == "other"


def test_fastest_counts_a_warm_cache_elsewhere_as_time() -> None:
    """1.5 s for 0.2 cents: 1 cent is 7.5 s."""
    holder = option("holder", 0, last_ms=10_000, holds=True)  # counts as 8 s
    quick = option("quick", 1, last_ms=2000, switch_usd=0.01)  # counts as 9.5 s
    assert order(FASTEST, holder, quick)[0] == "holder"
    assert order(FASTEST, holder, quick._replace(switch_usd=0.007))[0] == "quick"
    assert order(FASTEST, holder, quick._replace(switch_usd=-1.0))[0] == "quick"


# -- for a person -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, "$?"),
        (0.0, "$0.00"),
        (1.234, "$1.23"),
        (0.0456, "$0.0456"),
        (0.0009, "$0.0009"),
        (0.00034, "$0.00034"),
        (0.0000012, "$0.0000012"),
    ],
)
def test_dollars_show_what_counts(usd: float | None, shown: str) -> None:
    assert dollars(usd) == shown


def test_figures_of_what_is_not_known() -> None:
    unknown = option("x")
    assert CHEAPEST.figure(unknown, TERMS) == "est. $?"
    assert FASTEST.figure(unknown, TERMS) == "est. ? s"
    assert BALANCED.figure(unknown, TERMS) == "at most 80.0 (80.0 points - ? for $? - ? for ? s)"
    half = unknown._replace(cost_usd=0.004)
    told = "at most 78.0 (80.0 points - 2.0 for $0.0040 - ? for ? s)"
    assert BALANCED.figure(half, TERMS) == told
