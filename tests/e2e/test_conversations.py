"""A conversation over REST: which model answers each turn, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.lab import TOKENS, Lab, Person, a_lab, told
from tests.fakes.upstream import FakeUpstream, completion, error

GREETING = "Good morning! How are you today?"
CODE = "Write a Python function that reverses a linked list"
WHY = "Why does the moon always show the same side to the earth? Explain step by step"
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
OK = {"role": "tool", "tool_call_id": "call_0", "content": "ok"}


@pytest.fixture
async def lab(tmp_path: Path, remote: FakeUpstream) -> AsyncIterator[Lab]:
    async with a_lab(tmp_path, remote) as lab:
        yield lab


@pytest.mark.parametrize("stream", [False, True])
async def test_a_conversation_keeps_its_model_until_it_is_about_something_else(
    lab: Lab, stream: bool
) -> None:
    person = Person(lab, extra={"stream": stream})
    course = [
        (GREETING, "chat", "conversation", "classified"),
        ("thanks", "chat", "conversation", "session_kept"),
        (CODE, "code", "code", "session_switched"),
        ("yes", "code", "code", "session_kept"),
        ("and in Java?", "code", "code", "session_kept"),
        ("and the other one?", "code", "code", "session_kept"),
        (WHY, "think", "reasoning", "session_switched"),
        ("and Mars?", "think", "reasoning", "session_kept"),
    ]
    for text, *expected in course:
        got = await person.says(text)
        assert [got.model, got.category, got.reason] == expected, text


UNKNOWN = {"known": False, "locked": False, "reason": "", "model": "", "history_tokens": None}


async def test_without_its_history_a_short_follow_up_is_what_it_looks_like(lab: Lab) -> None:
    """That the conversation's own history is what the test above holds it to."""
    for text in ("yes", "and the other one?", "and Mars?"):
        got = await Person(lab).says(text)
        assert (got.model, got.reason) == ("chat", "classified")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_loop_keeps_its_model_whatever_its_category_prefers_by_now(
    lab: Lab, stream: bool
) -> None:
    person = Person(lab, extra={"tools": TOOLS, "stream": stream})
    lab.calls = ['{"at": "the harbour"}']
    got = await person.says("what is there?")
    assert (got.model, got.category, got.reason) == ("act", "tools", "classified")
    lab.lists(tools=["think", "act"])
    for _ in range(3):
        person.messages.append(OK)
        lab.calls = ['{"at": "the pier"}']
        got = await person.goes_on()
        assert (got.model, got.reason) == ("act", "tool_loop")
    person.messages += [OK, {"role": "user", "content": WHY}]
    shown = await person.route()
    assert (shown["model"], shown["reason"]) == ("act", "tool_loop"), "typed while tools run"
    assert shown["session"]["locked"]
    lab.clock.passes(60)
    assert (await person.goes_on()).model == "act", "idle or not"
    assert (await person.says("what is there?")).model == "act"


async def test_what_would_be_decided_tells_of_the_session_and_why_in_dollars(lab: Lab) -> None:
    person = Person(lab)
    shown = await person.route(GREETING)
    assert shown["session"].items() >= UNKNOWN.items()
    await person.says(GREETING)
    shown = await person.route("thanks")
    assert (shown["session"]["known"], shown["session"]["locked"]) == (True, False)
    assert shown["session"]["reason"]
    shown = await person.route(CODE)
    assert (shown["model"], shown["reason"]) == ("code", "session_switched")
    # 20,010 tokens at $0.000002 anew, and at $0.0000001 from the cache.
    dollars = (
        "a switch costs $0.038019: 20010 tokens read again by code for $0.040020,"
        " by chat for $0.002001"
    )
    assert dollars in shown["explanation"]
    assert dollars in shown["session"]["reason"]
    lab.clock.passes(6)
    cold = await person.route(CODE)
    assert "idle for 6 min, so no cache is lost" in cold["session"]["reason"]


async def test_a_named_model_locks_its_request(lab: Lab) -> None:
    person = Person(lab)
    await person.says(GREETING)
    shown = await person.route("thanks", model="think")
    assert (shown["model"], shown["reason"]) == ("think", "direct_model")
    assert (shown["session"]["known"], shown["session"]["locked"]) == (True, True)
    assert (await person.says("thanks", model="lab/any")).model == "lab/any"


async def test_what_would_be_decided_is_what_is_decided_and_changes_nothing(lab: Lab) -> None:
    person, fresh = Person(lab), Person(lab)
    for text in (GREETING, CODE, "yes", WHY, "and Mars?"):
        for other in (WHY, CODE, "and in Java?", GREETING):
            await person.route(other)
        shown = await person.route(text)
        for session in ({"session_id": "s"}, {"prompt_cache_key": "k"}):
            await fresh.route(text, **session)
        got = await person.says(text)
        assert (got.model, got.category, got.reason) == (
            shown["model"],
            shown["category"],
            shown["reason"],
        )
    history = person.messages[:2]
    for session in ({"session_id": "s"}, {"prompt_cache_key": "k"}):
        asked = {"model": "router", "messages": [*history, person.messages[2]], **session}
        assert not (await told(lab, "/route", asked))["session"]["known"], "it was only shown"


async def test_a_dear_switch_wants_more_certainty_than_a_cheap_one(lab: Lab) -> None:
    """The same words after the same topic, with a short history and with a very long one."""
    models = {}
    lab.lists(conversation=["chat"])
    for tokens in (100, 900_000):
        lab.tokens = tokens
        person = Person(lab)
        await person.says(CODE)
        await person.says("and in Java?")
        shown = await person.route("how was your weekend? tell me")
        models[tokens] = shown["model"]
        assert "margin" in shown["session"]["reason"]
    assert models == {100: "chat", 900_000: "code"}


async def test_a_dearer_model_that_serves_the_new_topic_as_well_stays_while_it_is_warm(
    lab: Lab,
) -> None:
    person = Person(lab)
    await person.says(CODE)
    shown = await person.route(GREETING)
    assert (shown["model"], shown["category"]) == ("code", "conversation")
    assert "code serves as well; a switch costs $0.016008" in shown["session"]["reason"]
    lab.clock.passes(6)
    assert (await person.route(GREETING))["model"] == "chat"


async def test_once_the_cache_is_cold_the_category_begins_anew(
    lab: Lab, remote: FakeUpstream
) -> None:
    person = Person(lab)
    remote.enqueue(error(429, "slow down", retry_after=1))
    got = await person.says(CODE)
    assert (got.model, got.reason) == ("think", "classified"), "the second of its list"
    assert (await lab.http.post("/stats/models/code/reset")).status_code == 200
    got = await person.says("yes")
    assert (got.model, got.reason) == ("think", "session_kept"), "who served keeps it"
    lab.clock.passes(6)
    got = await person.says("yes")
    assert (got.model, got.reason) == ("code", "session_switched")


async def test_a_model_that_cannot_be_called_gives_its_conversation_up(
    lab: Lab, remote: FakeUpstream
) -> None:
    person = Person(lab)
    await person.says(CODE)
    remote.enqueue(error(429, "slow down", retry_after=60))
    got = await person.says("yes")
    assert (got.model, got.reason) == ("think", "classified")
    shown = await person.route("yes")
    assert (shown["model"], shown["reason"]) == ("think", "session_kept")


async def test_a_turn_that_failed_changes_nothing(lab: Lab, remote: FakeUpstream) -> None:
    person = Person(lab)
    await person.says(GREETING)
    remote.enqueue(error(400, "not like that"))
    failed = await person.says(CODE)
    assert failed.status == 400
    assert (await person.route("thanks"))["model"] == "chat"
    person.messages.pop()
    got = await person.says("thanks")
    assert (got.model, got.reason) == ("chat", "session_kept")


async def test_an_edited_history_forks_and_the_original_goes_on(lab: Lab) -> None:
    person = Person(lab)
    first = await person.says(GREETING)
    await person.says(CODE)
    fork = Person(lab, messages=list(person.messages[:2]))
    got = await fork.says(WHY)
    assert (got.model, got.reason, got.thread) == ("think", "session_switched", first.thread)
    assert (await person.says("yes")).model == "code"
    assert (await fork.says("yes")).model == "think"
    again = Person(lab, messages=list(person.messages[:2]))
    got = await again.says("thanks")
    assert (got.model, got.reason) == ("chat", "session_kept"), "where it forked, it is as it was"


async def test_with_continuity_off_every_request_is_the_first(
    tmp_path: Path, remote: FakeUpstream
) -> None:
    async with a_lab(tmp_path, remote, continuity={"enabled": False}) as lab:
        person = Person(lab, headers={"x-session-id": "s"})
        course = [(CODE, "code"), ("yes", "chat"), (WHY, "think"), ("and Mars?", "chat")]
        for text, model in course:
            shown = await person.route(text)
            assert shown["session"].items() >= UNKNOWN.items()
            got = await person.says(text)
            assert (got.model, got.reason) == (model, "classified")
            assert "session_id" not in got.sent
        assert lab.core.sessions.get(b"") is None


async def test_continuity_can_be_switched_off_and_on_while_it_runs(lab: Lab) -> None:
    person = Person(lab)
    await person.says(CODE)
    for enabled, model in ((False, "chat"), (True, "code")):
        lab.configure(continuity={"enabled": enabled})
        assert (await person.route("yes"))["model"] == model


async def test_usage_without_counts_is_estimated(lab: Lab, remote: FakeUpstream) -> None:
    person = Person(lab)
    remote.enqueue(completion("Good morning.", usage={}))
    await person.says(GREETING + " " * 1000)
    reason = (await person.route(CODE))["session"]["reason"]
    assert "tokens read again" in reason
    assert f" {TOKENS + 10} tokens" not in reason
    assert " 0 tokens" not in reason
