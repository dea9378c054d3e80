"""What the commands want to know of a config without a core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from llm_router.v1.config_categories_pb2 import RouterConfig
from router_core.decide.config import RoutingConfig
from router_core.errors import ConfigError
from router_core.grpc_edge.config_messages import config_message
from router_core.stores.config_file import ConfigFile
from router_core.stores.config_rendering import category_etag
from router_core.stores.config_schema import schema_text

__all__ = ["config_schema", "read_config_message", "require_default_key"]


def read_config_message(path: Path) -> RouterConfig:
    """What a file says, as a message, such as a change of the whole config takes.

    Raises:
        ConfigError: it is wrong, or cannot be read.
    """
    config = ConfigFile(path, create=False).load()
    return config_message(config, category_etag, lambda _: False)


def config_schema() -> str:
    """The JSON Schema of `router_config.json`."""
    return schema_text()


def require_default_key(config: RoutingConfig, env: Mapping[str, str]) -> None:
    """Raises `ConfigError` when the default provider's key is missing."""
    provider = config.providers[config.default_provider]
    if provider.api_key_env and not env.get(provider.api_key_env):
        raise ConfigError(
            f"{provider.api_key_env} is not set: export it or put it into .env,"
            " or try `llm-router serve --demo`, which needs no key"
        )
