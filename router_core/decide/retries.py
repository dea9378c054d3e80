"""Whether a failed call is made once more, and after which pause.

The pause has full jitter (AWS, "Exponential Backoff And Jitter"), so that callers
that failed together do not come back together.
"""

from __future__ import annotations

from typing import Final

from router_core.decide.failures import EFFECTS, Failure, Retry

__all__ = ["LONGEST_PAUSE_S", "retry_pause_s"]

BACKOFF_S: Final = 0.5
"""The longest pause where the upstream names none, in seconds (OpenAI's clients' first)."""
LONGEST_PAUSE_S: Final = 30.0
"""No pause that an upstream asks for is waited out beyond this, in seconds: the caller
is told instead when to come back."""
QUICKER_ELSEWHERE_S: Final = 1.0
"""Beyond this pause, in seconds, the next model is the quicker one."""


def retry_pause_s(
    failure: Failure,
    *,
    jitter: float,
    spent_s: float,
    left_s: float,
    to_call: int,
    is_only: bool,
) -> float | None:
    """How long to wait before the same model is called once more; ``None``: it is not.

    The only model is called once more after a 429 too, and soon, where the upstream
    names no time: many limits are by the second.

    A try must leave every model that is still to be called as long as the failed
    one took, so that one that hangs cannot eat the whole deadline.

    Args:
        failure: how the first call failed.
        jitter: random, from 0 to 1.
        spent_s: how long the failed call took, in seconds.
        left_s: how long the request may still take, in seconds.
        to_call: how many models are still to be called, this one included.
        is_only: whether no other model was called for the request, or will be.
    """
    retry = EFFECTS[failure.failure_class].retry
    if retry is Retry.NO or (retry is Retry.IF_ONLY and not is_only):
        return None
    pause_s = jitter * BACKOFF_S
    if failure.retry_after_s is not None:
        if failure.retry_after_s > (LONGEST_PAUSE_S if is_only else QUICKER_ELSEWHERE_S):
            return None
        pause_s += failure.retry_after_s
    return pause_s if left_s - pause_s > spent_s * to_call else None
