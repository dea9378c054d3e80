"""Housekeeping of clients, by its system prompt or by its instruction."""

from __future__ import annotations

import pytest

from router_core.decide.peel import read_turn
from router_core.decide.turn import TurnKind
from tests.decide.agent_messages import COMPACT, TITLE, agent, assistant, system, tool, user

PURPOSES = [
    "Write a session title of at most six words from the first message.",
    "You are a title generator. Print a thread title, nothing else.",
    "You make a short title from the first message of a chat.\n- No quotes, 40 characters at most.",
    "You are good at writing terse titles for chatbot conversations.",
    "Say if this message begins a new topic of conversation. If so, extract a title, as JSON.",
    "Name this session in four words or less, for a list; give ONLY a description of this session.",
    "Analyze this conversation and give a title of five words or less, no punctuation.",
    "你负责把用户的会话总结成一个标题，不要标点",
    "You are a context summarization assistant. Read a conversation and condense it.",
    "You summarize a conversation between a person and an assistant.",
    "You condense the conversation history so that the work can resume.",
    "Summarize this coding session for the next one.",
    "- The context limit was reached while a person worked.\n- Keep the messages short.",
    "You are keeping a dream diary. One entry, first person.",
    "You are an engineer that generates one-line Git commit messages from diffs.",
    "You act as the managed memory extraction helper.",
    "You craft short branch names for a repository.",
    "Print three follow-up questions, as JSON, for the user to ask.",
    "Give a description of this session for a list.",
    "You get commands that an AI coding agent wants to run. Print the first word.",
    "Say whether a conversational assistant is stuck in a useless loop.",
]


@pytest.mark.parametrize("prompt", PURPOSES)
def test_a_system_prompt_for_upkeep_makes_housekeeping(prompt: str) -> None:
    turn = read_turn((system(prompt), user("Plan a picnic with two kites")))
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "Plan a picnic with two kites")


def test_it_does_so_beside_a_clients_own_introduction() -> None:
    both = system("You are Shipwright, an AI coding agent."), system(PURPOSES[0])
    assert read_turn((*both, user("mend it"))).kind is TurnKind.HOUSEKEEPING


INSTRUCTIONS = [
    TITLE,
    COMPACT,
    (
        "Give a title of up to five words for the conversation, no punctuation, in title case."
        "\n\nConversation:\nUser: hi\nAI: hello"
    ),
    "Based on the chat history, give this conversation a name. Ten characters at most, no quotes.",
    (
        "### Task:\nFind three broad tags for the talk.\n\n### Output:\nJSON: { }\n\n"
        "### Chat History:\n<chat_history>\nUSER: hi\n</chat_history>"
    ),
    (
        "Suggest three follow-up questions that the user may ask next in this conversation. "
        "Return only a JSON list, nothing else."
    ),
    (
        "Look at your last message in the conversation history alone and determine who must "
        "speak next, the person or you. Answer in JSON only."
    ),
    (
        "You are about to run out of room: write a handoff for another model. Say what the user "
        "wanted, what is done, and the next steps, so that it can continue the work."
    ),
    (
        "Create a memory overview of the conversation messages before this instruction. Keep "
        "what the user prefers and decides; write only facts that last, one on a line."
    ),
    (
        "You keep a state summary for an interactive agent. Track what it did, in short lines.\n\n"
        "<PREVIOUS SUMMARY>\nnone\n</PREVIOUS SUMMARY>\n\n<EVENT>\nran ls\n</EVENT>\n"
    ),
    "请用五个字概括这个对话的标题，不要标点，直接返回标题即可。" * 4,
]


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_an_instruction_over_a_conversation_makes_housekeeping(instruction: str) -> None:
    for turn in (
        read_turn((user("mend it"), assistant("ok"), user(instruction))),
        read_turn(agent(user("mend it"), assistant("ok"), user(instruction))),
    ):
        assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "mend it")


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_without_a_history_the_instruction_is_the_text(instruction: str) -> None:
    turn = read_turn((user(instruction),))
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, instruction)


@pytest.mark.parametrize(
    "text",
    [
        "Read HEARTBEAT.md and obey it. If nothing is due, reply QUIET_TODAY.",
        "Pre-compaction flush: store what lasts. If nothing lasts, reply with NO_NEWS.",
        "[HARBOUR MODE: guess what comes next.]\nOne line, please.",
        "[Heartbeat poll]",
    ],
)
def test_polls_and_modes_of_an_agent_client_are_housekeeping(text: str) -> None:
    turn = read_turn(agent(user("mend it"), assistant("ok"), user(text)))
    assert (turn.kind, turn.text) == (TurnKind.HOUSEKEEPING, "mend it")


def test_an_order_after_the_last_answer_may_be_a_system_message() -> None:
    order = system("Summarize the chat in two lines.")
    assert read_turn((user("hi"), assistant("ok"), order)).kind is TurnKind.HOUSEKEEPING
    after_a_prompt = read_turn((user("hi"), order))
    assert (after_a_prompt.kind, after_a_prompt.text) == (TurnKind.USER_TURN, "hi")


def test_a_tool_loop_of_an_instruction_stays_housekeeping() -> None:
    loop = (user("mend it"), assistant("ok"), user(COMPACT), assistant(calls=("save",)), tool("ok"))
    assert read_turn(agent(*loop)).kind is TurnKind.HOUSEKEEPING


def test_what_is_typed_after_upkeep_is_a_user_turn() -> None:
    turn = read_turn(agent(user(TITLE), assistant("Mending"), user("and the sail?")))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, "and the sail?")


@pytest.mark.parametrize(
    "text",
    [
        "Generate a 3-5 word title for this conversation, no quotes",
        "Summarize our conversation so far, the user said a lot",
    ],
)
def test_a_short_wish_is_a_persons_even_in_a_programs_words(text: str) -> None:
    turn = read_turn((user("mend it"), assistant("ok"), user(text)))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


def test_a_prompt_with_findings_before_it_is_a_user_turn() -> None:
    findings = "### Task:\nAnswer from the context.\n\n<context>\nBoats float.\n</context>\n"
    assert read_turn((user(f"{findings}\nwhy do they?"),)).text == "why do they?"
    tagged = f"{findings}\n<user_query>\nwhy do they?\n</user_query>\n"
    assert read_turn((user(tagged),)).text == "why do they?"
