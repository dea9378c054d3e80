"""ClassifyService: what a request asks for, and why."""

from __future__ import annotations

from llm_router.v1 import classify_pb2, classify_pb2_grpc
from router_core.app.judge import Judge
from router_core.app.ports import ConfigSource
from router_core.decide.classification import Classification
from router_core.decide.config import Mode
from router_core.errors import InvalidRequest
from router_core.grpc_edge.arrival import arrival_of
from router_core.grpc_edge.call import Call, Guard, unary_rpc
from router_core.grpc_edge.chat import read_chat


class ClassifyServicer(classify_pb2_grpc.ClassifyServiceServicer):
    """Checks, calls the use case, converts."""

    def __init__(self, guard: Guard, judge: Judge, config: ConfigSource) -> None:
        self.guard = guard
        self._judge = judge
        self._config = config

    @unary_rpc
    async def Classify(
        self, request: classify_pb2.ClassifyRequest, call: Call
    ) -> classify_pb2.ClassifyResponse:
        """Tells the category of a request."""
        chat = read_chat(request, call.caller)
        mode = _mode(request.mode) if request.HasField("mode") else None
        found = await self._judge(chat, self._config.current(), arrival_of(call), mode)
        return classification_message(found)


def classification_message(found: Classification) -> classify_pb2.ClassifyResponse:
    """The message for a classification."""
    return classify_pb2.ClassifyResponse(
        category=found.category,
        confidence=found.confidence,
        source=found.verdict.source,
        turn=classify_pb2.TurnKind.Value(f"TURN_KIND_{found.turn.kind.name}"),
        text=found.turn.text,
        runners_up=[
            classify_pb2.RunnerUp(category=score.category, confidence=score.confidence)
            for score in found.verdict.scores[1:]
        ],
        evidence=found.verdict.evidence,
        fallbacks=[
            classify_pb2.ClassifierFallback(source=fallback.source, cause=fallback.cause)
            for fallback in found.fallbacks
        ],
        elapsed_us=found.elapsed_us,
        mode=found.mode,
        client=found.turn.client or "",
    )


def _mode(name: str) -> Mode:
    try:
        return Mode(name)
    except ValueError:
        modes = ", ".join(Mode)
        raise InvalidRequest(f"there is no mode {name!r:.40}; modes are {modes}", "mode") from None
