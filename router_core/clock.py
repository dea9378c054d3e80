"""The real clock, behind `app.ports.Clock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's time."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)
