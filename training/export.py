"""Writes a fitted model as the file that the router loads; see `embedded.model`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from router_core.classifiers.embedded.features import affixes
from router_core.classifiers.embedded.model import LENGTH_STEP, ZERO
from training.corpus import KINDS
from training.fit import Fitted

__all__ = ["write_model"]

_MOST: Final = 127


def write_model(
    fitted: Fitted, file: Path, *, temperature: float, about: Mapping[str, Any]
) -> None:
    """Writes the model; the same model gives the same bytes."""
    lengths = fitted.vocabulary.lengths
    rows = fitted.weights * lengths[:, None]
    squares = lengths**2
    columns = fitted.vocabulary.columns
    whole_rows, whole_squares = rows.copy(), squares.copy()
    for name, column in columns.items():
        if _is_word(name):
            for affix in affixes(name):
                if affix in columns:
                    whole_rows[column] += rows[columns[affix]]
                    whole_squares[column] += squares[columns[affix]]
    parts = np.split(whole_rows, [len(KINDS)], axis=1)
    scales = [float(np.quantile(np.abs(part).max(1), 0.9999)) / _MOST for part in parts]
    steps = np.concatenate(
        [
            np.clip(np.round(part / scale), -_MOST, _MOST)
            for part, scale in zip(parts, scales, strict=True)
        ],
        axis=1,
    )
    length_steps = np.clip(np.round(whole_squares / LENGTH_STEP), 0, _MOST)
    kept = [column for column in range(len(columns)) if np.abs(steps[column]).max() > 0]
    names = list(columns)
    cells = np.concatenate([steps, length_steps[:, None]], axis=1)[kept] + ZERO
    header = {
        "kinds": KINDS,
        "topics": fitted.topics,
        "bias": [round(float(value), 5) for value in fitted.bias],
        "scales": scales,
        "keywords": [[round(float(v), 5) for v in row] for row in fitted.keyword_weights],
        "temperature": round(temperature, 3),
        "about": dict(about),
    }
    listed = "\n".join(names[column] for column in kept).encode()
    packed = zlib.compress(listed + b"\n\n" + cells.astype(np.uint8).tobytes(), 9)
    file.write_bytes(json.dumps(header, separators=(",", ":")).encode() + b"\n" + packed)


def _is_word(name: str) -> bool:
    return " " not in name and name[0] not in "^$!#|~"
