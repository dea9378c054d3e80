"""Texts as vectors: the features that the router reads, as long as they are rare.

Beside each other lie a vocabulary (features that occur often enough, with their
lengths) and the sparse matrix of a corpus. `router_core.classifiers.embedded.model`
adds up the same numbers feature by feature; a test holds both together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp

from router_core.classifiers.embedded.features import affixes, form_of, pairs_of, words_at_ends
from router_core.classifiers.embedded.model import KEYWORD_FEATURES, keyword_features
from router_core.decide.defaults import default_config
from router_core.decide.keywords import KeywordRules

__all__ = ["AFFIX_LENGTH", "Vocabulary", "keyword_columns", "learn_vocabulary", "vectors"]

AFFIX_LENGTH: Final = 0.5
"""How much a beginning or ending of a word counts beside the word itself."""

LEAST_TEXTS: Final = 2
"""In how many texts a feature has to occur."""

_RULES = KeywordRules.compile(default_config().categories.values())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Attributes: the column of each feature, and its length."""

    columns: Mapping[str, int]
    lengths: np.ndarray


def learn_vocabulary(texts: Sequence[str]) -> Vocabulary:
    """The features that occur in enough of the texts; the rarer, the longer."""
    counts: Counter[str] = Counter()
    for text in texts:
        words = words_at_ends(text)
        counts.update(set(words))
        counts.update({affix for word in set(words) for affix in affixes(word)})
        counts.update(set(pairs_of(words)))
        counts.update(set(form_of(text)))
    kept = sorted(name for name, count in counts.items() if count >= LEAST_TEXTS)
    lengths = np.array([math.log(len(texts) / counts[name]) for name in kept])
    for i, name in enumerate(kept):
        if name[0] in "^$" and len(name) > 1:
            lengths[i] *= AFFIX_LENGTH
    return Vocabulary({name: i for i, name in enumerate(kept)}, lengths)


def vectors(texts: Iterable[str], vocabulary: Vocabulary) -> sp.csr_matrix:
    """One row a text, of length about 1."""
    columns: list[int] = []
    cells: list[float] = []
    starts = [0]
    for text in texts:
        # A feature may stand in a row twice: affixes of several words.
        found = list(_found(text, vocabulary.columns))
        lengths = [float(vocabulary.lengths[column]) for column in found]
        whole = math.sqrt(max(sum(length * length for length in lengths), 1.0))
        columns += found
        cells += [length / whole for length in lengths]
        starts.append(len(columns))
    shape = (len(starts) - 1, len(vocabulary.columns))
    return sp.csr_matrix((cells, columns, starts), shape=shape)


def _found(text: str, columns: Mapping[str, int]) -> Iterable[int]:
    # In the text's order, so that sums of floats are the same in every process.
    words = words_at_ends(text)
    for word in dict.fromkeys(words):
        if word in columns:
            yield columns[word]
        yield from (columns[affix] for affix in affixes(word) if affix in columns)
    for name in (*dict.fromkeys(pairs_of(words)), *form_of(text)):
        if name in columns:
            yield columns[name]


def keyword_columns(texts: Iterable[str]) -> np.ndarray:
    """The keyword features of each text, a column for each of `KEYWORD_FEATURES`."""
    rows = [keyword_features(_RULES.strengths(text).scores) for text in texts]
    return np.array(rows).reshape(-1, len(KEYWORD_FEATURES))
