"""What is remembered of an answer, and what leaves nothing behind."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from router_core.decide.config import ContinuitySettings
from router_core.decide.demands import estimated_tokens
from router_core.decide.routing import RouteReason
from router_core.errors import CandidatesExhausted, DeadlineExceeded, StreamBroken
from tests.app.clients_talking import (
    CODE,
    HINT,
    TALK,
    TOOLS,
    WAYS,
    Begin,
    Client,
    a_config,
    a_rig,
    called,
    name_of,
    remembered,
    result,
    user,
)
from tests.app.rig import settle
from tests.decide.openclaw_messages import RUNTIME
from tests.fakes.provider import Held, InTurn, chunk, completion, failure, text_stream

R = RouteReason
RUNTIME_TEXT = CODE + RUNTIME

ways = pytest.mark.parametrize("begin", WAYS.values(), ids=WAYS.keys())

# -- what is remembered -----------------------------------------------------------------


@ways
async def test_to_route_changes_nothing(begin: Begin) -> None:
    rig = a_rig()
    client = begin(rig)
    await client.route(user(RUNTIME_TEXT))
    assert remembered(rig) == {}
    await client.say(RUNTIME_TEXT)
    before = remembered(rig)
    for text in ("yes", TALK, "[OpenClaw heartbeat poll]"):
        await client.route(user(text))
    await client.route()
    await client.route(user(TALK), model="router/reasoning")
    await client.route(user(TALK), model="lab/two")
    assert remembered(rig) == before


@ways
async def test_where_conversations_are_not_followed_nothing_is_remembered(begin: Begin) -> None:
    rig = a_rig(continuity=ContinuitySettings(enabled=False))
    client = begin(rig)
    await client.say(RUNTIME_TEXT)
    decision = await client.route(user("yes"))
    assert not decision.session.known
    assert decision.reason is R.CLASSIFIED
    assert remembered(rig) == {}
    assert [call.thread for call in rig.provider.calls] == [""]


async def test_what_an_answer_told_is_remembered() -> None:
    usage = {"prompt_tokens": 900, "completion_tokens": 100}
    rig = a_rig({"lab/one": completion("def f", usage=usage)})
    await Client(rig).say(CODE)
    (session,) = set(remembered(rig).values())
    assert (session.category, session.model) == ("code", ("openrouter", "lab/one"))
    assert (session.tokens, session.answers, session.foreign) == (1000, 1, 0)
    assert session.used_at == rig.clock.now().timestamp()
    assert session.topics[0][0] == "code"


async def test_where_usage_is_not_told_the_length_is_estimated() -> None:
    rig = a_rig()
    client = Client(rig)
    request = client.request(user(CODE))
    await client.say(CODE)
    (session,) = set(remembered(rig).values())
    assert session.tokens == estimated_tokens(request.prompt_bytes) > 0


async def test_after_a_named_model_the_topic_is_told_from_the_history() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(CODE)
    await client.say(user(TALK), model="lab/three")
    routed = await client.routed(user("yes"))
    after = routed.place.session
    assert after is not None
    assert (after.category, after.topics) == ("", ())
    assert routed.decision.category == "conversation"
    assert after.model == ("openrouter", "lab/three")
    assert after.foreign == 2
    assert [cache.model[1] for cache in after.caches] == ["lab/three", "lab/one"]


async def test_each_choice_of_an_answer_may_be_gone_on_from() -> None:
    both = completion("a")
    both["choices"].append({"index": 1, "message": {"role": "assistant", "content": "b"}})
    rig = a_rig({"lab/one": both})
    client = Client(rig)
    await client.say(CODE)
    client.messages[-1] = {"role": "assistant", "content": "b"}
    assert (await client.route(user("yes"))).session.known
    client.messages[-1] = {"role": "assistant", "content": "c"}
    assert not (await client.route(user("yes"))).session.known


async def test_the_answer_of_a_model_that_took_over_says_what_is_not_its_own() -> None:
    rig = a_rig({"lab/one": failure()})
    client = Client(rig, messages=[user("hm"), {"role": "assistant", "content": "so"}])
    await client.say(CODE)
    (session,) = set(remembered(rig).values())
    assert (session.model[1], session.foreign) == ("lab/two", 2)


@pytest.mark.parametrize(
    ("answer", "new", "foreign"),
    [
        (called(), [result()], 3),
        (called(), [result(), HINT], 3),
        (called(), [result(), result()], 4),
        (called(), [HINT, result()], 2),
        (completion("a"), [user("yes")], 2),
    ],
)
async def test_a_take_over_counts_what_was_said_up_to_the_results(
    answer: Any, new: list[dict[str, Any]], foreign: int
) -> None:
    rig = a_rig({"lab/one": InTurn([answer, failure()])})
    client = Client(rig, header="s")
    await client.say(CODE)
    await client.say(*new)
    (session,) = set(remembered(rig).values())
    assert (session.model[1], session.foreign) == ("lab/two", foreign)


async def test_however_long_it_is_one_conversation() -> None:
    rig = a_rig()
    for client in (Client(rig), Client(rig, header="s")):
        for text in (CODE, "yes", "go on", "thanks"):
            await client.say(text)
    assert rig.store.conversations == 2


async def test_an_answer_under_an_id_need_not_be_heard() -> None:
    rig = a_rig()
    for client, heard in ((Client(rig), True), (Client(rig, header="s"), False)):
        place = (await client.routed(user(CODE))).place
        assert (place.listener() is not None) is heard


async def test_that_a_conversation_is_known_is_told_where_a_model_is_named_too() -> None:
    client = Client(a_rig())
    assert not (await client.route(user(CODE), model="lab/two")).session.known
    await client.say(CODE)
    decision = await client.route(user("yes"), model="lab/two")
    assert decision.session.known
    assert decision.session.locked
    assert [each.id for each in decision.to_call] == ["lab/two"]


async def test_a_model_that_the_config_has_forgotten_goes_on_while_its_provider_is_there() -> None:
    rig = a_rig({"lab/away": completion("x")})
    client = Client(rig)
    await client.say(user(CODE), model="lab/away")
    assert name_of((await client.route(user("yes"))).session.model) == "lab/away"


async def test_what_a_model_said_whose_provider_is_gone_is_nobodys_own() -> None:
    """Nobody else can read its reasoning."""
    signed: dict[str, Any] = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]}
    providers = a_config().providers
    other = replace(providers["openrouter"], name="other")
    rig = a_rig({"lab/away": called(**signed)}, providers={**providers, "other": other})
    client = Client(rig)
    await client.say(user(CODE), model="other:lab/away", tools=TOOLS)
    rig.config.config = replace(rig.config.config, providers=providers)
    told = (await client.route(result())).session
    assert (told.known, told.locked, told.model) == (True, False, None)
    assert "gone" in told.reason
    await client.say(result())
    assert rig.provider.called[-1] == "lab/one"
    assert "reasoning_details" not in str(rig.provider.calls[-1].body)


# -- what is not remembered -------------------------------------------------------------


async def whole(client: Client, text: str) -> None:
    await client.rig.complete(client.request(user(text)), client.rig.arrival())


async def streamed(client: Client, text: str) -> None:
    await client.rig.stream(client.request(user(text)))


both_ways = pytest.mark.parametrize("asks", [whole, streamed])


@ways
@both_ways
async def test_a_request_that_fails_changes_nothing(begin: Begin, asks: Any) -> None:
    rig = a_rig({"lab/one": InTurn([completion("a"), failure()]), "lab/two": failure()})
    client = begin(rig)
    await client.say(RUNTIME_TEXT)
    before = remembered(rig)
    with pytest.raises(CandidatesExhausted):
        await asks(client, "yes")
    assert remembered(rig) == before


@both_ways
async def test_nor_does_one_that_is_given_up(asks: Any) -> None:
    for given_up in (asyncio.CancelledError(), DeadlineExceeded("too late")):
        rig = a_rig({"lab/one": given_up})
        with pytest.raises(type(given_up)):
            await asks(Client(rig, header="s"), CODE)
        assert remembered(rig) == {}


@both_ways
async def test_nor_one_whose_caller_leaves_while_it_waits(asks: Any) -> None:
    rig = a_rig({"lab/one": Held(asyncio.Event(), completion())})
    asking = asyncio.ensure_future(asks(Client(rig, header="s"), CODE))
    await settle()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert remembered(rig) == {}


async def test_nor_a_stream_that_breaks_or_is_left() -> None:
    rig = a_rig({"lab/one": [*text_stream("a")[:2], failure()]})
    client = Client(rig, header="s")
    with pytest.raises(StreamBroken):
        await streamed(client, CODE)
    assert remembered(rig) == {}
    rig.provider.script["lab/one"] = text_stream("a", "b")
    async with aclosing(rig.complete.stream(client.request(user(CODE)), rig.arrival())) as events:
        async for event in events:
            if isinstance(event, dict):
                break
    assert remembered(rig) == {}


@pytest.mark.parametrize(
    "nothing",
    [completion("<think>hm</think>"), [chunk({"content": ""}), chunk({}, "length")]],
)
async def test_an_answer_that_says_nothing_is_not_gone_on_from(nothing: Any) -> None:
    rig = a_rig({"lab/one": nothing})
    await (streamed if isinstance(nothing, list) else whole)(Client(rig), CODE)
    assert remembered(rig) == {}


async def test_a_stream_is_known_again_by_all_of_its_words() -> None:
    rig = a_rig({"lab/one": text_stream("de", "f f", "()")})
    client = Client(rig)
    await streamed(client, CODE)
    client.messages += [user(CODE), {"role": "assistant", "content": "def f()"}]
    decision = await client.route(user("yes"))
    assert name_of(decision.session.model) == "one"
    (session,) = set(remembered(rig).values())
    assert session.tokens == 3
