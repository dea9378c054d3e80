"""A clock that stands still until a test moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """The `Clock` port; ``seconds`` is the time that has passed."""

    seconds: float = 1000.0

    def monotonic(self) -> float:
        """Seconds from some fixed point."""
        return self.seconds

    def now(self) -> datetime:
        """The time of day, moving with `monotonic`."""
        return START + timedelta(seconds=self.seconds - 1000.0)

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.seconds += seconds
