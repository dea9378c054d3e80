"""POST /v1/chat/completions: OpenAI's endpoint, streaming and not."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from llm_router.v1.complete_pb2 import CompleteRequest, StreamCompleteRequest
from rest_shim.answers import StreamedAnswer, WholeAnswer
from rest_shim.call import CallContext, read_json_object
from rest_shim.core import core_of
from rest_shim.openapi import CHAT_ANSWERS, CHAT_BODY

__all__ = ["router"]

router = APIRouter(tags=["chat"])


@router.post("/chat/completions", responses=CHAT_ANSWERS, openapi_extra=CHAT_BODY)
async def create_chat_completion(request: Request) -> Response:
    """Answers a conversation; which model does is told in the x-router-* headers."""
    body, waited_s = await read_json_object(request)
    # Anything but true is for the core to judge, as it is when it comes over gRPC.
    streams = body.get("stream") is True
    context = CallContext.of(request, waited_s=waited_s, streams=streams)
    if streams:
        streaming = context.request(StreamCompleteRequest, body)
        return StreamedAnswer(core_of(request), streaming, context)
    return WholeAnswer(core_of(request), context.request(CompleteRequest, body), context)
