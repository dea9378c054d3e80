"""What changed between two configs, a line each, for a person. No I/O.

mode: cascade -> embedded
categories.poetry: added
categories.code.keywords: +rust, +cargo, -pascal
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["changes"]

_TOLD: Final = 5
"""How many entries of a list are named."""
_LETTERS: Final = 60
_UNTOLD: Final = frozenset({"description", "examples"})
"""Long texts: that they changed is told, not to what."""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The differences of two rendered configs, in the order of the keys."""
    return tuple(_changes(before, after, ""))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        old, new, here = before.get(key), after.get(key), f"{path}{key}"
        if key not in after:
            yield f"{here}: removed"
        elif key not in before:
            yield f"{here}: added" if isinstance(new, dict) else f"{here}: {_told(new)}"
        elif isinstance(old, dict) and isinstance(new, dict):
            if list(old) != list(new) and set(old) == set(new):
                yield f"{here}: in another order"
            yield from _changes(old, new, f"{here}.")
        elif old != new:
            yield f"{here}: {_change(key, old, new)}"


def _change(key: str, old: Any, new: Any) -> str:
    if key in _UNTOLD:
        return "changed"
    if key == "models" or not (isinstance(old, list) and isinstance(new, list)):
        return f"{_told(old)} -> {_told(new)}"
    marked = [f"+{_told(each)}" for each in new if each not in old]
    marked += [f"-{_told(each)}" for each in old if each not in new]
    if not marked:
        return "in another order"
    more = len(marked) - _TOLD
    return ", ".join(marked[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _told(value: Any) -> str:
    if isinstance(value, list):
        more = len(value) - _TOLD
        told = ", ".join(map(_told, value[:_TOLD])) or "none"
        return told + (f" and {more} more" if more > 0 else "")
    if value is None or value == "":
        return "none"
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return told if len(told) <= _LETTERS else f"{told[:_LETTERS]}..."
