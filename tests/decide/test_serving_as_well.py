"""Another topic, for which the model that holds the conversation serves as well."""

from __future__ import annotations

from typing import Any

import pytest

from router_core.decide.continuity import LEADER_USD
from router_core.decide.model_info import Prices
from router_core.decide.rereading import rereading
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.session import Topics
from tests.decide.conversations import (
    CACHE_S,
    ONE,
    TWO,
    a_session,
    an_ongoing,
    classified,
    going_on,
    outlook,
    usd,
)
from tests.decide.model_entries import NOW

TALK: Topics = (("conversation", 0.97), ("code", 0.03))


def moved(holder: Any = TWO, look: Any = None, **ongoing: Any) -> RouteDecision:
    """About code so far; ``three`` leads the list of the new topic, ``two`` is its second."""
    continued = going_on(an_ongoing(holder, **ongoing), look)
    return continued.typed(classified("conversation"), TALK)


def prices(there: Prices | None, here: Prices | None) -> Any:
    known = {"three": there, "two": here, "one": here}
    return outlook({name: each for name, each in known.items() if each is not None})


def test_it_stays_where_a_switch_would_only_have_all_read_again() -> None:
    decision = moved(look=prices(usd("10"), usd("10", "1")))
    assert [each.name for each in decision.to_call] == ["two", "three"]
    assert (decision.category, decision.reason) == ("conversation", RouteReason.SESSION_KEPT)
    assert decision.topics == TALK
    assert not decision.session.locked
    assert "which two serves as well; a switch costs $0.09" in decision.explanation


@pytest.mark.parametrize(
    ("there", "here", "stays"),
    [
        (usd("10"), usd("10", "1"), True),
        (usd("9"), usd("10", "1"), True),
        (usd("10.1"), usd("10", "1"), False),  # the stronger one, as far as prices tell
        (usd("1"), usd("1", "0.8"), True),  # just enough
        (usd("1"), usd("1", "0.801"), False),
        (usd("1"), usd("10", "1"), False),  # as dear here as there
        (usd("10"), usd("10"), False),
        (None, usd("10", "1"), False),
        (usd("10"), None, False),
    ],
)
def test_it_depends_on_who_is_the_stronger_and_on_what_a_switch_costs(
    there: Prices | None, here: Prices | None, stays: bool
) -> None:
    decision = moved(look=prices(there, here))
    assert decision.category == "conversation"
    assert decision.to_call[0].name == ("two" if stays else "three")


def test_a_model_that_is_not_of_the_new_topics_list_does_not_serve_it() -> None:
    decision = moved(ONE, prices(usd("10"), usd("10", "1")))
    assert [each.name for each in decision.to_call] == ["three", "two"]


@pytest.mark.parametrize(
    "cold",
    [
        {"idle_s": CACHE_S + 1},
        {"same_prefix": False},
        {"session": a_session(TWO, tokens=100)},
    ],
)
def test_nor_does_one_with_little_in_its_cache(cold: dict[str, Any]) -> None:
    decision = moved(look=prices(usd("10"), usd("10", "1")), **cold)
    assert decision.to_call[0].name == "three"


def test_which_is_the_dearer_is_told_of_what_is_in_no_cache() -> None:
    def dearer(here: Prices | None, there: Prices | None) -> bool | None:
        warm = a_session(ONE).caches
        return rereading(10_000, warm, (ONE.key, here), (TWO.key, there), NOW).dearer_there

    assert dearer(usd("10", "0"), usd("9")) is False
    assert dearer(usd("10"), usd("10")) is False
    assert dearer(usd("10"), usd("11", "0")) is True
    assert dearer(None, usd("1")) is None
    assert dearer(usd("1"), None) is None
    assert LEADER_USD > 0
