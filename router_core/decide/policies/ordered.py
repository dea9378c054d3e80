"""The list as it stands: the users' own order."""

from __future__ import annotations

from router_core.decide.config import ModelRef


def ordered(models: tuple[ModelRef, ...]) -> tuple[ModelRef, ...]:
    """Returns ``models`` unchanged."""
    return models
