"""What is read of a long text: people say what they want at either end of what they paste."""

from __future__ import annotations

__all__ = ["ends_of"]


def ends_of(text: str, first: int, last: int, gap: str = "\n") -> str:
    """All of a short text; of a long one the ``first`` and the ``last`` characters.

    Args:
        text: any text.
        first, last: how many characters are read at either end, 1 or more.
        gap: what stands for what is left out.
    """
    if len(text) <= first + last:
        return text
    return f"{text[:first]}{gap}{text[-last:]}"
