"""Texts of `router_config.json`, and what is read from them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router_core.decide.config import RoutingConfig
from router_core.errors import ConfigError
from router_core.stores.config_in_force import parse

LOCAL = {"base_url": "http://localhost:11434/v1"}
OPENROUTER = {"base_url": "https://openrouter.ai/api/v1", "api_key_env": "OPENROUTER_API_KEY"}

EVERYTHING: dict[str, Any] = {
    "version": 1,
    "mode": "hybrid",
    "tools_rule": "present",
    "providers": {
        "lab": {"base_url": "http://127.0.0.1:1/v1", "api_key_env": "LAB_KEY"},
        "local": {
            "base_url": "http://127.0.0.1:2/v1",
            "deadlines": {"idle_s": 0.29},
            "data_policy": "deny",
        },
    },
    "models": {
        "one": {
            "id": "lab/one",
            "provider": "local",
            "deadlines": {"connect_s": 1.1, "first_token_s": 2.2, "idle_s": 3.3, "total_s": 4.4},
            "max_concurrent": 3,
            "context_length": 1000,
            "max_output_tokens": 100,
            "input_modalities": ["image", "text"],
            "supported_parameters": ["tools"],
            "pricing": {
                "prompt": "0.001",
                "completion": "0.002",
                "overrides": [{"min_prompt_tokens": 9, "prompt": "0.003"}],
            },
            "quality": 71.5,
            "ttft_ms": 900.5,
            "tokens_per_s": 60.25,
        }
    },
    "categories": {
        "poetry": {
            "models": ["one", "lab/two"],
            "keywords": ["ode", "öde"],
            "description": "Verse.",
            "examples": ["a haiku"],
            "policy": "balanced",
            "quality": {"one": 82, "lab/two": 61.5},
            "floor": 0,
            "thrift": 0,
        }
    },
    "housekeeping": ["lab/two"],
    "last_resort": "one",
    "disabled_envelopes": ["agent", "openclaw"],
    "limits": {
        "max_concurrent": 7,
        "max_queued": 0,
        "daily_usd": "2.5",
        "monthly_usd": "40",
        "per_caller": {"daily_usd": "0.125", "monthly_usd": "3"},
        "at_limit": "cheapest",
        "per_request": {
            "max_cost_usd": "0",
            "max_ttft_ms": 8000,
            "allowed_models": ["lab/two", "one"],
            "excluded_models": ["lab/three", "local:four"],
            "allowed_providers": ["lab", "local"],
            "excluded_providers": ["local"],
            "data_policy": "deny",
        },
    },
    "continuity": {"enabled": False, "cache_s": 0.25, "max_sessions": 77},
    "deadlines": {"connect_s": 1.5, "first_token_s": 2.5, "idle_s": 3.5, "total_s": 4.5},
    "classifiers": {
        "cascade_below": 0.25,
        "ollama": {"model": "tiny", "deadline_s": 1.75, "parallel": 5},
        "api": {"model": "one", "deadline_s": 2.75, "in_cascade": True},
    },
    "ledger": {"keep_requests_days": 31, "keep_totals_days": 32},
    "policies": {
        "thrift": 7.5,
        "usd_per_point": 0.001,
        "seconds_per_point": 2.5,
        "time_to": "first_token",
    },
}
"""A file that says all that there is to say, and nothing as by default."""


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
