"""What is no answer of the session's model is not taken for one, and moves no conversation."""

from __future__ import annotations

from typing import Any

from router_core.decide.config import ContinuitySettings
from tests.app.clients_talking import (
    CODE,
    HEARTBEAT,
    TALK,
    TOOLS,
    Client,
    a_rig,
    called,
    name_of,
    openclaw,
    result,
    user,
)

SIGNED: dict[str, Any] = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]}


async def test_reasoning_in_an_answer_that_is_not_known_is_sent_to_nobody() -> None:
    for header in ("s", ""):
        rig = a_rig()
        client = Client(rig, header=header)
        await client.say(CODE)
        client.messages += [user("x"), {"role": "assistant", "content": "elsewhere", **SIGNED}]
        await client.say("and in Java?")
        sent = rig.provider.calls[-1].body["messages"]
        assert not any("reasoning_details" in message for message in sent), header


async def test_a_loop_that_is_not_known_locks_nobody() -> None:
    rig = a_rig()
    client = Client(rig, header="s", body={"tools": TOOLS})
    await client.say(TALK)
    client.messages += [user(CODE), called(**SIGNED)["choices"][0]["message"]]
    decision = await client.route(result())
    assert not decision.session.locked


async def test_an_answer_that_is_asked_for_again_counts_its_turn_once() -> None:
    rig = a_rig()
    client = Client(rig, header="s")
    await client.say(CODE)
    before = list(client.messages)
    for _ in range(6):
        client.messages = list(before)
        await client.say("ok thanks, that works")
    assert {call.model_id for call in rig.provider.calls} == {"lab/one"}
    assert name_of((await client.route(user("and in Java?"))).to_call[0]) == "one"


async def test_where_a_category_was_named_that_is_the_topic() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(user("tell me about it"), model="router/code")
    for text in ("yes", "shorter please", "thanks, and in Java?"):
        assert (await client.route(user(text))).category == "code", text


async def test_where_a_model_was_named_the_topic_is_what_was_said() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(user(CODE), model="lab/three")
    for text in ("yes", "shorter please", "and in Java?"):
        assert (await client.route(user(text))).category == "code", text


async def test_the_clients_upkeep_takes_no_conversations_room() -> None:
    rig = a_rig(continuity=ContinuitySettings(max_sessions=2))
    mine, polling = Client(rig), openclaw(rig)
    await mine.say(CODE)
    await polling.say(TALK)
    for number in range(8):
        await polling.copy().say(f"{HEARTBEAT}\nNumber {number}")
    assert {call.model_id for call in rig.provider.calls[2:]} == {"lab/cheap"}
    assert (await mine.route(user("yes"))).session.known
    assert (await polling.route(user("yes"))).session.known
