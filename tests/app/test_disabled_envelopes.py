"""Whose envelopes the config leaves where they are: wherever a request is read."""

from __future__ import annotations

from router_core.decide.turn import TurnKind
from tests.app.clients_talking import CODE, HEARTBEAT, TALK, TOOLS, a_config, a_rig, openclaw, user
from tests.decide.openclaw_messages import CONTEXT, RUNTIME

DISABLED = frozenset({"openclaw", "agent"})
"""What the one does not recognise, the other may."""


async def test_what_is_classified_keeps_a_disabled_clients_envelopes() -> None:
    rig, config = a_rig(), a_config(disabled_envelopes=DISABLED)
    request = openclaw(rig).request(user(CODE + RUNTIME))
    assert (await rig.route.classify(request, a_config())).turn.text == CODE
    assert (await rig.route.classify(request, config)).turn.text == CODE + RUNTIME


async def test_a_disabled_clients_session_and_upkeep_are_not_known_as_such() -> None:
    for disabled, is_known in ((frozenset[str](), True), (DISABLED, False)):
        rig = a_rig(disabled_envelopes=disabled)
        client = openclaw(rig)
        await client.say(CODE + RUNTIME)
        elsewhere = openclaw(rig)
        elsewhere.messages = [elsewhere.messages[0], user("Hi." + RUNTIME), client.messages[-1]]
        assert (await elsewhere.route(user("yes"))).session.known is is_known
        polled = await openclaw(rig).routed(user(HEARTBEAT))
        assert (polled.place.turn.kind is TurnKind.HOUSEKEEPING) is is_known


async def test_tools_of_a_disabled_client_are_anyones() -> None:
    said = user("Hello and thank you")
    enabled, disabled = a_rig(), a_rig(disabled_envelopes=DISABLED)
    assert (await openclaw(enabled).route(said, tools=TOOLS)).category == "conversation"
    assert (await openclaw(disabled).route(said, tools=TOOLS)).category == "tools"


async def test_turns_before_are_read_with_a_disabled_clients_envelopes() -> None:
    topics = []
    for disabled in (frozenset[str](), DISABLED):
        client = openclaw(a_rig(disabled_envelopes=disabled))
        wrapped = f"{CONTEXT.replace('none', CODE)}\n\n{TALK}"
        client.messages += [user(wrapped), {"role": "assistant", "content": "Hi."}]
        topics.append((await client.route(user("yes"))).topics[0][0])
    assert topics == ["conversation", "code"]
