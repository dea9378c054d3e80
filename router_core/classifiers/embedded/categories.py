"""From the model's topics to the categories of a config.

The built-in categories are kinds: all topics of ``code`` are ``code``. ``general``
and ``creative`` topics are ``conversation``, since nobody asked for more.

An added category is told by three things, each optional:

- **examples** say which topics it takes over. From a topic that they hit it takes a
  share that grows with the hits; where they are spread over most of a kind, it takes
  that kind's other topics too. Words that several examples have in common, and that
  the model finds rare, work like keywords, at half their weight.
- **keywords** speak for it wherever they occur, as they do for the keyword rules.
- its **description** is read as one more example, but for its words.

No weight of the model changes: where nothing of an added category is in a text, the
built-in ones are as likely as without it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router_core.classifiers.embedded.features import words_at_ends
from router_core.classifiers.embedded.model import Model, Reading
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Category
from router_core.decide.keywords import KeywordRules
from router_core.decide.vocabulary import DEFAULT_CATEGORY

__all__ = ["CategoryMap"]

_HOME: Final = {"general": DEFAULT_CATEGORY, "creative": DEFAULT_CATEGORY}
"""The built-in category of the kinds that are none themselves."""

_TAKEN_AT_ONE_HIT: Final = 1.2
"""How fast a topic is taken over: a share of 1 - exp(-this x hits)."""

_BROAD_FROM: Final = 0.35
"""From this share of a kind's topics on, hit evenly, a category is as broad as the kind."""

_BROAD_SHARE: Final = 0.9
"""How much of a kind's other topics a category takes that is as broad."""

_FOCUS: Final = 0.3
"""The share of the examples that must lie in a kind for its topics to be taken."""

_KEYWORD_ODDS: Final = 0.9
"""What a point of keyword score multiplies the odds of a category by: e to the power of this."""

_LEARNED_IN: Final = 2
"""In how many examples a word must stand to work like a keyword."""

_LEARNED_WEIGHT: Final = 2.2
_MOST_LEARNED: Final = 40
_LEAST_LETTERS: Final = 4
_CAUTION: Final = 0.6
"""What the odds of an added category are multiplied by: a doubt goes to the built-in ones."""

_LEAST_ODDS: Final = 0.02
"""The chance of an added category, before its keywords speak, where its topics do not occur."""

_MOST_EVIDENCE: Final = 6
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class _Added:
    """What is known of an added category.

    Attributes:
        shares: what it takes of each topic, 0 to 1, in the model's order.
        learned: words that several of its examples have in common.
    """

    name: str
    shares: tuple[float, ...]
    learned: frozenset[str]


@dataclass(frozen=True, slots=True)
class CategoryMap:
    """How the categories of one config follow from the model; nobody changes it.

    Attributes:
        homes: the built-in category of each topic, in the model's order.
        built_in: the built-in categories that are kinds, in the config's order.
    """

    model: Model
    rules: KeywordRules
    homes: tuple[str, ...]
    built_in: tuple[str, ...]
    added: tuple[_Added, ...]

    @classmethod
    def of(cls, model: Model, categories: Iterable[Category]) -> CategoryMap:
        """Works out the map; takes about a millisecond for each category with examples."""
        listed = tuple(categories)
        homes = tuple(_home_of(topic) for topic in model.topics)
        built_in = tuple(c.name for c in listed if c.name in homes)
        bare = cls(model, KeywordRules.compile(listed), homes, built_in, ())
        added = (bare._learn(c) for c in listed if c.name not in homes)
        return replace(bare, added=tuple(added))

    def verdict(self, text: str, source: str) -> Verdict:
        """The verdict on a text: the built-in categories, and those added that it hints at."""
        strengths = self.rules.strengths(text)
        reading = self.model.read(text, strengths.scores)
        chances = self._chances(reading, strengths.scores)
        ranked = sorted(chances, key=lambda name: -chances[name])
        told = [words for name, words in strengths.evidence if name == ranked[0]]
        evidence = (*self._why(reading, ranked[0]), *told)
        return Verdict(
            scores=tuple(Score(category=name, confidence=chances[name]) for name in ranked),
            source=source,
            evidence=evidence[:_MOST_EVIDENCE],
        )

    def _chances(self, reading: Reading, strengths: Mapping[str, float]) -> dict[str, float]:
        """The probability of each category in question; they sum to 1."""
        odds: dict[str, float] = {}
        for added in self.added:
            taken = sum(map(_product, reading.topics, added.shares)) if added.shares else 0.0
            strength = strengths.get(added.name, 0.0)
            strength += _LEARNED_WEIGHT * len(added.learned.intersection(reading.words))
            if not taken and not strength:
                continue
            chance = min(max(taken, _LEAST_ODDS), 0.98)
            odds[added.name] = _CAUTION * chance / (1 - chance) * math.exp(_KEYWORD_ODDS * strength)
        # Each added category's odds are against everything else; together they share
        # what the likeliest of them leaves.
        whole = 1.0 + sum(odds.values())
        chances = dict.fromkeys(self.built_in, 0.0)
        for home, share in zip(self.homes, reading.topics, strict=True):
            if home in chances:
                chances[home] += share
        known = sum(chances.values()) or 1.0
        built_in = {name: share / known / whole for name, share in chances.items()}
        return built_in | {name: share / whole for name, share in odds.items()}

    def _why(self, reading: Reading, category: str) -> list[str]:
        """The topic and the words that speak most for a category."""
        topics, kinds = self.model.topics, self.model.kinds
        shares = self._shares_of(category)
        weighed = [share * chance for share, chance in zip(shares, reading.topics, strict=True)]
        best = max(range(len(topics)), key=weighed.__getitem__)
        if weighed[best] < _LEAST_ODDS:
            return []
        told = f"reads like {topics[best].replace('/', ': ')} ({reading.topics[best]:.0%})"
        kind = kinds.index(_kind_of(topics[best]))
        speaking = []
        for word in dict.fromkeys(reading.words):
            weights = self.model.kind_weights(word)
            if weights is not None:
                gain = weights.pop(kind) - max(weights)
                speaking.append((gain, word))
        least = max(speaking, default=(0, ""))[0] / 3
        spoke = sorted((-gain, word) for gain, word in speaking if gain > max(least, 0))
        words = ", ".join(f"'{word}'" for _, word in spoke[:_MOST_WORDS])
        return [told, f"words: {words}"] if words else [told]

    def _shares_of(self, category: str) -> Sequence[float]:
        for added in self.added:
            if added.name == category:
                return added.shares or (0.0,) * len(self.homes)
        return [float(home == category) for home in self.homes]

    def _learn(self, category: Category) -> _Added:
        """What an added category takes of the topics, and the words of its examples."""
        read = [self._read(text) for text in category.examples]
        if category.description:
            read.append(self._read(category.description))
        if not category.examples:
            return _Added(category.name, (), frozenset())
        hits = [0.0] * len(self.homes)
        for reading in read:
            # What it is not likeliest about is mostly noise.
            best = max(reading.topics)
            for i, chance in enumerate(reading.topics):
                if chance > best / 2:
                    hits[i] += chance / best
        shares = self._taken(hits)
        learned = self._common_words(category)
        return _Added(category.name, shares, learned)

    def _read(self, text: str) -> Reading:
        return self.model.read(text, self.rules.strengths(text).scores)

    def _taken(self, hits: Sequence[float]) -> tuple[float, ...]:
        """What hits of a category's examples take of each topic."""
        topics, whole = self.model.topics, sum(hits)
        shares = [0.0] * len(topics)
        for kind in dict.fromkeys(map(_kind_of, topics)):
            members = [i for i, topic in enumerate(topics) if _kind_of(topic) == kind]
            inside = sum(hits[i] for i in members)
            focus = min(1.0, inside / whole / _FOCUS)
            if not inside:
                continue
            evenly = math.exp(-sum(_entropy(hits[i] / inside) for i in members))
            broad = _BROAD_SHARE * min(1.0, evenly / len(members) / _BROAD_FROM) ** 2
            for i in members:
                share = max(1 - math.exp(-_TAKEN_AT_ONE_HIT * hits[i]), broad)
                shares[i] = share * focus**2
        return tuple(shares)

    def _common_words(self, category: Category) -> frozenset[str]:
        """Words that several examples share and that say something."""
        counts = Counter(
            word for example in category.examples for word in set(words_at_ends(example))
        )
        common = [
            (count, word)
            for word, count in counts.items()
            if count >= _LEARNED_IN
            and len(word) >= _LEAST_LETTERS
            and word.isalpha()
            and word not in self.model.rows
        ]
        return frozenset(word for _, word in sorted(common, reverse=True)[:_MOST_LEARNED])


def _kind_of(topic: str) -> str:
    return topic.partition("/")[0]


def _home_of(topic: str) -> str:
    kind = _kind_of(topic)
    return _HOME.get(kind, kind)


def _product(a: float, b: float) -> float:
    return a * b


def _entropy(share: float) -> float:
    """A share's part of the negative entropy."""
    return share * math.log(share) if share > 0 else 0.0
