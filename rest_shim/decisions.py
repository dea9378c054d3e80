"""POST /route and /classify: what would be decided, without calling a model.

The body is a chat completion request, as it would be sent to /v1/chat/completions.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.classify_pb2 import ClassifyRequest
from llm_router.v1.route_pb2 import RouteRequest
from rest_shim.call import CallContext, read_json_object
from rest_shim.core import core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi import CHAT_BODY, CLASSIFY_ANSWER, ROUTE_ANSWER

__all__ = ["router"]

router = APIRouter(tags=["decisions"])


@router.post("/route", responses=ROUTE_ANSWER, openapi_extra=CHAT_BODY)
async def route(request: Request) -> Response:
    """Explains which model would answer, and why."""
    body, waited_s = await read_json_object(request)
    context = CallContext.of(request, waited_s=waited_s)
    answer = await core_of(request).route.Route(
        context.request(RouteRequest, body),
        timeout=context.timeout_s,
        metadata=context.metadata(),
    )
    return json_answer(project(answer))


@router.post("/classify", responses=CLASSIFY_ANSWER, openapi_extra=CHAT_BODY)
async def classify(request: Request) -> Response:
    """Tells the category of a request."""
    body, waited_s = await read_json_object(request)
    context = CallContext.of(request, waited_s=waited_s)
    answer = await core_of(request).classify.Classify(
        context.request(ClassifyRequest, body),
        timeout=context.timeout_s,
        metadata=context.metadata(),
    )
    return json_answer(project(answer))
