"""GET /healthz and /readyz: whether this process lives, and whether it can serve."""

from __future__ import annotations

from typing import Any, Final

import grpc
from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.stats_pb2 import GetServerInfoRequest
from rest_shim.call import CallContext
from rest_shim.core import core_of
from rest_shim.errors import unreachable
from rest_shim.json_answer import json_answer

__all__ = ["router"]

router = APIRouter(tags=["health"])

_READY_TIMEOUT_S: Final = 2.0
_ALIVE_ALL_THE_SAME: Final = frozenset(
    {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}
)
"""A probe carries no key; a core that asks for one is there."""


@router.get("/healthz")
async def healthz() -> Response:
    """This process lives; nothing else is looked at."""
    return json_answer({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """The core answers; its warnings are passed on."""
    core = core_of(request)
    address = core.settings.core_address
    info: dict[str, Any] = {}
    try:
        answer = await core.stats.GetServerInfo(
            GetServerInfoRequest(),
            timeout=_READY_TIMEOUT_S,
            metadata=CallContext.of(request).metadata(),
        )
        info = project(answer)
    except grpc.aio.AioRpcError as error:
        if error.code() not in _ALIVE_ALL_THE_SAME:
            refusal = unreachable(address)
            shown = {"status": "unavailable", "core": address, **refusal.body()}
            return json_answer(shown, status=refusal.status)
    return json_answer({"status": "ready", "core": address, **info})
