"""/config/category: the categories, one by one; and /config/model-mapping, their models."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.pages import async_pages
from llm_router.projection import project
from llm_router.v1.config_categories_pb2 import (
    Category,
    CreateCategoryRequest,
    CreateCategoryResponse,
    DeleteCategoryRequest,
    GetCategoryRequest,
    ListCategoriesRequest,
    ListCategoriesResponse,
    ReplaceModelsRequest,
    ReplaceModelsResponse,
    UpdateCategoryRequest,
    UpdateCategoryResponse,
)
from rest_shim.call import CallContext
from rest_shim.change import Change, etag_header
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi_config import (
    CATEGORIES_ANSWER,
    CATEGORY_ADDED,
    CATEGORY_ANSWER,
    CATEGORY_BODY,
    CATEGORY_CHANGED,
    MAPPING_BODY,
    NEW_CATEGORY_BODY,
    REMOVAL,
    REMOVED,
)

__all__ = ["router"]

router = APIRouter(tags=["config"])


@router.get("/config/category", responses=CATEGORIES_ANSWER)
async def list_categories(request: Request) -> Response:
    """Lists the categories, built-in ones first."""
    core, metadata = core_of(request), CallContext.of(request).metadata()

    async def read(token: str) -> ListCategoriesResponse:
        return await core.config.ListCategories(
            ListCategoriesRequest(page_token=token), timeout=OPERATOR_TIMEOUT_S, metadata=metadata
        )

    shown = [project(each) async for page in async_pages(read) for each in page.categories]
    return json_answer({"categories": shown})


@router.get("/config/category/{name}", responses=CATEGORY_ANSWER)
async def get_category(request: Request, name: str) -> Response:
    """Shows one category."""
    answer = await core_of(request).config.GetCategory(
        GetCategoryRequest(name=name),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    return json_answer(project(answer.category), headers=etag_header(answer.category.etag))


@router.post(
    "/config/category",
    status_code=201,
    responses=CATEGORY_ADDED,
    openapi_extra=NEW_CATEGORY_BODY,
)
async def create_category(request: Request) -> Response:
    """Adds a category."""
    change = await Change.read(request)
    asked = CreateCategoryRequest(
        category=Category(), validate_only=change.validate_only, etag=change.etag
    )
    change.fill(asked.category)
    answer = await core_of(request).config.CreateCategory(asked, **change.call())
    return _changed(change, answer, status=201)


@router.post("/config/model-mapping", responses=CATEGORY_CHANGED, openapi_extra=MAPPING_BODY)
async def replace_models(request: Request) -> Response:
    """Replaces a category's list of models."""
    change = await Change.read(request)
    asked = ReplaceModelsRequest(validate_only=change.validate_only, etag=change.etag)
    change.fill(asked, only=("category", "models"), ignored=())
    answer = await core_of(request).config.ReplaceModels(asked, **change.call())
    return _changed(change, answer)


@router.patch("/config/category/{name}", responses=CATEGORY_CHANGED, openapi_extra=CATEGORY_BODY)
async def update_category(request: Request, name: str) -> Response:
    """Changes what the body names, and nothing else; null is empty."""
    change = await Change.read(request, shows_etag=True)
    change.check_name("name", name)
    asked = UpdateCategoryRequest(validate_only=change.validate_only, etag=change.etag)
    paths = change.fill(asked.category)
    asked.category.name = name
    asked.update_mask.CopyFrom(FieldMask(paths=[path for path in paths if path != "name"]))
    answer = await core_of(request).config.UpdateCategory(asked, **change.call())
    return _changed(change, answer)


@router.delete("/config/category/{name}", status_code=204, responses=REMOVED, openapi_extra=REMOVAL)
async def delete_category(request: Request, name: str) -> Response:
    """Removes a category; a built-in one stays."""
    change = await Change.read(request, has_body=False)
    asked = DeleteCategoryRequest(name=name, validate_only=change.validate_only, etag=change.etag)
    answer = await core_of(request).config.DeleteCategory(asked, **change.call())
    return change.answer({}, answer.change)


def _changed(
    change: Change,
    answer: CreateCategoryResponse | ReplaceModelsResponse | UpdateCategoryResponse,
    *,
    status: int = 200,
) -> Response:
    category = answer.category
    return change.answer(project(category), answer.change, etag=category.etag, status=status)
