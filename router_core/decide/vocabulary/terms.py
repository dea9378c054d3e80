"""How the vocabulary's lists are written."""

from __future__ import annotations

from typing import Final

START: Final = "^"
"""Before a term: it counts at the beginning of a message only, and covers nothing."""

Terms = tuple[float, tuple[str, ...]]
"""Terms of one weight."""


def terms(weight: float, listed: str) -> Terms:
    """Terms of one weight, written as one text with commas between them."""
    return weight, tuple(term.strip() for term in listed.split(",") if term.strip())
