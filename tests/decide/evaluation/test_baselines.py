"""What routers are measured against, request by request."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.evaluation import (
    Choices,
    Trial,
    at_random,
    best_single,
    by_cost,
    by_prompt_length,
    by_quality,
    cheapest,
    dearest,
    oracle,
    point_of,
    prompt_length_sweep,
    share_of,
)
from tests.decide.evaluation.tables import tables, trial

TABLE = [
    trial(5, small=(1.0, 0.01), middle=(1.0, 0.03), large=(1.0, 0.10)),
    trial(20, small=(0.0, 0.01), middle=(0.5, 0.03), large=(1.0, 0.30)),
    trial(80, small=(0.5, 0.04), middle=(1.0, 0.03), large=(0.5, 0.20)),
]
"""Mean qualities 0.5, 0.833, 0.833; mean costs 0.02, 0.03, 0.20: middle and large are as good."""

CHOOSERS: list[Callable[[Sequence[Trial]], Choices]] = [best_single, cheapest, dearest, oracle]


def test_the_best_single_model_is_of_equals_the_cheaper_one() -> None:
    assert best_single(TABLE) == ["middle"] * 3
    assert by_quality(TABLE) == ("middle", "large", "small")


def test_the_cheapest_and_the_dearest_are_so_by_the_mean() -> None:
    assert cheapest(TABLE) == ["small"] * 3
    assert dearest(TABLE) == ["large"] * 3
    assert by_cost(TABLE) == ("small", "middle", "large")


def test_of_models_that_cost_the_same_the_better_one_counts() -> None:
    table = [trial(a=(0.2, 0.1), b=(0.7, 0.1))]
    assert cheapest(table) == dearest(table) == ["b"]


def test_equals_are_equal_whatever_the_order_of_rows() -> None:
    # 0.1 + 0.2 + 0.3 is more than 0.3 + 0.2 + 0.1 in binary.
    up, down = (0.1, 0.2, 0.3), (0.3, 0.2, 0.1)
    table = [trial(a=(one, 0.2), b=(other, 0.1)) for one, other in zip(up, down, strict=True)]
    assert best_single(table) == ["b"] * 3
    table = [trial(a=(0.5, one), b=(0.6, other)) for one, other in zip(down, up, strict=True)]
    assert cheapest(table) == ["b"] * 3


def test_the_oracle_takes_the_cheapest_of_the_best() -> None:
    assert oracle(TABLE) == ["small", "large", "middle"]


def test_a_request_that_the_model_cannot_take_goes_to_the_next_that_can() -> None:
    table = [*TABLE, trial(small=(0.1, 0.02), large=(0.1, 0.2)), trial(large=(0.2, 0.2)), trial()]
    # Over six requests: large (1 + 1 + 0.5 + 0.1 + 0.2) / 6, middle (1 + 0.5 + 1) / 6.
    assert by_quality(table) == ("large", "middle", "small")
    assert best_single(table) == ["large"] * 5 + [None]
    assert cheapest(table) == ["small"] * 4 + ["large", None]
    assert oracle(table) == ["small", "large", "middle", "small", "large", None]


def test_a_model_is_not_the_best_for_one_easy_request_that_it_can_take() -> None:
    table = [trial(easy=(1.0, 0.1), sound=(0.9, 0.1)), trial(sound=(0.9, 0.1))]
    assert best_single(table) == ["sound", "sound"]


def test_nor_the_cheapest_for_requests_that_it_cannot_take() -> None:
    table = [trial(rare=(1.0, 0.15), sound=(1.0, 0.1)), trial(sound=(1.0, 0.1))]
    assert cheapest(table) == ["sound", "sound"]


def test_short_prompts_go_to_the_cheapest_and_long_ones_to_the_best() -> None:
    assert by_prompt_length(TABLE, longest=19) == ["small", "middle", "middle"]
    assert by_prompt_length(TABLE, longest=20) == ["small", "small", "middle"]


def test_a_sweep_goes_from_all_at_the_best_to_all_at_the_cheapest() -> None:
    assert prompt_length_sweep(TABLE, steps=3) == (
        ["middle", "middle", "middle"],
        ["small", "middle", "middle"],
        ["small", "small", "middle"],
        ["small", "small", "small"],
    )
    assert prompt_length_sweep(TABLE, steps=1) == (["middle"] * 3, ["small"] * 3)
    assert len(prompt_length_sweep(TABLE, steps=100)) == 4


def test_prompts_of_one_length_are_never_told_apart() -> None:
    table = [trial(7, a=(0.1, 0.1), b=(1.0, 1.0))] * 4
    assert prompt_length_sweep(table, steps=4) == (["b"] * 4, ["a"] * 4)


def test_at_random_all_that_can_are_equally_likely_and_a_seed_tells_which() -> None:
    table = [trial(a=(1.0, 1.0), b=(1.0, 1.0), c=(1.0, 1.0)), trial(a=(1.0, 1.0))] * 3_000
    choices = at_random(table, seed=1)
    assert choices == at_random(table, seed=1)
    assert choices != at_random(table, seed=2)
    counts = Counter(choices[::2])
    # Each is binomial: 3,000 / 3, standard deviation sqrt(3,000 * 1/3 * 2/3) = 25.8.
    assert [counts[name] for name in "abc"] == [pytest.approx(1_000, abs=4 * 25.8)] * 3
    assert set(choices[1::2]) == {"a"}


def test_at_random_the_order_of_a_mapping_does_not_matter() -> None:
    one, other = trial(a=(1.0, 1.0), b=(1.0, 1.0)), trial(b=(1.0, 1.0), a=(1.0, 1.0))
    assert at_random([one] * 20, seed=0) == at_random([other] * 20, seed=0)


def test_an_empty_trace_has_no_choices_and_no_point() -> None:
    assert [list(choose([])) for choose in CHOOSERS] == [[]] * 4
    assert at_random([], seed=0) == []
    assert prompt_length_sweep([]) == ([],)
    assert point_of([], []) is None
    assert share_of("a", []) is None


def test_a_point_has_the_means_and_what_is_not_answered_counts_as_nothing() -> None:
    point = point_of(TABLE, ["small", None, "absent"])
    assert point is not None
    assert point.cost_usd == pytest.approx(0.01 / 3)
    assert point.quality == pytest.approx(1.0 / 3)


def test_a_share_counts_all_requests() -> None:
    assert share_of("a", ["a", None, "b", "a"]) == 0.5


@given(tables)
def test_each_takes_what_it_can(table: list[Trial]) -> None:
    all_choices: list[Choices] = [choose(table) for choose in CHOOSERS]
    all_choices += [at_random(table, seed=3), *prompt_length_sweep(table, steps=4)]
    for choices in all_choices:
        for each, model in zip(table, choices, strict=True):
            assert model in each.outcomes if each.outcomes else model is None


@given(tables, st.randoms(use_true_random=False))
def test_choices_go_with_the_rows_whatever_their_order(table: list[Trial], chance) -> None:
    places = list(range(len(table)))
    chance.shuffle(places)
    shuffled = [
        Trial(
            prompt_tokens=table[place].prompt_tokens,
            outcomes=dict(reversed(list(table[place].outcomes.items()))),
        )
        for place in places
    ]
    choosers = CHOOSERS.copy()
    choosers.append(partial(by_prompt_length, longest=20))
    for choose in choosers:
        before = choose(table)
        assert choose(shuffled) == [before[place] for place in places]


@given(tables)
def test_no_choice_is_better_than_the_oracle_s(table: list[Trial]) -> None:
    best = point_of(table, oracle(table))
    for choices in [best_single(table), at_random(table, seed=0), cheapest(table)]:
        point = point_of(table, choices)
        if point is None or best is None:
            assert not table
            continue
        assert point.quality <= best.quality or math.isclose(point.quality, best.quality)
