"""Which calls of the services leave a record, and what they bring for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import grpc
import pytest

from llm_router.chat_json import from_json
from llm_router.v1.chat_pb2 import ChatRequest
from llm_router.v1.classify_pb2 import ClassifyRequest
from llm_router.v1.classify_pb2_grpc import ClassifyServiceStub
from llm_router.v1.complete_pb2 import CompleteRequest
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from llm_router.v1.route_pb2 import RouteRequest
from llm_router.v1.route_pb2_grpc import RouteServiceStub
from router_core.app.classify import Classify
from router_core.app.explain import Explain
from router_core.app.judge import Consulted, Judge
from router_core.app.ports import Opinion, Question
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Mode
from router_core.decide.cost import Cost, CostSource
from router_core.decide.records import AttemptRecord
from router_core.grpc_edge.call import Guard
from router_core.grpc_edge.classify import ClassifyServicer
from router_core.grpc_edge.complete import CompleteServicer
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.route import RouteServicer
from router_core.grpc_edge.server import register
from tests.app.rig import Rig, config, until
from tests.fakes.provider import completion

CHAT = from_json({"messages": [{"role": "user", "content": "hello"}]}, ChatRequest)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CALL = AttemptRecord(
    model="cheap",
    provider="openrouter",
    outcome="ok",
    latency_ms=5.0,
    cost=Cost(Decimal("0.000014"), CostSource.REPORTED),
)


class Api:
    """Says "code", for which it called a model, or called none; or never says anything."""

    def __init__(self, *, calls: bool) -> None:
        self.call = CALL if calls else None
        self.hangs = False
        self.asked = asyncio.Event()

    async def classify(self, question: Question) -> Opinion:
        if self.hangs:
            self.asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                question.on_broken(CALL)
        scores = (Score(category="code", confidence=0.9),)
        return Opinion(verdict=Verdict(scores=scores, source="api"), call=self.call)


def serve(*, calls: bool = True, api: Api | None = None) -> tuple[Rig, grpc.aio.Channel]:
    rig = Rig({"lab/one": completion()}, config=config(mode=Mode.API))
    classify = Classify({"api": api or Api(calls=calls)}, rig.clock)
    route = replace(rig.route, classify=classify)
    consulted = Consulted(rig.ledger, rig.clock)
    guard = Guard()
    channel = InProcessChannel()
    servicers = (
        ClassifyServicer(guard, Judge(classify, consulted), rig.config),
        RouteServicer(guard, Explain(route, consulted), rig.config, rig.catalogue),
        CompleteServicer(guard, replace(rig.complete, route=route)),
    )
    register(channel, servicers)
    return rig, channel


async def ask_all(channel: grpc.aio.Channel, traceparent: str) -> None:
    """Each service once, as the requests c, r and a."""

    def metadata(request_id: str) -> tuple[tuple[str, str], ...]:
        return (("x-router-request-id", request_id), ("traceparent", traceparent))

    await ClassifyServiceStub(channel).Classify(ClassifyRequest(chat=CHAT), metadata=metadata("c"))
    await RouteServiceStub(channel).Route(RouteRequest(chat=CHAT), metadata=metadata("r"))
    await CompleteServiceStub(channel).Complete(CompleteRequest(chat=CHAT), metadata=metadata("a"))


async def test_what_called_a_model_is_recorded_once_whichever_service_it_was() -> None:
    rig, channel = serve()
    await ask_all(channel, PARENT)
    records = {record.id: record for record in rig.ledger.records}
    assert len(rig.ledger.records) == 3
    assert {key: record.operation for key, record in records.items()} == {
        "c": "classify",
        "r": "route",
        "a": "chat",
    }
    for record in records.values():
        assert record.classifier_calls == (CALL,)
        assert record.classifier_cost.usd == Decimal("0.000014")
        assert (record.category, record.status, record.mode) == ("code", "ok", "api")
        assert record.traceparent == PARENT
        assert record.stages[0].name == "classify"
    assert records["c"].cost.usd == records["r"].cost.usd == Decimal("0.000014")
    assert records["r"].reason == "classified"


@pytest.mark.parametrize("service", ["classify", "route"])
async def test_so_it_is_where_the_caller_has_left_before_it_was_judged(service: str) -> None:
    api = Api(calls=True)
    api.hangs = True
    rig, channel = serve(api=api)
    call: grpc.aio.Call
    if service == "classify":
        call = ClassifyServiceStub(channel).Classify(ClassifyRequest(chat=CHAT))
    else:
        call = RouteServiceStub(channel).Route(RouteRequest(chat=CHAT))
    await api.asked.wait()
    call.cancel()
    await until(lambda: bool(rig.ledger.records))
    (record,) = rig.ledger.records
    assert (record.operation, record.status, record.error_class) == (
        service,
        "cancelled",
        "cancelled",
    )
    assert (record.classifier_calls, record.category) == ((CALL,), "")


async def test_what_called_none_is_not_unless_it_was_answered() -> None:
    rig, channel = serve(calls=False)
    await ask_all(channel, PARENT)
    assert [record.operation for record in rig.ledger.records] == ["chat"]


@pytest.mark.parametrize("told", ["", "x", PARENT[:-1], PARENT.upper(), PARENT + "-more"])
async def test_a_trace_that_is_none_is_left_out(told: str) -> None:
    rig, channel = serve()
    await ask_all(channel, told)
    kept = told if told.endswith("more") else ""
    assert {record.traceparent for record in rig.ledger.records} == {kept}
