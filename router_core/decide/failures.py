"""What a failed call of a model means: one table.

The classes are those of DESIGN section 6; the statuses, ``error_type`` words and
``availability`` codes are OpenRouter's and OpenAI's documented ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureClass(StrEnum):
    """Why a call failed; also the ``outcome`` of its attempt."""

    UNREACHABLE = "unreachable"
    """No connection, or it broke before the answer."""
    TIMEOUT = "timeout"
    """A deadline of ours passed, or the upstream says that one of its own did."""
    SERVER_ERROR = "server_error"
    """The upstream failed."""
    INVALID_ANSWER = "invalid_answer"
    """A truncated, empty or unreadable answer."""
    RATE_LIMITED = "rate_limited"
    """It asks for time."""
    MODEL_GONE = "model_gone"
    """There is no such model (any more)."""
    UNSUITABLE = "unsuitable"
    """This request's constraints exclude the model."""
    NO_ACCESS = "no_access"
    """The provider refuses our key, or its credit is spent."""
    REJECTED = "rejected"
    """The request itself is refused; another model would refuse it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed call.

    Attributes:
        message: for the caller; no prompt, answer or key.
        status: the HTTP status, or ``None`` when none came.
        code, type, param: the upstream's own words for it; empty: not told.
        retry_after_s: how long it asks for, in seconds, or ``None``.
    """

    failure_class: FailureClass
    message: str
    status: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    retry_after_s: float | None = None


FALLS_BACK = frozenset(FailureClass) - {FailureClass.REJECTED}
"""The classes after which the next candidate is tried."""

_BY_CODE = {
    "model_not_found": FailureClass.MODEL_GONE,
    "model_deprecated": FailureClass.MODEL_GONE,
    "free_variant_ended": FailureClass.MODEL_GONE,
    "model_unavailable_upstream": FailureClass.MODEL_GONE,
    "constraint_filtered": FailureClass.UNSUITABLE,
    "privacy_restricted": FailureClass.UNSUITABLE,
    "no_endpoints": FailureClass.UNSUITABLE,
    "region_restricted": FailureClass.UNSUITABLE,
    "capacity_exhausted": FailureClass.RATE_LIMITED,
    "temporarily_unavailable": FailureClass.SERVER_ERROR,
    "insufficient_quota": FailureClass.NO_ACCESS,
    "payment_required": FailureClass.NO_ACCESS,
    "authentication": FailureClass.NO_ACCESS,
    "rate_limit_exceeded": FailureClass.RATE_LIMITED,
    "provider_overloaded": FailureClass.SERVER_ERROR,
    "provider_unavailable": FailureClass.SERVER_ERROR,
    "server": FailureClass.SERVER_ERROR,
    "server_error": FailureClass.SERVER_ERROR,
    "timeout": FailureClass.TIMEOUT,
}

_BY_STATUS = {
    401: FailureClass.NO_ACCESS,
    402: FailureClass.NO_ACCESS,
    404: FailureClass.MODEL_GONE,
    408: FailureClass.TIMEOUT,
    410: FailureClass.MODEL_GONE,
    429: FailureClass.RATE_LIMITED,
    504: FailureClass.TIMEOUT,
    524: FailureClass.TIMEOUT,
}


def failure_class(status: int, *codes: str) -> FailureClass:
    """The class of an upstream error.

    Args:
        status: its HTTP status.
        codes: what it calls itself (``availability.code``, ``error_type``,
            ``code``, ``type``), the most telling first; unknown ones are skipped.
    """
    for code in codes:
        if code in _BY_CODE:
            return _BY_CODE[code]
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return FailureClass.REJECTED if 400 <= status < 500 else FailureClass.SERVER_ERROR
