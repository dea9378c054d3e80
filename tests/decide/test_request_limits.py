"""Limits together are as narrow as the narrower one: of any two, in any order, however often."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.decide.candidates import Prospect
from router_core.decide.config import ModelRef
from router_core.decide.forecast import Expectation
from router_core.decide.health import ModelHealth, Standing
from router_core.decide.model_info import ModelInfo
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits
from tests.decide.limiting import CONFIG, MODELS, a_query, judged

entries = st.sampled_from(
    [*(each.name for each in MODELS), *(each.id for each in MODELS), *CONFIG.aliases, "nobody"]
)
providers = st.sampled_from([*CONFIG.providers, "nobody"])


def sets(names: st.SearchStrategy[str], most: int = 5) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(names, min_size=0, max_size=most)


def allowing(names: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[frozenset[str], ...]]:
    return st.lists(sets(names), max_size=2).map(tuple)


parts: dict[str, st.SearchStrategy[Any]] = {
    "max_cost_usd": st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(1)]),
    "max_ttft_ms": st.sampled_from([1.0, 100.0, 9000.0]),
    "allowed_models": allowing(entries),
    "excluded_models": sets(entries, most=2),
    "allowed_providers": allowing(providers),
    "excluded_providers": sets(providers, most=1),
    "data_policy": st.sampled_from(DataPolicy),
}


@st.composite
def some_limits(draw: st.DrawFn) -> RequestLimits:
    """Of a few parts, so that they leave somebody."""
    told = draw(st.sets(st.sampled_from(sorted(parts)), max_size=3))
    return RequestLimits(**{name: draw(parts[name]) for name in sorted(told)})


limits = some_limits()
figures = st.dictionaries(
    st.sampled_from([each.name for each in MODELS]),
    st.builds(
        Expectation,
        cost_usd=st.none() | st.sampled_from([0.0, 0.005, 0.01, 0.5, 2.0]),
        first_ms=st.none() | st.sampled_from([0.5, 100.0, 101.0, 1e5]),
    ),
)
known = st.dictionaries(
    st.sampled_from([each.name for each in MODELS]),
    st.sampled_from(
        [
            Prospect(absence="gone"),
            Prospect(info=ModelInfo(parameters=frozenset())),
            Prospect(health=ModelHealth(standing=Standing.OPEN, why="it failed")),
        ]
    ),
    max_size=2,
)
Figures = dict[str, Expectation]
Known = dict[str, Prospect]


def within(held: RequestLimits, told: Figures, seen: Known | None = None) -> set[ModelRef]:
    """Whom they leave, whatever the order."""
    out = judged(a_query(held, told, seen)).candidates
    return {each.model for each in out if each.chance.name != "OUTSIDE"}


@given(limits, limits, figures, known)
def test_both_allow_what_each_allows_and_nothing_else(
    one: RequestLimits, other: RequestLimits, told: Figures, seen: Known
) -> None:
    both = within(one.narrowed_by(other), told, seen)
    assert both == within(one, told, seen) & within(other, told, seen)


@settings(max_examples=50)
@given(limits, limits, limits, figures)
def test_neither_order_nor_repetition_matters(
    one: RequestLimits, other: RequestLimits, third: RequestLimits, told: Figures
) -> None:
    both = within(one.narrowed_by(other), told)
    assert both == within(other.narrowed_by(one), told)
    assert both == within(one.narrowed_by(other).narrowed_by(other).narrowed_by(one), told)
    left = one.narrowed_by(other).narrowed_by(third)
    assert left == one.narrowed_by(other.narrowed_by(third))


EACH: list[dict[str, Any]] = [
    {"max_cost_usd": (Decimal("0.5"), Decimal("0.05"), Decimal("0.05"))},
    {"max_cost_usd": (None, Decimal(0), Decimal(0))},
    {"max_ttft_ms": (500.0, 100.0, 100.0)},
    {"max_ttft_ms": (None, 100.0, 100.0)},
    {"excluded_models": (frozenset("ab"), frozenset("bc"), frozenset("abc"))},
    {"excluded_providers": (frozenset("a"), frozenset("b"), frozenset("ab"))},
    {"data_policy": (DataPolicy.ALLOW, DataPolicy.DENY, DataPolicy.DENY)},
]


@pytest.mark.parametrize("each", EACH)
def test_each_part_is_that_of_the_narrower_one(each: dict[str, tuple[Any, Any, Any]]) -> None:
    ((name, (one, other, both)),) = each.items()
    more: dict[str, Any] = {} if name == "excluded_models" else {"excluded_models": frozenset("z")}
    first, second = RequestLimits(**{name: one}), RequestLimits(**{name: other} | more)
    for merged in (first.narrowed_by(second), second.narrowed_by(first)):
        assert getattr(merged, name) == both


@given(limits)
def test_no_limits_narrow_nothing(some: RequestLimits) -> None:
    assert some.narrowed_by(NO_LIMITS) == some
    assert NO_LIMITS.narrowed_by(some) == some
    assert some.narrowed_by(some).max_cost_usd == some.max_cost_usd


def test_a_request_without_limits_pays_for_none() -> None:
    for one in (NO_LIMITS, RequestLimits()):
        for other in (NO_LIMITS, RequestLimits()):
            assert one.narrowed_by(other) is NO_LIMITS
