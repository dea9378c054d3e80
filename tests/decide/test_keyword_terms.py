"""The terms of a config: what is shared with other configs is the same as made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.decide import vocabulary
from router_core.decide.config import Category, ModelRef
from router_core.decide.keyword_terms import (
    CUSTOM_WEIGHT,
    KEYWORD_WEIGHT,
    Node,
    compiled,
    words_in,
)
from router_core.decide.words import words_of

MODELS = (ModelRef(name="m", id="vendor/m", provider="p"),)
BUILT_IN = ("tools", "code", "reasoning", "conversation")

Key = tuple[str, ...]
Told = dict[Key, tuple[str, tuple[tuple[int, float], ...]]]


def a_category(name: str, *keywords: str) -> Category:
    return Category(name=name, models=MODELS, keywords=keywords, built_in=name in BUILT_IN)


def told(entries: Mapping[str, Node], before: Key = ()) -> Told:
    """Each term's label and weights, by its words."""
    found: Told = {}
    for word, node in entries.items():
        if node.term is not None:
            found[*before, word] = (node.term.label, node.term.weights)
        found |= told(node.after or {}, (*before, word))
    return found


@cache
def known_of(name: str) -> dict[Key, tuple[str, float]]:
    known: dict[Key, tuple[str, float]] = {}
    for weight, terms in vocabulary.WEIGHTED.get(name, ()):
        for term in terms:
            label = term.removeprefix("^")
            start = ("^",) if term != label else ()
            known.setdefault((*start, *words_of(label)), (label, weight))
    return known


def parts_of(key: Key) -> Iterator[Key]:
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            yield key[start:end]


def made_anew(categories: Sequence[Category]) -> Told:
    """The terms by the rules of `decide.keywords`, term by term, nothing shared."""
    weights: dict[Key, dict[int, float]] = {}
    labels: dict[Key, str] = {}
    known = [known_of(category.name) for category in categories]
    for place, category in enumerate(categories):
        own = KEYWORD_WEIGHT if category.name in vocabulary.DEFAULT_KEYWORDS else CUSTOM_WEIGHT
        for keyword in category.keywords:
            key = tuple(words_of(keyword))
            labels.setdefault(key, keyword)
            weights.setdefault(key, {})[place] = known[place].get(key, ("", own))[1]
    claimed = {key: set(by) for key, by in weights.items()}
    for place, listed in enumerate(known):
        for key, (label, weight) in listed.items():
            if all(place in claimed.get(part, {place}) for part in parts_of(key)):
                labels.setdefault(key, label)
                weights.setdefault(key, {}).setdefault(place, weight)
    terms = {key: (labels[key], tuple(by.items())) for key, by in weights.items()}
    plurals = {
        (*key[:-1], f"{key[-1]}s"): term
        for key, term in terms.items()
        if len(key[-1]) >= 4 and key[-1][-1] != "s"
    }
    return plurals | terms


SOME_TERMS = sorted(" ".join(key) for key in known_of("code") | known_of("reasoning"))[::7]
SOME_WORDS = sorted({word for term in SOME_TERMS for word in term.split() if word != "^"})[::3]
words = st.sampled_from((*SOME_WORDS, "how", "why", "code", "tulip", "the", "list"))
keywords = st.one_of(
    st.sampled_from([term for term in SOME_TERMS if "^" not in term]),
    words,
    words.map(lambda word: f"{word}s"),
    st.lists(words, min_size=2, max_size=3).map(" ".join),
)
listed = st.lists(keywords, max_size=8)


@settings(max_examples=25)  # each compares 6,000 terms
@given(st.permutations((*BUILT_IN, "garden", "kitchen")), st.lists(listed, min_size=6, max_size=6))
def test_terms_that_share_the_vocabulary_are_as_if_made_anew(names, lists) -> None:
    categories = [a_category(name, *own) for name, own in zip(names, lists, strict=True)]
    assert told(compiled(categories)) == made_anew(categories)


def test_a_config_leaves_the_terms_of_others_as_they_were() -> None:
    plain = [a_category(name, *vocabulary.DEFAULT_KEYWORDS[name]) for name in BUILT_IN]
    before = told(compiled(plain))
    compiled([*plain, a_category("garden", "python", "how", "stack trace", "a list", "regexes")])
    assert told(compiled(plain)) == before


def test_every_word_of_a_term_is_listed() -> None:
    entries = compiled([*map(a_category, BUILT_IN), a_category("garden", "prune the rose bush")])
    listed = set(words_in(entries))
    assert {"prune", "the", "rose", "bush", "traceback"} <= listed
    assert listed == {word for key in told(entries) for word in key}
