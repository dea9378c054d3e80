"""The texts to train on: our own prompts and word lists, and a labelled file given by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["KINDS", "Example", "labelled", "own_prompts", "word_lists"]

KINDS: Final = ("code", "conversation", "creative", "general", "reasoning")
"""What requests are told apart by. ``general`` and, where nobody adds a category for
it, ``creative`` count as ``conversation`` in the built-in four."""

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and what it is.

    Attributes:
        topic: ``kind/topic``; ``""``: only the kind is known.
        source: the file or data set that it comes from.
    """

    text: str
    kind: str
    topic: str
    lang: str
    source: str


def own_prompts(folder: Path = _HERE / "prompts") -> list[Example]:
    """The prompts in training/prompts, each text once: the first counts."""
    examples = {
        example.text: example
        for file in sorted(folder.glob("*.txt"), reverse=True)
        for example in reversed(list(_sections(file)))
    }
    return sorted(examples.values(), key=lambda example: (example.source, example.text))


def word_lists(folder: Path = _HERE / "words") -> list[Example]:
    """The lists of words in training/words, an example a line."""
    return [
        Example(
            text=example.text.replace(",", " "),
            kind=example.kind,
            topic=example.topic,
            lang=example.lang,
            source="words",
        )
        for file in sorted(folder.glob("*.txt"))
        for example in _sections(file)
    ]


def labelled(file: Path) -> list[Example]:
    """A labelled file: JSON Lines with text, category, source and lang."""
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return [
        Example(
            text=row["text"],
            kind=row["category"],
            topic="",
            lang=row.get("lang", ""),
            source=row.get("source", file.name),
        )
        for row in rows
    ]


def _sections(file: Path) -> Iterator[Example]:
    """The lines of a file of sections; a header is ``# kind/topic lang``."""
    topic = lang = ""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.startswith("# "):
            topic, lang = line[2:].split()
            if topic.partition("/")[0] not in KINDS:
                raise ValueError(f"{file.name}, line {number}: no kind {topic!r}")
        elif line.strip():
            text = line.replace("\\n", "\n").replace("\\t", "\t").strip()
            kind = topic.partition("/")[0]
            yield Example(text=text, kind=kind, topic=topic, lang=lang, source=file.name)
