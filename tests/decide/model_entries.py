"""Builders of what the tests of the catalogue are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.config import ModelRef
from router_core.decide.model_info import ModelInfo

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def entry(model_id: str = "lab/one", **fields: Any) -> dict[str, Any]:
    """An entry of OpenRouter's ``GET /models``."""
    return {
        "id": model_id,
        "canonical_slug": f"{model_id}-20260101",
        "context_length": 128_000,
        "architecture": {"input_modalities": ["text", "image"]},
        "pricing": {"prompt": "0.000001", "completion": "0.0000032", "request": "0"},
        "top_provider": {"context_length": 128_000, "max_completion_tokens": 32_000},
        "supported_parameters": ["tools", "max_tokens"],
        "expiration_date": None,
        **fields,
    }


def a_listing(*ids: str, told_at: datetime = NOW, complete: bool = True) -> Listing:
    """A listing of models of which nothing else is known."""
    return Listing(models=dict.fromkeys(ids, ModelInfo()), told_at=told_at, complete=complete)


def a_catalogue(listing: Listing, **fields: Any) -> Catalogue:
    """What is known where OpenRouter has told ``listing``."""
    return Catalogue(listings={"openrouter": listing}, **fields)


def of(models: Mapping[str, ModelInfo], told_at: datetime = NOW) -> Catalogue:
    """What is known where OpenRouter has told ``models``."""
    return a_catalogue(Listing(models=models, told_at=told_at, complete=True))


def ref(model_id: str, name: str = "", provider: str = "openrouter") -> ModelRef:
    """A model of OpenRouter's."""
    return ModelRef(name=name or model_id, id=model_id, provider=provider)
