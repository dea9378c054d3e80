"""Which of a category's models may be called, in which order, and why not."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.candidates import Candidate, Chance, Prospect, candidates
from router_core.decide.config import ModelRef
from router_core.decide.demands import Demands
from router_core.decide.health import ModelHealth, Standing
from router_core.decide.model_info import ModelInfo

A, B, C, D = (ModelRef(name=name, id=f"lab/{name}", provider="p") for name in "abcd")
OPEN = ModelHealth(standing=Standing.OPEN, consecutive_failures=3, back_at=9.0, why="it failed")
HALF_OPEN = ModelHealth(standing=Standing.HALF_OPEN, why="one call finds out")
NO_TOOLS = ModelInfo(parameters=frozenset())


def judged(
    known: Mapping[ModelRef, Prospect], demands: Demands | None = None
) -> tuple[Candidate, ...]:
    return candidates(
        list(known), "code (ordered)", demands or Demands(tools=True), known.__getitem__
    )


def names(known: Mapping[ModelRef, Prospect]) -> list[tuple[str, Chance]]:
    return [(each.model.name, each.chance) for each in judged(known)]


def test_models_that_are_well_keep_their_order() -> None:
    well = Prospect()
    assert [(each.model, each.reason) for each in judged({B: well, A: well})] == [
        (B, "number 1 of code (ordered)"),
        (A, "number 2 of code (ordered)"),
    ]


def test_those_with_the_better_chance_come_first_and_say_why_the_others_do_not() -> None:
    known = {
        A: Prospect(absence="not in p's catalogue"),
        B: Prospect(info=NO_TOOLS),
        C: Prospect(health=OPEN),
        D: Prospect(),
    }
    assert [(each.model, each.chance, each.reason) for each in judged(known)] == [
        (D, Chance.ELIGIBLE, "number 4 of code (ordered)"),
        (C, Chance.RESTING, "it failed"),
        (B, Chance.UNFIT, "it cannot call tools"),
        (A, Chance.ABSENT, "not in p's catalogue"),
    ]


def test_a_model_to_be_probed_keeps_its_place() -> None:
    known = {A: Prospect(health=HALF_OPEN), B: Prospect()}
    assert names(known) == [("a", Chance.ELIGIBLE), ("b", Chance.ELIGIBLE)]
    assert "one call finds out" in judged(known)[0].reason


def test_what_is_absent_or_unfit_is_that_however_it_fares() -> None:
    known = {
        A: Prospect(absence="gone", info=NO_TOOLS, health=OPEN),
        B: Prospect(info=NO_TOOLS, health=OPEN),
    }
    assert names(known) == [("b", Chance.UNFIT), ("a", Chance.ABSENT)]


def test_a_model_under_two_names_is_one_by_the_first() -> None:
    again = ModelRef(name="again", id="lab/a", provider="p")
    elsewhere = ModelRef(name="elsewhere", id="lab/a", provider="q")
    known = {A: Prospect(), again: Prospect(), elsewhere: Prospect(), B: Prospect()}
    assert [each.model for each in judged(known)] == [A, elsewhere, B]
    assert [each.model for each in judged(dict.fromkeys((A, B, again), Prospect()))] == [A, B]


def test_a_model_that_is_absent_is_not_the_roomiest() -> None:
    known = {
        A: Prospect(absence="gone", info=ModelInfo(context_length=100)),
        B: Prospect(info=ModelInfo(context_length=10)),
    }
    kept, gone = judged(known, Demands(prompt_tokens=1000))
    assert (kept.model, kept.eligible, gone.eligible) == (B, True, False)
    assert "tried as the roomiest" in kept.reason


prospects = st.builds(
    Prospect,
    info=st.sampled_from([ModelInfo(), NO_TOOLS, ModelInfo(context_length=10)]),
    absence=st.none() | st.just("gone"),
    health=st.sampled_from([ModelHealth(standing=Standing.CLOSED), OPEN, HALF_OPEN]),
)


@given(
    st.dictionaries(st.sampled_from([A, B, C, D]), prospects),
    st.builds(Demands, tools=st.booleans(), prompt_tokens=st.sampled_from([1, 1000])),
)
def test_what_always_holds(known: dict[ModelRef, Prospect], demands: Demands) -> None:
    told = judged(known, demands)
    assert sorted(each.model.name for each in told) == sorted(model.name for model in known)
    assert [each.chance for each in told] == sorted(each.chance for each in told)
    assert all(each.reason for each in told)
    for chance in Chance:
        same = [each.model for each in told if each.chance is chance]
        assert same == [model for model in known if model in same], "in the order they came in"
    able = [
        m
        for m, seen in known.items()
        if seen.absence is None and not (demands.tools and seen.info is NO_TOOLS)
    ]
    if able:
        assert any(each.chance <= Chance.RESTING for each in told), "size never drops the last"
