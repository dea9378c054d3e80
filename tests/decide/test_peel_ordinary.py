"""What ordinary people type comes through untouched, whoever sends it."""

from __future__ import annotations

import pytest

from router_core.decide.peel import read_turn
from router_core.decide.turn import Turn, TurnKind
from tests.decide.agent_messages import AGENT, REMINDER, SURROUNDINGS, agent
from tests.decide.openclaw_messages import CONTEXT, RUNTIME, assistant, system, user
from tests.decide.ordinary_prompts import FOR_ANYONE, ORDINARY


def test_there_are_enough_of_them() -> None:
    assert len(FOR_ANYONE) == len(set(FOR_ANYONE)) >= 90


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_prompt_comes_through_untouched(text: str) -> None:
    turn = read_turn((system("You are a helpful assistant."), user(text)))
    assert turn == Turn(kind=TurnKind.USER_TURN, text=text)


@pytest.mark.parametrize("text", ORDINARY)
def test_it_comes_through_in_the_middle_of_a_conversation(text: str) -> None:
    turn = read_turn((user("what do boats float on?"), assistant("On water."), user(text)))
    assert turn == Turn(kind=TurnKind.USER_TURN, text=text)


@pytest.mark.parametrize("text", FOR_ANYONE)
def test_it_comes_through_in_an_agent_client(text: str) -> None:
    first = read_turn(agent(user(text)))
    assert first == Turn(kind=TurnKind.USER_TURN, text=text, client="agent")
    later = read_turn(agent(user("what floats?"), assistant("Boats."), user(text)))
    assert later == first


@pytest.mark.parametrize("text", FOR_ANYONE)
def test_it_comes_through_beside_what_an_agent_client_adds(text: str) -> None:
    turn = read_turn(agent(user(REMINDER, f"<user_query>\n{text}\n</user_query>", SURROUNDINGS)))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


@pytest.mark.parametrize("text", FOR_ANYONE)
def test_it_comes_through_in_openclaw(text: str) -> None:
    turn = read_turn(
        (
            system("You look after things, running inside OpenClaw.\n"),
            user(f"[Fri 2026-03-06 09:15 UTC] {text}{RUNTIME}"),
            user(CONTEXT),
        )
    )
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, text)


@pytest.mark.parametrize(
    "prompt",
    [
        "You are a helpful assistant. Titles of books go in italics.",
        "You are a title generator for my blog.",
        "You write titles for podcast episodes. Titles are short and funny.",
        "You write titles for podcast conversations. Only the title, no quotes.",
        "You are a chat assistant of a library. Answer questions about book titles.",
        "You are an editor. Generate tags and a title for each article, as JSON only.",
        "You are a chat bot that writes headlines for newspapers, no quotes, in title case.",
        "You summarise news articles for busy readers.",
        "You summarize conversations between customers and our agents for the weekly report.",
        "You are a meeting clerk. Summarize the conversation so far when the user asks.",
        "You are a tutor. Summarise each lesson at the end of the session, then continue.",
        "Summarize the text that the user sends. Output only the summary, 50 words at most.",
        "You compact JSON documents. Output only the document.",
        "You are a librarian with a good memory.",
        "Help the user commit to their goals.",
        "You are a kind clerk.\n\nWrite commit messages in the imperative mood.",
        "You suggest follow-up questions for journalists after an interview.",
        "You know names and titles of people; return JSON.",
        "You write titles of songs in a chat with fans.",
        "You are a clerk. Summarize the chat so far if asked, for another agent, in a handoff.",
        (
            "You are a kind clerk in a shop of kettles. Greet everybody, and find out what they "
            "need. Kettles come in red, blue and green; they sing, whistle or hum. Gifts are "
            "wrapped for nothing, and sent within the week. When you are at a loss, write a "
            "handoff for another agent: a summary of this conversation so far, with what the "
            "user wants."
        ),
        "You keep notes of patients. Summarize the conversation for the next agent.",
    ],
)
def test_an_applications_system_prompt_makes_no_housekeeping(prompt: str) -> None:
    assert read_turn((system(prompt), user("hello"))) == Turn(kind=TurnKind.USER_TURN, text="hello")


def test_a_log_line_keeps_its_stamp_in_a_client_that_stamps_prompts() -> None:
    log = "[Mon 2026-03-02 08:00 UTC] disk full"
    turn = read_turn(
        (
            system("You run inside OpenClaw, running inside OpenClaw."),
            user(f"[2026-03-02 08:00] {log}"),
        )
    )
    assert turn.text == log


def test_a_log_in_a_client_that_stamps_prompts_but_not_this_one_stays() -> None:
    log = "[2026-03-02 08:00:11] worker started\n[2026-03-02 08:00:12] worker died"
    assert read_turn((system("You live, running inside OpenClaw."), user(log))).text == log


def test_a_pasted_block_that_is_a_whole_answer_stands() -> None:
    pasted = "<file_info path='a'>\nx\n</file_info>"
    turn = read_turn(agent(user("which file?"), assistant("Show me."), user(pasted)))
    assert (turn.kind, turn.text) == (TurnKind.USER_TURN, pasted)


def test_tools_do_not_make_a_plain_application_an_agent_client() -> None:
    assert read_turn((system("You sell boats."), user("hello"))).client is None
    assert read_turn((system(AGENT), user("hello"))).client == "agent"
