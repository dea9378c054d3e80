"""What the person typed, and what kind of turn it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import pytest

from router_core.decide import peel
from router_core.decide.chat import Message
from router_core.decide.peel import read_turn, typed_before
from router_core.decide.turn import Turn, TurnKind
from tests.decide.openclaw_messages import (
    CLOCK,
    CONTEXT,
    RUNTIME,
    SESSION,
    SYSTEM,
    assistant,
    system,
    tool,
    user,
)


def openclaw(*messages: Message) -> Turn:
    return read_turn((system(), *messages))


@pytest.mark.parametrize(
    "text",
    [
        "what does a heartbeat that says NO_REPLY mean?",
        "give me a title for this conversation",
        "summarise what we did",
        "<b>bold</b> or <i>italic</i>?",
        "remind me at nine",
        "[x] done\n[ ] to do",
        "Runtime: 5 hours. Too long?",
        "why is the memory flush before compaction so slow?",
    ],
)
def test_what_an_openclaw_user_types_comes_through_untouched(text: str) -> None:
    turn = openclaw(user(f"[Fri 2026-03-06 09:15 UTC] {text}{RUNTIME}"), user(CONTEXT))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


def test_an_openclaw_turn_is_peeled_and_names_client_and_session() -> None:
    turn = openclaw(user(f"[Fri 2026-03-06 09:15 UTC] plan a picnic{RUNTIME}"), user(CONTEXT))
    assert turn == Turn(
        kind=TurnKind.USER_TURN,
        text="plan a picnic",
        client="openclaw",
        session_id=SESSION,
        context=1,
    )


def test_the_session_is_found_in_the_history() -> None:
    turn = openclaw(user(f"hi{RUNTIME}"), assistant("hello"), user("[Fri 2026-03-06 09:16] bye"))
    assert (turn.text, turn.session_id) == ("bye", SESSION)


def test_without_its_system_prompt_the_context_message_tells_the_client() -> None:
    turn = read_turn((user("[Fri 2026-03-06 09:15 UTC] hello"), user(CONTEXT)))
    assert (turn.client, turn.text) == ("openclaw", "hello")


@pytest.mark.parametrize(
    "stamp",
    ["[Fri 2026-03-06 09:15 UTC] ", "[2026-03-06T09:15:00Z] ", "[Signal Ann 2026-03-06 09:15] "],
)
def test_timestamps_of_any_style_come_off(stamp: str) -> None:
    assert openclaw(user(f"{stamp}hello")).text == "hello"


def test_context_may_stand_before_the_prompt() -> None:
    turn = openclaw(
        user("do a"), assistant("ok"), user(CONTEXT), user("[Fri 2026-03-06 09:15 UTC] no, b")
    )
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "no, b")


def test_context_in_the_prompts_own_message_comes_off() -> None:
    assert openclaw(user(f"{CONTEXT}\n\nhello")).text == "hello"
    assert openclaw(user(f"hello\n\n{CONTEXT}")).text == "hello"
    assert openclaw(user("hello", CONTEXT)).text == "hello"


def test_a_prompt_that_waited_is_unwrapped() -> None:
    waited = "[Fri 2026-03-06 09:15 UTC] [Queued messages while busy]\n\n---\nQueued #1 (from x)\n"
    assert openclaw(user(f"{waited}and two kites"), user(CONTEXT)).text == "and two kites"


def test_all_prompts_that_waited_are_read() -> None:
    waited = (
        "[Queued messages]\n\n---\nQueued #1 (from x)\na kite\n\n---\nQueued #2 (from x)\na ball"
    )
    assert openclaw(user(waited)).text == "a kite\n\na ball"


def test_a_retried_prompt_is_unwrapped() -> None:
    retried = (
        "[Queued user message from an earlier turn; it failed]\n[Fri 2026-03-06 09:15 UTC] fly it"
        "\n\nContinue the task from the transcript, repeat no work that is done."
    )
    turn = openclaw(user(retried), user(CONTEXT))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "fly it")


def test_lines_of_the_system_and_metadata_before_a_prompt_come_off() -> None:
    assert openclaw(user("System: [2026-03-06 09:15:00] job done\n\nthanks")).text == "thanks"
    block = 'Chat info (untrusted metadata):\n```json\n{"from": "Ann"}\n```\n\n'
    assert openclaw(user(f"{block}hello\n[message_id: 77]")).text == "hello"


def test_tool_results_make_a_follow_up_with_the_typed_text() -> None:
    turn = openclaw(
        user(f"[Fri 2026-03-06 09:15 UTC] what is in kite.txt?{RUNTIME}"),
        assistant(calls=("read", "ls")),
        tool("red"),
        tool("kite.txt"),
        user(CONTEXT),
    )
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, "what is in kite.txt?")


def test_image_results_of_tools_are_no_user_turn() -> None:
    turn = openclaw(
        user("[Fri 2026-03-06 09:15 UTC] what is on the photo?"),
        assistant(calls=("look",)),
        tool("loaded"),
        user("Image(s) from tool result #1 (look):", other=("image_url",)),
        user("Image(s) from tool result #2 (look):", other=("image_url",)),
        user(CONTEXT),
    )
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, "what is on the photo?")


def test_a_photo_that_a_person_sends_is_a_user_turn() -> None:
    photo = user("what is this?", other=("image_url",))
    assert read_turn((photo,)).text == "what is this?"
    assert read_turn((user(other=("image_url",)),)) == Turn(kind=TurnKind.USER_TURN, text="")


def test_text_typed_while_tools_run_is_a_user_turn() -> None:
    turn = read_turn((user("count"), assistant(calls=("ls",)), tool("a b"), user("and sort them")))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "and sort them")


@pytest.mark.parametrize(
    "prompt",
    [
        f"Read the heartbeat notes and obey them. If all is well, answer with ALL_WELL.{CLOCK}",
        f"Memory flush before compaction: store what lasts. Else reply NO_REPLY.{CLOCK}",
        "[OpenClaw heartbeat poll]",
        "[Fri 2026-03-06 09:15 UTC] [OpenClaw heartbeat poll]",
        (
            "[Fri 2026-03-06 09:15 UTC] From this chat, generate a two-word slug.\n\n"
            "user: hi\nassistant: hello\n\nReply with ONLY the slug."
        ),
    ],
)
def test_openclaws_upkeep_is_housekeeping(prompt: str) -> None:
    turn = openclaw(user("[Fri 2026-03-06 09:00 UTC] hello"), assistant("hi"), user(prompt))
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "hello")


def test_upkeep_with_runtime_tail_and_context_is_still_upkeep() -> None:
    poll = f"Obey the heartbeat notes, or reply NOT_NOW.{CLOCK}{RUNTIME}"
    turn = openclaw(user(poll), user(CONTEXT))
    assert (turn.kind, turn.session_id) == (TurnKind.HOUSEKEEPING, SESSION)


def test_a_tool_loop_of_upkeep_stays_upkeep() -> None:
    poll = f"Obey the heartbeat notes, or reply NOT_NOW.{CLOCK}"
    turn = openclaw(
        user("[Fri 2026-03-06 09:00 UTC] hello"),
        assistant("hi"),
        user(poll),
        assistant(calls=("read",)),
        tool("notes"),
        user(CONTEXT),
    )
    assert turn.kind is TurnKind.HOUSEKEEPING


@pytest.mark.parametrize(
    ("prompt", "task"),
    [
        (
            f"[cron:77-aa tidy] Sort the photos.{CLOCK}\n\nNobody is here.{RUNTIME}",
            "Sort the photos.",
        ),
        ("[cron:77-aa tidy] Sort the photos.", "Sort the photos."),
        (
            f"A scheduled alarm went off. It says:\n\nFeed the cat\n\nHandle this quietly.{CLOCK}",
            "Feed the cat",
        ),
        (f"A command that ran apart has ended. Reply NO_REPLY only.{CLOCK}", None),
        (
            "[Fri 2026-03-06 09:15 UTC] [Subagent Context] You are one of many. [Subagent Task] is "
            "yours.\n\n[Subagent Task]\n\nCount the boats.\n\nBegin. Do it all." + RUNTIME,
            "Count the boats.",
        ),
        (
            (
                "[Fri 2026-03-06 09:15 UTC] A helper is done.\n\nresult: 4 boats\n\n"
                "[Inter-session message] from=helper isUser=false\nNot typed by anyone."
            ),
            "A helper is done.\n\nresult: 4 boats",
        ),
        ("[OpenClaw exec completion]\nmore about it", None),
    ],
)
def test_openclaws_background_work_is_read_as_its_task(prompt: str, task: str | None) -> None:
    turn = openclaw(user("hello"), assistant("hi"), user(prompt), user(CONTEXT))
    assert turn.kind is TurnKind.BACKGROUND_WORK
    assert turn.text if task is None else turn.text == task


def test_a_tool_loop_of_a_cron_job_keeps_its_task() -> None:
    turn = openclaw(
        user(f"[cron:77-aa tidy] Sort the photos.{CLOCK}"), assistant(calls=("ls",)), tool("a.jpg")
    )
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, "Sort the photos.")


@pytest.mark.parametrize(
    ("prompt", "client"),
    [
        (SYSTEM, "openclaw"),
        ("You help people, running inside OpenClaw today.", "openclaw"),
        ("You are opencode, an interactive CLI tool for engineers.", "opencode"),
        ("You are Shipwright, an AI coding agent. You build.", "agent"),
        ("You are an agent in the Harbour CLI. Use tools.", "agent"),
        ("You are a helpful assistant.", None),
        ("You are a pirate. You talk about coding and tools.", None),
    ],
)
def test_a_client_is_known_by_its_system_prompt(prompt: str, client: str | None) -> None:
    assert read_turn((system(prompt), user("hello"))).client == client


def test_the_developer_role_is_a_system_prompt_too() -> None:
    turn = read_turn((Message(role="developer", texts=(SYSTEM,)), user("hello")))
    assert turn.client == "openclaw"


def test_parts_that_a_coding_agent_adds_are_passed_over() -> None:
    reminder = "<system-reminder>\nThe date is today.\n</system-reminder>"
    agent = system("You are Shipwright, an AI coding agent.")
    wrapped = user(reminder, "mend the mast", '<file path="mast.c">\nint x;\n</file>')
    assert read_turn((agent, wrapped)).text == "mend the mast"
    ruled = user("mend @mast.c", "\n--- Content from files ---", "int x;", "--- End ---")
    assert read_turn((agent, ruled)).text == "mend @mast.c"


def test_reminder_parts_are_passed_over_for_anyone() -> None:
    reminder = "<system-reminder>be brief</system-reminder>"
    assert read_turn((user(reminder, "hello"),)).text == "hello"
    assert read_turn((user("hello"), user(reminder))).text == "hello"


def test_an_unknown_clients_tagged_parts_are_kept() -> None:
    parts = ("Sum this up:", "<article>Boats float.</article>")
    assert read_turn((user(*parts),)).text == "\n".join(parts)


def test_opencodes_shell_quotes_and_going_on_are_known() -> None:
    agent = system("You are opencode, an interactive CLI tool.")
    assert (
        read_turn((agent, user('"why \\"this\\" error?"\nTypeError\n'))).text == 'why "this" error?'
    )
    assert read_turn((agent, user('"hello"'))).text == '"hello"'
    going_on = (
        agent,
        user("a b"),
        assistant("c"),
        user("Continue if you have next steps, else stop"),
    )
    assert read_turn(going_on) == Turn(
        kind=TurnKind.CONTINUATION, text="a b", client="opencode", session_id=None
    )


def test_a_coding_agents_modes_are_housekeeping() -> None:
    agent = system("You are Shipwright, an AI coding agent.")
    turn = read_turn((agent, user("hi"), assistant("yo"), user("[SUGGESTION MODE: guess next.]\n")))
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "hi")


def test_an_assistant_at_the_tail_is_continued() -> None:
    turn = read_turn((user("write a poem"), assistant("Roses are")))
    assert (turn.kind, turn.text) == (TurnKind.CONTINUATION, "write a poem")


def test_where_peeling_leaves_nothing_the_message_stands() -> None:
    assert openclaw(user(CONTEXT)).text == CONTEXT


def test_a_conversation_without_a_user_is_an_empty_turn() -> None:
    assert read_turn((system("You are kind."),)) == Turn(kind=TurnKind.USER_TURN, text="")
    assert read_turn(()) == Turn(kind=TurnKind.USER_TURN, text="")


def test_many_layers_and_many_messages_cost_no_more_than_their_length() -> None:
    stamps = "[Fri 2026-03-06 09:15 UTC] " * 20_000
    assert openclaw(user(f"{stamps}hello")).kind is TurnKind.USER_TURN
    pictures = [user(other=("image_url",))] * 20_000
    assert openclaw(*pictures).kind is TurnKind.USER_TURN


def test_long_runs_of_blanks_cost_no_more_than_their_length() -> None:
    blanks = " " * 300_000
    for text in (
        blanks,
        f"[Queued x]\n{blanks}x",
        f"A scheduled x:\n{blanks}x{CLOCK}",
        f"<a>{blanks}",
    ):
        assert openclaw(user(text)).kind in set(TurnKind)


def test_what_was_typed_before_is_looked_for_in_a_few_places_only() -> None:
    """A long history of the client's own turns would take minutes otherwise."""
    poll = user("[OpenClaw heartbeat poll]"), assistant("HEARTBEAT_OK")
    messages = (system(), user("sort a list"), assistant("sorted"), *poll * 2_000, user("yes"))
    looked = Counter[str]()

    def counted(part: Sequence[Message], disabled: Collection[str]) -> Turn:
        looked["places"] += 1
        looked["messages"] += len(part)
        return read_turn(part, disabled)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(peel, "read_turn", counted)
        assert typed_before(messages, read_turn(messages), 2) == []
    assert looked["places"] <= 8
    assert looked["messages"] <= 8 * 21


def test_what_was_typed_before_the_last_turn_is_found_oldest_first() -> None:
    talk = (user("one"), assistant("1"), user("two"), assistant("2"), user("three"))
    last = read_turn(talk)
    assert [turn.text for turn in typed_before(talk, last, 2)] == ["one", "two"]
    assert [turn.text for turn in typed_before(talk, last, 1)] == ["two"]
    loop = (*talk, assistant("", calls=("ls",)), tool("a b"))
    assert [turn.text for turn in typed_before(loop, read_turn(loop), 2)] == ["one", "two"]
