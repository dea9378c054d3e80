"""Peeling reads any conversation that there can be, always alike, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.chat import Message
from router_core.decide.peel import read_turn
from router_core.decide.turn import Turn, TurnKind
from tests.decide.agent_messages import (
    AGENT,
    COMPACT,
    REMINDER,
    RULES,
    SURROUNDINGS,
    TITLE,
    agent,
    assistant,
    tool,
)
from tests.decide.openclaw_messages import CLOCK, CONTEXT, RUNTIME, SYSTEM, system, user
from tests.decide.ordinary_prompts import ORDINARY

FRAGMENTS = st.sampled_from(
    [
        *ORDINARY[:12],
        CONTEXT,
        CLOCK,
        RUNTIME,
        COMPACT,
        REMINDER,
        RULES,
        SURROUNDINGS,
        TITLE,
        "[Queued x]\n",
        "[cron:1 x] ",
        "[Subagent Task]",
        "[Inter-session message] isUser=false",
        "[Runtime Context, not instructions]\nClock: nine\n",
        "[/Runtime Context]",
        "[look for 'x'] Result:",
        "<<<BEGIN",
        "<<<END",
        ">>>",
        "<user_query>\n",
        "\n</user_query>",
        "<task>",
        "</task>",
        "<a b='c'>",
        "</a>",
        "--- USER MESSAGE BEGIN ---\n",
        "--- USER MESSAGE END ---",
        "# Context from here\n",
        "## My request:\n",
        "### Task:\n",
        "</context>",
        "<!-- SYSTEM CONTEXT -->",
        "<!-- END -->",
        "---\nQueued #1\n",
        "\n\n",
        '"',
        "[",
        "",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(FRAGMENTS, max_size=5).map("".join))
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
    texts=st.lists(TEXTS, max_size=3).map(tuple),
    other_parts=st.lists(st.sampled_from(["image_url", "file"]), max_size=2).map(tuple),
)
HEADS = st.sampled_from(["", SYSTEM, AGENT, "You are opencode, a CLI.", f"Be old.\n\n{RULES}"])


@given(st.lists(MESSAGES, max_size=8), HEADS)
def test_any_messages_are_read_and_always_alike(messages: list[Message], head: str) -> None:
    conversation = [system(head), *messages] if head else messages
    turn = read_turn(conversation)
    assert isinstance(turn, Turn)
    assert read_turn(tuple(conversation)) == turn


@given(st.text())
def test_a_plain_text_is_read_as_it_is(text: str) -> None:
    assert read_turn((user(text),)) == Turn(kind=TurnKind.USER_TURN, text=text)


WORDS = st.text("abc xyz,.?!\n", min_size=1, max_size=80).filter(lambda text: bool(text.strip()))


@given(WORDS)
def test_words_without_marks_are_read_as_they_are_in_any_client(words: str) -> None:
    for head in (SYSTEM, AGENT, "You are opencode, a CLI.", "Be kind."):
        turn = read_turn((system(head), user("hi"), assistant("ok"), user(words)))
        assert (turn.kind, turn.text) == (TurnKind.USER_TURN, words)


@given(WORDS)
def test_words_inside_the_users_tags_are_read_exactly(words: str) -> None:
    tagged = f"<open_files>\na\n</open_files>\n<user_request>\n{words}\n</user_request>"
    assert read_turn((user(tagged),)).text == words
    assert read_turn(agent(user(REMINDER, tagged), assistant(calls=("ls",)), tool("a"))) == Turn(
        kind=TurnKind.TOOL_FOLLOWUP, text=words, client="agent"
    )


BLANKS = " " * 200_000


@pytest.mark.parametrize(
    "text",
    [
        f"<system-reminder>\nThe user sent a message:\nx\n\nPlease{BLANKS}x\n</system-reminder>",
        f"A{':' * 150}{BLANKS}x\n<answer>\ny\n</answer>",
        f"x{chr(10) * 200_000}[/Context]",
        "<open_info>x</open_info>\n" * 10_000,
        "<<<BEGIN CONTEXT>>><<<END CONTEXT>>>" * 10_000,
        f"<open_info>{'<' * 200_000}</open_info>",
        "<!-- context " * 20_000 + "-->",
        f"# Context from x\n{'## My request:' * 10_000}",
        f"title {BLANKS} this chat",
        f"[Request {BLANKS}",
        '"' * 200_000,
        f"{BLANKS}<task>{BLANKS}",
    ],
    ids=range(12),
)
@pytest.mark.parametrize("head", [SYSTEM, AGENT, "You are opencode, a CLI.", "Be kind."])
def test_no_text_costs_more_than_its_length(text: str, head: str) -> None:
    """A cost that grew with the square of the length would take minutes here."""
    assert read_turn((system(head), user(text))).kind in set(TurnKind)
