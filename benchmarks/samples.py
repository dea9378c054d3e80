"""What one measurement yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_MOST_ERRORS_TOLD: Final = 5


@dataclass(slots=True, kw_only=True)
class Sample:
    """Times of one measurement.

    Attributes:
        values_ns: one time per answer (closed loop) or per chunk (streams).
        seconds: how long the measured part took.
        error_count: answers that were wrong, cut or missing; they have no time.
        errors: the first few of them, for a person.
    """

    values_ns: list[int] = field(default_factory=list)
    seconds: float = 0.0
    error_count: int = 0
    errors: list[str] = field(default_factory=list)

    def add_error(self, text: str) -> None:
        """Counts an error, and keeps its text if it is among the first."""
        self.error_count += 1
        if len(self.errors) < _MOST_ERRORS_TOLD:
            self.errors.append(text)

    @property
    def per_second(self) -> float:
        """Answers (or chunks) a second."""
        return len(self.values_ns) / self.seconds if self.seconds else 0.0
