"""What the in-process classifiers read of a text: enough to judge it under any config.

A `Sketch` has the text's words. A `Print` has them as salted hashes in their order: whoever
knows a word can tell where it stands, and nobody can read what was not known before.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final, NamedTuple

from router_core.decide.vocabulary.signs import Sign

__all__ = ["Print", "Sketch", "Skim", "hashes_of", "hidden", "shown"]

_FIRST: Final = 1_000
_LAST: Final = 500
"""How many words are kept at either end: of what the rules read, all but in scripts without
spaces."""

_UNKNOWN: Final = ""
"""In place of a word that no config knows; no text has it."""


class Skim(NamedTuple):
    """What the rules read of a text, whatever the config.

    Attributes:
        words: its folded words, in order.
        signs: what it shows beyond them.
    """

    words: Sequence[str]
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What was read of a text.

    Attributes:
        skim: what the rules read.
        ends: the words at its ends, as the model reads them.
        lanes: the sum of the model's rows for its features, packed.
        rows: how many rows that are.
    """

    skim: Skim
    ends: Sequence[str]
    lanes: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A sketch with a hash in place of each word."""

    words: Sequence[int]
    ends: Sequence[int]
    skimmed: Skim
    lanes: int
    rows: int


def hidden(sketch: Sketch, salt: bytes) -> Print:
    """A sketch without its words; takes some 0.1 us for each."""
    words = sketch.skim.words
    if len(words) > _FIRST + _LAST:
        words = [*words[:_FIRST], *words[-_LAST:]]
    return Print(
        words=hashes_of(words, salt),
        ends=hashes_of(sketch.ends, salt),
        skimmed=Skim((), sketch.skim.signs),
        lanes=sketch.lanes,
        rows=sketch.rows,
    )


def shown(kept: Print, known: Mapping[int, str]) -> Sketch:
    """A sketch with those words alone that are known, by their hashes; the others say nothing."""
    return Sketch(
        skim=Skim([known.get(word, _UNKNOWN) for word in kept.words], kept.skimmed.signs),
        ends=[known.get(word, _UNKNOWN) for word in kept.ends],
        lanes=kept.lanes,
        rows=kept.rows,
    )


def hashes_of(words: Collection[str], salt: bytes) -> Sequence[int]:
    """The hash of each word.

    Python's own, which has a secret of the process in it already: they are for this process
    alone, and a slower one would hide no more from whoever reads its memory. With the length,
    since it is made of a word's bytes as they lie there: those of "if" are those of "\u6669".
    """
    salted = zip(repeat(salt, len(words)), words, map(len, words), strict=True)
    return array("q", map(hash, salted))
