"""How good a model is: on sources that it was not trained on, and how well calibrated."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from router_core.cli.evaluation import Labelled, Outcome
from training.corpus import KINDS, Example
from training.fit import Options, fit

__all__ = [
    "HOME",
    "chances",
    "cross_validated",
    "left_out_sources",
    "outcomes",
    "seen_by_vocabulary",
    "temperature_for",
    "thresholds",
]

HOME = {"general": "conversation"}
"""The category of a kind that is none; ``creative`` is measured as an added one."""

_FOLDS = 4
_TEMPERATURES = np.arange(0.4, 2.01, 0.05)


def chances(scores: np.ndarray, temperature: float) -> np.ndarray:
    """The probability of each kind (column), those without a category given to their home's."""
    raw = np.exp((scores - scores.max(1, keepdims=True)) / temperature)
    shares: np.ndarray = raw / raw.sum(1, keepdims=True)
    for kind, home in HOME.items():
        shares[:, KINDS.index(home)] += shares[:, KINDS.index(kind)]
        shares[:, KINDS.index(kind)] = 0
    return shares


def left_out_sources(
    own: Sequence[Example], given: Sequence[Example], options: Options
) -> tuple[list[Example], np.ndarray]:
    """The kind scores of every given text by a model that saw nothing of its source.

    The sources are dealt out to a few models, largest first, each left out once.
    """
    names = sorted({e.source.partition("/")[0] for e in given})
    sizes = {n: sum(e.source.partition("/")[0] == n for e in given) for n in names}
    folds: list[list[str]] = [[] for _ in range(_FOLDS)]
    for name in sorted(names, key=lambda n: -sizes[n]):
        min(folds, key=lambda fold: sum(sizes[n] for n in fold)).append(name)
    tested: list[Example] = []
    scores = []
    for fold in folds:
        out = [e for e in given if e.source.partition("/")[0] in fold]
        rest = [e for e in given if e.source.partition("/")[0] not in fold]
        model = fit([*own, *rest], options)
        tested += out
        scores.append(model.kind_scores([e.text for e in out]))
    return tested, np.concatenate(scores)


def seen_by_vocabulary(example: Example) -> bool:
    """Whether the keyword rules' weights were set with a view to this prompt.

    They are features, so on such prompts the model looks better than it is.
    """
    return zlib.crc32(example.text.encode()) % 2 == 1


def cross_validated(
    examples: Sequence[Example], always: Sequence[Example], options: Options
) -> tuple[list[Example], np.ndarray]:
    """The kind scores of every text by a model that was trained on the others.

    Args:
        examples: dealt out to a few models by their texts.
        always: what every model is trained on too.
        options: of the models.
    """
    tested: list[Example] = []
    scores = []
    for fold in range(_FOLDS):
        out = [e for e in examples if _fold(e) == fold]
        rest = [e for e in examples if _fold(e) != fold]
        model = fit([*rest, *always], options)
        tested += out
        scores.append(model.kind_scores([e.text for e in out]))
    return tested, np.concatenate(scores)


def _fold(example: Example) -> int:
    return zlib.crc32(example.text.encode()) // 2 % _FOLDS


def temperature_for(examples: Sequence[Example], scores: np.ndarray) -> float:
    """What the scores must be divided by for the likelihood of the right kinds to be highest."""
    right = [KINDS.index(HOME.get(e.kind, e.kind)) for e in examples]
    rows = np.arange(len(right))
    losses = [
        -np.log(np.maximum(chances(scores, t)[rows, right], 1e-9)).mean() for t in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def outcomes(
    examples: Sequence[Example], scores: np.ndarray, temperature: float
) -> Iterator[tuple[Labelled, Outcome]]:
    """What each text was taken for, for `router_core.cli.evaluation.report`."""
    shares = chances(scores, temperature)
    for example, row in zip(examples, shares, strict=True):
        best = int(row.argmax())
        label = HOME.get(example.kind, example.kind)
        yield (
            Labelled(text="", category=label, lang=example.lang, source=example.source),
            Outcome(category=KINDS[best], confidence=float(row[best])),
        )


def thresholds(examples: Sequence[Example], scores: np.ndarray, temperature: float) -> str:
    """What a threshold of the cascade buys: how many texts lie below, and how often right."""
    shares = chances(scores, temperature)
    sure = shares.max(1)
    right = np.array(
        [
            KINDS[int(best)] == HOME.get(e.kind, e.kind)
            for e, best in zip(examples, shares.argmax(1), strict=True)
        ]
    )
    lines = ["confidence below   texts   right below   right above"]
    for limit in (0.5, 0.6, 0.7, 0.8, 0.9):
        below = sure < limit
        lines.append(
            f"{limit:16.1f}{below.mean():8.1%}{right[below].mean():14.1%}{right[~below].mean():14.1%}"
        )
    return "\n".join(lines)
