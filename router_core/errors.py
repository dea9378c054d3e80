"""The errors of the router, one tree.

    RouterError
    ├── InvalidRequest          the request is malformed; ``param`` is the field's path
    ├── ModelNotFound           no such model, or no such category behind "router/"
    ├── CategoryNotFound        no such category in the config
    ├── CategoryExists          there is a category of that name already
    ├── VersionNotFound         no such version of the config is kept
    ├── ConfigConflict          the config has changed since the caller read it
    ├── ConfigLocked            the config cannot be changed in this way as things are
    ├── ConfigUnwritable        the change cannot be kept, so it is not made
    ├── Unauthenticated         no key, or a wrong one
    ├── PermissionDenied        a key, and not one for this
    ├── UpstreamFailure         one call of a model failed (never leaves ``app``)
    ├── NoCapableModel          no model of the category can take this request
    ├── NoModelWithinLimits     its limits leave no model for this request; ``param`` as above
    ├── UpstreamRejected        the model refused this request; no other would do better
    ├── SpendingLimitReached    a spending limit has no room for this request
    ├── CandidatesExhausted     every candidate failed or is out
    │   ├── AllRateLimited
    │   └── AllTimedOut
    ├── StreamBroken            the answering model failed after the commit
    ├── DeadlineExceeded        the caller's own deadline has passed
    └── ConfigError             the routing config or the settings are wrong

A class has one row in the table of each boundary (``grpc_edge/errors.py``); a
test fails when one is missing. Messages are for the caller: they never hold a
prompt, an answer or a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from router_core.decide.failures import Failure

__all__ = [
    "AllRateLimited",
    "AllTimedOut",
    "CandidatesExhausted",
    "CategoryExists",
    "CategoryNotFound",
    "ConfigConflict",
    "ConfigError",
    "ConfigLocked",
    "ConfigUnwritable",
    "DeadlineExceeded",
    "InvalidRequest",
    "ModelNotFound",
    "NoCapableModel",
    "NoModelWithinLimits",
    "PermissionDenied",
    "RouterError",
    "SpendingLimitReached",
    "StreamBroken",
    "Unauthenticated",
    "UpstreamFailure",
    "UpstreamRejected",
    "VersionNotFound",
]


class RouterError(Exception):
    """What went wrong, for the caller.

    Attributes:
        reason: the kind of error, a stable UPPER_SNAKE word of at most 63 characters.
        message: for a person.
        decided: what was decided on the request until then, by the names of the contract's
            headers; printable ASCII.
    """

    reason: ClassVar[str] = "INTERNAL"
    decided: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def details(self) -> Mapping[str, str]:
        """Further facts for a program: short ASCII words."""
        return {}


class InvalidRequest(RouterError):
    """The request is malformed; ``param`` is the path of the field at fault, or empty."""

    reason = "INVALID_REQUEST"

    def __init__(self, message: str, param: str = "") -> None:
        super().__init__(message)
        self.param = param


class ModelNotFound(RouterError):
    """The request's ``model`` names nothing that there is."""

    reason = "MODEL_NOT_FOUND"


class CategoryNotFound(RouterError):
    """The config has no such category."""

    reason = "CATEGORY_NOT_FOUND"


class CategoryExists(RouterError):
    """The config has a category of that name already."""

    reason = "CATEGORY_EXISTS"


class VersionNotFound(RouterError):
    """No such version of the config is kept."""

    reason = "CONFIG_VERSION_NOT_FOUND"


class ConfigConflict(RouterError):
    """The config has changed since the caller read it: read it again, then change it."""

    reason = "CONFIG_CONFLICT"


class ConfigLocked(RouterError):
    """The config cannot be changed in this way as things are; something else comes first."""

    reason = "CONFIG_LOCKED"


class ConfigUnwritable(RouterError):
    """The change cannot be kept on the disk, so it is not made."""

    reason = "CONFIG_UNWRITABLE"


class Unauthenticated(RouterError):
    """No key, or a wrong one."""

    reason = "INVALID_API_KEY"


class PermissionDenied(RouterError):
    """The caller has a key, and not one for this."""

    reason = "ADMIN_KEY_NEEDED"


class UpstreamFailure(RouterError):
    """One call of a model failed. Stays inside ``app``, which falls back or gives up."""

    reason = "UPSTREAM_FAILURE"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class NoCapableModel(RouterError):
    """No model of the category can take this request, as far as is known."""

    reason = "NO_CAPABLE_MODEL"


class NoModelWithinLimits(RouterError):
    """The limits of this request leave no model that can take it.

    Attributes:
        param: the path of the limits in the request; empty: they are the operator's alone.
    """

    reason = "NO_MODEL_WITHIN_LIMITS"

    def __init__(self, message: str, param: str = "") -> None:
        super().__init__(message)
        self.param = param


class UpstreamRejected(RouterError):
    """The model refused this request as such; another model would refuse it too."""

    reason = "UPSTREAM_REJECTED"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    @property
    def details(self) -> Mapping[str, str]:
        """``upstream_status`` and, where they were told, ``code``, ``type`` and ``param``."""
        failure = self.failure
        told = {"code": failure.code, "type": failure.type, "param": failure.param}
        return {
            "upstream_status": str(failure.status or 400),
            **{key: value for key, value in told.items() if value},
        }


class SpendingLimitReached(RouterError):
    """A spending limit has no room for this request; another try would not find any either.

    Attributes:
        retry_after_s: until the period ends, in seconds; ``None``: that is long.
    """

    reason = "SPENDING_LIMIT_REACHED"

    def __init__(
        self, message: str, told: Mapping[str, str], retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self._told = told

    @property
    def details(self) -> Mapping[str, str]:
        """``caller``, ``period``, ``spent_usd``, ``limit_usd`` and ``resets_at``."""
        return self._told


class CandidatesExhausted(RouterError):
    """Every candidate failed or is out; ``tried`` has a line for each, in order."""

    reason = "ALL_MODELS_FAILED"

    def __init__(self, tried: Sequence[str], retry_after_s: float | None = None) -> None:
        super().__init__(f"{self._summary()}: {'; '.join(tried) or 'there was none to try'}")
        self.tried = tuple(tried)
        self.retry_after_s = retry_after_s

    def _summary(self) -> str:
        return "every model failed"

    @property
    def details(self) -> Mapping[str, str]:
        """``fallbacks_spent``: a client's own retry would only repeat what was tried."""
        return {"fallbacks_spent": "true"}


class AllRateLimited(CandidatesExhausted):
    """Every candidate asked for time; ``retry_after_s`` is the least of it."""

    reason = "ALL_MODELS_RATE_LIMITED"

    def _summary(self) -> str:
        return "every model is rate limited"


class AllTimedOut(CandidatesExhausted):
    """Every candidate was too slow."""

    reason = "ALL_MODELS_TIMED_OUT"

    def _summary(self) -> str:
        return "every model timed out"


class StreamBroken(RouterError):
    """The answering model failed after the commit; what was sent stands, no other takes over."""

    reason = "STREAM_BROKEN"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class DeadlineExceeded(RouterError):
    """The caller's own deadline has passed."""

    reason = "DEADLINE_EXCEEDED"


class ConfigError(RouterError):
    """The routing config or a setting is wrong; ``path`` says where."""

    reason = "CONFIG_INVALID"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
