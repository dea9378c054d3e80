"""What a failed call of a model means: one table.

The classes are those of DESIGN section 6; the statuses, ``error_type`` words and
``availability`` codes are OpenRouter's and OpenAI's documented ones. What follows
from a class is its row in `EFFECTS`: whether the same model is tried once more,
whether the next one is, and what it does to the model's standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = [
    "EFFECTS",
    "Effect",
    "Failure",
    "FailureClass",
    "FallBack",
    "Mark",
    "Retry",
    "failure_class",
    "is_refusal",
    "of_a_narrowed_request",
]


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
    CONTEXT_OVERFLOW = "context_overflow"
    """The conversation is larger than the model's window."""
    REJECTED = "rejected"
    """The request itself is refused; another model would refuse it too."""
    BUSY = "busy"
    """The router's own limit: as many calls of the model run and wait as may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed call.

    Attributes:
        message: for the caller; no prompt, answer or key.
        status: the HTTP status, or ``None`` when none came.
        code, type, param: the upstream's own words for it; empty: not told.
        retry_after_s: how long it asks for, in seconds, or ``None``.
        unsent: whether the request never left: there was no connection.
    """

    failure_class: FailureClass
    message: str
    status: int | None = None
    code: str = ""
    type: str = ""
    param: str = ""
    retry_after_s: float | None = None
    unsent: bool = False

    @property
    def is_our_timeout(self) -> bool:
        """Whether it was a deadline of ours that passed, not one of the upstream's."""
        return self.failure_class is FailureClass.TIMEOUT and self.status is None


class Retry(StrEnum):
    """Whether the same model is tried once more."""

    ONCE = "once"
    """After a short pause, where time is left."""
    IF_ONLY = "if_only"
    """Only where there is no other to try."""
    NO = "no"
    """It would say the same."""


class FallBack(StrEnum):
    """Whether another model is tried."""

    NEXT = "next"
    """The next one."""
    LARGER_WINDOW = "larger_window"
    """The next one whose window may be larger."""
    NO = "no"
    """None: it would say the same."""


class Mark(StrEnum):
    """What a failure does to the standing of its model."""

    COUNTS = "counts"
    """It counts against the breaker."""
    BENCH = "bench"
    """The model rests for as long as it asked, or a little while."""
    MODEL_OUT = "model_out"
    """The model is out until the catalogue lists it anew."""
    PROVIDER_OUT = "provider_out"
    """Every model of the provider is out, but for a probe now and then."""
    NOTHING = "nothing"
    """It says nothing of the model."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a failure."""

    retry: Retry
    fall_back: FallBack
    mark: Mark


_TRANSIENT: Final = Effect(Retry.ONCE, FallBack.NEXT, Mark.COUNTS)

EFFECTS: Final[Mapping[FailureClass, Effect]] = MappingProxyType(
    {
        FailureClass.UNREACHABLE: _TRANSIENT,
        FailureClass.TIMEOUT: _TRANSIENT,
        FailureClass.SERVER_ERROR: _TRANSIENT,
        FailureClass.INVALID_ANSWER: _TRANSIENT,
        FailureClass.RATE_LIMITED: Effect(Retry.IF_ONLY, FallBack.NEXT, Mark.BENCH),
        FailureClass.MODEL_GONE: Effect(Retry.NO, FallBack.NEXT, Mark.MODEL_OUT),
        FailureClass.UNSUITABLE: Effect(Retry.NO, FallBack.NEXT, Mark.NOTHING),
        FailureClass.NO_ACCESS: Effect(Retry.NO, FallBack.NEXT, Mark.PROVIDER_OUT),
        FailureClass.CONTEXT_OVERFLOW: Effect(Retry.NO, FallBack.LARGER_WINDOW, Mark.NOTHING),
        FailureClass.REJECTED: Effect(Retry.NO, FallBack.NO, Mark.NOTHING),
        FailureClass.BUSY: Effect(Retry.NO, FallBack.NEXT, Mark.NOTHING),
    }
)
"""What follows from each class of failure (DESIGN section 6)."""

_BY_CODE = {
    "model_not_found": FailureClass.MODEL_GONE,
    "model_deprecated": FailureClass.MODEL_GONE,
    "free_variant_ended": FailureClass.MODEL_GONE,
    "model_unavailable_upstream": FailureClass.MODEL_GONE,
    "constraint_filtered": FailureClass.UNSUITABLE,
    "privacy_restricted": FailureClass.UNSUITABLE,
    "no_endpoints": FailureClass.UNSUITABLE,
    "region_restricted": FailureClass.UNSUITABLE,
    "context_length_exceeded": FailureClass.CONTEXT_OVERFLOW,
    "wrong_endpoint": FailureClass.REJECTED,
    "capacity_exhausted": FailureClass.RATE_LIMITED,
    "temporarily_unavailable": FailureClass.SERVER_ERROR,
    "insufficient_quota": FailureClass.NO_ACCESS,
    "credit_balance_exhausted": FailureClass.NO_ACCESS,
    "organization_spend_limit_exceeded": FailureClass.NO_ACCESS,
    "project_spend_limit_exceeded": FailureClass.NO_ACCESS,
    "organization_usage_limit_exceeded": FailureClass.NO_ACCESS,
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


_TOO_LATE: Final = frozenset({408, 499, 504, 524})
"""Statuses that tell of lateness: a model had begun, or may have."""


def is_refusal(status: int) -> bool:
    """Whether an HTTP status says that no model has done anything."""
    return status >= 400 and status not in _TOO_LATE


def of_a_narrowed_request(failure: Failure) -> Failure:
    """What a failure means of a request that was kept from some of a model's hosts.

    OpenRouter says a bare 404 both where there is no such model and where none of its hosts
    keeps to the request's data policy ("No endpoints found matching your data policy"). Of
    the two the latter is no news of the model: others may still call it.
    """
    if failure.failure_class is FailureClass.MODEL_GONE and not failure.code:
        return replace(failure, failure_class=FailureClass.UNSUITABLE)
    return failure


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
