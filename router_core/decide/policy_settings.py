"""What policies weigh things by: how many dollars and seconds quality is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["POINTS_A_PLACE", "TOP_POINTS", "PolicySettings", "TimeTo"]

TOP_POINTS: Final = 90.0
"""The quality of a list's first model, in points of 0 to 100, where none is told."""
POINTS_A_PLACE: Final = 2.0
"""How much less each further place of the list stands for."""


class TimeTo(StrEnum):
    """Up to where ``fastest`` counts."""

    LAST = "last_token"
    FIRST = "first_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """How policies weigh; a point is one of 0 to 100 of quality.

    By default an answer that is right, all 100 of them, is worth a dollar, or half an hour.

    Attributes:
        thrift: 0 (nothing but quality counts) to 10 (thrift); 5: by the rates as they are.
        usd_per_point: what a point is worth, in USD, more than 0.
        seconds_per_point: what a point is worth, in seconds of waiting, more than 0.
        time_to: up to where ``fastest`` counts.
    """

    thrift: float = 5.0
    usd_per_point: float = 0.01
    seconds_per_point: float = 20.0
    time_to: TimeTo = TimeTo.LAST
