"""What is logged of an exception: where it came from, not what it says."""

from __future__ import annotations

import traceback
from typing import Final

__all__ = ["told"]

_MOST_CAUSES: Final = 5
_MOST_FRAMES: Final = 20


def told(error: BaseException) -> str:
    """The frames and the kind of an exception, and of what caused it, last cause last.

    Not their messages, nor the values in them: they may quote what somebody wrote.
    """
    lines: list[str] = []
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            break
        lines += [f"{'caused by ' if lines else ''}{type(cause).__qualname__}"]
        frames = traceback.extract_tb(cause.__traceback__)[-_MOST_FRAMES:]
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)
