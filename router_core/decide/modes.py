"""Which classifiers a mode asks, in order (DESIGN section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from router_core.decide.config import Mode

CLASSIFIERS_OF: Final[Mapping[Mode, tuple[str, ...]]] = MappingProxyType(
    {
        Mode.KEYWORDS: ("keywords",),
        Mode.OLLAMA: ("ollama", "keywords"),
        Mode.API: ("api", "keywords"),
        Mode.HYBRID: ("ollama", "api", "keywords"),
        Mode.EMBEDDED: ("embedded", "keywords"),
        Mode.CASCADE: ("embedded", "keywords"),
    }
)
"""The first that can tell decides; the keywords always can."""
