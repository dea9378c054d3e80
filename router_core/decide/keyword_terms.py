"""The terms that a config's keyword rules look for, by their words.

The built-in vocabulary has thousands of terms, and a config changes few of them: those
that it lists itself, and those that have one of its words in them. So the vocabulary is
compiled once, and a config's terms are that with the few put right. What is shared is
never changed: on the way to a term that differs the nodes are copied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from router_core.decide import vocabulary
from router_core.decide.config import Category
from router_core.decide.vocabulary import DEFAULT_KEYWORDS, START
from router_core.decide.words import words_of

__all__ = ["CUSTOM_WEIGHT", "KEYWORD_WEIGHT", "Node", "Term", "compiled", "words_in"]

KEYWORD_WEIGHT: Final = 3.0
"""How much a config's keyword of a built-in category counts where the vocabulary lacks it."""
CUSTOM_WEIGHT: Final = 7.0
"""How much a keyword of an added category counts: it was added to be told from the others."""

_PLURAL_FROM = 4

Words = tuple[str, ...]
"""A term by its folded words."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, and how much it speaks for which category, by its place."""

    label: str
    weights: tuple[tuple[int, float], ...]


@dataclass(slots=True)
class Node:
    """The terms that begin with the words on the way to it; nobody changes it.

    Not frozen, which would take three times as long to make.

    Attributes:
        term: the term that is just these words, if there is one.
        after: what may follow, by the next word.
    """

    term: Term | None = None
    after: Mapping[str, Node] | None = None


def compiled(categories: Sequence[Category]) -> Mapping[str, Node]:
    """The terms of categories by their first word, then by the next ones."""
    claims = tuple(_claims(categories))
    places = tuple(
        (place, category.name)
        for place, category in enumerate(categories)
        if category.name in vocabulary.WEIGHTED
    )
    base = _base(places)
    changed = base.differing(claims)
    entries = dict(base.entries)
    for key in {*changed, *map(_plural, changed)}:
        _put(key, _at(key, changed, base.terms), entries)
    return entries


def words_in(entries: Mapping[str, Node]) -> Iterator[str]:
    """Yields every word of the terms, some of them several times."""
    levels = [entries]
    while levels:
        level = levels.pop()
        yield from level
        levels += [node.after for node in level.values() if node.after is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """A keyword of the config: which words, written how, and how much for which category."""

    words: Words
    label: str
    place: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """The built-in vocabulary, where its categories stand at certain places.

    Attributes:
        known: the terms of each built-in category, by its place: label and weight.
        terms: all of them, as where a config claims none.
        holding: which of them a word is in.
        entries: they and their plurals, by their first word, then by the next ones.
    """

    known: Mapping[int, Mapping[Words, tuple[str, float]]]
    terms: Mapping[Words, Term]
    holding: Mapping[str, Sequence[Words]]
    entries: Mapping[str, Node]

    def differing(self, claims: Iterable[_Claim]) -> dict[Words, Term | None]:
        """The terms that a config's claims make other ones; ``None``: that they take out."""
        by_words: dict[Words, list[_Claim]] = {}
        for claim in claims:
            by_words.setdefault(claim.words, []).append(claim)
        touched = dict.fromkeys(by_words)
        for words in by_words:
            held = self.holding.get(words[0], ())
            touched.update(dict.fromkeys(key for key in held if _is_in(words, key)))
        claimed = {words: {each.place for each in own} for words, own in by_words.items()}
        return {key: self._term(key, by_words.get(key, ()), claimed) for key in touched}

    def _term(
        self, key: Words, own: Sequence[_Claim], claimed: Mapping[Words, Collection[int]]
    ) -> Term | None:
        """A term: the config's own claims of it, and the vocabulary's where none is against it."""
        label = own[0].label if own else ""
        weights = {claim.place: claim.weight for claim in own}
        for place, known in self.known.items():
            if key in known and not _is_anothers(key, place, claimed):
                label = label or known[key][0]
                weights.setdefault(place, known[key][1])
        return Term(label, tuple(weights.items())) if weights else None


def _claims(categories: Sequence[Category]) -> Iterator[_Claim]:
    """Yields the categories' own keywords in order."""
    for place, category in enumerate(categories):
        known = _vocabulary_of(category.name)
        unknown = KEYWORD_WEIGHT if category.name in DEFAULT_KEYWORDS else CUSTOM_WEIGHT
        for keyword in category.keywords:
            if words := tuple(words_of(keyword)):
                weight = known[words][1] if words in known else unknown
                yield _Claim(words=words, label=keyword, place=place, weight=weight)


def _is_anothers(key: Words, place: int, claimed: Mapping[Words, Collection[int]]) -> bool:
    """Whether the config gives the term, or a part of it, to other categories alone."""
    return any(
        place not in claimed.get(key[start:end], (place,))
        for start in range(len(key))
        for end in range(start + 1, len(key) + 1)
    )


def _is_in(part: Words, key: Words) -> bool:
    """Whether words stand in a row in a term."""
    return any(key[at : at + len(part)] == part for at in range(len(key) - len(part) + 1))


@cache
def _vocabulary_of(category: str) -> Mapping[Words, tuple[str, float]]:
    known: dict[Words, tuple[str, float]] = {}
    for weight, terms in vocabulary.WEIGHTED.get(category, ()):
        for term in terms:
            label = term.removeprefix(START)
            start = (START,) if term.startswith(START) else ()
            known.setdefault((*start, *words_of(label)), (label, weight))
    return known


@lru_cache(maxsize=4)
def _base(places: tuple[tuple[int, str], ...]) -> _Base:
    """The vocabulary of the categories at these places; takes some 20 ms."""
    known = {place: _vocabulary_of(name) for place, name in places}
    labels: dict[Words, str] = {}
    weights: dict[Words, list[tuple[int, float]]] = {}
    for place, listed in known.items():
        for key, (label, weight) in listed.items():
            labels.setdefault(key, label)
            weights.setdefault(key, []).append((place, weight))
    terms = {key: Term(labels[key], tuple(weights[key])) for key in labels}
    holding: dict[str, list[Words]] = {}
    for key in terms:
        for word in key:
            holding.setdefault(word, []).append(key)
    entries: dict[str, Node] = {}
    for key in {*terms, *map(_plural, terms)}:
        _put(key, _at(key, {}, terms), entries)
    return _Base(known=known, terms=terms, holding=holding, entries=entries)


def _plural(key: Words) -> Words:
    """A term with the plural of its last word, as far as that is forgiven; else the term."""
    last = key[-1]
    return (*key[:-1], f"{last}s") if len(last) >= _PLURAL_FROM and last[-1] != "s" else key


def _at(
    key: Words, changed: Mapping[Words, Term | None], terms: Mapping[Words, Term]
) -> Term | None:
    """What stands at a term's place: the term, else the one of which it is the plural."""
    singular = (*key[:-1], key[-1][:-1])
    for each in (key, singular) if singular[-1] and _plural(singular) == key else (key,):
        if (term := changed[each] if each in changed else terms.get(each)) is not None:
            return term
    return None


def _put(key: Words, term: Term | None, entries: dict[str, Node]) -> None:
    """Sets what stands at a term's place; nodes are replaced, never changed."""
    nodes, way = entries, []
    for word in key[:-1]:
        node = nodes.get(word, _NOTHING)
        after = dict(node.after or {})
        way.append((nodes, word, node, after))
        nodes = after
    nodes[key[-1]] = Node(term, nodes.get(key[-1], _NOTHING).after)
    for nodes, word, node, after in reversed(way):
        nodes[word] = Node(node.term, after)


_NOTHING: Final = Node()
