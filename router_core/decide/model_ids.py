"""The ids of models: which of them mean the same, and which are alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

__all__ = ["is_listed_by_name", "like", "spellings", "variant_of", "vendor_of", "ways_to_name"]

_OWN_ENTRIES: Final = frozenset({"free", "batch"})
"""OpenRouter lists these variants as models of their own; the others say how one is routed."""

_PRESET: Final = "@preset/"
_ALIAS: Final = "~"
"""Begins OpenRouter's ids for the newest model of a family."""

_LATEST: Final = "latest"
"""Ollama's tag of a name without one."""

_ALIKE: Final = 0.5
"""From here on, of 1, names count as alike; by eye, on OpenRouter's list."""


def is_listed_by_name(model_id: str) -> bool:
    """Whether a provider that knows ``model_id`` would list it: presets and aliases it does not."""
    return _PRESET not in model_id and not model_id.startswith(_ALIAS)


@lru_cache(maxsize=4096)
def spellings(model_id: str) -> tuple[str, ...]:
    """What a listing may call the model, the most exact first; asked for often."""
    name, colon, variant = model_id.rpartition(":")
    if not colon:
        return model_id, f"{model_id}:{_LATEST}"
    if variant == _LATEST or ("/" in name and variant not in _OWN_ENTRIES):
        return model_id, name
    return (model_id,)


@lru_cache(maxsize=4096)
def ways_to_name(model_id: str) -> tuple[str, ...]:
    """Every id that means a model which would answer to ``model_id``, in small letters.

    With and without its preset, and how it is to be routed.
    """
    asked = model_id.lower()
    ways = [asked, asked.partition(_PRESET)[0]]
    for way in ways:
        ways += (each for each in spellings(way) if way and each not in ways)
    return tuple(ways)


def variant_of(model_id: str) -> str:
    """What follows the ":", such as "free"; empty: nothing does."""
    return model_id.partition(":")[2]


def vendor_of(model_id: str) -> str:
    """What stands before the "/"; empty: there is none."""
    return model_id.rpartition("/")[0]


def like(model_id: str, ids: Iterable[str], most: int) -> list[str]:
    """At most ``most`` of ``ids`` that are like it: its vendor's, the likest name first."""
    vendor = vendor_of(model_id)
    name = model_id.removeprefix(f"{vendor}/")
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(name)
    found: list[tuple[float, str]] = []
    for other in ids:
        if vendor_of(other) != vendor:
            continue
        matcher.set_seq1(other.removeprefix(f"{vendor}/"))
        if matcher.real_quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
            found.append((-ratio, other))
    return [other for _, other in sorted(found)[:most]]
