"""How a change of the config is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_router.v1.config_categories_pb2 import ConfigChange, Move, Replay
from router_core.cli.changes import change_lines, usd


def told(*, tried: bool = True, **fields: Any) -> list[str]:
    return list(change_lines(ConfigChange(**fields), tried=tried))


def told_of_replay(**fields: Any) -> list[str]:
    """The lines about a replay alone."""
    return told(changes=["mode: cascade -> keywords"], replay=Replay(**fields))[1:]


MOVE = Move(
    from_category="code",
    to_category="rust",
    from_model="glm-5",
    to_model="kimi-k2.5",
    decisions=5,
)


def test_a_change_that_was_made_is_told_apart_from_one_that_was_tried() -> None:
    change = ["mode: cascade -> keywords"]
    assert told(changes=change, tried=True) == ["would change: mode: cascade -> keywords"]
    assert told(changes=change, tried=False) == ["changed: mode: cascade -> keywords"]


def test_several_changes_stand_below_one_another() -> None:
    assert told(changes=["a: 1 -> 2", "b: added"]) == ["would change:", "  a: 1 -> 2", "  b: added"]


def test_no_change_is_told_as_such() -> None:
    replay = Replay(decisions=3, prompts=60)
    assert told(tried=True, replay=replay) == ["nothing would change"]
    assert told(tried=False) == ["nothing changed: it was so already"]


def test_warnings_come_last() -> None:
    lines = told(changes=["a: added"], warnings=["x", "y"], replay=Replay())
    assert lines[-2:] == ["warning: x", "warning: y"]


def test_what_would_move_is_told_with_the_most_frequent_first() -> None:
    other = Move(from_category="tools", to_category="tools", from_model="a", to_model="b")
    other.decisions = 6
    lines = told_of_replay(decisions=120, moved_decisions=11, moves=[MOVE, other])
    assert lines[:3] == [
        "of 120 recent decisions 11 would move:",
        "  6 tools: a -> b",
        "  5 code -> rust (glm-5 -> kimi-k2.5)",
    ]


def test_the_golden_set_is_counted_apart() -> None:
    both = Move()
    both.CopyFrom(MOVE)
    both.prompts, both.examples[:] = 2, ["why does the borrow checker complain"]
    lines = told_of_replay(
        decisions=9, moved_decisions=5, prompts=40, moved_prompts=2, moves=[both]
    )
    assert lines[:-1] == [
        "of 9 recent decisions 5 would move:",
        "  5 code -> rust (glm-5 -> kimi-k2.5)",
        "of 40 prompts of the golden set 2 would move:",
        "  2 code -> rust (glm-5 -> kimi-k2.5)",
        '      "why does the borrow checker complain"',
    ]


def test_examples_stand_once_where_only_decisions_move() -> None:
    move = Move()
    move.CopyFrom(MOVE)
    move.examples[:] = ["one"]
    lines = told_of_replay(decisions=9, moved_decisions=5, prompts=40, moves=[move])
    assert [line for line in lines if "one" in line] == ['      "one"', lines[3]]
    assert lines[3] == "of 40 prompts of the golden set none would move"


def test_nothing_that_moves_and_nothing_to_replay_are_two_things() -> None:
    assert told_of_replay(decisions=3)[0] == "of 3 recent decisions none would move"
    assert told_of_replay() == ["there are no recent decisions to replay"]


@pytest.mark.parametrize(
    ("move", "line"),
    [
        ({"to_model": "glm-5"}, "code -> rust (still glm-5)"),
        ({"to_model": ""}, "code -> rust (glm-5 -> no model)"),
        ({"from_category": ""}, "a named model -> rust (glm-5 -> kimi-k2.5)"),
        ({"from_category": "", "to_category": ""}, "named by the caller: glm-5 -> kimi-k2.5"),
    ],
)
def test_a_move_says_what_stays_and_what_is_missing(move: dict[str, str], line: str) -> None:
    changed = Move()
    changed.CopyFrom(MOVE)
    for name, value in move.items():
        setattr(changed, name, value)
    lines = told_of_replay(decisions=5, moved_decisions=5, moves=[changed])
    assert lines[1] == f"  5 {line}"


def test_many_moves_are_summed_up() -> None:
    moves = [Move(to_category=f"c{number}", decisions=1) for number in range(13)]
    lines = told_of_replay(decisions=13, moved_decisions=13, moves=moves)
    assert len(lines) == 1 + 10 + 1 + 1
    assert lines[11] == "  3 otherwise; --json shows them all"


@pytest.mark.parametrize(
    ("costs", "line"),
    [
        (
            {"cost_before_usd": "0.0411", "cost_after_usd": "0.01320"},
            "the same requests would cost $0.0132 instead of $0.0411 by list prices",
        ),
        (
            {"cost_before_usd": "0.50", "cost_after_usd": "0.5"},
            "the same requests would cost as much, $0.50 by list prices",
        ),
        (
            {"cost_before_usd": "0.50"},
            "the same requests would cost an unknown sum instead of $0.50 by list prices",
        ),
        ({}, "what they cost is not known: there is no list price of their models"),
    ],
)
def test_costs_are_compared_where_they_are_known(costs: dict[str, str], line: str) -> None:
    assert told_of_replay(decisions=1, **costs)[-1] == line


def test_texts_of_others_do_not_reach_the_terminal_as_orders() -> None:
    move = Move()
    move.CopyFrom(MOVE)
    move.examples[:] = ["\x1b]0;pwned\x07\nnext", "x" * 200]
    lines = told_of_replay(decisions=5, moved_decisions=5, moves=[move])
    assert lines[2] == '      "\\x1b]0;pwned\\x07\\nnext"'
    assert lines[3] == f'      "{"x" * 80}..."'


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("12.3456", "$12.35"),
        ("1234.5", "$1234.50"),
        ("0.0411", "$0.0411"),
        ("0.00001320", "$0.0000132"),
        ("1E-7", "$0.0000001"),
        ("0.5", "$0.50"),
        ("99999.999", "$100000.00"),
        ("what", "$what"),
        ("NaN", "$NaN"),
    ],
)
def test_money_is_shown_to_the_cent_or_to_four_digits(amount: str, shown: str) -> None:
    assert usd(amount) == shown


@given(st.decimals(min_value=0, max_value=10**6, places=9))
def test_money_is_never_rounded_away(amount: Any) -> None:
    shown = usd(str(amount))
    assert float(shown.removeprefix("$")) == pytest.approx(float(amount), rel=0.001, abs=0.005)
    assert (float(shown.removeprefix("$")) > 0) == (amount > 0)


def test_lines_are_lines() -> None:
    (line,) = told(changes=["a: b\nc"])
    assert line == r"would change: a: b\nc"
