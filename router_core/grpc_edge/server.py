"""The gRPC server: the services, health and reflection on one address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from llm_router.v1 import (
    classify_pb2,
    classify_pb2_grpc,
    complete_pb2,
    complete_pb2_grpc,
    config_categories_pb2,
    config_categories_pb2_grpc,
    route_pb2,
    route_pb2_grpc,
    stats_pb2,
    stats_pb2_grpc,
)
from router_core.errors import ConfigError

__all__ = ["MIN_RECEIVE_BYTES", "GrpcServer", "Registrar", "register"]

MIN_RECEIVE_BYTES: Final = 64 * 1024 * 1024
"""Every server takes requests of this size; gRPC's own 4 MiB are too few for images."""

# grpc.aio's servers share a port with one another unless told not to, and beyond
# about 1000 waiting requests gRPC sheds load at random, as CANCELLED.
_OPTIONS: Final = (
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),
    ("grpc.server.max_pending_requests", 100_000),
    ("grpc.server.max_pending_requests_hard_limit", 100_000),
)


class Registrar(Protocol):
    """What servicers register with: a `grpc.aio.Server`, or an `InProcessChannel`."""

    def add_generic_rpc_handlers(
        self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler], /
    ) -> None:
        """Called by generated code."""

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, Any], /
    ) -> None:
        """Called by generated code."""


_Add = Callable[[Any, Any], None]

_SERVICES: Final[Mapping[type, tuple[str, _Add]]] = MappingProxyType(
    {
        classify_pb2_grpc.ClassifyServiceServicer: (
            classify_pb2.DESCRIPTOR.services_by_name["ClassifyService"].full_name,
            classify_pb2_grpc.add_ClassifyServiceServicer_to_server,
        ),
        route_pb2_grpc.RouteServiceServicer: (
            route_pb2.DESCRIPTOR.services_by_name["RouteService"].full_name,
            route_pb2_grpc.add_RouteServiceServicer_to_server,
        ),
        complete_pb2_grpc.CompleteServiceServicer: (
            complete_pb2.DESCRIPTOR.services_by_name["CompleteService"].full_name,
            complete_pb2_grpc.add_CompleteServiceServicer_to_server,
        ),
        config_categories_pb2_grpc.ConfigCategoriesServiceServicer: (
            config_categories_pb2.DESCRIPTOR.services_by_name["ConfigCategoriesService"].full_name,
            config_categories_pb2_grpc.add_ConfigCategoriesServiceServicer_to_server,
        ),
        stats_pb2_grpc.StatsServiceServicer: (
            stats_pb2.DESCRIPTOR.services_by_name["StatsService"].full_name,
            stats_pb2_grpc.add_StatsServiceServicer_to_server,
        ),
    }
)


def register(registrar: Registrar, servicers: Iterable[object]) -> tuple[str, ...]:
    """Registers ``servicers`` and returns the full names of their services.

    Raises:
        TypeError: one is no servicer of the router's contract.
    """
    names = []
    for servicer in servicers:
        base = next((cls for cls in type(servicer).__mro__ if cls in _SERVICES), None)
        if base is None:
            raise TypeError(f"{type(servicer).__qualname__} serves no service of the router")
        name, add = _SERVICES[base]
        add(servicer, registrar)
        names.append(name)
    return tuple(names)


class GrpcServer:
    """Serves ``servicers`` on a socket, with health and reflection.

    Make it in the event loop that it will serve in.

    Args:
        servicers: one for each service.
        address: such as "127.0.0.1:50051" (port 0: any free one) or "unix:/path".
        max_receive_bytes: the largest request, where that is more than every server takes.
        on_stop: ends the calls that would go on for ever; called when it begins to stop.
    """

    def __init__(
        self,
        servicers: Iterable[object],
        *,
        address: str,
        max_receive_bytes: int = 0,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address
        self._on_stop = on_stop
        self._health = health.aio.HealthServicer()
        self._server = grpc.aio.server(
            options=(
                *_OPTIONS,
                ("grpc.max_receive_message_length", max(MIN_RECEIVE_BYTES, max_receive_bytes)),
            )
        )
        self._names = register(self._server, servicers)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )

    async def start(self) -> int:
        """Starts to serve and returns the port.

        Raises:
            ConfigError: the address cannot be listened on.
        """
        try:
            port = self._server.add_insecure_port(self._address)
        except RuntimeError:
            raise ConfigError(
                f"cannot listen on {self._address}: the port is taken, or this machine"
                " has no such address"
            ) from None
        await self._server.start()
        for name in self._names:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        return port

    async def stop(self, grace_s: float | None = None) -> None:
        """Takes no more calls, waits ``grace_s`` for running ones, then cancels them."""
        self._on_stop()
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)
