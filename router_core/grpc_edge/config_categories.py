"""ConfigCategoriesService: reads the routing config."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from llm_router.v1 import config_categories_pb2 as pb
from llm_router.v1 import config_categories_pb2_grpc
from router_core.app.ports import ConfigSource
from router_core.decide.config import (
    Category,
    ClassifierSettings,
    DeadlineOverrides,
    Deadlines,
    RoutingConfig,
)
from router_core.errors import CategoryNotFound
from router_core.grpc_edge.call import Call, Guard, unary_rpc
from router_core.grpc_edge.not_built import not_built
from router_core.grpc_edge.pages import page_of


class ConfigCategoriesServicer(config_categories_pb2_grpc.ConfigCategoriesServiceServicer):
    """Checks, reads the snapshot in force, converts.

    Args:
        guard: who may call.
        config: the config in force.
        keys_found: the environment variables of providers' keys that are set.
    """

    def __init__(self, guard: Guard, config: ConfigSource, keys_found: frozenset[str]) -> None:
        self.guard = guard
        self._config = config
        self._keys_found = keys_found

    @unary_rpc
    async def ListCategories(
        self, request: pb.ListCategoriesRequest, call: Call
    ) -> pb.ListCategoriesResponse:
        """Lists the categories, built-in ones first."""
        categories = list(self._config.current().categories.values())
        page, next_page_token = page_of(categories, request.page_size, request.page_token)
        return pb.ListCategoriesResponse(
            categories=map(self._category, page), next_page_token=next_page_token
        )

    @unary_rpc
    async def GetCategory(
        self, request: pb.GetCategoryRequest, call: Call
    ) -> pb.GetCategoryResponse:
        """Gets one category."""
        category = self._config.current().categories.get(request.name)
        if category is None:
            raise CategoryNotFound(f"there is no category {request.name!r:.80}")
        return pb.GetCategoryResponse(category=self._category(category))

    @unary_rpc
    async def GetConfig(self, request: pb.GetConfigRequest, call: Call) -> pb.GetConfigResponse:
        """Gets the whole config that is in force."""
        return pb.GetConfigResponse(
            config=self._router_config(self._config.current()),
            etag=self._config.etag,
            overrides=self._config.overrides,
        )

    CreateCategory = not_built
    UpdateCategory = not_built
    ReplaceModels = not_built
    DeleteCategory = not_built
    UpdateConfig = not_built
    PutModel = not_built
    DeleteModel = not_built
    ListConfigVersions = not_built
    RollbackConfig = not_built

    def _category(self, category: Category) -> pb.Category:
        return pb.Category(
            name=category.name,
            models=[model.name for model in category.models],
            keywords=category.keywords,
            description=category.description,
            examples=category.examples,
            policy=category.policy,
            built_in=category.built_in,
            etag=self._config.category_etag(category.name),
        )

    def _router_config(self, config: RoutingConfig) -> pb.RouterConfig:
        return pb.RouterConfig(
            version=config.version,
            mode=config.mode,
            tools_rule=config.tools_rule,
            providers=[
                pb.Provider(
                    name=provider.name,
                    base_url=provider.base_url,
                    api_key_env=provider.api_key_env or "",
                    has_key=provider.api_key_env in self._keys_found,
                    is_default=provider.name == config.default_provider,
                    deadlines=_deadlines(provider.deadlines),
                )
                for provider in config.providers.values()
            ],
            models=[
                pb.ModelAlias(
                    alias=alias,
                    id=model.id,
                    provider=model.provider,
                    deadlines=_deadlines(config.settings_of(model).deadlines),
                    max_concurrent=config.settings_of(model).max_concurrent,
                )
                for alias, model in config.aliases.items()
            ],
            categories=map(self._category, config.categories.values()),
            housekeeping=[model.name for model in config.housekeeping],
            deadlines=_deadlines(config.deadlines),
            classifiers=_classifiers(config.classifiers),
            last_resort=config.last_resort.name if config.last_resort else "",
            continuity=pb.Continuity(
                enabled=config.continuity.enabled,
                cache=_duration(config.continuity.cache_s),
                max_sessions=config.continuity.max_sessions,
            ),
            limits=pb.Limits(
                max_concurrent=config.limits.max_concurrent, max_queued=config.limits.max_queued
            ),
        )


def _classifiers(settings: ClassifierSettings) -> pb.Classifiers:
    ollama, api = settings.ollama, settings.api
    return pb.Classifiers(
        cascade_below=settings.cascade_below,
        ollama=pb.OllamaClassifier(
            model=ollama.model, deadline=_duration(ollama.deadline_s), parallel=ollama.parallel
        ),
        api=pb.ApiClassifier(
            model=api.model.name if api.model else "",
            deadline=_duration(api.deadline_s),
            in_cascade=api.in_cascade,
        ),
    )


def _deadlines(deadlines: Deadlines | DeadlineOverrides) -> pb.Deadlines:
    return pb.Deadlines(
        connect=_duration(deadlines.connect_s),
        first_token=_duration(deadlines.first_token_s),
        idle=_duration(deadlines.idle_s),
        total=_duration(deadlines.total_s),
    )


def _duration(seconds: float | None) -> Duration | None:
    if seconds is None:
        return None
    whole = int(seconds)
    return Duration(seconds=whole, nanos=round((seconds - whole) * 1e9))
