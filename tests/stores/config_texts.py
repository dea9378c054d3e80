"""Texts of `router_config.json`, and what is read from them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router_core.decide.config import RoutingConfig
from router_core.errors import ConfigError
from router_core.stores.config_file import parse

LOCAL = {"base_url": "http://localhost:11434/v1"}
OPENROUTER = {"base_url": "https://openrouter.ai/api/v1", "api_key_env": "OPENROUTER_API_KEY"}


def a_text(**keys: Any) -> bytes:
    return json.dumps({"version": 1, **keys}).encode()


def read(**keys: Any) -> RoutingConfig:
    return parse(a_text(**keys))


def with_models(*entries: str, **keys: Any) -> RoutingConfig:
    return read(categories={"mine": {"models": list(entries)}}, **keys)


def models_of(config: RoutingConfig, category: str = "mine") -> list[tuple[str, str, str]]:
    return [(m.name, m.provider, m.id) for m in config.categories[category].models]


def refusal(text: bytes) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value


def a_provider(**keys: Any) -> dict[str, Any]:
    return {"providers": {"p": {"base_url": "http://h/v1", **keys}}}


def a_category(**keys: Any) -> dict[str, Any]:
    return {"categories": {"mine": {"models": ["a/b"], **keys}}}
