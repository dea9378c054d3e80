"""A model becomes slow and recovers: policies that go by time move, come back, and stay.

What counts as a switch: from one request to the next another model is called. After a change
there is one, to whom the policy's name says. While the slowdown goes on, the slow model is
tried by single requests, the first after 40 for others: these are the one exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.decide.slowdowns import QUICK, Scene

BY_TIME = ["fastest", "balanced"]
SLOWER = 5.0


def switches(calls: list[str]) -> int:
    return sum(one != other for one, other in pairwise(calls))


@dataclass
class Story:
    """What was seen of a slowdown and of what followed; requests are counted from 1.

    Attributes:
        before, after: how often the model changed while all were well.
        moved: by which request after the change the other model was called.
        tries: by which requests the slow one was called after that.
        back: from which request after the recovery on nobody else was called.
    """

    before: int
    moved: int
    tries: list[int]
    back: int
    after: int

    @property
    def tries_in_a_row(self) -> int:
        """How many tries followed another at once."""
        return sum(other - one == 1 for one, other in pairwise(self.tries))


def told(scene: Scene, slow_for: int) -> Story:
    scene.asks(60)
    before = scene.asks(100)
    scene.slower["quick"] = SLOWER
    slow = [*scene.asks(slow_for), "cheap"]
    scene.slower["quick"] = 1.0
    after = scene.asks(100)
    moved = slow.index("cheap") + 1
    others = [number for number, name in enumerate(after, start=1) if name != "quick"]
    return Story(
        before=switches(["quick", *before]),
        moved=moved,
        tries=[n for n, name in enumerate(slow, start=1) if name == "quick" and n > moved],
        back=max(others, default=0) + 1,
        after=switches(after),
    )


@pytest.mark.parametrize("slower", [0.2, 1.0, SLOWER])
def test_by_price_it_makes_no_difference_how_fast_a_model_is(slower: float) -> None:
    assert set(Scene("cheapest", slower={"quick": slower}).asks(100)) == {"cheap"}


@pytest.mark.parametrize("policy", BY_TIME)
def test_who_is_twice_as_fast_is_called_once_that_is_known(policy: str) -> None:
    calls = Scene(policy).asks(100)
    assert calls[:10] == ["cheap"] * 10
    assert calls[10:] == ["quick"] * 90


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("policy", BY_TIME)
def test_without_luck_every_number_is_known(policy: str, streamed: bool) -> None:
    seen = told(Scene(policy, streamed=streamed), 200)
    assert seen == Story(before=0, moved=5, tries=[45, 86, 127, 168], back=9, after=1)


@pytest.mark.parametrize("policy", BY_TIME)
@pytest.mark.parametrize("slow_for", range(40, 82, 8))
def test_it_is_back_within_50_wherever_the_recovery_falls(policy: str, slow_for: int) -> None:
    seen = told(Scene(policy), slow_for)
    assert seen.moved == 5
    assert 1 <= seen.back <= 41
    assert seen.after <= 1


@pytest.mark.parametrize("policy", BY_TIME)
def test_a_long_slowdown_ends_as_well(policy: str) -> None:
    seen = told(Scene(policy), 1500)
    assert len(seen.tries) == 36
    assert seen.tries_in_a_row == 0
    assert seen.back <= 41


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("sigma", [0.3, 0.5])
@pytest.mark.parametrize("policy", BY_TIME)
def test_noise_moves_nobody_and_hides_no_slowdown(
    policy: str, sigma: float, streamed: bool
) -> None:
    for seed in range(3):
        seen = told(Scene(policy, sigma, seed, streamed), 60 + 9 * seed)
        assert seen.before == 0
        assert seen.moved <= 20
        assert seen.tries_in_a_row == 0
        assert seen.back <= 50
        assert seen.after <= 1


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.3, 0.5])
@pytest.mark.parametrize("policy", BY_TIME)
def test_that_is_no_luck(policy: str, sigma: float) -> None:
    seen = [told(Scene(policy, sigma, seed), 50 + seed % 50) for seed in range(300)]
    assert [story.before for story in seen] == [0] * len(seen)
    assert max(story.moved for story in seen) <= 20
    assert max(story.back for story in seen) <= 50
    assert sum(story.tries_in_a_row for story in seen) == 0
    assert sum(story.after > 1 for story in seen) <= len(seen) / 100


@pytest.mark.parametrize("policy", BY_TIME)
def test_one_that_began_badly_is_forgiven(policy: str) -> None:
    scene = Scene(policy, slower={"quick": 10.0})
    assert scene.asks(11)[-1] == "quick"
    scene.slower["quick"] = 1.0
    assert set(scene.asks(100)[50:]) == {"quick"}


@pytest.mark.parametrize("policy", BY_TIME)
def test_so_is_in_the_end_one_that_was_slow_when_it_was_first_seen(policy: str) -> None:
    scene = Scene(policy, slower={"quick": SLOWER})
    assert scene.asks(900).count("quick") <= 3
    scene.slower["quick"] = 1.0
    assert set(scene.asks(1100)[1000:]) == {"quick"}


@pytest.mark.parametrize("policy", BY_TIME)
def test_one_that_is_slow_by_nature_is_tried_little(policy: str) -> None:
    scene = Scene(policy, slower={"quick": SLOWER})
    assert scene.asks(5000).count("quick") <= 3 + 5000 / 1000


# -- two categories -----------------------------------------------------------------------


@pytest.mark.parametrize("policy", BY_TIME)
def test_what_one_category_sees_the_other_knows(policy: str) -> None:
    scene = Scene(policy)
    for _ in range(30):
        scene.asks(1, "code")
        scene.asks(1, "talk")
    assert scene.chooses("code") == scene.chooses("talk") == QUICK
    scene.slower["quick"] = SLOWER
    assert scene.asks(5, "code")[-1] == "cheap"
    assert scene.asks(30, "talk") == ["cheap"] * 30


@pytest.mark.parametrize("policy", BY_TIME)
def test_two_categories_together_try_no_more_often_than_one(policy: str) -> None:
    scene = Scene(policy)
    scene.asks(60, "code")
    scene.asks(60, "talk")
    scene.slower["quick"] = SLOWER
    scene.asks(20, "code")
    calls = [scene.asks(1, category)[0] for _ in range(200) for category in ("code", "talk")]
    assert calls.count("quick") <= 400 / 40
    scene.slower["quick"] = 1.0
    calls = [scene.asks(1, category)[0] for _ in range(50) for category in ("code", "talk")]
    assert set(calls[82:]) == {"quick"}
