"""/config: the routing config as a whole; what it is, was, and shall be."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.pages import async_pages
from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    GetConfigRequest,
    ListConfigVersionsRequest,
    ListConfigVersionsResponse,
    RollbackConfigRequest,
    RollbackConfigResponse,
    RouterConfig,
    UpdateConfigRequest,
    UpdateConfigResponse,
)
from rest_shim.call import CallContext
from rest_shim.change import Change, etag_header
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi_config import (
    CONFIG_ANSWER,
    CONFIG_BODY,
    CONFIG_CHANGED,
    ROLLBACK_BODY,
    VERSIONS_ANSWER,
)

__all__ = ["router"]

router = APIRouter(tags=["config"])

_SHOWN_BESIDE: Final = frozenset({"change", "etag", "overrides", "problems"})
"""What the answers show that is not of the config itself."""


@router.get("/config", responses=CONFIG_ANSWER)
async def get_config(request: Request) -> Response:
    """Shows the config, what the environment overrides, and what is wrong with the file."""
    answer = await core_of(request).config.GetConfig(
        GetConfigRequest(),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    shown = project(answer.config) | {
        "etag": answer.etag,
        "overrides": list(answer.overrides),
        "problems": list(answer.problems),
    }
    return json_answer(shown, headers=etag_header(answer.etag))


@router.patch("/config", responses=CONFIG_CHANGED, openapi_extra=CONFIG_BODY)
async def update_config(request: Request) -> Response:
    """Changes what the body names, and nothing else; a null goes back to the default."""
    change = await Change.read(request, shows_etag=True)
    asked = UpdateConfigRequest(
        config=RouterConfig(), validate_only=change.validate_only, etag=change.etag
    )
    paths = change.fill(asked.config, ignored=_SHOWN_BESIDE)
    asked.update_mask.CopyFrom(FieldMask(paths=paths))
    return _changed(change, await core_of(request).config.UpdateConfig(asked, **change.call()))


@router.get("/config/versions", responses=VERSIONS_ANSWER)
async def list_versions(request: Request) -> Response:
    """Lists the last versions of the config, newest first."""
    core, metadata = core_of(request), CallContext.of(request).metadata()

    async def read(token: str) -> ListConfigVersionsResponse:
        return await core.config.ListConfigVersions(
            ListConfigVersionsRequest(page_token=token),
            timeout=OPERATOR_TIMEOUT_S,
            metadata=metadata,
        )

    shown = [project(each) async for page in async_pages(read) for each in page.versions]
    return json_answer({"versions": shown})


@router.post("/config/rollback", responses=CONFIG_CHANGED, openapi_extra=ROLLBACK_BODY)
async def roll_back(request: Request) -> Response:
    """Goes back to a version."""
    change = await Change.read(request)
    asked = RollbackConfigRequest(validate_only=change.validate_only, etag=change.etag)
    change.fill(asked, only=("version",), ignored=())
    return _changed(change, await core_of(request).config.RollbackConfig(asked, **change.call()))


def _changed(change: Change, answer: UpdateConfigResponse | RollbackConfigResponse) -> Response:
    shown = project(answer.config) | {"etag": answer.etag}
    return change.answer(shown, answer.change, etag=answer.etag)
