"""Second opinions are weighed, not trusted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.classification import Score, Verdict
from router_core.decide.weigh import weigh

NAMES = ("code", "reasoning", "conversation", "poems", "law")


def verdict(source: str, **confidences: float) -> Verdict:
    ranked = sorted(confidences.items(), key=lambda item: -item[1])
    scores = tuple(Score(category=name, confidence=share) for name, share in ranked)
    return Verdict(scores=scores, source=source, evidence=(f"{source} says",))


def confidences(of: Verdict) -> dict[str, float]:
    return {score.category: score.confidence for score in of.scores}


@st.composite
def distributions(draw: st.DrawFn, *, total: float = 1.0) -> dict[str, float]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    raw = [draw(st.floats(0.001, 1.0)) for _ in names]
    return {name: total * share / sum(raw) for name, share in zip(names, raw, strict=True)}


@given(distributions(), distributions(), st.sampled_from(["ollama", "api", "other"]))
def test_the_result_is_a_distribution_over_the_categories_of_both(
    first: dict[str, float], said: dict[str, float], source: str
) -> None:
    both = weigh(verdict("embedded", **first), verdict(source, **said))
    found = confidences(both)
    assert set(found) == {*first, *said}
    assert math.isclose(sum(found.values()), 1.0)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert both.source in {"embedded", source}


@given(distributions())
def test_an_opinion_that_favours_nothing_changes_nothing(first: dict[str, float]) -> None:
    flat = dict.fromkeys(first, 1 / len(first))
    both = confidences(weigh(verdict("embedded", **first), verdict("api", **flat)))
    assert both == pytest.approx(first)


@given(distributions())
def test_agreement_makes_surer(first: dict[str, float]) -> None:
    top = max(first, key=first.__getitem__)
    before = verdict("embedded", **first)
    both = weigh(before, verdict("ollama", **{top: 0.9}))
    assert both.scores[0].category == before.scores[0].category
    assert both.scores[0].confidence >= before.scores[0].confidence - 1e-9
    assert both.source == "embedded", "it did not move the choice"


def test_a_sure_first_is_not_overruled_and_an_unsure_one_is() -> None:
    opinion = verdict("ollama", reasoning=0.97)
    sure = weigh(verdict("embedded", code=0.95, reasoning=0.05), opinion)
    unsure = weigh(verdict("embedded", code=0.5, reasoning=0.45, conversation=0.05), opinion)
    assert (sure.scores[0].category, sure.source) == ("code", "embedded")
    assert (unsure.scores[0].category, unsure.source) == ("reasoning", "ollama")
    assert unsure.evidence == ("ollama says", "embedded says")


def test_the_small_models_opinion_counts_less() -> None:
    first = verdict("embedded", code=0.6, reasoning=0.4)
    by = {
        source: confidences(weigh(first, verdict(source, reasoning=0.9)))["reasoning"]
        for source in ("ollama", "api")
    }
    assert 0.4 < by["ollama"] < by["api"] < 0.95


def test_what_tells_a_follow_up_is_the_first_opinions() -> None:
    first = replace(verdict("embedded", code=0.4, conversation=0.6), goes_on=0.7)
    assert weigh(first, verdict("ollama", code=1.0)).goes_on == 0.7
