"""The replay as a use case: who is classified by what, and how the dial is turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from router_core.app.classify import Classify
from router_core.app.ports import Opinion, Question
from router_core.app.simulate import Simulate, Simulation
from router_core.clock import SystemClock
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Mode, RoutingConfig
from router_core.decide.simulation import Contender, Row
from router_core.errors import ConfigError
from tests.decide.simulation.worlds import (
    GOOD,
    SMALL,
    THREE,
    a_config,
    a_model,
    contender,
    told,
    typed,
)


@dataclass(frozen=True)
class Says:
    """A classifier that always says the same."""

    category: str

    async def classify(self, question: Question) -> Opinion:
        score = Score(category=self.category, confidence=0.1)
        return Opinion(verdict=Verdict(scores=(score,), source="x"))


CLASSIFIERS = {"embedded": Says("code"), "keywords": Says("conversation")}
SPLIT = a_config({"code": (GOOD,), "conversation": (SMALL,)})
TYPED = typed("hi", good=told(), small=told())


async def simulated(
    rows: Sequence[Row], *contenders: Contender, turns_dial: bool = False
) -> Simulation:
    simulate = Simulate(Classify(CLASSIFIERS, SystemClock()))
    return await simulate(rows, contenders, seed=0, resamples=5, turns_dial=turns_dial)


@pytest.mark.parametrize(
    ("mode", "answers", "note"),
    [
        (Mode.KEYWORDS, "small", None),
        (Mode.EMBEDDED, "good", None),
        (Mode.CASCADE, "good", "it: classified by embedded alone, not cascade"),
        (Mode.API, "good", "it: classified by embedded alone, not api"),
    ],
)
async def test_a_text_is_classified_by_what_needs_nothing_outside(
    mode: Mode, answers: str, note: str | None
) -> None:
    made = await simulated([TYPED], contender(replace(SPLIT, mode=mode)))
    assert list(made.standings.configs[0].shares) == [answers]
    assert made.notes == ((note,) if note else ())


async def test_models_that_trace_and_config_do_not_share_are_told() -> None:
    lists = {"code": (GOOD, SMALL), "conversation": (a_model("idle"),)}
    named = typed("hi", good=told(), smal=told(), other=told())
    made = await simulated([named], contender(replace(a_config(lists), mode=Mode.EMBEDDED)))
    assert made.notes == (
        "in no list of a config, so that baselines alone call them: smal, other",
        "it: never called, as the trace lacks them: small",
    )


def balanced(own_thrift: float | None = None) -> RoutingConfig:
    """With prices of `worlds` the points that its cost takes of `good` are worth something."""
    config = a_config(policy="balanced")
    categories = {
        name: replace(each, thrift=own_thrift) for name, each in config.categories.items()
    }
    return replace(config, categories=categories)


@pytest.mark.parametrize("own_thrift", [None, 0.0])
async def test_the_dial_goes_from_nothing_but_quality_to_thrift(own_thrift: float | None) -> None:
    made = await simulated(THREE, contender(balanced(own_thrift)), turns_dial=True)
    *dial, _ = made.standings.configs[0].curve
    assert [each.dial for each in dial] == [float(n) for n in range(11)]
    shares = [each.strong_share for each in dial]
    assert (shares[0], shares[-1]) == (1.0, 0.0)
    assert shares == sorted(shares, reverse=True)


async def test_a_config_without_a_thrift_is_played_once() -> None:
    made = await simulated(THREE, contender(), turns_dial=True)
    assert len(made.standings.configs[0].curve) == 1


async def test_priors_and_what_was_not_answered_are_told() -> None:
    rows = [TYPED, typed("hi", good=told(None)), typed("hi", other=told())]
    named = [contender(name="one"), contender(name="two")]
    made = await simulated(rows, *named)
    assert (
        made.notes[0] == "quality of 1 of 4 answers by the priors of the config (one), not measured"
    )
    assert "one: 1 requests got no answer, which counts as quality 0" in made.notes
    untimed = await simulated([typed("hi", good=told(ms=None))], contender())
    assert "it: of 1 answers the latency is not known" in untimed.notes


async def test_a_category_that_a_config_lacks_is_told_with_the_line_and_the_config() -> None:
    rows = [replace(THREE[0], category="poetry")]
    with pytest.raises(ConfigError, match="line 1: it has no category 'poetry'"):
        await simulated(rows, contender())
