"""Changes of the routing config as they are asked for, before anybody looks whether they hold.

An edit sets one key of `router_config.json`, or leaves it out, which gives it back its
default. Everything else in the document stays as it was written:

    edited({"mode": "api"}, {("categories", "poetry", "models"): ["glm-5"]})
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["LEFT_OUT", "Document", "Edits", "edited"]

Document = Mapping[str, Any]
"""The JSON object of the file."""


class _LeftOut:
    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT: Final = _LeftOut()
"""Instead of a value: the key is left out."""

Edits = Mapping[tuple[str, ...], Any]
"""New values by the paths of their keys; later ones see what earlier ones did."""


def edited(document: Document, edits: Edits) -> dict[str, Any]:
    """``document`` with ``edits`` made; shares what they do not touch."""
    made = dict(document)
    for path, value in edits.items():
        made = _with(made, path, value)
    return made


def _with(part: Document, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    made = dict(part)
    if rest:
        below = part.get(key, {})
        if value is LEFT_OUT and key not in part:
            return made
        made[key] = _with(below, tuple(rest), value)
    elif value is LEFT_OUT:
        made.pop(key, None)
    else:
        made[key] = value
    return made
