"""PGR, APGR and CPT as RouteLLM defines them, against sums by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.evaluation import Calls, apgr, cpt, pgr

WEAK, STRONG = 0.5, 0.9
"""The gap is 0.4."""

settings_of_a_router = st.lists(
    st.builds(Calls, strong_share=st.floats(0, 1), quality=st.floats(0, 1)), max_size=8
)


def calls(*found: tuple[float, float]) -> list[Calls]:
    return [Calls(share, quality) for share, quality in found]


def area(*found: tuple[float, float]) -> float | None:
    return apgr(calls(*found), weak=WEAK, strong=STRONG)


def threshold(gap: float, *found: tuple[float, float]) -> float | None:
    return cpt(calls(*found), gap, weak=WEAK, strong=STRONG)


@pytest.mark.parametrize(
    ("quality", "recovered"), [(0.5, 0.0), (0.6, 0.25), (0.9, 1.0), (1.0, 1.25), (0.4, -0.25)]
)
def test_the_gap_recovered(quality: float, recovered: float) -> None:
    assert pgr(quality, weak=WEAK, strong=STRONG) == pytest.approx(recovered)


def test_leaving_it_to_chance_recovers_half_and_needs_half_of_the_calls_for_it() -> None:
    # A share s of the strong model's answers has quality 0.5 + 0.4 s, so PGR s.
    by_chance = [(share / 10, 0.5 + 0.4 * share / 10) for share in range(11)]
    assert area(*by_chance) == pytest.approx(0.5)
    assert threshold(0.5, *by_chance) == pytest.approx(0.5)
    assert threshold(0.8, *by_chance) == pytest.approx(0.8)


@pytest.mark.parametrize("ends", [[], [(0.0, 0.5)], [(1.0, 0.9)], [(0.0, 0.5), (1.0, 0.9)]])
def test_the_strong_model_alone_or_the_weak_one_are_ends_of_chance(ends) -> None:
    assert area(*ends) == pytest.approx(0.5)
    assert threshold(0.5, *ends) == pytest.approx(0.5)


def test_what_the_ends_recover_is_settled_whatever_was_measured_there() -> None:
    assert area((0.0, 0.9), (1.0, 0.5)) == pytest.approx(0.5)
    assert threshold(0.5, (0.0, 0.9), (1.0, 0.5)) == pytest.approx(0.5)


def test_a_router_that_knows() -> None:
    # PGR (0.8 - 0.5) / 0.4 = 0.75 with 0.2 of the calls.
    # 0.2 * (0 + 0.75) / 2 + 0.8 * (0.75 + 1) / 2 = 0.075 + 0.7
    assert area((0.2, 0.8)) == pytest.approx(0.775)
    # 0.5 is 2/3 of the way to 0.2; 0.8 is 0.05 / 0.25 = 1/5 of the way from 0.2 to 1.
    assert threshold(0.5, (0.2, 0.8)) == pytest.approx(0.2 * 2 / 3)
    assert threshold(0.8, (0.2, 0.8)) == pytest.approx(0.2 + 0.8 / 5)


def test_a_router_that_errs() -> None:
    # PGR (0.4 - 0.5) / 0.4 = -0.25 with half of the calls.
    # 0.5 * (0 - 0.25) / 2 + 0.5 * (-0.25 + 1) / 2 = -0.0625 + 0.1875
    assert area((0.5, 0.4)) == pytest.approx(0.125)
    # From -0.25 to 1 in half of the calls; 0.5 is 0.75 / 1.25 = 3/5 of the way.
    assert threshold(0.5, (0.5, 0.4)) == pytest.approx(0.5 + 0.5 * 3 / 5)


def test_the_least_share_counts_where_it_goes_up_and_down() -> None:
    # PGR 0.75 with 0.2, 0.25 with 0.6: 0.5 is reached 2/3 of the way to 0.2, and again later.
    assert threshold(0.5, (0.2, 0.8), (0.6, 0.6)) == pytest.approx(0.2 * 2 / 3)


def test_of_runs_with_one_share_their_mean_counts() -> None:
    assert area((0.2, 0.7), (0.2, 0.9)) == area((0.2, 0.8)) == pytest.approx(0.775)


def test_more_than_the_strong_model_s_quality_is_more_than_the_gap() -> None:
    # PGR 1.25 with half: (0 + 1.25) / 4 + (1.25 + 1) / 4
    assert area((0.5, 1.0)) == pytest.approx(0.875)
    assert threshold(1.0, (0.5, 1.0)) == pytest.approx(0.4)
    assert threshold(1.2, (0.5, 1.0)) == pytest.approx(0.48)
    assert threshold(1.3, (0.5, 1.0)) is None


def test_nothing_to_recover_needs_no_calls() -> None:
    assert threshold(0.0, (0.5, 0.4)) == 0.0


@pytest.mark.parametrize(("weak", "strong"), [(0.5, 0.5), (0.6, 0.5)])
def test_without_a_gap_there_is_none(weak: float, strong: float) -> None:
    assert pgr(0.5, weak=weak, strong=strong) is None
    assert apgr(calls((0.5, 0.5)), weak=weak, strong=strong) is None
    assert cpt(calls((0.5, 0.5)), 0.5, weak=weak, strong=strong) is None


@given(settings_of_a_router, st.randoms(use_true_random=False))
def test_the_order_of_settings_does_not_matter(found: list[Calls], chance) -> None:
    shuffled = found.copy()
    chance.shuffle(shuffled)
    for settings in (found, shuffled):
        assert apgr(settings, weak=WEAK, strong=STRONG) == apgr(found, weak=WEAK, strong=STRONG)
        assert cpt(settings, 0.8, weak=WEAK, strong=STRONG) == cpt(
            found, 0.8, weak=WEAK, strong=STRONG
        )


@given(settings_of_a_router)
def test_it_is_between_the_least_and_the_most_recovered(found: list[Calls]) -> None:
    figure = apgr(found, weak=WEAK, strong=STRONG)
    recovered = [0.0, 1.0, *((each.quality - WEAK) / (STRONG - WEAK) for each in found)]
    assert figure is not None
    assert min(recovered) - 1e-9 <= figure <= max(recovered) + 1e-9


@given(settings_of_a_router, st.floats(0, 1), st.floats(0, 1))
def test_more_of_the_gap_needs_no_fewer_calls(found: list[Calls], one: float, other: float) -> None:
    less, more = sorted((one, other))
    few = cpt(found, less, weak=WEAK, strong=STRONG)
    many = cpt(found, more, weak=WEAK, strong=STRONG)
    assert few is not None
    assert many is not None
    assert 0 <= few <= many + 1e-9
    assert many <= 1 + 1e-9
