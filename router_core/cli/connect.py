"""How the commands reach a core."""

from __future__ import annotations

from typing import Final

import grpc

from llm_router.aio import AsyncRouterClient
from llm_router.errors import RouterClientError, Unauthenticated
from router_core.settings import Settings

REACH_S: Final = 2.0
"""How long a core may take to answer a command, in seconds."""


def key_hint(error: RouterClientError) -> str:
    """What to do about a core that asks for a key; empty for other errors."""
    return " (LLM_ROUTER_API_KEYS has its keys)" if isinstance(error, Unauthenticated) else ""


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
