"""Fits the linear model: two multinomial logistic regressions over the same features.

One tells the kinds apart. The other shares each kind out among its topics: its
softmax runs within a kind, and it sees only texts whose topic is known. What is
minimised is the weighed mean of the negative log-likelihood plus a penalty on the
squares of the weights; each kind weighs by the square root of its texts. There is no
randomness in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from training.corpus import KINDS, Example
from training.vectors import Vocabulary, keyword_columns, learn_vocabulary, vectors

__all__ = ["Fitted", "Options", "fit", "topics_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was chosen by cross-validation.

    Attributes:
        penalty, topic_penalty: on the squares of the weights, of kinds and of topics.
        keyword_length: how long the keyword features are beside the others.
        steps, topic_steps: most steps of the optimiser.
        with_topics: whether topics are fitted; measuring the kinds goes without.
    """

    penalty: float = 8e-6
    topic_penalty: float = 1.5e-6
    keyword_length: float = 0.01
    steps: int = 150
    topic_steps: int = 120
    with_topics: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The weights: a row a feature, a column for each kind, then for each topic.

    Attributes:
        keyword_weights: a row a keyword feature, a column for each kind.
    """

    topics: tuple[str, ...]
    vocabulary: Vocabulary
    weights: np.ndarray
    keyword_weights: np.ndarray
    bias: np.ndarray

    def kind_scores(self, texts: Sequence[str]) -> np.ndarray:
        """The score of each of `KINDS` (column) for each text (row)."""
        count = len(KINDS)
        scores: np.ndarray = vectors(texts, self.vocabulary) @ self.weights[:, :count]
        by_words: np.ndarray = scores + keyword_columns(texts) @ self.keyword_weights
        biased: np.ndarray = by_words + self.bias[:count]
        return biased


def topics_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """All topics, in order."""
    return tuple(sorted({example.topic for example in examples if example.topic}))


def fit(examples: Sequence[Example], options: Options) -> Fitted:
    """Fits the model to labelled texts."""
    texts = [example.text for example in examples]
    vocabulary = learn_vocabulary(texts)
    x = vectors(texts, vocabulary).astype(np.float32)
    counts = Counter(example.kind for example in examples)
    shares = np.array([1 / np.sqrt(counts[example.kind]) for example in examples])
    keywords = sp.csr_matrix(keyword_columns(texts) * options.keyword_length)
    right = np.array([KINDS.index(example.kind) for example in examples])
    everywhere = np.zeros(len(KINDS), dtype=int)
    weights, bias = _minimise(
        sp.hstack([x, keywords]).tocsr().astype(np.float32),
        _Target(right, shares, everywhere),
        options.penalty,
        options.steps,
    )
    columns = len(vocabulary.columns)
    of_kind, of_keyword = weights[:columns], weights[columns:] * options.keyword_length
    topics = topics_of(examples) if options.with_topics else ()
    if topics:
        known = [i for i, example in enumerate(examples) if example.topic]
        right = np.array([topics.index(examples[i].topic) for i in known])
        within = np.array([KINDS.index(topic.partition("/")[0]) for topic in topics])
        target = _Target(right, shares[known], within)
        of_topic, topic_bias = _minimise(
            x[known], target, options.topic_penalty, options.topic_steps
        )
        of_kind = np.concatenate([of_kind, of_topic], axis=1)
        bias = np.concatenate([bias, topic_bias])
    return Fitted(
        topics=topics, vocabulary=vocabulary, weights=of_kind, keyword_weights=of_keyword, bias=bias
    )


@dataclass(frozen=True, slots=True)
class _Target:
    """What is to be told.

    Attributes:
        right: the column that is right for each text.
        shares: how much each text counts.
        groups: the group of each column; the softmax runs within a group.
    """

    right: np.ndarray
    shares: np.ndarray
    groups: np.ndarray


def _minimise(
    x: sp.csr_matrix, target: _Target, penalty: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias."""
    count = len(target.groups)
    transposed = x.T.tocsr()
    share = (target.shares / target.shares.sum()).astype(np.float32)[:, None]
    inside = target.groups[None, :] == target.groups[target.right][:, None]
    hit = np.zeros(inside.shape, np.float32)
    hit[np.arange(len(target.right)), target.right] = 1

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat[:-count].reshape(-1, count).astype(np.float32)
        scores = x @ weights + flat[-count:].astype(np.float32)
        scores = np.where(inside, scores, -np.inf)
        scores -= scores.max(1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(1, keepdims=True)
        told = np.maximum((chances * hit).sum(1, keepdims=True), 1e-12)
        total = penalty * float((weights.astype(np.float64) ** 2).sum())
        total -= float((share * np.log(told)).sum())
        slope = (chances - hit) * share
        gradient = transposed @ slope + 2 * penalty * weights
        return total, np.concatenate([gradient.ravel(), slope.sum(0)]).astype(np.float64)

    start = np.zeros(x.shape[1] * count + count)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8}
    )
    return found.x[:-count].reshape(-1, count), found.x[-count:]
