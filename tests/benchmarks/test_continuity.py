"""The figures of following conversations: data, arithmetic, and the goals that are met."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from benchmarks import continuity, sessions
from benchmarks.bill import CACHE_S, bill_of
from benchmarks.continuity import FITTED, GOALS, HELD_OUT, LONGEST, PEERS, four_models
from benchmarks.dialogues import FOLDER, Dialogue, Typed, read_dialogues
from benchmarks.following import Delay, delays_of, followed
from benchmarks.options import Options
from benchmarks.playing import Call, Played, Player, Sizes, Step, Strategy, known
from router_core.decide.defaults import BUILT_IN_CATEGORIES
from router_core.decide.model_info import Prices

KEYS = ["id", "language", "shape", "client", "turns"]
SHAPES = {"stays", "drifts", "jumps", "follow_ups", "small_talk"}


def dialogue(*turns: Typed, is_agent: bool = False) -> Dialogue:
    return Dialogue(id="d1", language="en", shape="jumps", is_agent=is_agent, turns=turns)


def typed(category: str, *also: str, text: str = "and then?") -> Typed:
    return Typed(text=text, category=category, also=frozenset(also))


def routed_as(talk: Dialogue, *categories: str) -> Played:
    steps = tuple(
        Step(category=name, calls=(Call(model=model(name), at=0.0, tokens=1),))
        for name in categories
    )
    return Played(dialogue=talk, steps=steps)


def model(name: str) -> tuple[str, str]:
    return "lab", name


@pytest.mark.parametrize(
    ("name", "conversations", "turns"), [(HELD_OUT, 64, 670), (FITTED, 111, 1189)]
)
def test_the_conversations_are_well_formed(name, conversations, turns):
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert all(list(line) == KEYS for line in told)
    assert {line["shape"] for line in told} == SHAPES
    read = read_dialogues(name)
    assert len({each.id for each in read}) == len(read) == conversations
    assert sum(len(each.turns) for each in read) == turns
    for each in read:
        assert [turn.pause_s > 0 for turn in each.turns] == [False, *[True] * (len(each.turns) - 1)]
        for turn in each.turns:
            assert turn.text.strip()
            assert turn.answer_tokens > 0
            assert turn.category not in turn.also
            assert {turn.category, *turn.also} <= set(BUILT_IN_CATEGORIES)
            assert "tools" not in {turn.category, *turn.also} or each.is_agent


def test_no_conversation_is_in_both_sets():
    opened = [{each.turns[0].text for each in read_dialogues(name)} for name in (HELD_OUT, FITTED)]
    assert not opened[0] & opened[1]


def test_a_jump_is_a_label_that_leaves_what_is_not_right_any_more():
    talk = dialogue(typed("code"), typed("conversation", "code"), typed("code"), typed("reasoning"))
    assert talk.jumps == (2, 3)


def test_what_is_right_and_what_changes_for_nothing():
    talk = dialogue(typed("code"), typed("code"), typed("conversation", "code"), typed("code"))
    found = followed([routed_as(talk, "code", "reasoning", "conversation", "code")], model)
    assert found.right == 75
    assert found.needless == pytest.approx(100 / 3)
    assert found.led == 75
    assert found.moves == 100


def test_categories_with_one_model_change_no_model():
    talk = dialogue(typed("code"), typed("code"))
    played = routed_as(talk, "code", "reasoning")
    one = Played(
        dialogue=talk,
        steps=tuple(
            Step(category=step.category, calls=played.steps[0].calls) for step in played.steps
        ),
    )
    found = followed([one], lambda _: model("code"))
    assert (found.needless, found.led, found.moves) == (100, 100, 0)


def test_the_delay_of_each_jump():
    talk = dialogue(
        typed("code"),
        typed("reasoning"),
        typed("reasoning", "code"),
        typed("reasoning"),
        typed("conversation"),
        typed("code"),
        typed("code"),
        typed("code"),
        typed("code"),
    )
    # The third turn may stay with code, which does not mean that anybody noticed.
    played = routed_as(talk, "code", "code", "code", *["reasoning"] * 6)
    delays = delays_of(played)
    assert delays == [
        Delay(turns=2, noticed=True),
        Delay(turns=1, noticed=False),
        Delay(turns=4, noticed=False),
    ]
    found = followed([played], model)
    assert [found.within(turns) for turns in (0, 1, 2)] == pytest.approx([0, 0, 100 / 3])
    assert (found.late, found.brief, found.longest) == (1, 1, 4)
    assert found.mean == pytest.approx(7 / 3)


def test_the_bill_has_what_is_cached_and_what_is_read_again():
    dear = Prices(prompt=Decimal(10), input_cache_read=Decimal(1))
    cheap = Prices(prompt=Decimal(2))
    prices = {model("dear"): dear, model("cheap"): cheap}
    calls = (
        Call(model=model("dear"), at=0, tokens=100),  # 1,000
        Call(model=model("dear"), at=CACHE_S, tokens=150),  # 100 + 500
        Call(model=model("cheap"), at=CACHE_S + 10, tokens=200),  # 400, cached or not
        Call(model=model("dear"), at=CACHE_S + 20, tokens=300),  # 150 + 1,500
        Call(model=model("dear"), at=3 * CACHE_S, tokens=310),  # 3,100: nobody has it any more
    )
    talk = dialogue(typed("code"))
    played = [Played(dialogue=talk, steps=(Step(category="code", calls=calls),))]
    bill = bill_of(played, prices.__getitem__)
    assert bill.usd == 1_000 + 600 + 400 + 1_650 + 3_100
    assert bill.reread_usd == 50 * 9, "of the fourth call, what the third has read since"
    assert (bill.turns, bill.per_thousand) == (1, 6_750_000)
    all_dear = bill_of(played, lambda _: dear)
    assert all_dear.usd == 1_000 + 600 + 2_000 + 1_650 + 3_100
    assert bill.saved_against(all_dear) == pytest.approx(100 * (1 - 6_750 / 8_350))
    assert bill.reread_saved_against(all_dear) == 75
    assert bill_of(played, prices.__getitem__, cache_from=1_000).usd == 1_000 + 1_500 + 6_500


def test_what_an_agent_asks_for_is_a_loop_with_one_model_and_nothing_is_forgotten():
    talk = dialogue(
        typed("tools", text="open the file notes.txt and send it to Kim"),
        typed("tools", text="and the other one"),
        typed("code", text="now write a Python function that reads such a file"),
        typed("conversation", text="thanks!"),
        is_agent=True,
    )
    config = four_models(PEERS)
    played = asyncio.run(Player(config, known(), Sizes()).play(talk, Strategy.ROUTER))
    assert [len(step.calls) for step in played.steps] == [4, 4, 2, 1]
    assert all(len({call.model for call in step.calls}) == 1 for step in played.steps)
    assert all(step.known for step in played.steps)
    sizes, calls = Sizes(), [call for step in played.steps for call in step.calls]
    assert calls[0].tokens == sizes.agent_system + 11
    assert calls[1].tokens == calls[0].tokens + sizes.call + sizes.result
    assert [call.at for call in calls] == sorted(call.at for call in calls)


@pytest.fixture(scope="module")
def table():
    return continuity.held_out(Options(rounds=1))


def test_the_goals_on_held_out_conversations(table):
    assert {goal.name for goal in table.goals} == set(GOALS)
    assert {goal.name for goal in table.goals if not goal.met} <= {LONGEST}


def test_few_jumps_go_unnoticed(table):
    router = {row.measure: row.values[Strategy.ROUTER.value].median for row in table.rows}
    assert router["jumps noticed within 2 turns"] >= 90
    assert router["jumps noticed later or never"] <= 3


def test_the_router_knows_every_conversation_again(table):
    assert table.errors == ()


def test_labels_are_always_right(table):
    right = next(row.values for row in table.rows if row.measure == "right")
    assert right[Strategy.LABELLED.value].median == 100


def test_the_costs_in_time_have_their_figures_and_goals():
    measured = sessions.run(Options(rounds=1, quick=True))
    names = {row.measure for row in measured.rows}
    assert {goal.name for goal in measured.goals} <= names
    assert {f"{sessions.LOOKUP}, {way}" for way in sessions.WAYS} <= names
    assert len(measured.goals) == 4 + len(sessions.WAYS)
