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
    else with `KEYWORD_WEIGHT` (a built-in category) or `CUSTOM_WEIGHT` (an added one).
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
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from router_core.decide import vocabulary
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Category
from router_core.decide.excerpts import ends_of
from router_core.decide.vocabulary import DEFAULT_CATEGORY, DEFAULT_KEYWORDS, START
from router_core.decide.vocabulary.signs import signs_in

SOURCE: Final = "keywords"
DEFAULT_SOURCE: Final = "default"
KEYWORD_WEIGHT: Final = 3.0
"""How much a config's keyword of a built-in category counts where the vocabulary lacks it."""
CUSTOM_WEIGHT: Final = 7.0
"""How much a keyword of an added category counts: it was added to be told from the others."""

_READ_FIRST = 4_000
_READ_LAST = 2_000
_MOST_FOLDED = 12_000
_SHARPNESS = 0.75
_HEAD_START = 0.1
_DISCOUNT = 0.8
_MOST_PIECES = 24
_MOST_EVIDENCE = 8
_PLURAL_FROM = 4

# Scripts written without spaces: kana, Han, Thai, Lao, Myanmar, Khmer.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs and points that are no word characters to ``re``: Hebrew, Arabic, Indic.
_MARKS = "\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
_ANY_WORD = re.compile(rf"[{_UNSPACED}]|(?:[^\W_{_UNSPACED}]|[{_MARKS}])+(?:[+#]+(?![^\W_]))?")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LIGATURES = (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"), ("ß", "ss"))


def _folded_byte(code: int) -> str:
    """A cp1252 byte as a lower-case letter without accent, a digit, "+", "#" or a space."""
    letter = unicodedata.normalize("NFKD", bytes([code]).decode("cp1252", "replace"))[:1].lower()
    return letter if letter.isascii() and (letter.isalnum() or letter in "+#") else " "


_FOLD_BYTES = "".join(map(_folded_byte, range(256))).encode("ascii")


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order.

    Western text is folded as cp1252 bytes, ten times as fast as letter by letter.
    """
    if not text.isascii():
        for ligature, letters in _LIGATURES:
            text = text.replace(ligature, letters)
    try:
        western = text.encode("cp1252").translate(_FOLD_BYTES)
    except UnicodeEncodeError:
        # Some letters unfold into a dozen.
        folded = unicodedata.normalize("NFKD", text.casefold())[:_MOST_FOLDED]
        return _ANY_WORD.findall(_ACCENTS.sub("", folded))
    if b"+" in western or b"#" in western:
        return _ANY_WORD.findall(western.decode("ascii"))
    return western.decode("ascii").split()


def excerpt(text: str) -> str:
    """What is read of a text: all of a short one, the ends of a long one."""
    return ends_of(text, _READ_FIRST, _READ_LAST)


@dataclass(frozen=True, slots=True)
class _Term:
    label: str
    weights: tuple[tuple[int, float], ...]


@dataclass(slots=True)
class _Node:
    """The terms that begin with the words on the way to it.

    Attributes:
        term: the term that is just these words, if there is one.
        after: what may follow, by the next word.
    """

    term: _Term | None = None
    after: dict[str, _Node] | None = None


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
    entries: Mapping[str, _Node]

    @classmethod
    def compile(cls, categories: Iterable[Category]) -> KeywordRules:
        """Compiles the rules for categories in their order; at least one."""
        listed = tuple(categories)
        names = tuple(category.name for category in listed)
        terms = _terms(listed)
        entries: dict[str, _Node] = {}
        for key, term in terms.items():
            _add(key, term, entries)
        for key, term in terms.items():
            plural = (*key[:-1], f"{key[-1]}s")
            if len(key[-1]) >= _PLURAL_FROM and key[-1][-1] != "s" and plural not in terms:
                _add(plural, term, entries)
        built_in = tuple(i for i, name in enumerate(names) if name in vocabulary.WEIGHTED)
        always = built_in or tuple(range(len(names)))
        return cls(names, always, {names[i]: i for i in always}, entries)

    def score(self, text: str) -> Verdict:
        """The verdict on a text: never empty, the same for the same text."""
        found, keywords = self._found(text)
        return self._verdict(self._scores(found), found, keywords)

    def strengths(self, text: str) -> Strengths:
        """How much speaks for each category, for a classifier that has more to go by."""
        found, keywords = self._found(text)
        scores = self._scores(found)
        return Strengths(
            scores={self.names[i]: score for i, score in scores.items()},
            evidence=self._evidence(found, keywords),
        )

    def _found(self, text: str) -> tuple[list[tuple[int, float, str]], int]:
        """The category, weight and label of each piece of evidence; how many are keywords."""
        read = excerpt(text)
        words = words_of(read)
        found: list[tuple[int, float, str]] = []
        for term in self._matches(words):
            for index, weight in term.weights:
                found.append((index, weight, term.label))
        keywords = len(found)
        for sign in signs_in(read, words):
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

    def _matches(self, words: list[str]) -> Iterator[_Term]:
        """The terms in a text, each once; what a longer match covers is not looked at."""
        entries = self.entries
        seen: set[str] = set()
        covered = 0
        words = [START, *words, ""]
        for i in [i for i, word in enumerate(words) if word in entries]:
            if i < covered:
                continue
            node: _Node | None = entries[words[i]]
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


def _terms(categories: Sequence[Category]) -> dict[tuple[str, ...], _Term]:
    """Every term by its words: the config's own, and the vocabulary's where none claims it."""
    weights: dict[tuple[str, ...], dict[int, float]] = {}
    labels: dict[tuple[str, ...], str] = {}
    built_in: list[tuple[int, Mapping[tuple[str, ...], tuple[str, float]]]] = []
    for index, category in enumerate(categories):
        known = _vocabulary_of(category.name)
        unknown = KEYWORD_WEIGHT if category.name in DEFAULT_KEYWORDS else CUSTOM_WEIGHT
        if known:
            built_in.append((index, known))
        for keyword in category.keywords:
            key = tuple(words_of(keyword))
            if key:
                labels.setdefault(key, keyword)
                weight = known[key][1] if key in known else unknown
                weights.setdefault(key, {})[index] = weight
    claimed = {key: frozenset(by) for key, by in weights.items()}
    for index, known in built_in:
        for key, (label, weight) in known.items():
            if not _is_anothers(key, index, claimed):
                labels.setdefault(key, label)
                weights.setdefault(key, {}).setdefault(index, weight)
    return {key: _Term(labels[key], tuple(by.items())) for key, by in weights.items()}


def _is_anothers(
    key: tuple[str, ...], index: int, claimed: Mapping[tuple[str, ...], frozenset[int]]
) -> bool:
    """Whether the config gives the term, or a part of it, to other categories alone."""
    return any(
        index not in claimed.get(key[start:end], (index,))
        for start in range(len(key))
        for end in range(start + 1, len(key) + 1)
    )


@cache
def _vocabulary_of(category: str) -> Mapping[tuple[str, ...], tuple[str, float]]:
    known: dict[tuple[str, ...], tuple[str, float]] = {}
    for weight, terms in vocabulary.WEIGHTED.get(category, ()):
        for term in terms:
            label = term.removeprefix(START)
            start = (START,) if term.startswith(START) else ()
            known.setdefault((*start, *words_of(label)), (label, weight))
    return known


def _add(key: tuple[str, ...], term: _Term, entries: dict[str, _Node]) -> None:
    node = entries.setdefault(key[0], _Node())
    for word in key[1:]:
        if node.after is None:
            node.after = {}
        node = node.after.setdefault(word, _Node())
    node.term = term
