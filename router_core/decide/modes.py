"""Which classifiers a mode asks, in order (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from router_core.decide.config import ClassifierSettings, Mode, RoutingConfig
from router_core.decide.labels import MOST_LABELS, TOOLS

__all__ = ["FIRST_OF", "IN_PROCESS", "PAID", "asks_ollama", "needs_shortlist", "second_opinions"]

IN_PROCESS: Final = "embedded"
"""The classifier that needs nothing outside the process."""

PAID: Final = "api"
"""The classifier that costs money."""

FIRST_OF: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.KEYWORDS: ("keywords",),
        Mode.OLLAMA: ("ollama", "keywords"),
        Mode.API: (PAID, "keywords"),
        Mode.HYBRID: ("ollama", PAID, "keywords"),
        Mode.EMBEDDED: (IN_PROCESS, "keywords"),
        Mode.CASCADE: (IN_PROCESS, "keywords"),
    }
)
"""The first that can tell decides; the keywords always can."""


def second_opinions(mode: Mode, settings: ClassifierSettings) -> tuple[str, ...]:
    """Which classifiers are asked too while the verdict is unsure, in order."""
    if mode is not Mode.CASCADE:
        return ()
    return ("ollama", PAID) if settings.api.in_cascade else ("ollama",)


def asks_ollama(mode: str) -> bool:
    """Whether a mode ever asks Ollama."""
    return mode in (Mode.OLLAMA, Mode.HYBRID, Mode.CASCADE)


def needs_shortlist(mode: Mode, config: RoutingConfig) -> bool:
    """Whether a model is asked first, and there are too many categories to put to it."""
    asked_first = FIRST_OF[mode][0]
    choices = len(config.categories.keys() - {TOOLS})
    return asked_first in ("ollama", PAID) and choices > MOST_LABELS
