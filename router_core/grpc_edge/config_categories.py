"""ConfigCategoriesService: reads the routing config and changes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from google.protobuf.field_mask_pb2 import FieldMask

from llm_router.v1 import config_categories_pb2 as pb
from llm_router.v1 import config_categories_pb2_grpc
from router_core.app.configure import Change, Changed, Configure
from router_core.app.ports import ConfigStore, ConfigVersion
from router_core.decide.config import Category
from router_core.decide.config_edits import Edits
from router_core.decide.likeness import did_you_mean
from router_core.errors import CategoryNotFound, InvalidRequest
from router_core.grpc_edge.call import Access, Call, Guard, unary_rpc
from router_core.grpc_edge.config_masks import edits_of
from router_core.grpc_edge.config_messages import (
    category_message,
    category_value,
    config_message,
    model_message,
    value_of,
)
from router_core.grpc_edge.pages import page_of
from router_core.grpc_edge.replay import replay_message

__all__ = ["ConfigCategoriesServicer"]

_Field = TypeVar("_Field", str, int)


class _Mutation(Protocol):
    """What every request for a change has."""

    validate_only: bool
    etag: str


class ConfigCategoriesServicer(config_categories_pb2_grpc.ConfigCategoriesServiceServicer):
    """Checks, calls the use case, converts.

    Args:
        guard: who may call.
        store: the config in force.
        configure: changes it.
        category_etag: the etag of a category of any config.
        has_key: whether an environment variable holds a provider's key.
    """

    def __init__(
        self,
        guard: Guard,
        store: ConfigStore,
        configure: Configure,
        category_etag: Callable[[Category], str],
        has_key: Callable[[str], bool],
    ) -> None:
        self.guard = guard
        self._store = store
        self._configure = configure
        self._category_etag = category_etag
        self._has_key = has_key

    # -- reading

    @unary_rpc(access=Access.OPERATOR)
    async def ListCategories(
        self, request: pb.ListCategoriesRequest, call: Call
    ) -> pb.ListCategoriesResponse:
        """Lists the categories, built-in ones first."""
        categories = list(self._store.current().categories.values())
        page, next_page_token = page_of(categories, request.page_size, request.page_token)
        return pb.ListCategoriesResponse(
            categories=map(self._category, page), next_page_token=next_page_token
        )

    @unary_rpc(access=Access.OPERATOR)
    async def GetCategory(
        self, request: pb.GetCategoryRequest, call: Call
    ) -> pb.GetCategoryResponse:
        """Gets one category."""
        categories = self._store.current().categories
        category = categories.get(request.name)
        if category is None:
            hint = did_you_mean(request.name, categories)
            raise CategoryNotFound(f"there is no category {request.name!r:.80}{hint}")
        return pb.GetCategoryResponse(category=self._category(category))

    @unary_rpc(access=Access.OPERATOR)
    async def GetConfig(self, request: pb.GetConfigRequest, call: Call) -> pb.GetConfigResponse:
        """Gets the whole config that is in force."""
        store = self._store
        return pb.GetConfigResponse(
            config=config_message(store.current(), self._category_etag, self._has_key),
            etag=store.etag,
            overrides=store.overrides,
            problems=store.problems,
        )

    @unary_rpc(access=Access.OPERATOR)
    async def ListConfigVersions(
        self, request: pb.ListConfigVersionsRequest, call: Call
    ) -> pb.ListConfigVersionsResponse:
        """Lists the last versions, newest first."""
        versions = self._store.versions()
        page, next_page_token = page_of(versions, request.page_size, request.page_token)
        return pb.ListConfigVersionsResponse(
            versions=map(_version, page), next_page_token=next_page_token
        )

    # -- changing categories

    @unary_rpc(access=Access.CONFIG)
    async def CreateCategory(
        self, request: pb.CreateCategoryRequest, call: Call
    ) -> pb.CreateCategoryResponse:
        """Adds a category."""
        name = _required(request.category.name, "category.name")
        fields = category_value(request.category)
        changed = await self._configure.create_category(name, fields, self._change(request))
        return pb.CreateCategoryResponse(
            category=self._category(changed.config.categories[name]), change=_told(changed)
        )

    @unary_rpc(access=Access.CONFIG)
    async def UpdateCategory(
        self, request: pb.UpdateCategoryRequest, call: Call
    ) -> pb.UpdateCategoryResponse:
        """Changes a category."""
        name = _required(request.category.name, "category.name")
        fields = edits_of(request.category, _mask(request), where="a category", empty_lists=True)
        changed = await self._configure.update_category(name, fields, self._change(request))
        return pb.UpdateCategoryResponse(
            category=self._category(changed.config.categories[name]), change=_told(changed)
        )

    @unary_rpc(access=Access.CONFIG)
    async def ReplaceModels(
        self, request: pb.ReplaceModelsRequest, call: Call
    ) -> pb.ReplaceModelsResponse:
        """Replaces a category's list of models."""
        name = _required(request.category, "category")
        fields: Edits = {("models",): list(request.models)}
        changed = await self._configure.update_category(name, fields, self._change(request))
        return pb.ReplaceModelsResponse(
            category=self._category(changed.config.categories[name]), change=_told(changed)
        )

    @unary_rpc(access=Access.CONFIG)
    async def DeleteCategory(
        self, request: pb.DeleteCategoryRequest, call: Call
    ) -> pb.DeleteCategoryResponse:
        """Removes a category."""
        name = _required(request.name, "name")
        changed = await self._configure.delete_category(name, self._change(request))
        return pb.DeleteCategoryResponse(change=_told(changed))

    # -- changing all the rest

    @unary_rpc(access=Access.CONFIG)
    async def UpdateConfig(
        self, request: pb.UpdateConfigRequest, call: Call
    ) -> pb.UpdateConfigResponse:
        """Changes the config."""
        edits = edits_of(request.config, _mask(request), where="the config", empty_lists=False)
        changed = await self._configure.update(edits, self._change(request))
        return pb.UpdateConfigResponse(
            config=self._config(changed), etag=changed.etag, change=_told(changed)
        )

    @unary_rpc(access=Access.CONFIG)
    async def PutModel(self, request: pb.PutModelRequest, call: Call) -> pb.PutModelResponse:
        """Defines or replaces a model's alias."""
        alias = _required(request.model.alias, "model.alias")
        _required(request.model.id, "model.id")
        model = value_of(request.model)
        changed = await self._configure.put_model(alias, model, self._change(request))
        config = changed.config
        return pb.PutModelResponse(
            model=model_message(config.aliases[alias], config), change=_told(changed)
        )

    @unary_rpc(access=Access.CONFIG)
    async def DeleteModel(
        self, request: pb.DeleteModelRequest, call: Call
    ) -> pb.DeleteModelResponse:
        """Removes a model's alias."""
        alias = _required(request.alias, "alias")
        changed = await self._configure.delete_model(alias, self._change(request))
        return pb.DeleteModelResponse(change=_told(changed))

    @unary_rpc(access=Access.CONFIG)
    async def RollbackConfig(
        self, request: pb.RollbackConfigRequest, call: Call
    ) -> pb.RollbackConfigResponse:
        """Goes back to a version."""
        version = _required(request.version, "version")
        changed = await self._configure.roll_back(version, self._change(request))
        return pb.RollbackConfigResponse(
            config=self._config(changed), etag=changed.etag, change=_told(changed)
        )

    # -- converting

    def _change(self, request: _Mutation) -> Change:
        return Change(
            author="admin" if self.guard.has_admin else "local",
            etag=request.etag,
            validate_only=request.validate_only,
        )

    def _category(self, category: Category) -> pb.Category:
        return category_message(category, self._category_etag)

    def _config(self, changed: Changed) -> pb.RouterConfig:
        return config_message(changed.config, self._category_etag, self._has_key)


def _mask(request: pb.UpdateCategoryRequest | pb.UpdateConfigRequest) -> FieldMask | None:
    return request.update_mask if request.HasField("update_mask") else None


def _required(value: _Field, field: str) -> _Field:
    if not value:
        raise InvalidRequest(f"{field} is missing", field)
    return value


def _told(changed: Changed) -> pb.ConfigChange:
    report = changed.replay
    return pb.ConfigChange(
        changes=changed.changes,
        warnings=changed.warnings,
        replay=None if report is None else replay_message(report),
    )


def _version(version: ConfigVersion) -> pb.ConfigVersion:
    told = pb.ConfigVersion(
        version=version.number,
        author=version.author,
        changes=version.changes,
        etag=version.etag,
    )
    told.time.FromDatetime(version.time)
    return told
