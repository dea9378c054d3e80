"""Conversations over the whole router: who answers the next turn, and what that leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from router_core.decide.config import ContinuitySettings
from router_core.decide.model_info import ModelInfo
from router_core.decide.routing import RouteReason
from tests.app.clients_talking import (
    CODE,
    HEARTBEAT,
    HINT,
    TALK,
    TOOLS,
    WHY,
    Client,
    a_config,
    a_rig,
    called,
    fails,
    name_of,
    openclaw,
    result,
    user,
)
from tests.app.rig import Rig, break_open, model
from tests.decide.conversations import usd
from tests.fakes.provider import InTurn, completion, failure

R = RouteReason
COLD_S = ContinuitySettings().cache_s + 1


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


SIGNED: dict[str, Any] = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "d"}]}

# -- what somebody types ----------------------------------------------------------------


async def test_a_short_answer_stays_where_the_conversation_is() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(CODE)
    for text in ("yes", "thanks", "and in Java?", "go on", "7"):
        done = await client.say(text)
        assert (done.decided.category, done.decided.model.name) == ("code", "one")
        assert done.decided.reason is R.SESSION_KEPT


async def test_another_topic_moves_it_to_the_model_of_that() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(CODE)
    done = await client.say(TALK)
    assert (done.decided.category, done.decided.model.name) == ("conversation", "three")
    assert done.decided.reason is R.SESSION_SWITCHED
    done = await client.say("ok")
    assert (done.decided.category, done.decided.model.name) == ("conversation", "three")


async def test_after_the_cache_is_gone_the_lists_first_answers_again() -> None:
    rig = a_rig({"lab/one": InTurn([failure(), failure(), completion("back")])})
    client = Client(rig)
    assert (await client.say(CODE)).decided.model.name == "two"
    rig.clock.advance(COLD_S - 2)
    assert (await client.say("yes")).decided.model.name == "two"
    rig.clock.advance(COLD_S)
    done = await client.say("yes")
    assert (done.decided.model.name, done.decided.reason) == ("one", R.SESSION_SWITCHED)


LONG = "You are kind. " * 20
PREAMBLES: dict[str, tuple[list[dict[str, Any]], list[Any], bool]] = {
    "the same": ([system(LONG)], TOOLS, True),
    "another head": ([system("Now y" + LONG[5:])], TOOLS, False),
    "another tail": ([system(LONG[:-3] + "---")], TOOLS, False),
    "longer": ([system("You are kind. " + LONG)], TOOLS, False),
    "none": ([], TOOLS, False),
    "one more": ([system(LONG), system("And mild.")], TOOLS, False),
    "a developer's beside it": (
        [system(LONG), {"role": "developer", "content": "And mild."}],
        TOOLS,
        False,
    ),
    "no tools": ([system(LONG)], [], False),
    "one tool more": ([system(LONG)], [*TOOLS, *TOOLS], False),
}


@pytest.mark.parametrize(("leading", "tools", "kept"), PREAMBLES.values(), ids=PREAMBLES.keys())
async def test_another_beginning_has_no_cache_to_lose(
    leading: list[dict[str, Any]], tools: list[Any], kept: bool
) -> None:
    rig = a_rig(fails("one"))
    client = Client(rig, messages=[system(LONG)])
    category = {"model": "router/code"}
    await client.say(user(CODE), tools=TOOLS, **category)
    client.messages[:1] = leading
    rig.health.reset(model("one"))
    decision = await client.route(user("yes"), tools=tools, **category)
    assert decision.session.known
    assert name_of(decision.to_call[0]) == ("two" if kept else "one")


async def test_a_history_that_was_summed_up_has_none_either() -> None:
    rig = a_rig(fails("one"))
    client = Client(rig, header="s")
    for text in (CODE, "yes", "go on"):
        await client.say(text)
    rig.health.reset(model("one"))
    assert name_of((await client.route(user("ok"))).to_call[0]) == "two"
    client.messages[:4] = []
    assert name_of((await client.route(user("ok"))).to_call[0]) == "one"


async def test_an_answer_may_be_asked_for_once_more() -> None:
    rig = a_rig(fails("one"))
    client = Client(rig, header="s")
    await client.say(CODE)
    await client.say("yes")
    rig.health.reset(model("one"))
    client.messages[-2:] = []
    decision = await client.route(user("yes"))
    assert (name_of(decision.to_call[0]), decision.reason) == ("two", R.SESSION_KEPT)


@pytest.mark.parametrize(
    ("tokens", "there", "category"),
    [(10**6, "50", "code"), (10**6, "0.1", "conversation"), (10, "50", "code")],
)
async def test_whether_a_switch_pays_depends_on_the_length_and_the_prices(
    tokens: int, there: str, category: str
) -> None:
    rig = a_rig({"lab/one": completion("x", usage={"prompt_tokens": tokens})})
    prices = {"one": ModelInfo(prices=usd("50", "5")), "three": ModelInfo(prices=usd(there))}
    rig.catalogue.catalogue = replace(rig.catalogue.catalogue, overrides=prices)
    client = Client(rig)
    await client.say(CODE)
    decision = await client.route(user("Thanks, what a nice evening"))
    assert decision.category == category, "the topic leads by next to nothing"
    assert f"{tokens} tokens read again by three" in decision.explanation


async def test_of_a_conversation_that_is_not_known_its_own_turns_tell_the_topic() -> None:
    rig = a_rig()
    client = Client(rig, messages=[user(CODE), {"role": "assistant", "content": "def f(): ..."}])
    decision = await client.route(user("yes"))
    assert not decision.session.known
    assert (decision.category, decision.reason) == ("code", R.CLASSIFIED)
    assert decision.topics[0][0] == "code"
    fresh = await Client(rig).route(user("yes"))
    assert fresh.category == "conversation"


# -- locks ------------------------------------------------------------------------------

Begin = Callable[[Rig], Client]
CLIENTS: dict[str, Begin] = {
    "somebody": Client,
    "somebody with an id": lambda rig: Client(rig, header="s"),
    "an agent": openclaw,
}
clients = pytest.mark.parametrize("begin", CLIENTS.values(), ids=CLIENTS.keys())


@clients
async def test_a_tool_loop_never_changes_its_model(begin: Begin) -> None:
    rig = a_rig({f"lab/{name}": called() for name in ("one", "two", "three")})
    client = begin(rig)
    await client.say(CODE, tools=TOOLS)
    for turn in range(4):
        rig.clock.advance(COLD_S)
        new = [user(TALK)] * (turn % 2)
        decision = await client.route(result(), *new, tools=TOOLS)
        assert decision.reason is R.TOOL_LOOP
        assert decision.session.locked
        await client.say(result(), *new, tools=TOOLS)
    assert len(set(rig.provider.called)) == 1


async def test_what_is_typed_while_tools_run_goes_to_the_model_that_runs_them() -> None:
    rig = a_rig({"lab/one": called()})
    client = openclaw(rig)
    await client.say(CODE)
    decision = await client.route(result(), user(TALK))
    assert (decision.category, name_of(decision.to_call[0])) == ("code", "one")
    assert decision.reason is R.TOOL_LOOP
    done = await client.say(result(), TALK, HINT)
    assert (done.decided.category, done.decided.model.name) == ("code", "one")


async def test_reasoning_locks_a_running_turn_and_no_other() -> None:
    rig = a_rig({"lab/one": InTurn([called(**SIGNED), completion("done")])})
    client = Client(rig)
    await client.say(CODE)
    decision = await client.route(result())
    assert decision.reason is R.REASONING_LOCK
    await client.say(result())
    client.messages[-1] |= SIGNED
    decision = await client.route(user(TALK))
    assert (decision.category, decision.reason) == ("conversation", R.SESSION_SWITCHED)
    assert not decision.session.locked


async def test_a_client_that_goes_on_by_itself_keeps_the_model() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(CODE)
    decision = await client.route()
    assert (decision.reason, decision.session.locked) == (R.SESSION_KEPT, True)
    assert name_of(decision.to_call[0]) == "one"


async def test_a_locked_model_whose_breaker_is_open_gives_way_and_the_new_one_holds() -> None:
    rig = a_rig({"lab/one": called(), "lab/two": called()})
    client = Client(rig)
    await client.say(CODE)
    break_open(rig, "one")
    done = await client.say(result())
    assert (done.decided.model.name, done.decided.reason) == ("two", R.CLASSIFIED)
    rig.health.reset(model("one"))
    done = await client.say(result())
    assert (done.decided.model.name, done.decided.reason) == ("two", R.TOOL_LOOP)


async def test_a_loop_of_a_named_category_keeps_its_model_whatever_is_named_next() -> None:
    rig = a_rig({"lab/two": called()})
    client = Client(rig)
    await client.say(user(CODE), model="router/reasoning")
    done = await client.say(result(), model="router/conversation")
    assert (done.decided.model.name, done.decided.reason) == ("two", R.TOOL_LOOP)


async def test_a_loop_of_a_named_model_goes_on_with_it() -> None:
    rig = a_rig({"lab/cheap": called()})
    client = Client(rig)
    await client.say(user(CODE), model="lab/cheap")
    done = await client.say(result())
    assert (done.decided.model.name, done.decided.category) == ("cheap", "code")
    assert done.decided.reason is R.TOOL_LOOP


# -- fallbacks --------------------------------------------------------------------------


@pytest.mark.parametrize("streams", [False, True])
async def test_after_a_fallback_the_session_stays_with_the_model_that_served(
    streams: bool,
) -> None:
    rig = a_rig({"lab/one": InTurn([failure(), failure(), completion("back")])})
    client = Client(rig, header="s")
    if streams:
        rig.provider.script["lab/two"] = [
            {"choices": [{"index": 0, "delta": {"content": "I am two"}}]}
        ]
        await rig.stream(client.request(user(CODE)))
        client.messages += [user(CODE), {"role": "assistant", "content": "I am two"}]
        rig.provider.script["lab/two"] = completion("I am two")
    else:
        assert (await client.say(CODE)).decided.reason is R.CLASSIFIED
    for _ in range(3):
        done = await client.say("yes")
        assert (done.decided.model.name, done.decided.reason) == ("two", R.SESSION_KEPT)
    assert "lab/one" not in rig.provider.called[3:]


async def test_a_switch_whose_model_fails_ends_where_it_was() -> None:
    rig = a_rig({"lab/two": completion("two"), **fails("three")})
    client = Client(rig)
    await client.say(user(WHY), model="router/reasoning")
    done = await client.say(TALK)
    assert (done.decided.category, done.decided.model.name) == ("conversation", "two")
    assert done.decided.reason is R.SESSION_KEPT


# -- upkeep -----------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [{}, {"header": "s"}, {"body": {"prompt_cache_key": "k"}}])
async def test_upkeep_neither_binds_nor_moves_a_conversation(ids: dict[str, Any]) -> None:
    rig = a_rig()
    client = openclaw(rig, **ids)
    await client.say(CODE)
    before = (await client.routed(user("yes"))).place.session
    upkeep = client.copy()
    done = await upkeep.say(HEARTBEAT)
    assert (done.decided.model.name, done.decided.reason) == ("cheap", R.HOUSEKEEPING)
    assert (await client.routed(user("yes"))).place.session == before
    after = await upkeep.routed(user("yes"))
    assert after.place.session == before
    assert name_of(after.decision.to_call[0]) == "one"
    (thread,) = {call.thread for call in rig.provider.calls}
    assert thread


async def test_upkeep_before_anything_else_binds_nothing() -> None:
    rig = a_rig()
    client = openclaw(rig, header="s")
    await client.say(HEARTBEAT)
    decision = await client.route(user(CODE))
    assert not decision.session.known
    assert name_of(decision.to_call[0]) == "one"


@pytest.mark.parametrize("ids", [{}, {"header": "s"}])
async def test_a_tool_loop_of_upkeep_is_a_conversation_of_its_own(ids: dict[str, Any]) -> None:
    rig = a_rig({"lab/cheap": failure(), "lab/two": called()})
    rig.config.config = a_config(housekeeping=(model("cheap"), model("two")))
    client = openclaw(rig, **ids)
    await client.say(CODE)
    upkeep = client.copy()
    assert (await upkeep.say(HEARTBEAT)).decided.model.name == "two"
    rig.health.reset(model("cheap"))
    rig.provider.script["lab/cheap"] = completion("back")
    done = await upkeep.say(result())
    assert (done.decided.model.name, done.decided.reason) == ("two", R.TOOL_LOOP)
    assert name_of((await client.route(user("yes"))).to_call[0]) == "one"


async def test_upkeep_keeps_its_models_own_reasoning_through_its_loop() -> None:
    rig = a_rig({"lab/cheap": called(**SIGNED)})
    client = openclaw(rig, header="s")
    await client.say(CODE)
    client.messages[-1] |= SIGNED
    for new in (user(HEARTBEAT), result(), result()):
        await client.say(new)
        assert rig.provider.called[-1] == "lab/cheap"
    sent = rig.provider.calls[-1].body["messages"]
    answers = [message for message in sent if message["role"] == "assistant"]
    assert ["reasoning_details" in each for each in answers] == [False, True, True]


async def test_a_loop_of_upkeep_that_began_elsewhere_has_its_own_list() -> None:
    rig = a_rig()
    client = openclaw(rig)
    await client.say(CODE)
    client.messages += [user(HEARTBEAT), called()["choices"][0]["message"]]
    decision = await client.route(result())
    assert decision.session.known
    assert (decision.category, decision.reason) == ("conversation", R.HOUSEKEEPING)
    assert [each.name for each in decision.to_call] == ["cheap"]


async def test_upkeep_that_reads_the_history_goes_where_it_is_cached_for_less() -> None:
    rig = a_rig({"lab/one": completion("x", usage={"prompt_tokens": 10**5})})
    prices = {"one": ModelInfo(prices=usd("10", "0.1")), "cheap": ModelInfo(prices=usd("1"))}
    rig.catalogue.catalogue = replace(rig.catalogue.catalogue, overrides=prices)
    client = openclaw(rig)
    await client.say(CODE)
    done = await client.copy().say(HEARTBEAT)
    assert (done.decided.model.name, done.decided.reason) == ("one", R.HOUSEKEEPING)
    rig.clock.advance(COLD_S)
    assert (await client.copy().say(HEARTBEAT)).decided.model.name == "cheap"


# -- moving -----------------------------------------------------------------------------


async def test_a_models_own_reasoning_comes_back_to_it_and_to_no_other() -> None:
    rig = a_rig({"lab/one": completion("a"), "lab/three": completion("b")})
    client = Client(rig)
    await client.say(CODE)
    client.messages[-1] |= SIGNED
    await client.say("yes")
    assert rig.provider.calls[-1].body["messages"][1] == client.messages[1]
    await client.say(TALK)
    assert rig.provider.called[-1] == "lab/three"
    assert "reasoning_details" not in str(rig.provider.calls[-1].body)
    client.messages[-1] |= SIGNED
    await client.say("ok")
    assert rig.provider.called[-1] == "lab/three"
    sent = rig.provider.calls[-1].body["messages"]
    assert ["reasoning_details" in message for message in sent if message["role"] != "user"] == [
        False,
        False,
        True,
    ]
