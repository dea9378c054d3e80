"""The core as the shim sees it: the generated stubs over one channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import grpc
from fastapi import Request

from llm_router.v1.classify_pb2_grpc import ClassifyServiceStub
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from llm_router.v1.config_categories_pb2_grpc import ConfigCategoriesServiceStub
from llm_router.v1.route_pb2_grpc import RouteServiceStub
from llm_router.v1.stats_pb2_grpc import StatsServiceStub
from rest_shim.settings import MEBIBYTE, ShimSettings

if TYPE_CHECKING:  # the async stubs are names for type checkers only
    from llm_router.v1.classify_pb2_grpc import ClassifyServiceAsyncStub
    from llm_router.v1.complete_pb2_grpc import CompleteServiceAsyncStub
    from llm_router.v1.config_categories_pb2_grpc import ConfigCategoriesServiceAsyncStub
    from llm_router.v1.route_pb2_grpc import RouteServiceAsyncStub
    from llm_router.v1.stats_pb2_grpc import StatsServiceAsyncStub

__all__ = ["OPERATOR_TIMEOUT_S", "Core", "core_of", "open_channel"]

OPERATOR_TIMEOUT_S: Final = 30.0
"""Time for a call that no model answers: models, config, stats."""

_MESSAGE_LIMIT: Final = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The core's services.

    Attributes:
        settings: what the shim was told; the core's address, for messages, is in it.
    """

    settings: ShimSettings
    classify: ClassifyServiceAsyncStub
    complete: CompleteServiceAsyncStub
    config: ConfigCategoriesServiceAsyncStub
    route: RouteServiceAsyncStub
    stats: StatsServiceAsyncStub

    @classmethod
    def over(cls, channel: grpc.aio.Channel, settings: ShimSettings) -> Core:
        """Makes the stubs, once for all requests."""
        return cls(
            settings=settings,
            classify=ClassifyServiceStub(channel),
            complete=CompleteServiceStub(channel),
            config=ConfigCategoriesServiceStub(channel),
            route=RouteServiceStub(channel),
            stats=StatsServiceStub(channel),
        )


def core_of(request: Request) -> Core:
    """The core that the app which serves ``request`` talks to."""
    return cast("Core", request.app.state.core)


def open_channel(settings: ShimSettings) -> grpc.aio.Channel:
    """Opens a channel to the core; the core need not be there yet.

    Must be called inside the event loop that will use the channel.
    """
    # A body in protobuf can be a little larger than in JSON (escapes, numbers).
    limit = max(_MESSAGE_LIMIT, 2 * settings.max_body_bytes)
    return grpc.aio.insecure_channel(
        settings.core_address,
        options=(
            ("grpc.max_receive_message_length", limit),
            ("grpc.max_send_message_length", limit),
            # A core that starts late, or again, is found within a second; gRPC's own
            # backoff grows to two minutes.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 1000),
            ("grpc.max_reconnect_backoff_ms", 1000),
            # An http_proxy variable is for the way out, not for the way to the core.
            ("grpc.enable_http_proxy", 0),
        ),
    )
