"""What answers are usually like: how long they are, and how long they take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from router_core.decide.records import RequestRecord

__all__ = ["Mean", "Usual"]

_MEMORY: Final = 200
"""Over how many answers a mean looks back, about: models and what they are asked change."""
_MOST_NAMES: Final = 4096
"""Callers may name any model, so names are unbounded; those beyond are not followed."""


@dataclass(slots=True)
class Mean:
    """A running mean that forgets; ``None``: of nothing."""

    count: int = 0
    value: float = 0.0

    def add(self, value: float) -> None:
        """Takes one more value."""
        self.count += 1
        self.value += (value - self.value) / min(self.count, _MEMORY)


_Key = tuple[str | None, str | None]
"""A category and a model; ``None``: of whatever one."""


@dataclass(slots=True)
class Usual:
    """Running means over the requests that were answered; for one event loop."""

    _tokens: dict[_Key, Mean] = field(default_factory=dict)
    _answer_ms: dict[str, Mean] = field(default_factory=dict)

    def record(self, record: RequestRecord) -> None:
        """Takes one request that has ended."""
        if record.status != "ok" or record.operation != "chat":
            return
        if tokens := record.usage.completion_tokens:
            category, model = record.category, record.model
            for key in ((category, model), (category, None), (None, None)):
                _add(self._tokens, key, tokens)
        if record.attempts:  # the last one answered
            _add(self._answer_ms, record.model, record.attempts[-1].latency_ms)

    def answer_tokens(self, category: str | None = None, model: str | None = None) -> float | None:
        """How many tokens such answers have on average; ``None``: none was seen."""
        mean = self._tokens.get((category, model))
        return mean.value if mean else None

    def answer_ms(self, model: str) -> float | None:
        """How long a model takes from the call to the end of its answer; likewise."""
        mean = self._answer_ms.get(model)
        return mean.value if mean else None


_Name = TypeVar("_Name")


def _add(means: dict[_Name, Mean], name: _Name, value: float) -> None:
    mean = means.get(name)
    if mean is None:
        if len(means) >= _MOST_NAMES:
            return
        mean = means[name] = Mean()
    mean.add(value)
