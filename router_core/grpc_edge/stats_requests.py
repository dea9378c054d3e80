"""What is asked of StatsService, checked and converted."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.v1 import stats_pb2
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.errors import InvalidRequest

__all__ = ["dimension_of", "most_of", "page_token", "place_of", "span_of", "wanted_of"]

_MOST: Final = 1000
_STATUSES: Final = ("ok", "error", "cancelled")
_DIMENSIONS: Final[dict[int, Dimension]] = {
    stats_pb2.StatsDimension.Value(f"STATS_DIMENSION_{dimension.name}"): dimension
    for dimension in Dimension
}
"""By the enum's value; one that the protos lack fails at import."""
_TOKEN: Final = re.compile(r"([0-9a-f]{1,15})\.([0-9a-f]{8})")


def most_of(asked: int, default: int, field: str) -> int:
    """How many of something to return, where ``asked`` were asked for.

    Raises:
        InvalidRequest: it is negative.
    """
    if asked < 0:
        raise InvalidRequest(f"{field} must not be negative", field)
    return min(asked or default, _MOST)


def dimension_of(value: int) -> Dimension | None:
    """What to sort by; ``None``: nothing.

    Raises:
        InvalidRequest: this version does not know it.
    """
    if value and value not in _DIMENSIONS:
        raise InvalidRequest(f"group_by: there is no dimension {value}", "group_by")
    return _DIMENSIONS.get(value)


def span_of(request: stats_pb2.GetStatsRequest | stats_pb2.ListRequestsRequest) -> TimeRange:
    """The range of time of a request.

    Raises:
        InvalidRequest: it ends before it begins, or a time is none.
    """
    start = _moment(request.start_time, "start_time") if request.HasField("start_time") else None
    end = _moment(request.end_time, "end_time") if request.HasField("end_time") else None
    if start is not None and end is not None and start > end:
        raise InvalidRequest("start_time must not be after end_time", "start_time")
    return TimeRange(start=start, end=end)


def _moment(value: Timestamp, field: str) -> datetime:
    try:
        return value.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{field} is no time of the years 1 to 9999", field) from None


def wanted_of(request: stats_pb2.ListRequestsRequest) -> Wanted:
    """Which requests are asked for.

    Raises:
        InvalidRequest: the range of time or the status is none.
    """
    if request.status and request.status not in _STATUSES:
        raise InvalidRequest(f"status must be one of {', '.join(_STATUSES)}", "status")
    return Wanted(
        span=span_of(request),
        category=request.category or None,
        model=request.model or None,
        status=request.status or None,
        caller=request.caller or None,
        session=request.session or None,
    )


def page_token(place: int | None, request: stats_pb2.ListRequestsRequest) -> str:
    """The token of the page at ``place``; ``None``: there is none, and the token is empty."""
    return "" if place is None else f"{place:x}.{_filters(request)}"


def place_of(request: stats_pb2.ListRequestsRequest) -> int | None:
    """The place of the page that a request asks for; ``None``: the first.

    Raises:
        InvalidRequest: the token is none of ours, or is of a list with other filters.
    """
    if not request.page_token:
        return None
    match = _TOKEN.fullmatch(request.page_token)
    if match is None:
        raise InvalidRequest("page_token is none of ours", "page_token")
    if match[2] != _filters(request):
        raise InvalidRequest("page_token is of a list with other filters", "page_token")
    return int(match[1], 16)


def _filters(request: stats_pb2.ListRequestsRequest) -> str:
    """A digest of the filters; the range of time may move, as "the last day" does."""
    filters = (request.category, request.model, request.status, request.caller, request.session)
    return hashlib.sha256("\0".join(filters).encode()).hexdigest()[:8]
