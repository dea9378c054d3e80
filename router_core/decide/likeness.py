"""Whether a name that stands for nothing was meant as one that does."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Final

__all__ = ["did_you_mean"]

_MOST_CHARS: Final = 100
"""No name is longer; comparing takes time by the square of the length."""


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A question to end a message with; empty when nothing known is like ``word``.

    Capitals make no difference.
    """
    by_folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    close = difflib.get_close_matches(word[:_MOST_CHARS].casefold(), by_folded, n=1)
    return f"; did you mean {by_folded[close[0]]!r}?" if close else ""
