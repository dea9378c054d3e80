"""The real clock, behind `app.ports.Clock`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any


class SystemClock:
    """The machine's time."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)

    async def done_within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Waits for ``future``, so long at the most; returns whether it is done."""
        await asyncio.wait((future,), timeout=seconds)
        return future.done()
