"""/config/model: what a model is called here, where it is, and what is known better of it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import DeleteModelRequest, PutModelRequest
from rest_shim.change import Change
from rest_shim.core import core_of
from rest_shim.openapi_config import MODEL_BODY, MODEL_PUT, REMOVAL, REMOVED

__all__ = ["router"]

router = APIRouter(tags=["config"])

# No alias has a "/" in it; the core says so better than "no such path" does.
_PATH: Final = "/config/model/{alias:path}"


@router.put(_PATH, responses=MODEL_PUT, openapi_extra=MODEL_BODY)
async def put_model(request: Request, alias: str) -> Response:
    """Defines a model, or replaces all that is said of it."""
    change = await Change.read(request)
    change.check_name("alias", alias)
    asked = PutModelRequest(validate_only=change.validate_only, etag=change.etag)
    change.fill(asked.model)
    asked.model.alias = alias
    answer = await core_of(request).config.PutModel(asked, **change.call())
    return change.answer(project(answer.model), answer.change)


@router.delete(_PATH, status_code=204, responses=REMOVED, openapi_extra=REMOVAL)
async def delete_model(request: Request, alias: str) -> Response:
    """Removes a model's alias."""
    change = await Change.read(request, has_body=False)
    asked = DeleteModelRequest(alias=alias, validate_only=change.validate_only, etag=change.etag)
    answer = await core_of(request).config.DeleteModel(asked, **change.call())
    return change.answer({}, answer.change)
