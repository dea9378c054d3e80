"""Classification by rules: weighted words and phrases, and a few signs beyond words.

`KeywordRules` is compiled once from a config's categories; `KeywordRules.score` reads
a text once.

Words
    A text is folded (case, and accents: "résumé" and "resume" are one word) and cut
    into words of any script; scripts written without spaces are cut into characters.
    A keyword is folded and cut the same way, so it matches at word boundaries only,
    and a phrase only where all its words stand in a row. The longest match at a place
    counts alone; a term counts once. A plural "s" is forgiven from four letters on.

Where a config's categories meet the built-in vocabulary
    ``code``, ``reasoning`` and ``conversation`` have the terms of `vocabulary`, with
    their weights, whatever the config says; ``tools`` has none, it is chosen by the
    tools on offer. Every category also has its own `keywords` from the config: with
    the vocabulary's weight where the vocabulary has the term for that same category,
    else with a weight of their own (`keyword_terms`), more where it is an added one.
    A term that the config gives to some category is taken from the vocabulary of all
    others, and so are phrases that it is part of: a user's choice of a word is not outvoted.

Confidence
    A category's score is its evidence, each further piece counting a fifth less than
    the one before. The confidences are the softmax of the scores over the categories
    with a vocabulary and whichever others were spoken for: in 0 to 1, summing to 1,
    growing with the margin.
    Where nothing speaks the verdict is ``conversation``, unsure, source "default"; what
    speaks against ``conversation`` only takes from what speaks for it.
    Ties go by the order of the categories.

What is read
    The first 4,000 and the last 2,000 characters: a question stands at either end of
    what was pasted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from router_core.decide import vocabulary
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Category
from router_core.decide.excerpts import ends_of
from router_core.decide.keyword_terms import Node, Term, compiled
from router_core.decide.sketch import Skim
from router_core.decide.vocabulary import DEFAULT_CATEGORY, START
from router_core.decide.vocabulary.signs import signs_in
from router_core.decide.words import words_of

SOURCE: Final = "keywords"
DEFAULT_SOURCE: Final = "default"

_READ_FIRST = 4_000
_READ_LAST = 2_000
_SHARPNESS = 0.75
_HEAD_START = 0.1
_DISCOUNT = 0.8
_MOST_PIECES = 24
_MOST_EVIDENCE = 8


def excerpt(text: str) -> str:
    """What is read of a text: all of a short one, the ends of a long one."""
    return ends_of(text, _READ_FIRST, _READ_LAST)


def skim(text: str) -> Skim:
    """Reads a text."""
    read = excerpt(text)
    words = words_of(read)
    return Skim(words, tuple(signs_in(read, words)))


@dataclass(frozen=True, slots=True)
class Strengths:
    """What the rules found in a text.

    Attributes:
        scores: how much speaks for each category in question, by name; 0: nothing.
        evidence: a category and why, in words for a person; strongest first.
    """

    scores: Mapping[str, float]
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeywordRules:
    """The compiled rules of one config; nobody changes them.

    Attributes:
        names: the categories, in order.
        always: those that every verdict lists, by their place in ``names``.
        places: the place of each of those by its name.
        entries: the terms by their first word, then by the next ones.
    """

    names: tuple[str, ...]
    always: tuple[int, ...]
    places: Mapping[str, int]
    entries: Mapping[str, Node]

    @classmethod
    def compile(cls, categories: Iterable[Category]) -> KeywordRules:
        """Compiles the rules for categories in their order; at least one."""
        listed = tuple(categories)
        names = tuple(category.name for category in listed)
        built_in = tuple(i for i, name in enumerate(names) if name in vocabulary.WEIGHTED)
        always = built_in or tuple(range(len(names)))
        return cls(names, always, {names[i]: i for i in always}, compiled(listed))

    def score(self, text: str) -> Verdict:
        """The verdict on a text: never empty, the same for the same text."""
        return self.judge(skim(text))

    def judge(self, read: Skim) -> Verdict:
        """The verdict on a text that has been read."""
        found, keywords = self._found(read)
        return self._verdict(self._scores(found), found, keywords)

    def strengths(self, text: str) -> Strengths:
        """How much speaks for each category, for a classifier that has more to go by."""
        return self.strengths_in(skim(text))

    def strengths_in(self, read: Skim) -> Strengths:
        """The same for a text that has been read."""
        found, keywords = self._found(read)
        scores = self._scores(found)
        return Strengths(
            scores={self.names[i]: score for i, score in scores.items()},
            evidence=self._evidence(found, keywords),
        )

    def _found(self, read: Skim) -> tuple[list[tuple[int, float, str]], int]:
        """The category, weight and label of each piece of evidence; how many are keywords."""
        found: list[tuple[int, float, str]] = []
        for term in self._matches(read.words):
            for index, weight in term.weights:
                found.append((index, weight, term.label))
        keywords = len(found)
        for sign in read.signs:
            index = self.places.get(sign.category, -1)
            if index >= 0:
                found.append((index, sign.weight, sign.label))
        return found, keywords

    def _scores(self, found: Sequence[tuple[int, float, str]]) -> dict[int, float]:
        """The score of each category: its evidence, each further piece counting less."""
        weights: dict[int, list[float]] = {index: [] for index in self.always}
        for index, weight, _ in found:
            weights.setdefault(index, []).append(weight)
        scores: dict[int, float] = {}
        for index, pieces in weights.items():
            pieces.sort(reverse=True)
            share, score = 1.0, 0.0
            for weight in pieces[:_MOST_PIECES]:
                score += share * weight
                share *= _DISCOUNT
            scores[index] = score
        return scores

    def _matches(self, words: Sequence[str]) -> Iterator[Term]:
        """The terms in a text, each once; what a longer match covers is not looked at."""
        entries = self.entries
        seen: set[str] = set()
        covered = 0
        words = [START, *words, ""]
        for i in [i for i, word in enumerate(words) if word in entries]:
            if i < covered:
                continue
            node: Node | None = entries[words[i]]
            term, at, end = None, i, i
            while node is not None:
                at += 1
                if node.term is not None:
                    term, end = node.term, at
                node = node.after.get(words[at]) if node.after is not None else None
            if term is None:
                continue
            # The mark of the start is no word: what begins with it covers nothing.
            covered = end if i and end > i + 1 else covered
            if term.label not in seen:
                seen.add(term.label)
                yield term

    def _verdict(
        self,
        scores: dict[int, float],
        found: Sequence[tuple[int, float, str]],
        keywords: int,
    ) -> Verdict:
        names = self.names
        default = self.places.get(DEFAULT_CATEGORY)
        if default is not None:
            scores[default] = max(scores[default], 0.0) + _HEAD_START
        top = max(scores.values())
        raw = {i: math.exp(_SHARPNESS * (score - top)) for i, score in scores.items()}
        total = sum(raw.values())
        ranked = sorted(raw, key=lambda i: (-scores[i], i))
        evidence = self._evidence(found, keywords)
        return Verdict(
            scores=tuple(Score(category=names[i], confidence=raw[i] / total) for i in ranked),
            source=SOURCE if evidence else DEFAULT_SOURCE,
            evidence=tuple(text for _, text in evidence),
        )

    def _evidence(
        self, found: Sequence[tuple[int, float, str]], keywords: int
    ) -> tuple[tuple[str, str], ...]:
        """What speaks for which category, strongest first."""
        names = self.names
        spoke = sorted(
            ((-weight, n, i, label) for n, (i, weight, label) in enumerate(found) if weight > 0)
        )
        return tuple(
            (
                names[i],
                f"keyword '{label}' ({names[i]})" if n < keywords else f"{label} ({names[i]})",
            )
            for _, n, i, label in spoke[:_MOST_EVIDENCE]
        )
