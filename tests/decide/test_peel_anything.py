"""Peeling reads any conversation that there can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.chat import Message
from router_core.decide.peel import read_turn
from router_core.decide.turn import Turn, TurnKind
from tests.decide.openclaw_messages import CLOCK, CONTEXT, RUNTIME, system, user
from tests.decide.ordinary_prompts import ORDINARY

FRAGMENTS = st.sampled_from(
    [
        *ORDINARY[:12],
        CONTEXT,
        CLOCK,
        RUNTIME,
        "[Queued x]\n",
        "[cron:1 x] ",
        "[Subagent Task]",
        "[Inter-session message] isUser=false",
        "<<<BEGIN",
        "<<<END",
        ">>>",
        "---\nQueued #1\n",
        "\n\n",
        '"',
        "[",
        "",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(FRAGMENTS, max_size=4).map("".join))
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "developer", "user", "assistant", "tool", "function"]),
    texts=st.lists(TEXTS, max_size=3).map(tuple),
    other_parts=st.lists(st.sampled_from(["image_url", "file"]), max_size=2).map(tuple),
)


@given(st.lists(MESSAGES, max_size=8), st.booleans())
def test_any_messages_are_read(messages: list[Message], from_openclaw: bool) -> None:
    head = [system()] if from_openclaw else []
    assert isinstance(read_turn([*head, *messages]), Turn)


@given(st.text())
def test_a_plain_text_is_read_as_it_is(text: str) -> None:
    assert read_turn((user(text),)) == Turn(kind=TurnKind.USER_TURN, text=text)
