"""RouteService: a decision as a message."""

from __future__ import annotations

import pytest

from llm_router.chat_json import from_json
from llm_router.projection import project
from llm_router.v1.chat_pb2 import ChatRequest
from llm_router.v1.route_pb2 import RouteRequest, RouteResponse
from llm_router.v1.route_pb2_grpc import RouteServiceStub
from router_core.grpc_edge.call import Guard
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.route import RouteServicer
from router_core.grpc_edge.server import register
from tests.app.clients_talking import CODE, Client, openclaw, user
from tests.app.explaining import a_priced_rig, explaining


async def route(client: Client, text: str, **body: object) -> RouteResponse:
    """What the service answers of the client's next request."""
    rig = client.rig
    channel = InProcessChannel()
    register(channel, [RouteServicer(Guard(), explaining(rig), rig.config, rig.catalogue)])
    asked = {"messages": [*client.messages, user(text)], **body}
    chat = from_json(asked, ChatRequest)
    return await RouteServiceStub(channel).Route(RouteRequest(chat=chat))


async def test_a_first_request_has_costs_and_no_conversation() -> None:
    told = await route(Client(a_priced_rig(), caller=""), CODE, max_tokens=100)
    assert project(told.session) == {
        "known": False,
        "locked": False,
        "reason": "",
        "model": "",
        "category": "",
        "history_tokens": None,
        "cache_warm": None,
    }
    prompt = told.estimate_basis.prompt_tokens
    assert prompt > 0
    assert (told.estimate_basis.answer_tokens, told.estimate_basis.answer_from) == (
        100,
        "all that the request allows",
    )
    one, two = told.candidates
    assert one.estimated_cost_usd == f"{(prompt * 10 + 2_000) / 1e6:.5f}".rstrip("0")
    assert two.estimated_cost_usd == f"{(prompt * 2 + 400) / 1e6:.6f}".rstrip("0")
    for each in (one, two):
        assert not each.HasField("expected_latency_ms")
        assert not each.HasField("switch_cost_usd")


async def test_a_conversation_is_told_with_what_a_switch_costs() -> None:
    rig = a_priced_rig()
    client = Client(rig, caller="")
    await client.say(CODE)
    told = await route(client, "yes")
    assert project(told.session) | {"reason": ""} == {
        "known": True,
        "locked": False,
        "reason": "",
        "model": "one",
        "category": "code",
        "history_tokens": 10_200,
        "cache_warm": True,
    }
    one, two = told.candidates
    assert one.expected_latency_ms == pytest.approx(1)  # the least that is believed
    assert one.HasField("expected_latency_ms")
    assert not one.HasField("switch_cost_usd")
    assert two.switch_cost_usd == "0.0102"
    rig.clock.advance(1_000)
    cold = await route(client, "yes")
    assert not cold.session.cache_warm
    assert cold.session.HasField("cache_warm")
    assert [each.switch_cost_usd for each in cold.candidates if each.model == "two"] == ["-0.0816"]


async def test_free_is_0_and_unknown_is_unset() -> None:
    rig = a_priced_rig()
    (free,) = (await route(Client(rig), "hi", model="three")).candidates
    assert free.estimated_cost_usd == "0"
    (unknown,) = (await route(Client(rig), "hi", model="cheap")).candidates
    assert not unknown.HasField("estimated_cost_usd")


async def test_the_client_whose_envelopes_came_off_is_named() -> None:
    told = await route(openclaw(a_priced_rig()), CODE)
    assert told.classification.client == "openclaw"
    assert (await route(Client(a_priced_rig()), CODE)).classification.client == ""
