"""GET /v1/models: what may stand in a request's ``model``."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from llm_router.pages import async_pages
from llm_router.v1.route_pb2 import ListModelsRequest, ListModelsResponse, Model
from rest_shim.call import CallContext
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.errors import ErrorAnswer, RequestRefused
from rest_shim.json_answer import json_answer
from rest_shim.openapi import MODEL_ANSWER, MODELS_ANSWER

__all__ = ["router"]

router = APIRouter(tags=["models"])

_CREATED: Final = 0
"""OpenAI's clients want a time of creation; the router knows none, so it is the epoch."""


@router.get("/models", responses=MODELS_ANSWER)
async def list_models(request: Request) -> Response:
    """Lists the router, its categories and its models."""
    data = [_object(model) for model in await _models(request)]
    return json_answer({"object": "list", "data": data})


@router.get("/models/{name:path}", responses=MODEL_ANSWER)
async def get_model(request: Request, name: str) -> Response:
    """Tells about one of them."""
    for model in await _models(request):
        if model.name == name:
            return json_answer(_object(model))
    raise RequestRefused(
        ErrorAnswer(
            status=404,
            type="invalid_request_error",
            code="model_not_found",
            message=f"the model {name!r} is not known",
            param="model",
        )
    )


async def _models(request: Request) -> list[Model]:
    core, metadata = core_of(request), CallContext.of(request).metadata()

    async def read(token: str) -> ListModelsResponse:
        return await core.route.ListModels(
            ListModelsRequest(page_token=token), timeout=OPERATOR_TIMEOUT_S, metadata=metadata
        )

    return [model async for page in async_pages(read) for model in page.models]


def _object(model: Model) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": model.name,
        "object": "model",
        "created": _CREATED,
        "owned_by": model.provider or "llm-router",
    }
    if model.HasField("context_length"):
        shown["context_length"] = model.context_length
    if model.HasField("max_output_tokens"):
        shown["max_output_tokens"] = model.max_output_tokens
    return shown
