"""Single parts of a core, made of the settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final

from router_core.app.ports import Provider, SessionStore
from router_core.decide.config import Provider as ProviderConfig
from router_core.decide.config import RoutingConfig
from router_core.decide.defaults import OPENROUTER
from router_core.grpc_edge.call import Guard
from router_core.providers.demo import DemoProvider
from router_core.settings import Settings
from router_core.stores.config_file import ConfigFile
from router_core.stores.database import Database
from router_core.stores.session_file import SessionFile
from router_core.stores.session_memory import MemorySessions

__all__ = [
    "KEY_BYTES",
    "guard_of",
    "maker_of_providers",
    "missing_keys",
    "open_database",
    "open_sessions",
]

KEY_BYTES: Final = 32


def open_database(settings: Settings, stores: ExitStack) -> Database:
    """The file of all that outlives the process beside the config."""
    database = Database(settings.database_path)
    stores.callback(database.close)
    return database


def open_sessions(database: Database | None, config: ConfigFile, stores: ExitStack) -> SessionStore:
    """What remembers conversations; without a database, in memory alone."""

    def limit() -> int:
        return config.current().continuity.max_sessions

    if database is None:
        return MemorySessions(secrets.token_bytes(KEY_BYTES), limit)
    sessions = SessionFile(database, limit)
    stores.callback(sessions.close)
    return sessions


def maker_of_providers(
    env: Mapping[str, str], *, demo: bool
) -> Callable[[ProviderConfig], Provider]:
    """What makes a provider of its config; in a demo the demo provider stands for each."""
    if demo:
        return lambda _: DemoProvider()
    from router_core.providers.openai_compatible import (  # noqa: PLC0415  # a fifth of the start, and a demo goes without
        OpenAICompatible,
    )

    return lambda provider: OpenAICompatible(
        name=provider.name,
        base_url=provider.base_url,
        api_key=env.get(provider.api_key_env) if provider.api_key_env else None,
        is_openrouter=provider.name == OPENROUTER.name,
    )


def guard_of(settings: Settings) -> Guard:
    """Who may call, by the keys in the settings."""
    return Guard(
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        admin_key=settings.admin_key.get_secret_value() if settings.admin_key else "",
    )


def missing_keys(config: RoutingConfig, env: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that providers of a config lack, a line each, for a person."""
    return tuple(
        f"provider {provider.name}: {provider.api_key_env} is not set, its models will refuse us"
        for provider in config.providers.values()
        if provider.api_key_env and not env.get(provider.api_key_env)
    )
