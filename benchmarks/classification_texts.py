"""Chat texts of given lengths, made of sentences such as people type."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Final

LENGTHS: Final = (20, 100, 300, 1_000)
"""Characters of typical chat texts."""

MEGABYTE: Final = 1_000_000

_SENTENCES: Final = (
    "Can you help me with something? ",
    "My script stops with KeyError: 'name' when the file is empty, and I don't see why. ",
    "We are two adults and a dog, and would like to be near the sea in May. ",
    "The bill was 48.50 for three, so what does each of us owe with a tip of 10 %? ",
    "def total(rows):\n    return sum(row['price'] for row in rows)\n",
    "Please keep it short and friendly, it is for my neighbour. ",
    "Why does bread rise faster on a warm day? ",
    "Merci, mais je voudrais plutôt une version en français. ",
    "- milk\n- two onions\n- a loaf of rye\n",
    "I tried turning it off and on again, and nothing changed at all. ",
    "Which of the two would you choose, and what speaks against the other one? ",
)


def texts_of(length: int) -> Iterator[str]:
    """A text of so many characters for each sentence that it can begin with."""
    for start in range(len(_SENTENCES)):
        if length >= MEGABYTE:
            whole = "".join(_SENTENCES[start:] + _SENTENCES[:start])
            yield (whole * (length // len(whole) + 1))[:length]
            continue
        text = ""
        sentences = cycle(_SENTENCES[start:] + _SENTENCES[:start])
        while len(text) < length:
            text += next(sentences)
        yield text[:length]


YARD: Final = next(texts_of(1_000))
"""What the yardstick reads."""
