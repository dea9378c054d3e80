"""The query of a request, read strictly: what is misspelt would be answered too broadly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

from fastapi import Request
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.moments import read_moment
from rest_shim.errors import ErrorAnswer, RequestRefused

__all__ = ["Query"]

T = TypeVar("T")

_COUNT: Final = re.compile(r"[0-9]{1,9}")


class Query:
    """The parameters of one request; one that is empty is none."""

    def __init__(self, request: Request, *known: str) -> None:
        """Reads them.

        Args:
            request: whose query it is.
            known: their names.

        Raises:
            RequestRefused: there is another one, or one twice.
        """
        self._values: dict[str, str] = {}
        for key, value in request.query_params.multi_items():
            if key not in known:
                raise _refused(f"unknown parameter {key!r:.80}; there are {', '.join(known)}", key)
            if key in self._values:
                raise _refused(f"{key} stands there twice", key)
            self._values[key] = value

    def text(self, key: str) -> str:
        """A parameter; empty: it is not there."""
        return self._values.get(key, "")

    def count(self, key: str) -> int:
        """A whole number; 0: it is not there.

        Raises:
            RequestRefused: it is none, or it is negative, or has ten digits.
        """
        value = self.text(key) or "0"
        if not _COUNT.fullmatch(value):
            raise _refused(f"{key} must be a whole number from 0 to 999999999", key)
        return int(value)

    def one_of(self, key: str, values: Mapping[str, T], default: T) -> T:
        """What one of several words stands for; ``default``: it is not there.

        Raises:
            RequestRefused: it is another word.
        """
        value = self.text(key)
        if value and value not in values:
            raise _refused(f"{key} must be one of {', '.join(values)}", key)
        return values.get(value, default)

    def moment(self, key: str) -> Timestamp | None:
        """A moment, see `read_moment`; ``None``: it is not there.

        Raises:
            RequestRefused: it is none.
        """
        value = self.text(key)
        if not value:
            return None
        timestamp = Timestamp()
        try:
            timestamp.FromDatetime(read_moment(value, datetime.now(UTC)))
        except ValueError as error:
            raise _refused(f"{key}: {error}", key) from None
        return timestamp

    def span(self) -> tuple[Timestamp | None, Timestamp | None]:
        """The range of time from ``start`` to ``end``; ``None``: it is open there.

        Raises:
            RequestRefused: one of them is no moment, or it ends before it begins.
        """
        start, end = self.moment("start"), self.moment("end")
        if start and end and start.ToNanoseconds() > end.ToNanoseconds():
            raise _refused("start must not be after end", "start")
        return start, end


def _refused(message: str, param: str) -> RequestRefused:
    return RequestRefused(
        ErrorAnswer(
            status=400,
            type="invalid_request_error",
            code="invalid_request",
            message=message,
            param=param[:80] or None,
        )
    )
