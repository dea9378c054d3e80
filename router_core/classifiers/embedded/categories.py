"""From the model's topics to the categories of a config.

The built-in categories are kinds: all topics of ``code`` are ``code``. ``general``
and ``creative`` topics are ``conversation``, since nobody asked for more.

An added category is told by three things, each optional:

- **examples** say which topics it takes over. From a topic that they hit it takes a
  share that grows with the hits; where they are spread over most of a kind, it takes
  that kind's other topics too. Words that several examples have in common, and that
  the model does not know, work like keywords of less weight.
- **keywords** speak for it wherever they occur, as they do for the keyword rules; less
  where examples say better what it is.
- its **description** is read as one more example; without examples it says nothing.

No weight of the model changes: where nothing of an added category is in a text, the
built-in ones are as likely as without it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from router_core.classifiers.embedded.features import words_at_ends
from router_core.classifiers.embedded.model import Model, Reading
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Category
from router_core.decide.keywords import KeywordRules
from router_core.decide.sketch import Sketch
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

_BROAD_HITS: Final = 8
"""How many examples have to lie in a kind for that."""

_FOCUS: Final = 0.25
"""The share of the examples that must lie in a kind for its topics to be taken: strays count
for nothing."""

_ODDS_ALONE: Final = 0.9
_ODDS_BESIDE: Final = 0.4
"""A point of keyword score multiplies the chance of a category by e to the power of this:
where its keywords are all that is known of it, and where it has examples."""

_LEARNED_IN: Final = 2
"""In how many examples a word must stand to work like a keyword."""

_LEARNED_WEIGHT: Final = 2.2
_MOST_LEARNED: Final = 40
_LEAST_LETTERS: Final = 4
_CAUTION: Final = 0.8
"""How much of what it claims an added category gets: a doubt goes to the built-in ones."""

_LEAST_CHANCE: Final = 0.02
"""The chance of an added category, before its keywords speak, where its topics do not occur."""

_LEAST_KNOWN: Final = 0.5
"""The share of an example's words that the model must know to tell its topic."""

_SURE_FROM: Final = 0.5
"""An example whose likeliest topic is less likely than this counts less."""

_LEAST_CLAIM: Final = 0.02
"""A smaller share of a topic is none."""

_MOST_STRENGTH: Final = 15.0
"""More keywords than that say no more."""

_FOLLOWUP: Final = "conversation/followup"
"""The topic of texts that only go on with something."""
_MOST_EVIDENCE: Final = 6
_MOST_WORDS: Final = 4


@dataclass(frozen=True, slots=True)
class CategoryMap:
    """How the categories of one config follow from the model; nobody changes it.

    Attributes:
        homes: the built-in category of each topic, in the model's order.
        built_in: the built-in categories that are kinds, in the config's order.
        claims: of each topic, which added categories take it over, and what share
            each; together at most 1.
        learned: the added categories that a word of their examples speaks for.
        exemplified: the added categories that have examples.
    """

    model: Model
    rules: KeywordRules
    homes: tuple[str, ...]
    built_in: tuple[str, ...]
    claims: tuple[tuple[tuple[str, float], ...], ...]
    learned: Mapping[str, tuple[str, ...]]
    exemplified: frozenset[str]

    @classmethod
    def of(
        cls, model: Model, categories: Iterable[Category], rules: KeywordRules | None = None
    ) -> CategoryMap:
        """Works out the map; takes some 50 us for each example.

        Args:
            model: the model.
            categories: of a config, in order.
            rules: theirs, where they are compiled already.
        """
        listed = tuple(categories)
        homes = tuple(_home_of(topic) for topic in model.topics)
        built_in = tuple(c.name for c in listed if c.name in homes)
        bare = cls(
            model=model,
            rules=rules or KeywordRules.compile(listed),
            homes=homes,
            built_in=built_in,
            claims=((),) * len(homes),
            learned={},
            exemplified=frozenset(c.name for c in listed if c.examples and c.name not in homes),
        )
        claims: list[list[tuple[str, float]]] = [[] for _ in homes]
        learned: dict[str, tuple[str, ...]] = {}
        for category in listed:
            if category.name in bare.exemplified:
                for claim, share in zip(claims, bare._shares(category), strict=True):
                    if share >= _LEAST_CLAIM:
                        claim.append((category.name, share))
                for word in bare._common_words(category.examples):
                    learned[word] = (*learned.get(word, ()), category.name)
        return replace(bare, claims=tuple(map(_at_most_whole, claims)), learned=learned)

    def verdict(self, text: str, source: str) -> Verdict:
        """The verdict on a text: the built-in categories, and those added that it hints at."""
        return self.judge(self.model.sketch(text), source)

    def judge(self, sketch: Sketch, source: str) -> Verdict:
        """The verdict on a text that has been read."""
        strengths = self.rules.strengths_in(sketch.skim)
        reading = self.model.judge(sketch, strengths.scores)
        chances = self._chances(reading, strengths.scores)
        ranked = sorted(chances, key=lambda name: -chances[name])
        told = [words for name, words in strengths.evidence if name == ranked[0]]
        evidence = (*self._why(reading, ranked[0]), *told)
        return Verdict(
            scores=tuple(Score(category=name, confidence=chances[name]) for name in ranked),
            source=source,
            evidence=evidence[:_MOST_EVIDENCE],
            goes_on=self._chance_of_followup(reading),
        )

    def likeliest(self, sketch: Sketch) -> Score:
        """The first score of the verdict, without what is said for a person; half the work."""
        strengths = self.rules.strengths_in(sketch.skim).scores
        chances = self._chances(self.model.judge(sketch, strengths), strengths)
        best = max(chances, key=chances.__getitem__)
        return Score(category=best, confidence=chances[best])

    def _chance_of_followup(self, reading: Reading) -> float:
        topics = self.model.topics
        return reading.topics[topics.index(_FOLLOWUP)] if _FOLLOWUP in topics else 0.0

    def _chances(self, reading: Reading, strengths: Mapping[str, float]) -> dict[str, float]:
        """The probability of each category in question; they sum to 1."""
        chances = dict.fromkeys(self.built_in, 0.0)
        taken: dict[str, float] = {}
        for chance, home, claims in zip(reading.topics, self.homes, self.claims, strict=True):
            left = chance
            for name, share in claims:
                part = chance * share * _CAUTION
                taken[name] = taken.get(name, 0.0) + part
                left -= part
            chances[home] += left
        strengths = self._strengths(reading, strengths)
        for name in {**taken, **strengths}:
            strength = min(strengths.get(name, 0.0), _MOST_STRENGTH)
            alone = _LEAST_CHANCE * math.exp(_ODDS_ALONE * strength) if strength else 0.0
            beside = taken.get(name, 0.0) * math.exp(_ODDS_BESIDE * strength)
            chances[name] = max(beside, alone if name not in self.exemplified else 0.0)
        whole = sum(chances.values())
        return {name: chance / whole for name, chance in chances.items() if chance}

    def _strengths(self, reading: Reading, strengths: Mapping[str, float]) -> dict[str, float]:
        """How much words speak for each added category that they speak for."""
        found = {
            name: strength
            for name, strength in strengths.items()
            if strength > 0 and name not in self.built_in
        }
        for word in dict.fromkeys(_telling_of(reading.words)) if self.learned else ():
            for name in self.learned.get(word, ()):
                found[name] = found.get(name, 0.0) + _LEARNED_WEIGHT
        return found

    def _why(self, reading: Reading, category: str) -> list[str]:
        """The topic and the words that speak most for a category."""
        topics, kinds = self.model.topics, self.model.kinds
        shares = self._shares_of(category)
        weighed = [share * chance for share, chance in zip(shares, reading.topics, strict=True)]
        best = max(range(len(topics)), key=weighed.__getitem__)
        if weighed[best] < _LEAST_CHANCE:
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

    def _shares_of(self, category: str) -> list[float]:
        """What a category has of each topic."""
        if category in self.built_in:
            return [float(home == category) for home in self.homes]
        return [dict(claims).get(category, 0.0) for claims in self.claims]

    def _shares(self, category: Category) -> tuple[float, ...]:
        """What an added category takes of each topic, by its examples and its description."""
        hits = [0.0] * len(self.homes)
        for text in (*category.examples, category.description):
            known = self.model.known(text)
            if known < _LEAST_KNOWN:
                continue
            sketch = self.model.sketch(text)
            topics = self.model.judge(sketch, self.rules.strengths_in(sketch.skim).scores).topics
            best = max(topics)
            sure = known * min(1.0, best / _SURE_FROM)
            for i, chance in enumerate(topics):
                # What it is less likely about is mostly noise.
                if chance > best / 2:
                    hits[i] += sure * chance / best
        return self._taken(hits)

    def _taken(self, hits: Sequence[float]) -> tuple[float, ...]:
        """What hits of a category's examples take of each topic."""
        topics, whole = self.model.topics, sum(hits)
        shares = [0.0] * len(topics)
        for kind in dict.fromkeys(map(_kind_of, topics)):
            members = [i for i, topic in enumerate(topics) if _kind_of(topic) == kind]
            inside = sum(hits[i] for i in members)
            if inside < _FOCUS * whole or not inside:
                continue
            evenly = math.exp(-sum(_entropy(hits[i] / inside) for i in members))
            broad = _BROAD_SHARE * min(1.0, evenly / len(members) / _BROAD_FROM) ** 2
            broad *= min(1.0, inside / _BROAD_HITS)
            for i in members:
                shares[i] = max(1 - math.exp(-_TAKEN_AT_ONE_HIT * hits[i]), broad)
        return tuple(shares)

    def _common_words(self, examples: Sequence[str]) -> list[str]:
        """Words that several examples share and that the model does not know."""
        counts = Counter(word for example in examples for word in set(_telling(example)))
        common = [
            (-count, word)
            for word, count in counts.items()
            if count >= _LEARNED_IN and word not in self.model.rows
        ]
        return [word for _, word in sorted(common)[:_MOST_LEARNED]]


def _at_most_whole(claims: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Claims of one topic, scaled down where they are more than all of it."""
    whole = max(1.0, sum(share for _, share in claims))
    return tuple((name, share / whole) for name, share in claims)


def _telling(text: str) -> list[str]:
    return _telling_of(words_at_ends(text))


def _telling_of(words: Sequence[str]) -> list[str]:
    """The words that may be learned; pairs of characters where a script has no spaces."""
    long = [word for word in words if len(word) >= _LEAST_LETTERS and word.isalpha()]
    pairs = [
        f"{first} {second}"
        for first, second in pairwise(words)
        if len(first) == len(second) == 1 and not first.isascii() and not second.isascii()
    ]
    return long + pairs


def _kind_of(topic: str) -> str:
    return topic.partition("/")[0]


def _home_of(topic: str) -> str:
    kind = _kind_of(topic)
    return _HOME.get(kind, kind)


def _entropy(share: float) -> float:
    """A share's part of the negative entropy."""
    return share * math.log(share) if share > 0 else 0.0
