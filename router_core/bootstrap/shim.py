"""The REST shim, made of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from rest_shim.settings import DEFAULT_TIMEOUT_S, MEBIBYTE, ShimSettings
from router_core.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["build_shim"]


def build_shim(
    settings: Settings,
    host: str,
    core_address: str,
    channel: grpc.aio.Channel | None = None,
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> FastAPI:
    """Builds the REST shim.

    Args:
        settings: the process settings.
        host: what it listens on, which is a name of its own too.
        core_address: where the core is.
        channel: a way to the core without a socket; by default one to its address.
        timeout_s: time for a request whose client names none, in seconds.
    """
    from rest_shim.main import (  # noqa: PLC0415  # half of the start, and most commands go without
        create_app,
    )

    shim_settings = ShimSettings(
        core_address=core_address,
        timeout_s=timeout_s,
        max_body_bytes=settings.max_body_mb * MEBIBYTE,
        allowed_hosts=frozenset({host, *settings.allowed_hosts}),
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        admin_key=settings.admin_key.get_secret_value() if settings.admin_key else "",
    )
    return create_app(channel, shim_settings)
