"""A model small enough to reckon with by hand, written byte by byte in the file's format."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from router_core.classifiers.embedded.model import Model

KINDS = ("code", "conversation")
TOPICS = ("code/sql", "code/web", "conversation/chat")
BIAS = (0.25, -0.5, 0.0, 0.125, 0.0)
SCALES = (0.5, 0.25)
KEYWORDS = ((0.1, -0.1), (0.0, 0.2), (-0.3, 0.4))
TEMPERATURE = 2.0

Rows = Mapping[str, Sequence[int]]
"""The steps of each feature: two kinds, three topics, and the square of its length."""

ROWS: Rows = {
    "select": (100, -100, 120, -20, 0, 3),
    "hello": (-127, 127, 0, 0, 0, 5),
    "hello world": (0, 40, -3, 3, 0, 7),
    "< hello": (-10, 10, 0, 0, 1, 2),
    ">> hello world": (0, 1, 0, 0, 0, 1),
    "^prog": (30, -30, 0, 9, 0, 4),
    "$mers": (8, 0, 0, -7, 0, 6),
    "!asks": (-5, 5, 0, 0, 0, 0),
    "é\u2028漢": (1, 1, 1, 1, 1, 1),
}


def packed(rows: Rows = ROWS, **changes: object) -> bytes:
    """The file of a model with these rows."""
    header = {
        "kinds": KINDS,
        "topics": TOPICS,
        "bias": BIAS,
        "scales": SCALES,
        "keywords": KEYWORDS,
        "temperature": TEMPERATURE,
        "about": {"made": "by hand"},
    }
    listed = "\n".join(rows).encode()
    cells = bytes(128 + step for row in rows.values() for step in row)
    told = json.dumps(header | changes).encode()
    return told + b"\n" + zlib.compress(listed + b"\n\n" + cells)


def written(folder: Path, rows: Rows = ROWS, **changes: object) -> Model:
    """The model with these rows, read back from a file."""
    file = folder / "tiny.bin"
    file.write_bytes(packed(rows, **changes))
    return Model.load(file)
