"""The client for asyncio: `AsyncRouterClient`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self, TypeVar

import grpc

from llm_router.client import (
    CHANNEL_OPTIONS,
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT_S,
    Chat,
    call_metadata,
    chat_request,
)
from llm_router.errors import error_from
from llm_router.v1 import (
    classify_pb2,
    classify_pb2_grpc,
    complete_pb2,
    complete_pb2_grpc,
    config_categories_pb2_grpc,
    route_pb2,
    route_pb2_grpc,
    stats_pb2,
    stats_pb2_grpc,
)
from llm_router.v1 import config_categories_pb2 as config_pb2

__all__ = ["AsyncRouterClient"]

Req = TypeVar("Req")
Res = TypeVar("Res")


class AsyncRouterClient:
    """Calls a router from one event loop; make it there.

        async with AsyncRouterClient() as client:
            answer = await client.complete({"messages": [{"role": "user", "content": "hi"}]})

    Every method takes ``timeout_s``, the call's deadline in seconds from now, and
    raises `RouterClientError`. The generated stubs are there too, as ``*_service``.

    Args:
        address: of the router, such as "127.0.0.1:50051" or "unix:/path".
        api_key: where the router asks for one.
        timeout_s: the deadline of calls that name none, in seconds.
        channel: to use instead of one of its own to ``address``, with TLS for
            instance; it stays the caller's to close.
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        api_key: str | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._owns_channel = channel is None
        self.channel = channel or grpc.aio.insecure_channel(address, CHANNEL_OPTIONS)
        self.classify_service = classify_pb2_grpc.ClassifyServiceStub(self.channel)
        self.route_service = route_pb2_grpc.RouteServiceStub(self.channel)
        self.complete_service = complete_pb2_grpc.CompleteServiceStub(self.channel)
        self.config_service = config_categories_pb2_grpc.ConfigCategoriesServiceStub(self.channel)
        self.stats_service = stats_pb2_grpc.StatsServiceStub(self.channel)

    async def close(self) -> None:
        """Closes the channel, unless it was given; running calls are cancelled."""
        if self._owns_channel:
            await self.channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # -- answering --------------------------------------------------------------

    async def classify(
        self,
        chat: Chat,
        *,
        session_id: str | None = None,
        mode: str | None = None,
        timeout_s: float | None = None,
    ) -> classify_pb2.ClassifyResponse:
        """Tells the category of a request; ``mode`` overrides the configured one."""
        request = classify_pb2.ClassifyRequest(
            chat=chat_request(chat), session_id=session_id, mode=mode
        )
        return await self._call(self.classify_service.Classify, request, timeout_s)

    async def route(
        self, chat: Chat, *, session_id: str | None = None, timeout_s: float | None = None
    ) -> route_pb2.RouteResponse:
        """Explains which model would answer, and calls none."""
        request = route_pb2.RouteRequest(chat=chat_request(chat), session_id=session_id)
        return await self._call(self.route_service.Route, request, timeout_s)

    async def list_models(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> route_pb2.ListModelsResponse:
        """Lists what may stand in a request's ``model``; page size 0: all."""
        request = route_pb2.ListModelsRequest(page_size=page_size, page_token=page_token)
        return await self._call(self.route_service.ListModels, request, timeout_s)

    async def complete(
        self,
        chat: Chat,
        *,
        session_id: str | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> complete_pb2.CompleteResponse:
        """Answers at once. ``request_id``: the caller's own, for the router's records."""
        request = complete_pb2.CompleteRequest(chat=chat_request(chat), session_id=session_id)
        return await self._call(self.complete_service.Complete, request, timeout_s, request_id)

    def stream_complete(
        self,
        chat: Chat,
        *,
        session_id: str | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> AsyncGenerator[complete_pb2.StreamCompleteResponse, None]:
        """Answers piece by piece: decision, chunks, summary. Closing it cancels the call."""
        request = complete_pb2.StreamCompleteRequest(chat=chat_request(chat), session_id=session_id)
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        return self._stream(self.complete_service.StreamComplete, request, timeout_s, request_id)

    # -- the routing config -----------------------------------------------------

    async def list_categories(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> config_pb2.ListCategoriesResponse:
        """Lists the categories; page size 0: all."""
        request = config_pb2.ListCategoriesRequest(page_size=page_size, page_token=page_token)
        return await self._call(self.config_service.ListCategories, request, timeout_s)

    async def get_category(
        self, name: str, *, timeout_s: float | None = None
    ) -> config_pb2.GetCategoryResponse:
        """Gets one category."""
        request = config_pb2.GetCategoryRequest(name=name)
        return await self._call(self.config_service.GetCategory, request, timeout_s)

    async def create_category(
        self, request: config_pb2.CreateCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.CreateCategoryResponse:
        """Adds a category."""
        return await self._call(self.config_service.CreateCategory, request, timeout_s)

    async def update_category(
        self, request: config_pb2.UpdateCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.UpdateCategoryResponse:
        """Changes a category."""
        return await self._call(self.config_service.UpdateCategory, request, timeout_s)

    async def replace_models(
        self, request: config_pb2.ReplaceModelsRequest, *, timeout_s: float | None = None
    ) -> config_pb2.ReplaceModelsResponse:
        """Replaces a category's list of models."""
        return await self._call(self.config_service.ReplaceModels, request, timeout_s)

    async def delete_category(
        self, request: config_pb2.DeleteCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.DeleteCategoryResponse:
        """Removes a category."""
        return await self._call(self.config_service.DeleteCategory, request, timeout_s)

    async def get_config(self, *, timeout_s: float | None = None) -> config_pb2.GetConfigResponse:
        """Gets the whole config that is in force."""
        request = config_pb2.GetConfigRequest()
        return await self._call(self.config_service.GetConfig, request, timeout_s)

    async def update_config(
        self, request: config_pb2.UpdateConfigRequest, *, timeout_s: float | None = None
    ) -> config_pb2.UpdateConfigResponse:
        """Changes the config."""
        return await self._call(self.config_service.UpdateConfig, request, timeout_s)

    async def put_model(
        self, request: config_pb2.PutModelRequest, *, timeout_s: float | None = None
    ) -> config_pb2.PutModelResponse:
        """Defines or replaces a model's alias."""
        return await self._call(self.config_service.PutModel, request, timeout_s)

    async def delete_model(
        self, request: config_pb2.DeleteModelRequest, *, timeout_s: float | None = None
    ) -> config_pb2.DeleteModelResponse:
        """Removes a model's alias."""
        return await self._call(self.config_service.DeleteModel, request, timeout_s)

    async def list_config_versions(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> config_pb2.ListConfigVersionsResponse:
        """Lists the last versions of the config, newest first."""
        request = config_pb2.ListConfigVersionsRequest(page_size=page_size, page_token=page_token)
        return await self._call(self.config_service.ListConfigVersions, request, timeout_s)

    async def rollback_config(
        self, request: config_pb2.RollbackConfigRequest, *, timeout_s: float | None = None
    ) -> config_pb2.RollbackConfigResponse:
        """Goes back to a version of the config."""
        return await self._call(self.config_service.RollbackConfig, request, timeout_s)

    # -- what was served --------------------------------------------------------

    async def get_stats(
        self, request: stats_pb2.GetStatsRequest | None = None, *, timeout_s: float | None = None
    ) -> stats_pb2.GetStatsResponse:
        """Sums up a range of time; by default all that is kept."""
        return await self._call(
            self.stats_service.GetStats, request or stats_pb2.GetStatsRequest(), timeout_s
        )

    async def list_requests(
        self,
        request: stats_pb2.ListRequestsRequest | None = None,
        *,
        timeout_s: float | None = None,
    ) -> stats_pb2.ListRequestsResponse:
        """Lists requests, newest first; by default the last 50."""
        return await self._call(
            self.stats_service.ListRequests, request or stats_pb2.ListRequestsRequest(), timeout_s
        )

    def watch_requests(
        self, *, category: str = "", model: str = "", timeout_s: float | None = None
    ) -> AsyncGenerator[stats_pb2.WatchRequestsResponse, None]:
        """Follows requests as they end, until it is closed; no ``timeout_s`` is no deadline."""
        request = stats_pb2.WatchRequestsRequest(category=category, model=model)
        return self._stream(self.stats_service.WatchRequests, request, timeout_s)

    async def reset_model(
        self, model: str, *, timeout_s: float | None = None
    ) -> stats_pb2.ResetModelResponse:
        """Closes a model's breaker and lifts its bench."""
        request = stats_pb2.ResetModelRequest(model=model)
        return await self._call(self.stats_service.ResetModel, request, timeout_s)

    async def get_server_info(
        self, *, timeout_s: float | None = None
    ) -> stats_pb2.GetServerInfoResponse:
        """Tells which router this is and how it is configured."""
        request = stats_pb2.GetServerInfoRequest()
        return await self._call(self.stats_service.GetServerInfo, request, timeout_s)

    async def get_metrics(self, *, timeout_s: float | None = None) -> stats_pb2.GetMetricsResponse:
        """The metrics in Prometheus' text format."""
        request = stats_pb2.GetMetricsRequest()
        return await self._call(self.stats_service.GetMetrics, request, timeout_s)

    # -- calling -----------------------------------------------------------------

    async def _call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Req, Res],
        request: Req,
        timeout_s: float | None,
        request_id: str | None = None,
    ) -> Res:
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        metadata = call_metadata(self._api_key, request_id)
        try:
            return await method(request, timeout=timeout_s, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise error_from(error) from error

    def _stream(
        self,
        method: grpc.aio.UnaryStreamMultiCallable[Req, Res],
        request: Req,
        timeout_s: float | None,
        request_id: str | None = None,
    ) -> AsyncGenerator[Res, None]:
        metadata = call_metadata(self._api_key, request_id)
        return _events(method(request, timeout=timeout_s, metadata=metadata))


async def _events(call: grpc.aio.UnaryStreamCall[Req, Res]) -> AsyncGenerator[Res, None]:
    try:
        async for event in call:
            yield event
    except grpc.aio.AioRpcError as error:
        raise error_from(error) from error
    finally:
        call.cancel()
