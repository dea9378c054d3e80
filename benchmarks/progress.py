"""Signs of life of a long run, apart from its results."""

from __future__ import annotations

import sys


def report(text: str) -> None:
    """Prints one line to standard error, so that standard output holds the tables alone."""
    print(text, file=sys.stderr, flush=True)
