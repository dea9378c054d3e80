"""To which conversation a request belongs."""

from __future__ import annotations

from typing import Any

import pytest

from router_core.decide.routing import RouteReason
from tests.app.clients_talking import (
    CODE,
    TALK,
    WAYS,
    Begin,
    Client,
    a_rig,
    name_of,
    openclaw,
    user,
)
from tests.decide.openclaw_messages import RUNTIME, SESSION

R = RouteReason
RUNTIME_TEXT = CODE + RUNTIME

ways = pytest.mark.parametrize("begin", WAYS.values(), ids=WAYS.keys())


@ways
async def test_a_conversation_is_known_by_what_it_carries(begin: Begin) -> None:
    rig = a_rig()
    client = begin(rig)
    assert not (await client.route(user(RUNTIME_TEXT))).session.known
    await client.say(RUNTIME_TEXT)
    decision = await client.route(user("yes"))
    assert decision.session.known
    assert name_of(decision.session.model) == "one"
    assert (decision.category, decision.reason) == ("code", R.SESSION_KEPT)
    await client.say("yes")
    await client.say("go on")
    threads = {call.thread for call in rig.provider.calls}
    assert len(threads) == 1
    assert len(threads.pop()) == 32


@ways
async def test_another_callers_is_another_conversation(begin: Begin) -> None:
    rig = a_rig()
    mine = begin(rig, caller="me")
    await mine.say(RUNTIME_TEXT)
    for caller in ("you", "", "mee"):
        theirs = mine.copy(caller=caller)
        assert not (await theirs.route(user("yes"))).session.known
        await theirs.say("yes")
    assert len({call.thread for call in rig.provider.calls}) == 4


IDS: list[dict[str, Any]] = [
    {"header": "h"},
    {"body": {"session_id": "b"}},
    {"body": {"prompt_cache_key": "k"}},
]
"""The strongest first."""


@pytest.mark.parametrize(("strong", "weak"), [(0, 1), (0, 2), (1, 2)])
async def test_of_two_ids_the_stronger_one_counts(strong: int, weak: int) -> None:
    both = {"body": {}} | IDS[strong]
    both["body"] = IDS[weak]["body"] | both["body"]
    client = openclaw(a_rig(), **both)
    await client.say(CODE)
    alone = {"header": "", "body": {}}
    assert (await client.copy(**alone | IDS[strong]).route(user("yes"))).session.known
    assert not (await client.copy(**alone | IDS[weak]).route(user("yes"))).session.known
    changed: dict[str, Any] = {"header": "other"} if "header" in IDS[strong] else {}
    changed |= {"body": IDS[weak]["body"] | ({} if changed else {"session_id": "other"})}
    assert not (await client.copy(**changed).route(user("yes"))).session.known


async def test_any_id_wins_over_the_envelopes_and_that_over_what_was_said() -> None:
    rig = a_rig()
    client = openclaw(rig)
    await client.say(RUNTIME_TEXT)
    for ids in ({"header": "s"}, {"body": {"prompt_cache_key": "k"}}):
        assert not (await client.copy(**ids).route(user("yes"))).session.known
    edited = client.copy()
    edited.messages[1] = user("something else" + RUNTIME)
    assert (await edited.route(user("yes"))).session.known
    forgetful = client.copy()
    forgetful.messages[1] = user(CODE)
    assert not (await forgetful.route(user("yes"))).session.known


async def test_an_agents_id_is_the_same_wherever_it_stands() -> None:
    rig = a_rig()
    client = openclaw(rig)
    await client.say(RUNTIME_TEXT)
    for ids in ({"header": SESSION}, {"body": {"prompt_cache_key": SESSION}}):
        decision = await client.copy(**ids).route(user("yes"))
        assert decision.session.known


@pytest.mark.parametrize("place", ["session_id", "prompt_cache_key"])
async def test_openclaws_ids_end_in_a_count_that_is_none_of_the_id(place: str) -> None:
    def told(client: Client, value: str) -> Client:
        if place == "session_id":
            return client.copy(header=value)
        return client.copy(body={place: value})

    rig = a_rig()
    client = told(openclaw(rig), "a1b2:0")
    await client.say(CODE)
    for same in ("a1b2:1", "a1b2:12", "a1b2"):
        assert (await told(client, same).route(user("yes"))).session.known
    for other in ("a1b2:x", "a1b3:0", "a1b2:0:", "a1b"):
        assert not (await told(client, other).route(user("yes"))).session.known


async def test_anyone_elses_id_is_taken_whole() -> None:
    rig = a_rig()
    client = Client(rig, header="a1b2:0")
    await client.say(CODE)
    assert (await client.route(user("yes"))).session.known
    for other in ("a1b2:1", "a1b2"):
        assert not (await client.copy(header=other).route(user("yes"))).session.known


async def test_a_cache_key_that_is_no_agents_names_no_conversation() -> None:
    rig = a_rig()
    shared = {"prompt_cache_key": "my application"}
    one, two = Client(rig, body=shared), Client(rig, body=shared)
    await one.say(CODE)
    await two.say(TALK)
    assert name_of((await one.route(user("yes"))).holder) == "one"
    assert name_of((await two.route(user("yes"))).holder) == "three"
    assert len({call.thread for call in rig.provider.calls}) == 2
    three = Client(rig, body=shared)
    await three.say(CODE)
    assert len({call.thread for call in rig.provider.calls}) == 3, "alike, and yet another one"
    elsewhere = one.copy(body={"prompt_cache_key": "another application"})
    assert not (await elsewhere.route(user("yes"))).session.known


async def test_a_session_id_and_a_cache_key_of_the_same_text_are_two() -> None:
    client = Client(a_rig(), header="x")
    await client.say(CODE)
    other = client.copy(header="", body={"prompt_cache_key": "x"})
    assert not (await other.route(user("yes"))).session.known


async def test_an_id_with_a_fresh_history_begins_anew() -> None:
    rig = a_rig()
    client = Client(rig, header="s")
    await client.say(CODE)
    await client.say("yes")
    fresh = client.copy(messages=[])
    decision = await fresh.route(user(TALK))
    assert not decision.session.known
    assert (decision.category, decision.reason) == ("conversation", R.CLASSIFIED)
    await fresh.say(TALK)
    found = await fresh.routed(user("yes"))
    assert found.place.session is not None
    assert found.place.session.answers == 1
    assert [cache.model for cache in found.place.session.caches] == [("openrouter", "lab/three")]
    assert name_of(found.decision.session.model) == "three"


async def test_equal_histories_are_one_conversation_until_they_part() -> None:
    rig = a_rig()
    one, two = Client(rig), Client(rig)
    await one.say(CODE)
    await two.say(CODE)
    two = one.copy()
    await one.say(TALK)
    await two.say("yes")
    assert name_of((await one.route(user("ok"))).session.model) == "three"
    assert name_of((await two.route(user("ok"))).session.model) == "one"
    assert len({call.thread for call in rig.provider.calls[2:]}) == 1, "parted, they keep it"


async def test_an_edited_history_goes_back_to_where_it_was() -> None:
    rig = a_rig()
    client = Client(rig)
    await client.say(CODE)
    before = client.copy()
    await client.say(TALK)
    assert name_of((await client.route(user("ok"))).session.model) == "three"
    again = await before.route(user("ok"))
    assert (name_of(again.session.model), again.category) == ("one", "code")
