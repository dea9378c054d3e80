"""Conversations that nothing but their answers tells apart are never taken for each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest

from router_core.decide.routing import RouteReason
from router_core.errors import RouterError
from tests.app.rig import settle
from tests.app.talks import (
    CATEGORIES,
    FURTHER,
    OPENER,
    Rigged,
    Talk,
    Talking,
    a_request,
    goes_on_and_on,
    in_any_order,
)
from tests.fakes.provider import ROLE, chunk, failure

MANY = 2_000
SIDE_BY_SIDE = 400
"""How many of those that are all in flight at once."""


def thread_of(rig: Rigged, messages: list[dict[str, Any]], caller: str = "") -> str | None:
    """The conversation that a history is known as; ``None``: it is not known."""
    place = rig.route.sessions.find(a_request({"messages": messages}, caller), rig.config.config)
    return place.session.thread if place.session else None


def model_of(rig: Rigged, messages: list[dict[str, Any]]) -> str:
    place = rig.route.sessions.find(a_request({"messages": messages}), rig.config.config)
    assert place.session is not None
    return place.session.model[1]


@pytest.mark.parametrize(
    ("stream", "begins_with_text"),
    [(True, False), pytest.param(False, True, marks=pytest.mark.slow)],
)
async def test_two_thousand_conversations_with_one_opener_are_kept_apart(
    stream: bool, begins_with_text: bool
) -> None:
    rig, random = Rigged(Talking(begins_with_text=begins_with_text)), Random(5)
    talks = [Talk(number, stream=stream) for number in range(MANY)]
    turns = talks * 2
    random.shuffle(turns)
    wrong = [await talk.goes_on(rig) for talk in talks + turns]
    assert [line for line in wrong if line] == []
    assert len({talk.thread for talk in talks}) == MANY


@pytest.mark.parametrize(("stream", "begins_with_text"), [(False, True), (True, False)])
async def test_they_are_kept_apart_with_all_in_flight_and_answers_in_any_order(
    stream: bool, begins_with_text: bool
) -> None:
    talking = Talking(is_slow=True, begins_with_text=begins_with_text)
    rig = Rigged(talking)
    talks = [Talk(number, stream=stream) for number in range(SIDE_BY_SIDE)]
    tasks = (goes_on_and_on(talk, rig, 4) for talk in talks)
    assert await in_any_order(talking, tasks, Random(7)) == []
    assert len({talk.thread for talk in talks}) == SIDE_BY_SIDE


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_two_thousand_long_conversations_in_flight_are_kept_apart(seed: int) -> None:
    talking = Talking(is_slow=True, begins_with_text=seed == 1)
    rig = Rigged(talking)
    talks = [Talk(number, stream=number % 2 == 0) for number in range(MANY)]
    tasks = (goes_on_and_on(talk, rig, 9) for talk in talks)
    assert await in_any_order(talking, tasks, Random(seed)) == []
    assert len({talk.thread for talk in talks}) == MANY


async def test_equal_conversations_share_their_state_until_they_differ() -> None:
    said = iter([1, 1, 2, 3, 4])
    rig = Rigged(Talking(says=lambda _: next(said)))
    one, other = Talk(0), Talk(1)
    for talk in (one, other):
        await talk.goes_on(rig)
    assert one.messages == other.messages
    assert thread_of(rig, one.messages) == other.thread, "who answered last is who is known"
    assert model_of(rig, one.messages) == "lab/two"
    for talk in (one, other):  # from here on their answers differ
        await talk.goes_on(rig)
    assert one.messages != other.messages
    moved = await rig.ask(one.messages, "router/code")
    assert (moved.thread, moved.model) == (other.thread, "one")
    assert model_of(rig, [*one.messages, moved.message]) == "lab/one"
    assert model_of(rig, other.messages) == "lab/two"


async def test_an_edited_history_forks_and_leaves_the_original_alone() -> None:
    rig = Rigged()
    talk = Talk(1)
    for _ in range(4):
        await talk.goes_on(rig)
    whole, model = list(talk.messages), model_of(rig, talk.messages)
    # What was typed after the second answer is another text now, and all after it is gone.
    at = whole.index(FURTHER)
    edited = [*whole[:at], {"role": "user", "content": "no: the other one"}]
    assert thread_of(rig, edited) == talk.thread, "it goes on from the answer that it has"
    fork = await rig.ask(edited, "router/code")
    assert (fork.thread, fork.model) == (talk.thread, "one")
    forked = [*edited, fork.message, {"role": "tool", "tool_call_id": "call_1", "content": "ok"}]
    assert model_of(rig, forked) == "lab/one"
    assert (thread_of(rig, whole), model_of(rig, whole)) == (talk.thread, model)
    assert (await talk.goes_on(rig), talk.model) == ("", model.removeprefix("lab/"))


async def test_an_edited_answer_is_another_conversation() -> None:
    rig = Rigged()
    talk = Talk()
    for _ in range(2):
        await talk.goes_on(rig)
    call, result, answer, further = talk.messages[1:]
    assert thread_of(rig, [OPENER, call, result, {**answer, "content": "What?"}, further]) == (
        talk.thread
    ), "up to the call it is the same"
    other = {"name": "look", "arguments": "{}"}
    called = {**call, "tool_calls": [{**call["tool_calls"][0], "function": other}]}
    assert thread_of(rig, [OPENER, called, result, answer, further]) is None
    assert thread_of(rig, [OPENER, call, {**result, "content": "no"}, answer]) == talk.thread
    assert thread_of(rig, [{**OPENER, "content": "Hello"}, *talk.messages[1:]]) is None


@pytest.mark.parametrize("stream", [False, True])
async def test_to_regenerate_the_last_answer_stays_in_the_session(stream: bool) -> None:
    rig = Rigged()
    talk = Talk(2, stream=stream)
    for _ in range(3):
        await talk.goes_on(rig)
    until = max(i for i, each in enumerate(talk.messages) if each["role"] == "user") + 1
    answers = [await rig.ask(talk.messages[:until], stream=stream) for _ in range(3)]
    assert {each.thread for each in answers} == {talk.thread}
    assert len({str(each.message) for each in answers}) == 3
    for each in answers:  # whichever of them the client keeps
        kept = [*talk.messages[:until], each.message]
        kept.append({"role": "tool", "tool_call_id": "call_1", "content": "ok"})
        got = await rig.ask(kept, stream=stream)
        assert (got.thread, got.model) == (talk.thread, each.model)
        assert got.reason is RouteReason.TOOL_LOOP
    assert await talk.goes_on(rig) == ""


async def test_regenerated_answers_in_flight_together_all_stay_in_the_session() -> None:
    talking = Talking()
    rig, random = Rigged(talking), Random(3)
    talks = [Talk(number, stream=number % 2 == 0) for number in range(30)]
    for talk in talks * 2:
        await talk.goes_on(rig)
    talking.is_slow = True

    tasks = (
        goes_on_and_on(
            Talk(talk.number, number == 1, list(talk.messages), talk.thread, talk.model), rig, 2
        )
        for number in range(3)
        for talk in talks
    )
    assert await in_any_order(talking, tasks, random) == []


async def test_the_same_conversation_of_another_key_is_not_known() -> None:
    rig = Rigged()
    talk = Talk()
    await talk.goes_on(rig)
    assert thread_of(rig, talk.messages) == talk.thread
    assert thread_of(rig, talk.messages, caller="another") is None


async def test_what_failed_is_not_remembered() -> None:
    rig = Rigged()
    talk = Talk(1)
    for _ in range(2):
        await talk.goes_on(rig)
    known = list(rig.store.snapshot())
    rig.talking.instead = failure(status=503)
    with pytest.raises(RouterError):
        await talk.goes_on(rig)
    assert list(rig.store.snapshot()) == known


async def test_an_answer_that_was_cut_short_or_given_up_is_not_remembered() -> None:
    rig = Rigged()
    talk = Talk(1, stream=True)
    for _ in range(2):
        await talk.goes_on(rig)
    known = list(rig.store.snapshot())
    rig.talking.instead = [ROLE, chunk({"content": "Well"}), failure()]
    with pytest.raises(RouterError):
        await talk.goes_on(rig)
    assert list(rig.store.snapshot()) == known
    rig.talking.instead, rig.talking.is_slow = None, True
    for _ in range(2):
        asked = asyncio.ensure_future(talk.goes_on(rig))
        await settle()
        asked.cancel()
        await asyncio.wait([asked])
    assert list(rig.store.snapshot()) == known
    rig.talking.is_slow = False
    assert await talk.goes_on(rig) == ""


async def test_the_models_that_hold_them_are_those_of_their_categories() -> None:
    """That the tests above would see a model that is another conversation's."""
    rig = Rigged()
    talks = [Talk(number) for number in range(30)]
    for talk in talks:
        await talk.goes_on(rig)
    assert Counter(talk.model for talk in talks) == dict.fromkeys(("one", "two", "three"), 10)
    assert len(CATEGORIES) == 3
