"""Clients whose envelopes are not taken off."""

from __future__ import annotations

import pytest

from router_core.decide.envelopes import CLIENTS, ENVELOPES, enabled
from router_core.decide.peel import read_turn, typed_before
from router_core.decide.turn import Turn, TurnKind
from tests.decide.agent_messages import REMINDER, SURROUNDINGS, TITLE, agent
from tests.decide.openclaw_messages import CONTEXT, RUNTIME, assistant, system, tool, user

STAMPED = "[Fri 2026-03-06 09:15 UTC] hello"
OPENCLAW = (system(), user(STAMPED + RUNTIME), user(CONTEXT))
OPENCODE = (system("You are opencode, a coding agent for the CLI."), user('"mend the mast"\n'))


def test_what_is_disabled_is_left_out_of_the_known_clients() -> None:
    assert enabled(()) is ENVELOPES
    assert [each.client for each in enabled({"openclaw"})] == ["opencode", "agent"]
    assert enabled(frozenset(CLIENTS)) == ()


def test_a_disabled_client_is_nobodys_and_its_words_stand_as_they_came() -> None:
    turn = read_turn(OPENCLAW[:2], {"openclaw"})
    assert turn == Turn(kind=TurnKind.USER_TURN, text=STAMPED + RUNTIME)
    assert read_turn(OPENCLAW, {"openclaw"}).text == CONTEXT


def test_the_others_are_peeled_as_ever() -> None:
    for disabled in ({"opencode"}, {"agent"}, {"agent", "opencode"}):
        assert read_turn(OPENCLAW, disabled) == read_turn(OPENCLAW)
    wrapped = agent(user(REMINDER, "mend it", SURROUNDINGS))
    assert read_turn(wrapped, {"openclaw", "opencode"}) == read_turn(wrapped)
    assert read_turn(wrapped).client == "agent"


def test_a_more_general_rule_reads_a_disabled_client() -> None:
    assert read_turn(OPENCODE) == Turn(
        kind=TurnKind.USER_TURN, text="mend the mast", client="opencode"
    )
    assert read_turn(OPENCODE, {"opencode"}) == Turn(
        kind=TurnKind.USER_TURN, text='"mend the mast"\n', client="agent"
    )
    assert read_turn(OPENCODE, {"opencode", "agent"}).client is None


def test_a_block_that_only_agents_write_is_a_persons_where_agents_are_disabled() -> None:
    text = f"mend it\n{SURROUNDINGS}"
    assert read_turn((user(text),)).text == "mend it"
    assert read_turn((user(text),), {"agent"}) == Turn(kind=TurnKind.USER_TURN, text=text)


def test_a_subagent_of_a_disabled_client_is_somebody_who_types() -> None:
    prompt = "You are a subagent spawned by the main agent. See AGENTS.md."
    messages = (system(prompt), user("count the boats"))
    assert read_turn(messages).kind is TurnKind.BACKGROUND_WORK
    assert read_turn(messages, {"agent"}).kind is TurnKind.USER_TURN


@pytest.mark.parametrize("disabled", [{"openclaw"}, set(CLIENTS)])
def test_tool_results_are_follow_ups_whoever_is_disabled(disabled: set[str]) -> None:
    loop = (*OPENCLAW[:2], assistant(calls=("ls",)), tool("a b"))
    assert read_turn(loop, disabled).kind is TurnKind.TOOL_FOLLOWUP


def test_what_anyone_would_order_as_upkeep_is_upkeep_without_its_client_too() -> None:
    asked = (user("mend it"), assistant("ok"), user(TITLE))
    assert read_turn(asked, set(CLIENTS)) == read_turn(asked)
    assert read_turn(asked).kind is TurnKind.HOUSEKEEPING


def test_what_was_typed_before_is_read_without_the_disabled_client_too() -> None:
    talk = (system(), user(STAMPED), assistant("hi"), user("and now?"))
    last = read_turn(talk)
    assert [turn.text for turn in typed_before(talk, last, 2)] == ["hello"]
    assert [turn.text for turn in typed_before(talk, last, 2, {"openclaw"})] == [STAMPED]
