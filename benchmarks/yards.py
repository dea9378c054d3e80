"""Processor time of one run, and a yardstick by which figures of machines compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time_ns

from benchmarks.classification_texts import YARD
from benchmarks.figures import Spread
from benchmarks.tables import Row

TARGETS = ("us", "yards")
"""The columns: microseconds, and the same in units of the yardstick."""

YARD_NOTE = f"the yardstick counts the words of {len(YARD):,} characters with a regex and a dict"

_WORD = re.compile(r"\w+")


def cost_us(work: Callable[[str], object], texts: Sequence[str], runs: int) -> float:
    """Microseconds of processor time of one run, the texts taken in turn."""
    work(texts[0])
    took = []
    for number in range(runs):
        text = texts[number % len(texts)]
        began = process_time_ns()
        work(text)
        took.append(process_time_ns() - began)
    return median(took) / 1_000


def yard_us(runs: int) -> float:
    """What the yardstick costs now."""
    return cost_us(_yard, [YARD], runs)


def yard_row(name: str, took: Sequence[float], yards: Sequence[float]) -> Row:
    """A figure of each round, and what it is in the yardstick of that round."""
    ratios = [cost / yard for cost, yard in zip(took, yards, strict=True)]
    return Row(
        measure=name, unit="us, x", values={"us": Spread.of(took), "yards": Spread.of(ratios)}
    )


def _yard(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in _WORD.findall(text):
        counts[word] = counts.get(word, 0) + 1
    return counts
