"""Values of labels, so few that no caller can fill a Prometheus with series."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

__all__ = ["NONE", "OTHER", "Names"]

NONE: Final = "(none)"
"""Stands for no name: a label without a value would be no label."""
OTHER: Final = "(other)"
"""Stands for every name that the config does not have; no name has parentheses."""


class Names:
    """The names of one kind that may be a label's value.

    Those are what the config in force has when they are first used; from then on they may
    be, whatever becomes of the config, up to ``most`` of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._labels = {"": NONE}

    def label(self, name: str, configured: Container[str]) -> str:
        """The label's value for a name."""
        label = self._labels.get(name)
        if label is not None:
            return label
        if len(self._labels) > self._most or name not in configured:
            return OTHER
        self._labels[name] = name
        return name
