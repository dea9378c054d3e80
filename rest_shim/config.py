"""GET /config: the routing config that is in force, whole or by category."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    Category,
    GetCategoryRequest,
    GetConfigRequest,
    ListCategoriesRequest,
)
from rest_shim.call import CallContext, printable
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi import CATEGORIES_ANSWER, CATEGORY_ANSWER, CONFIG_ANSWER

__all__ = ["router"]

router = APIRouter(tags=["config"])


@router.get("/config", responses=CONFIG_ANSWER)
async def get_config(request: Request) -> Response:
    """Shows the config, its etag, and what the environment overrides."""
    answer = await core_of(request).config.GetConfig(
        GetConfigRequest(),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    shown = project(answer.config)
    shown |= {"etag": answer.etag, "overrides": list(answer.overrides)}
    return json_answer(shown, headers=_etag(answer.etag))


@router.get("/config/category", responses=CATEGORIES_ANSWER)
async def list_categories(request: Request) -> Response:
    """Lists the categories, built-in ones first."""
    core, metadata = core_of(request), CallContext.of(request).metadata()
    categories: list[Category] = []
    page = ListCategoriesRequest()
    while True:
        answer = await core.config.ListCategories(
            page, timeout=OPERATOR_TIMEOUT_S, metadata=metadata
        )
        categories += answer.categories
        if not answer.next_page_token:
            return json_answer({"categories": [project(category) for category in categories]})
        page = ListCategoriesRequest(page_token=answer.next_page_token)


@router.get("/config/category/{name}", responses=CATEGORY_ANSWER)
async def get_category(request: Request, name: str) -> Response:
    """Shows one category."""
    answer = await core_of(request).config.GetCategory(
        GetCategoryRequest(name=name),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    return json_answer(project(answer.category), headers=_etag(answer.category.etag))


def _etag(etag: str) -> dict[str, str]:
    # An entity tag stands in quotes (RFC 9110, 8.8.3).
    return {"etag": f'"{printable(etag)}"'} if etag else {}
