"""Looking for words cheaply: what they stand beside is looked at only where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_MOST_PLACES = 3


def has(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words is in the text."""
    for word in words:  # noqa: SIM110  # any() over a generator takes twice as long
        if word in text:
            return True
    return False


def places(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each of the words begins and ends, at its first few places."""
    for word in words:
        at = text.find(word)
        for _ in range(_MOST_PLACES):
            if at < 0:
                break
            yield at, at + len(word)
            at = text.find(word, at + 1)


def verbs(stems: str) -> frozenset[str]:
    """Forms of English verbs, given the stems without the last "e"."""
    endings = ("", "e", "es", "s", "ing", "ed", "ting")
    return frozenset(stem + ending for stem in stems.split() for ending in endings)


MAKES = verbs(
    "generat creat craft writ produc provid suggest extract propos choos respond reply return "
    "output summariz summaris giv mak nam determin analyz analys com"
)
"""Verbs that ask a model for something; lower case."""

_MAKES_CHINESE = ("总结", "生成", "概括", "返回")

NAMES = ("title", "slug", "headline", "标题", "主题")
"""Names for a conversation."""

SUMS_UP = ("summar", "compact", "condens", "distill", "recap")
"""Stems of what shortens a conversation."""


def asks_to_make(words: str) -> bool:
    """Whether one of `MAKES` is among the words, in lower case."""
    return not MAKES.isdisjoint(words.split()) or has(words, _MAKES_CHINESE)
