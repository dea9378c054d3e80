"""A `RoutingConfig` as `router_config.json` has it, and the etags of it. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from router_core.decide.config import Category, Provider, RoutingConfig
from router_core.decide.request_limits import DataPolicy
from router_core.stores.config_document import SCHEMA
from router_core.stores.config_limits import render_limits
from router_core.stores.config_models import render_settings
from router_core.stores.config_policies import render_policies

__all__ = ["category_etag", "config_etag", "document", "render", "text_of"]


def render(config: RoutingConfig) -> dict[str, Any]:
    """The JSON object of a file that reads back as ``config``, every key written out."""
    return {"$schema": SCHEMA, "etag": config_etag(config)} | document(config)


def text_of(value: Mapping[str, Any]) -> bytes:
    """A JSON object as the text of a file."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def config_etag(config: RoutingConfig) -> str:
    """16 hex digits that change with every change of the config."""
    return _etag(document(config))


def category_etag(category: Category) -> str:
    """16 hex digits that change with every change of the category or of its models."""
    resolved = [model.key for model in category.models]
    return _etag([category.name, _category(category), resolved])


def document(config: RoutingConfig) -> dict[str, Any]:
    """Every key of the file but those that are about the file itself."""
    classifiers = config.classifiers
    api_model = classifiers.api.model
    return {
        "version": config.version,
        "mode": config.mode.value,
        "tools_rule": config.tools_rule.value,
        "providers": {provider.name: _provider(provider) for provider in config.providers.values()},
        "models": {
            alias: {"id": model.id, "provider": model.provider}
            | render_settings(config.model_settings.get(alias))
            for alias, model in config.aliases.items()
        },
        "categories": {
            category.name: _category(category) for category in config.categories.values()
        },
        "housekeeping": [model.name for model in config.housekeeping],
        "last_resort": config.last_resort.name if config.last_resort else None,
        "disabled_envelopes": sorted(config.disabled_envelopes),
        "limits": render_limits(config.limits),
        "continuity": asdict(config.continuity),
        "deadlines": asdict(config.deadlines),
        "classifiers": {
            "cascade_below": classifiers.cascade_below,
            "ollama": {
                "model": classifiers.ollama.model,
                "deadline_s": classifiers.ollama.deadline_s,
                "parallel": classifiers.ollama.parallel,
            },
            "api": ({"model": api_model.name} if api_model else {})
            | {
                "deadline_s": classifiers.api.deadline_s,
                "in_cascade": classifiers.api.in_cascade,
            },
        },
        "ledger": asdict(config.ledger),
        "policies": render_policies(config.policies),
    }


def _provider(provider: Provider) -> dict[str, Any]:
    shown: dict[str, Any] = {"base_url": provider.base_url}
    if provider.api_key_env:
        shown["api_key_env"] = provider.api_key_env
    if provider.data_policy is not DataPolicy.ALLOW:
        shown["data_policy"] = provider.data_policy.value
    own = {name: value for name, value in asdict(provider.deadlines).items() if value is not None}
    return shown | {"deadlines": own} if own else shown


def _category(category: Category) -> dict[str, Any]:
    names = [model.name for model in category.models]
    told = {
        "quality": {name: category.quality[name] for name in names if name in category.quality},
        "floor": category.floor,
        "thrift": category.thrift,
    }
    return {
        "models": names,
        "keywords": list(category.keywords),
        "description": category.description,
        "examples": list(category.examples),
        "policy": category.policy,
        **{key: value for key, value in told.items() if value not in (None, {})},
    }


def _etag(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
