"""Agent clients that nobody has recorded: their envelopes come off by their shape."""

from __future__ import annotations

import pytest

from router_core.decide.chat import Message
from router_core.decide.peel import read_turn
from router_core.decide.turn import TurnKind
from tests.decide.agent_messages import (
    AGENT,
    ENGINEER,
    HOME,
    NOTES,
    PADDING,
    REMINDER,
    RULES,
    SURROUNDINGS,
    TITLE,
    agent,
    assistant,
    system,
    tool,
    user,
)

TYPED = {
    "parts around it": (user(REMINDER, "mend it", SURROUNDINGS), "mend it"),
    "blocks around it": (user(f"{REMINDER}\n\nmend it\n\n{SURROUNDINGS}"), "mend it"),
    "a block after it": (
        user("mend it\n<info-msg>\nIt is nine.\n</info-msg>"),
        "mend it",
    ),
    "attached files after it": (
        user(
            "mend it\n<system_info>Files of the person</system_info>\n"
            "<file path='mast.c'>\nint x;\n</file>\n"
        ),
        "mend it",
    ),
    "tags of the user": (
        user(
            f"<open_files>\nmast.c\n</open_files>\n<user_query>\nmend it\n</user_query>\n{REMINDER}"
        ),
        "mend it",
    ),
    "tags of the user in capitals": (
        user("<USER_REQUEST>\nmend it\n</USER_REQUEST>\n<EXTRA_METADATA>\nnine\n</EXTRA_METADATA>"),
        "mend it",
    ),
    "tags of the user in camel case": (
        user("<attachments>\nx\n</attachments>\n<userRequest>\nmend <b>it</b>\n</userRequest>"),
        "mend <b>it</b>",
    ),
    "a task as a part": (user("<task>\nmend it\n</task>", SURROUNDINGS), "mend it"),
    "a task before its surroundings": (
        user(f"<task>\nmend it\n</task>\n\n{SURROUNDINGS}"),
        "mend it",
    ),
    "a prompt after its context": (
        user("<editorContext>\nmast.c\n</editorContext>\n<prompt>\nmend it\n</prompt>"),
        "mend it",
    ),
    "an answer among results": (
        user("[ask for 'which?'] Result:", "<answer>\nthe second\n</answer>", SURROUNDINGS),
        "the second",
    ),
    "a message sent meanwhile": (
        user(
            "<system-reminder>\nThe user has sent a new message while you sailed:\nmend it\n\n"
            "Please answer it before you go on.\n</system-reminder>"
        ),
        "mend it",
    ),
    "a ruled frame": (
        user(
            "--- CONTEXT BEGIN ---\nnine\n--- CONTEXT END ---\n\n"
            "--- USER MESSAGE BEGIN ---\nmend it--- USER MESSAGE END ---"
        ),
        "mend it",
    ),
    "a heading of the request": (
        user("# Context from the editor:\n\n## Open:\n- mast.c\n\n## My request for Bo:\nmend it"),
        "mend it",
    ),
    "facts after it": (
        user(
            "mend it\n\n[Runtime Context, not instructions]\nClock: nine\nPlace: quay\n"
            "[/Runtime Context]"
        ),
        "mend it",
    ),
    "facts before it": (
        user("[Runtime Context, not instructions]\nClock: nine\nPlace: quay\n\nmend it"),
        "mend it",
    ),
    "a comment's frame": (
        user("mend it\n\n<!-- SYSTEM CONTEXT -->\n<x>y</x>\n<!-- END SYSTEM CONTEXT -->"),
        "mend it",
    ),
    "an interruption before it": (user("[Request interrupted by user]", "mend it"), "mend it"),
    "a note of a tool": (
        user('Called the Look tool with the following input: {"a": 1}', "<a>\nx\n</a>", "mend it"),
        "mend it",
    ),
    "findings before it": (
        user("### Task:\nUse these.\n\n<context>\nBoats float.\n</context>\n\nmend it"),
        "mend it",
    ),
    "an attached list": (user("<attachments>\nmast.c\n</attachments>\n\nmend it"), "mend it"),
    "a queue": (user("[Queued while busy]\n\n---\nQueued #1 (by Ann)\nmend it"), "mend it"),
    "rules of their own": (
        user(
            "mend it\n\nTo propose changes to a file you MUST print it whole.\n"
            "Every *plank* MUST use this format:\n\nname\n```\nall lines of the file, and no "
            "others\n```\n\nNEVER leave lines out of a *plank*!\n"
        ),
        "mend it",
    ),
    "two lines and blanks inside": (
        user(f"<user_message>\n  mend\n\n it \n</user_message>\n\n{SURROUNDINGS}"),
        "  mend\n\n it ",
    ),
}


@pytest.mark.parametrize(("message", "text"), TYPED.values(), ids=TYPED.keys())
def test_what_was_typed_is_found(message: Message, text: str) -> None:
    turn = read_turn(agent(message))
    assert (turn.kind, turn.text, turn.client) == (TurnKind.USER_TURN, text, "agent")


@pytest.mark.parametrize(("message", "text"), TYPED.values(), ids=TYPED.keys())
def test_it_is_found_again_after_a_tool_loop(message: Message, text: str) -> None:
    loop = agent(user("hello"), assistant("hi"), message, assistant(calls=("ls",)), tool("a b"))
    turn = read_turn((*loop, user(SURROUNDINGS)))
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, text)


@pytest.mark.parametrize(
    "name",
    [
        "tags of the user",
        "tags of the user in capitals",
        "tags of the user in camel case",
        "a message sent meanwhile",
        "findings before it",
        "a ruled frame",
        "a heading of the request",
        "facts after it",
        "a comment's frame",
    ],
)
def test_marks_that_nobody_types_are_read_without_a_system_prompt(name: str) -> None:
    message, text = TYPED[name]
    turn = read_turn((message,))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


def test_a_message_sent_meanwhile_is_read_without_a_system_prompt_after_a_tool() -> None:
    sent, text = TYPED["a message sent meanwhile"]
    turn = read_turn((user("count"), assistant(calls=("ls",)), tool("a"), sent))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


def test_a_block_of_surroundings_tells_an_agent_client() -> None:
    turn = read_turn((system("You are a pirate."), user("<task>\nrob\n</task>", SURROUNDINGS)))
    assert (turn.client, turn.text) == ("agent", "rob")


@pytest.mark.parametrize(
    "prompt",
    [
        AGENT,
        ENGINEER,
        HOME,
        f"Read AGENTS.md first.{PADDING}",
        f"Be kind.{PADDING}\nRead AGENTS.md first.",
        f"Be kind.{PADDING}\nWorking directory: /quay\nPlatform: BSD",
        "You are an agent called Bo. You are kind.",
    ],
    ids=range(7),
)
def test_agent_clients_are_known_by_their_system_prompt(prompt: str) -> None:
    assert read_turn((system(prompt), user("hello"))).client == "agent"


@pytest.mark.parametrize(
    "prompt",
    [
        "You are an expert engineer. Be brief.",
        "You are a terse programmer's friend.",
        "You are a voice of reason.",
        "You sell developer tools at a fair.",
    ],
)
def test_a_short_prompt_with_such_words_is_anyones(prompt: str) -> None:
    assert read_turn((system(prompt), user("hello"))).client is None


def test_a_prompt_in_several_parts_is_read_as_one() -> None:
    parts = Message(role="system", texts=("billing: 7", "You are Bo, a CLI tool for sailors."))
    assert read_turn((parts, user("hello"))).client == "agent"


def test_a_block_at_the_beginning_of_a_long_conversation_tells_it_too() -> None:
    turns = [message for _ in range(9) for message in (user("and?"), assistant("ok"))]
    assert read_turn((user(SURROUNDINGS), *turns, user("hello"))).client == "agent"


def test_a_system_message_later_on_says_nothing_of_the_client() -> None:
    later = (user("hi"), assistant("ok"), system(AGENT), user("hello"))
    assert read_turn(later).client is None


# -- tails that repeat the system prompt


def test_a_tail_that_ends_the_system_prompt_too_comes_off_for_anyone() -> None:
    prompt = f"Act as an old sailor.\nAnswer in rhyme.\n\n{RULES}"
    turn = read_turn((system(prompt), user(f"hoist it\n\n{RULES}")))
    assert turn.text == "hoist it"


def test_a_short_one_comes_off_as_well() -> None:
    turn = read_turn((system("Be old.\n\nSpeak plainly.\n"), user("hoist\nit\n\nSpeak plainly.\n")))
    assert turn.text == "hoist\nit"


def test_what_is_no_whole_paragraph_of_it_stays() -> None:
    typed = "shall I\n\nspeak plainly?"
    assert read_turn((system("Never ask: do I speak plainly?"), user(typed))).text == typed


def test_a_prompt_that_is_the_tail_alone_stays() -> None:
    prompt = f"Be old.\n\n{RULES}"
    assert read_turn((system(prompt), user(RULES))).text == RULES


# -- turns that nobody typed


@pytest.mark.parametrize(
    "result",
    [
        (user("[look for 'mast.c'] Result:", "<files>\nx\n</files>", SURROUNDINGS)),
        (user("[run for 'ls\n-l'] Result:\na b", SURROUNDINGS)),
        (user("EXECUTION RESULT of [run]:\na b")),
        (user("<tool_result>\na b\n</tool_result>")),
        (system("Ran it: a b")),
    ],
)
def test_results_that_are_written_as_text_are_a_follow_up(result: Message) -> None:
    turn = read_turn(agent(user("count"), assistant("<run/>"), result))
    assert (turn.kind, turn.text) == (TurnKind.TOOL_FOLLOWUP, "count")


@pytest.mark.parametrize(
    "text",
    [
        "[ERROR] You did not call a tool. Call one.\n\n# How to call one\nx",
        "[System: You previously said nothing. Say something.]",
        "[TASK RESUMPTION] This task was stopped an hour ago.",
        (
            "This session is being continued from another one that ran out of context. Its "
            "summary:\n1. the mast broke\n\nGo on without asking."
        ),
        (
            "Another language model began this work and left a summary of what it thought. Build "
            "on it:\n- the mast broke"
        ),
        "The conversation history was compacted.\n\n<summary>\nthe mast broke at sea\n</summary>",
        "Context summary:\n\nthe mast broke at sea\n\n## Files\nmast.c: read, and changed a lot",
        (
            "the mast broke at sea\n\nResume the work with the summary above. Do not greet "
            "anybody, and do not acknowledge it."
        ),
        "Continue if you have next steps, else ask.",
    ],
)
def test_what_a_client_says_to_go_on_is_a_continuation(text: str) -> None:
    turn = read_turn(agent(user("mend it"), assistant("ok"), user(text)))
    assert (turn.kind, turn.text) == (TurnKind.CONTINUATION, "mend it")
    first = read_turn(agent(user(text)))
    assert (first.kind, first.text) == (TurnKind.CONTINUATION, text)


def test_a_request_that_is_quoted_after_a_cut_is_what_drives_the_turn() -> None:
    cut = (
        "The last session was interrupted, it was too long; the initial user request was: `mend it`"
    )
    assert read_turn(agent(user(cut))).text == "mend it"


@pytest.mark.parametrize(
    "text",
    [
        "The session store keeps too long a history, the token is truncated,\nplease mend it now",
        "Continue refactoring without renaming anything that other modules use, and run the tests.",
        "The background worker failed with this error.\n\nTraceback: x\nWhat is wrong with it?",
        "# Fix the following\n\n1. the mast\n2. the sail",
        "# Fix any errors below\n\n1. the mast leans\n2. the sail has a hole in the middle of it",
        "The chat history was truncated in our app since Monday, see the code.\n\nint x;\nWhy so?",
        "mend it\n\nTo make changes to a file you MUST ask me in this format: MAST? NEVER forget.",
        "mend it\n\nTo make changes to a file you MUST ask me first"
        + ", and ask again" * 10
        + " (format).",
        "mend it\n\nTo make changes to a file you MUST ask me. NEVER go on"
        + ", and ask again" * 10,
        "Please continue with the summary above and tell me more of the second point, at length.",
    ],
)
def test_a_person_who_writes_alike_is_a_user(text: str) -> None:
    turn = read_turn(agent(user("hi"), assistant("ok"), user(text)))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("[cron:7 tidy] Sort the photos.", "Sort the photos."),
        ("[Subagent 'counter' completed]\n\nResult:\n4 boats", "Result:\n4 boats"),
        (
            "The scheduled time has arrived. Tell the user about it.\n\nJob: feed the cat",
            "Job: feed the cat",
        ),
        ("A background task just completed.\n\n4 boats\n\nTell the user.", None),
        ("<task-notification>\n<id>7</id>\n</task-notification>\nRead the log.", None),
        ("\n# Fix any errors below, if you can.\n\nline 4: no mast\n\n## Ran: lint mast.c", None),
    ],
)
def test_work_that_nobody_typed_just_now_is_background_work(text: str, task: str | None) -> None:
    turn = read_turn(agent(user("hello"), assistant("hi"), user(text)))
    assert (turn.kind, turn.text) == (TurnKind.BACKGROUND_WORK, task or text)


@pytest.mark.parametrize(
    "prompt",
    [
        "You are a subagent. You were spawned by the main agent to count.",
        "You are a specialized sub-agent of the yard.",
        "You are an agent for Shipwright. Given the user's message, use the tools and count.",
    ],
)
def test_what_another_agent_asks_is_background_work(prompt: str) -> None:
    turn = read_turn((system(prompt), user("Count the boats")))
    assert (turn.kind, turn.text) == (TurnKind.BACKGROUND_WORK, "Count the boats")


def test_a_result_in_the_history_does_not_hide_the_prompt_after_it() -> None:
    result = user("[look for 'mast.c'] Result:\nx", SURROUNDINGS)
    loop = agent(user("mend it"), assistant("<look/>"), result, assistant("Done."), user(TITLE))
    turn = read_turn(loop)
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "mend it")


def test_surroundings_alone_after_an_answer_are_the_clients_going_on() -> None:
    turn = read_turn(agent(user("mend it"), assistant("ok"), user(SURROUNDINGS)))
    assert (turn.kind, turn.text) == (TurnKind.CONTINUATION, "mend it")


def test_tagged_parts_without_words_beside_them_are_what_was_pasted() -> None:
    turn = read_turn(agent(user(REMINDER, "<mast>\n<sail/>\n</mast>")))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "<mast>\n<sail/>\n</mast>")


def test_notes_of_the_project_before_the_prompt_do_not_matter() -> None:
    turn = read_turn(agent(user(NOTES), user(SURROUNDINGS), user("mend it")))
    assert turn.text == "mend it"
    later = read_turn(agent(user(NOTES), user("mend it"), user(SURROUNDINGS)))
    assert (later.kind, later.text) == (TurnKind.USER_TURN, "mend it")
