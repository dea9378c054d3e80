"""Other versions of OpenClaw, and clients that write as it does under another name."""

from __future__ import annotations

import pytest

from router_core.decide.peel import read_turn
from router_core.decide.turn import Turn, TurnKind
from tests.decide.agent_messages import agent, assistant, system, tool, user
from tests.decide.openclaw_messages import CLOCK, RUNTIME

RELATIVE = "You are a personal assistant running inside Crabclaw.\n## Tools\n"


def relative(*texts: str) -> Turn:
    """A relative's turn, after these texts; all but the last were answered."""
    history = [message for text in texts[:-1] for message in (user(text), assistant("ok"))]
    return read_turn((system(RELATIVE), *history, user(texts[-1])))


def test_a_relative_is_known_by_where_it_says_it_runs() -> None:
    assert relative("hello").client == "openclaw"


@pytest.mark.parametrize(
    "text",
    [
        "[Parrot Ann +2m 2026-03-06 09:15 CET] what is for dinner?\n[message_id: 7]",
        (
            "[Chat messages since the last answer]\n[Parrot 2026-03-06 09:14 CET] Bob: hm\n\n"
            "[Current message: answer this]\n[Parrot 2026-03-06 09:15 CET] what is for dinner?\n"
            "[from: Ann (7)]"
        ),
        (
            "[media attached: /m/a.jpg (image/jpeg)]\nTo send an image back, use the parrot.\n"
            "[Parrot Ann 2026-03-06 09:15 CET] what is for dinner?"
        ),
    ],
)
def test_what_came_over_a_chat_channel_is_unwrapped(text: str) -> None:
    turn = relative(text)
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "what is for dinner?")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Read HEARTBEAT.md and obey it. If nothing is due, reply ALL_QUIET.", "housekeeping"),
        ("[Crabclaw heartbeat poll]", "housekeeping"),
        ("[OpenClaw harbour bell]\nding", "background_work"),
        ("[Crabclaw exec completion]\nding", "background_work"),
        ("A background task has completed. Tell the user in your own words.", "background_work"),
        (
            "A scheduled reminder has been triggered. Tell the user kindly about it.",
            "background_work",
        ),
        (
            "The chat history was compacted. Its summary:\n\n" + "the mast broke. " * 5,
            "continuation",
        ),
    ],
)
def test_turns_of_its_own_are_told_apart_without_a_clock(text: str, kind: str) -> None:
    assert relative("hello", text).kind == kind


def test_an_agent_client_of_another_make_may_write_alike() -> None:
    block = "<<<BEGIN CRAB CONTEXT>>>\njobs: none\n<<<END CRAB CONTEXT>>>"
    turn = read_turn(agent(user(f"{block}\n\nhello{RUNTIME}")))
    assert (turn.kind, turn.text, turn.client) == (TurnKind.USER_TURN, "hello", "agent")
    reminder = read_turn(agent(user("hello"), assistant("hi"), user(f"Feed the cat.{CLOCK}")))
    assert (reminder.kind, reminder.text) == (TurnKind.BACKGROUND_WORK, "Feed the cat.")


def test_facts_of_no_session_stay() -> None:
    typed = "my car\n\nFacts: wheels=4 | doors=5 | seats=5 | colour=red | price=1"
    assert read_turn(agent(user(typed))).text == typed


def test_going_on_with_background_work_keeps_its_task() -> None:
    going = relative(
        "hello", "[cron:7 tidy] Sort the photos.", "Continue if you have next steps, else stop"
    )
    assert (going.kind, going.text) == (TurnKind.CONTINUATION, "Sort the photos.")


def test_what_opencode_asks_in_place_of_a_lost_history_was_not_typed() -> None:
    turn = read_turn(
        (
            system("You are opencode, a CLI."),
            user("mend it"),
            assistant("ok"),
            user("What did we do so far?"),
            assistant("We mended it."),
            user("Continue if you have next steps, or stop."),
            assistant(calls=("ls",)),
            tool("a"),
        )
    )
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, "mend it")
