"""The labelled conversations of ``benchmarks/conversations``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person types in one turn, and what it is about.

    Attributes:
        category: what it is about.
        also: categories that are as good.
        answer_tokens: how long its answer is.
        pause_s: how long the person takes after the answer before, in seconds.
    """

    text: str
    category: str
    also: frozenset[str] = frozenset()
    answer_tokens: int = 100
    pause_s: float = 0.0

    def takes(self, category: str) -> bool:
        """Whether a category is right."""
        return category == self.category or category in self.also


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A conversation.

    Attributes:
        is_agent: whether its client is an agent with tools, and not a plain chat.
    """

    id: str
    language: str
    shape: str
    is_agent: bool
    turns: tuple[Typed, ...]

    @property
    def jumps(self) -> tuple[int, ...]:
        """The turns that are about something else than the one before, which is not as good."""
        return tuple(
            number
            for number, (before, now) in enumerate(pairwise(self.turns), start=1)
            if not now.takes(before.category)
        )


def read_dialogues(name: str) -> Sequence[Dialogue]:
    """A set of conversations by the name of its file."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_dialogue(json.loads(line)) for line in lines]


def _dialogue(line: dict[str, object]) -> Dialogue:
    turns = line["turns"]
    assert isinstance(turns, list)
    return Dialogue(
        id=str(line["id"]),
        language=str(line["language"]),
        shape=str(line["shape"]),
        is_agent=line["client"] == "agent",
        turns=tuple(Typed(**turn | {"also": frozenset(turn.get("also", ()))}) for turn in turns),
    )
