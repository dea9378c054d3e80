"""The client for threads: `RouterClient`, and what both clients share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import grpc

from llm_router.chat_json import from_json
from llm_router.errors import error_from
from llm_router.v1 import (
    chat_pb2,
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

__all__ = [
    "CHANNEL_OPTIONS",
    "DEFAULT_ADDRESS",
    "DEFAULT_TIMEOUT_S",
    "Chat",
    "RouterClient",
    "call_metadata",
    "chat_request",
]

DEFAULT_ADDRESS: Final = "127.0.0.1:50051"
DEFAULT_TIMEOUT_S: Final = 600.0

# gRPC's own limit of 4 MiB is too small for answers with images; and a proxy named
# in the environment is meant for the internet, not for a router nearby.
CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),
)

Chat = chat_pb2.ChatRequest | Mapping[str, Any]
"""A chat completion request: the message, or OpenAI-style JSON."""

Metadata = tuple[tuple[str, str], ...]
Req = TypeVar("Req")
Res = TypeVar("Res")


def chat_request(chat: Chat) -> chat_pb2.ChatRequest:
    """The message that ``chat`` is, or stands for."""
    if isinstance(chat, chat_pb2.ChatRequest):
        return chat
    return from_json(dict(chat), chat_pb2.ChatRequest)


def call_metadata(api_key: str | None, request_id: str | None) -> Metadata:
    """The metadata of a call with that key and that id of the request."""
    pairs = {"authorization": api_key and f"Bearer {api_key}", "x-router-request-id": request_id}
    return tuple((key, value) for key, value in pairs.items() if value)


class RouterClient:
    """Calls a router. Threads may share it.

        with RouterClient() as client:
            answer = client.complete({"messages": [{"role": "user", "content": "hi"}]})

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
        channel: grpc.Channel | None = None,
    ) -> None:
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._owns_channel = channel is None
        self.channel = channel or grpc.insecure_channel(address, CHANNEL_OPTIONS)
        self.classify_service = classify_pb2_grpc.ClassifyServiceStub(self.channel)
        self.route_service = route_pb2_grpc.RouteServiceStub(self.channel)
        self.complete_service = complete_pb2_grpc.CompleteServiceStub(self.channel)
        self.config_service = config_categories_pb2_grpc.ConfigCategoriesServiceStub(self.channel)
        self.stats_service = stats_pb2_grpc.StatsServiceStub(self.channel)

    def close(self) -> None:
        """Closes the channel, unless it was given; running calls are cancelled."""
        if self._owns_channel:
            self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # -- answering --------------------------------------------------------------

    def classify(
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
        return self._call(self.classify_service.Classify, request, timeout_s)

    def route(
        self, chat: Chat, *, session_id: str | None = None, timeout_s: float | None = None
    ) -> route_pb2.RouteResponse:
        """Explains which model would answer, and calls none."""
        request = route_pb2.RouteRequest(chat=chat_request(chat), session_id=session_id)
        return self._call(self.route_service.Route, request, timeout_s)

    def list_models(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> route_pb2.ListModelsResponse:
        """Lists what may stand in a request's ``model``; page size 0: all."""
        request = route_pb2.ListModelsRequest(page_size=page_size, page_token=page_token)
        return self._call(self.route_service.ListModels, request, timeout_s)

    def complete(
        self,
        chat: Chat,
        *,
        session_id: str | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> complete_pb2.CompleteResponse:
        """Answers at once. ``request_id``: the caller's own, for the router's records."""
        request = complete_pb2.CompleteRequest(chat=chat_request(chat), session_id=session_id)
        return self._call(self.complete_service.Complete, request, timeout_s, request_id)

    def stream_complete(
        self,
        chat: Chat,
        *,
        session_id: str | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> Generator[complete_pb2.StreamCompleteResponse, None, None]:
        """Answers piece by piece: decision, chunks, summary. Closing it cancels the call."""
        request = complete_pb2.StreamCompleteRequest(chat=chat_request(chat), session_id=session_id)
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        return self._stream(self.complete_service.StreamComplete, request, timeout_s, request_id)

    # -- the routing config -----------------------------------------------------

    def list_categories(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> config_pb2.ListCategoriesResponse:
        """Lists the categories; page size 0: all."""
        request = config_pb2.ListCategoriesRequest(page_size=page_size, page_token=page_token)
        return self._call(self.config_service.ListCategories, request, timeout_s)

    def get_category(
        self, name: str, *, timeout_s: float | None = None
    ) -> config_pb2.GetCategoryResponse:
        """Gets one category."""
        request = config_pb2.GetCategoryRequest(name=name)
        return self._call(self.config_service.GetCategory, request, timeout_s)

    def create_category(
        self, request: config_pb2.CreateCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.CreateCategoryResponse:
        """Adds a category."""
        return self._call(self.config_service.CreateCategory, request, timeout_s)

    def update_category(
        self, request: config_pb2.UpdateCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.UpdateCategoryResponse:
        """Changes a category."""
        return self._call(self.config_service.UpdateCategory, request, timeout_s)

    def replace_models(
        self, request: config_pb2.ReplaceModelsRequest, *, timeout_s: float | None = None
    ) -> config_pb2.ReplaceModelsResponse:
        """Replaces a category's list of models."""
        return self._call(self.config_service.ReplaceModels, request, timeout_s)

    def delete_category(
        self, request: config_pb2.DeleteCategoryRequest, *, timeout_s: float | None = None
    ) -> config_pb2.DeleteCategoryResponse:
        """Removes a category."""
        return self._call(self.config_service.DeleteCategory, request, timeout_s)

    def get_config(self, *, timeout_s: float | None = None) -> config_pb2.GetConfigResponse:
        """Gets the whole config that is in force."""
        request = config_pb2.GetConfigRequest()
        return self._call(self.config_service.GetConfig, request, timeout_s)

    def update_config(
        self, request: config_pb2.UpdateConfigRequest, *, timeout_s: float | None = None
    ) -> config_pb2.UpdateConfigResponse:
        """Changes the config."""
        return self._call(self.config_service.UpdateConfig, request, timeout_s)

    def put_model(
        self, request: config_pb2.PutModelRequest, *, timeout_s: float | None = None
    ) -> config_pb2.PutModelResponse:
        """Defines or replaces a model's alias."""
        return self._call(self.config_service.PutModel, request, timeout_s)

    def delete_model(
        self, request: config_pb2.DeleteModelRequest, *, timeout_s: float | None = None
    ) -> config_pb2.DeleteModelResponse:
        """Removes a model's alias."""
        return self._call(self.config_service.DeleteModel, request, timeout_s)

    def list_config_versions(
        self, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> config_pb2.ListConfigVersionsResponse:
        """Lists the last versions of the config, newest first."""
        request = config_pb2.ListConfigVersionsRequest(page_size=page_size, page_token=page_token)
        return self._call(self.config_service.ListConfigVersions, request, timeout_s)

    def rollback_config(
        self, request: config_pb2.RollbackConfigRequest, *, timeout_s: float | None = None
    ) -> config_pb2.RollbackConfigResponse:
        """Goes back to a version of the config."""
        return self._call(self.config_service.RollbackConfig, request, timeout_s)

    # -- what was served --------------------------------------------------------

    def get_stats(
        self, request: stats_pb2.GetStatsRequest | None = None, *, timeout_s: float | None = None
    ) -> stats_pb2.GetStatsResponse:
        """Sums up a range of time; by default all that is kept."""
        return self._call(
            self.stats_service.GetStats, request or stats_pb2.GetStatsRequest(), timeout_s
        )

    def list_requests(
        self,
        request: stats_pb2.ListRequestsRequest | None = None,
        *,
        timeout_s: float | None = None,
    ) -> stats_pb2.ListRequestsResponse:
        """Lists requests, newest first; by default the last 50."""
        return self._call(
            self.stats_service.ListRequests, request or stats_pb2.ListRequestsRequest(), timeout_s
        )

    def watch_requests(
        self, *, category: str = "", model: str = "", timeout_s: float | None = None
    ) -> Generator[stats_pb2.WatchRequestsResponse, None, None]:
        """Follows requests as they end, until it is closed; no ``timeout_s`` is no deadline."""
        request = stats_pb2.WatchRequestsRequest(category=category, model=model)
        return self._stream(self.stats_service.WatchRequests, request, timeout_s)

    def reset_model(
        self, model: str, *, timeout_s: float | None = None
    ) -> stats_pb2.ResetModelResponse:
        """Closes a model's breaker and lifts its bench."""
        request = stats_pb2.ResetModelRequest(model=model)
        return self._call(self.stats_service.ResetModel, request, timeout_s)

    def get_server_info(self, *, timeout_s: float | None = None) -> stats_pb2.GetServerInfoResponse:
        """Tells which router this is and how it is configured."""
        request = stats_pb2.GetServerInfoRequest()
        return self._call(self.stats_service.GetServerInfo, request, timeout_s)

    def get_metrics(self, *, timeout_s: float | None = None) -> stats_pb2.GetMetricsResponse:
        """The metrics in Prometheus' text format."""
        request = stats_pb2.GetMetricsRequest()
        return self._call(self.stats_service.GetMetrics, request, timeout_s)

    # -- calling -----------------------------------------------------------------

    def _call(
        self,
        method: grpc.UnaryUnaryMultiCallable[Req, Res],
        request: Req,
        timeout_s: float | None,
        request_id: str | None = None,
    ) -> Res:
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        metadata = call_metadata(self._api_key, request_id)
        try:
            return method(request, timeout=timeout_s, metadata=metadata)
        except grpc.RpcError as error:
            raise error_from(error) from error

    def _stream(
        self,
        method: grpc.UnaryStreamMultiCallable[Req, Res],
        request: Req,
        timeout_s: float | None,
        request_id: str | None = None,
    ) -> Generator[Res, None, None]:
        metadata = call_metadata(self._api_key, request_id)
        call = method(request, timeout=timeout_s, metadata=metadata)
        return _events(call, call.cancel)


def _events(messages: Iterable[Res], cancel: Callable[[], Any]) -> Generator[Res, None, None]:
    try:
        yield from messages
    except grpc.RpcError as error:
        raise error_from(error) from error
    finally:
        cancel()
