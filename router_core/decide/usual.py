"""How long answers usually are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from router_core.decide.records import RequestRecord

__all__ = ["Mean", "Usual"]

_MEMORY: Final = 200
"""Over how many answers a mean looks back, about: models and what they are asked change."""
_OTHERS_COUNT: Final = 1
"""For how many of a model's own answers everybody's mean counts: one answer alone may be odd."""
_ELSEWHERE_COUNTS: Final = 2
"""For how many of those in a category its mean over all of them counts."""
_MOST_NAMES: Final = 4096
"""Callers may name any model, so names are unbounded; those beyond are not followed."""


@dataclass(slots=True)
class Mean:
    """A running mean that forgets."""

    count: int = 0
    value: float = 0.0

    def add(self, value: float) -> None:
        """Takes one more value."""
        self.count += 1
        self.value += (value - self.value) / min(self.count, _MEMORY)

    def with_more(self, value: float, times: int) -> float:
        """What it would be with ``value`` so many times more."""
        return self.value + (value - self.value) * times / (self.count + times)


_Key = tuple[str | None, str | None]
"""A category and a model; ``None``: of whatever one."""


@dataclass(slots=True)
class Usual:
    """Running means over the requests that were answered; for one event loop."""

    _tokens: dict[_Key, Mean] = field(default_factory=dict)

    def record(self, record: RequestRecord) -> None:
        """Takes one request that has ended."""
        if record.status != "ok" or record.operation != "chat":
            return
        if tokens := record.usage.completion_tokens:
            category, model = record.category, record.model
            for key in ((category, model), (None, model), (category, None), (None, None)):
                _add(self._tokens, key, tokens)

    def answer_tokens(self, category: str | None = None, model: str | None = None) -> float | None:
        """How many tokens such answers have on average; ``None``: none was seen."""
        mean = self._tokens.get((category, model))
        return mean.value if mean else None

    def answer_tokens_of(self, model: str, category: str, others: float | None) -> float | None:
        """How many a model's answers in a category are likely to have; ``None``: none was seen.

        What it wrote there counts most, then what it wrote anywhere, for models differ more
        than categories do: one that thinks writes seven times as much.

        Args:
            others: how many everybody's answers there have; ``None``: not known.
        """
        anywhere = self._tokens.get((None, model))
        if anywhere is None:
            return None
        expected = anywhere.value if others is None else anywhere.with_more(others, _OTHERS_COUNT)
        here = self._tokens.get((category, model))
        return expected if here is None else here.with_more(expected, _ELSEWHERE_COUNTS)


_Name = TypeVar("_Name")


def _add(means: dict[_Name, Mean], name: _Name, value: float) -> None:
    mean = means.get(name)
    if mean is None:
        if len(means) >= _MOST_NAMES:
            return
        mean = means[name] = Mean()
    mean.add(value)
