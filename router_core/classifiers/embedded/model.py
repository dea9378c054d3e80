"""The linear model: a row of small integers for every feature, added up and scaled.

A text gets a score for each kind of request (``code``, ``general`` ...) and for each
topic within a kind (``code/sql``, ``general/cooking`` ...). A feature's row has a lane
for every kind, one for every topic, and a last one for the square of the feature's
own length (features are as long as they are rare). A row is kept as one big integer
with 16 bits a lane, so that adding rows adds all lanes at once and in C: a text costs
a look-up and an addition a feature, whatever the number of lanes.

The scores are the sums divided by the length of the text's feature vector, as in
training; the softmax of the kinds' scores gives their probabilities, that of the
topics' scores within a kind how it is shared out.

The file: a line of JSON, then, compressed by zlib, the features one a line in UTF-8,
an empty line, and the rows, one byte a lane, `ZERO` standing for 0.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from router_core.classifiers.embedded.features import affixes, form_of, pairs_of, words_at_ends
from router_core.decide.keywords import skim
from router_core.decide.sketch import Sketch

__all__ = [
    "KEYWORD_FEATURES",
    "LENGTH_STEP",
    "ZERO",
    "Model",
    "Reading",
    "keyword_features",
    "shipped",
]

ZERO: Final = 128
"""The byte that stands for 0 in a lane."""

LENGTH_STEP: Final = 2.0
"""What one step of the last lane is worth, in squares of feature lengths."""

KEYWORD_FEATURES: Final = ("code", "reasoning", "conversation")
"""The built-in categories whose keyword scores are features too."""

_MOST_KEYWORD = 5.0
_LANE_BYTES: Final = 2
"""Room for the sum of 257 rows; a text has at most 27 words with 4 affixes, 30 pairs and as
many signs."""


def keyword_features(scores: Mapping[str, float]) -> tuple[float, ...]:
    """The keyword rules' scores as features: how far each stands out, within limits."""
    found = [scores.get(name, 0.0) for name in KEYWORD_FEATURES]
    mean = sum(found) / len(found)
    return tuple(max(-_MOST_KEYWORD, min(_MOST_KEYWORD, score - mean)) for score in found)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of a text.

    Attributes:
        kinds: the probability of each kind, in the model's order.
        topics: the probability of each topic, likewise; those of a kind sum to its.
        words: the words that were read.
    """

    kinds: tuple[float, ...]
    topics: tuple[float, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The trained weights; nobody changes them.

    Attributes:
        kinds: what texts are told apart by.
        topics: what they are about, each ``kind/topic``, the kinds in the same order.
        bias: the scores of a text of which nothing is known, the kinds' first.
        scales: what one step of a lane is worth: a kind's, a topic's.
        keywords: for each of `KEYWORD_FEATURES`, what it adds to each kind.
        temperature: what the kinds' scores are divided by to be calibrated.
        about: how it was made, for a person.
        rows: the lanes of each feature.
    """

    kinds: tuple[str, ...]
    topics: tuple[str, ...]
    bias: tuple[float, ...]
    scales: tuple[float, float]
    keywords: tuple[tuple[float, ...], ...]
    temperature: float
    about: Mapping[str, Any]
    rows: Mapping[str, int]
    _spans: tuple[tuple[int, int], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Notes where each kind's topics stand."""
        starts = [
            [topic.startswith(f"{kind}/") for topic in self.topics].index(True)
            for kind in self.kinds
        ]
        spans = tuple(zip(starts, [*starts[1:], len(self.topics)], strict=True))
        object.__setattr__(self, "_spans", spans)

    @classmethod
    def load(cls, file: Path) -> Model:
        """Reads a model file."""
        header, _, packed = file.read_bytes().partition(b"\n")
        told = json.loads(header)
        listed, _, cells = zlib.decompress(packed).partition(b"\n\n")
        row = struct.Struct(f"{_LANE_BYTES * (len(told['kinds']) + len(told['topics']) + 1)}s")
        wide = bytearray(_LANE_BYTES * len(cells))
        wide[::_LANE_BYTES] = cells
        names = listed.decode().split("\n")
        rows = {
            name: int.from_bytes(lanes, "little")
            for name, (lanes,) in zip(names, row.iter_unpack(wide), strict=True)
        }
        return cls(
            kinds=tuple(told["kinds"]),
            topics=tuple(told["topics"]),
            bias=tuple(told["bias"]),
            scales=tuple(told["scales"]),
            keywords=tuple(map(tuple, told["keywords"])),
            temperature=told["temperature"],
            about=told["about"],
            rows=rows,
        )

    def read(self, text: str, keyword_scores: Mapping[str, float]) -> Reading:
        """Tells the kind and the topic of a text.

        Args:
            text: any text.
            keyword_scores: the keyword rules' score of each built-in category.
        """
        return self.judge(self.sketch(text), keyword_scores)

    def sketch(self, text: str) -> Sketch:
        """Reads a text, so that it can be judged whatever the keywords are."""
        words = words_at_ends(text)
        found = self._rows_of(words, form_of(text))
        return Sketch(skim=skim(text), ends=words, lanes=sum(found), rows=len(found))

    def judge(self, sketch: Sketch, keyword_scores: Mapping[str, float]) -> Reading:
        """Tells the kind and the topic of a text that has been read."""
        scores = self._scored(sketch.lanes, sketch.rows, keyword_features(keyword_scores))
        count = len(self.kinds)
        kinds = _softmax([score / self.temperature for score in scores[:count]])
        topics: list[float] = []
        for kind, (start, end) in zip(kinds, self._spans, strict=True):
            topics += [kind * share for share in _softmax(scores[count + start : count + end])]
        return Reading(tuple(kinds), tuple(topics), tuple(sketch.ends))

    def scores(self, words: list[str], form: list[str], keywords: Sequence[float]) -> list[float]:
        """The scores of the kinds and of the topics, before the softmax."""
        found = self._rows_of(words, form)
        return self._scored(sum(found), len(found), keywords)

    def _scored(self, packed: int, rows: int, keywords: Sequence[float]) -> list[float]:
        """The scores, from the sum of so many rows."""
        *sums, squares = self._lanes(packed, rows)
        length = math.sqrt(max(squares * LENGTH_STEP, 1.0))
        count = len(self.kinds)
        of_kind, of_topic = (scale / length for scale in self.scales)
        scores = [cell * of_kind for cell in sums[:count]]
        scores += [cell * of_topic for cell in sums[count:]]
        for strength, row in zip(keywords, self.keywords, strict=True):
            for i, weight in enumerate(row):
                scores[i] += strength * weight
        return [bias + score for bias, score in zip(self.bias, scores, strict=True)]

    def known(self, text: str) -> float:
        """The share of a text's words that the model knows, 0 to 1; 0 for no words."""
        words = words_at_ends(text)
        return sum(word in self.rows for word in words) / len(words) if words else 0.0

    def kind_weights(self, word: str) -> list[int] | None:
        """What a word adds to each kind, in steps; ``None``: it is not known."""
        row = self.rows.get(word)
        if row is None:
            return None
        # Its kinds stand in the lowest lanes: no need to unpack the others.
        size = _LANE_BYTES * len(self.kinds)
        lowest = row & ((1 << 8 * size) - 1)
        return [cell - ZERO for cell in lowest.to_bytes(size, "little")[::_LANE_BYTES]]

    def _rows_of(self, words: list[str], form: list[str]) -> list[int]:
        get = self.rows.get
        found: list[int] = []
        for word in set(words):
            row = get(word)
            if row is not None:
                found.append(row)
            else:
                found.extend(filter(None, map(get, affixes(word))))
        found.extend(filter(None, map(get, set(pairs_of(words)))))
        found.extend(filter(None, map(get, form)))
        return found

    def _lanes(self, packed: int, rows: int) -> list[int]:
        """The lanes of a sum of so many rows, in steps."""
        size = _LANE_BYTES * (len(self.kinds) + len(self.topics) + 1)
        lanes = memoryview(packed.to_bytes(size, sys.byteorder)).cast("H").tolist()
        if sys.byteorder == "big":
            lanes.reverse()
        zero = ZERO * rows
        return [lane - zero for lane in lanes]


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    raw = [math.exp(score - top) for score in scores]
    total = sum(raw)
    return [share / total for share in raw]


@lru_cache(maxsize=1)
def shipped() -> Model:
    """The model in this package."""
    return Model.load(Path(__file__).with_name("model.bin"))
