"""How the commands reach a core."""

from __future__ import annotations

import grpc

from llm_router.aio import AsyncRouterClient
from router_core.settings import Settings


def connect(
    settings: Settings, address: str | None = None, channel: grpc.aio.Channel | None = None
) -> AsyncRouterClient:
    """A client of the core at ``address`` (the settings' by default), or over ``channel``.

    It shows the admin key where there is one, else the first of the clients' keys.
    """
    keys = [*([settings.admin_key] if settings.admin_key else []), *settings.api_keys]
    return AsyncRouterClient(
        address or settings.core_address,
        api_key=keys[0].get_secret_value() if keys else None,
        channel=channel,
    )
