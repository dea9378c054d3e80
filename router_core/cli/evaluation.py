"""How well texts were classified: figures over labelled texts, for a person or a program."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from router_core.errors import ConfigError

__all__ = ["Labelled", "Outcome", "Report", "calibration", "read_labelled", "report"]

BINS: Final = 10
"""How many bins of equal width the calibration is told in."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text and the category that it should get."""

    text: str
    category: str
    lang: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a text was classified as."""

    category: str
    confidence: float
    source: str = ""
    fallbacks: tuple[str, ...] = ()
    elapsed_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The share that is right of those texts that have something in common."""

    name: str
    texts: int
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PerCategory:
    """How one category came out.

    Attributes:
        texts: how many have it as their label.
        precision, recall, f1: 0 to 1.
    """

    name: str
    texts: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The texts whose confidence lies in one range: how sure, and how often right."""

    low: float
    high: float
    texts: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures.

    Attributes:
        calibration_error: expected calibration error over `BINS` bins, 0 to 1.
        confusion: how many texts of a label (outer key) were classified as what.
        median_us: of the time of one classification; ``p95_us``: what 95 % stay within.
        cpu_us: process CPU time of one classification; ``None``: another process did it.
    """

    texts: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    categories: tuple[PerCategory, ...]
    confusion: Mapping[str, Mapping[str, int]]
    bins: tuple[Bin, ...]
    languages: tuple[Group, ...]
    sources: tuple[Group, ...]
    decided_by: Mapping[str, int]
    fallbacks: Mapping[str, int]
    median_us: float
    p95_us: float
    cpu_us: float | None

    def as_json(self) -> dict[str, Any]:
        """One JSON object."""
        return asdict(self)

    def as_text(self) -> str:
        """Tables for a person."""
        names = sorted({*self.confusion, *(n for row in self.confusion.values() for n in row)})
        width = max(12, *(len(name) + 2 for name in names))
        lines = [
            f"accuracy {self.accuracy:.3f}, macro-F1 {self.macro_f1:.3f}",
            f"expected calibration error {self.calibration_error:.3f}",
            f"{self.median_us:.0f} us a text (median), {self.p95_us:.0f} us (95 %)"
            + (f", {self.cpu_us:.0f} us of CPU (mean)" if self.cpu_us is not None else ""),
            "",
            f"{'category':{width}}{'texts':>7}{'precision':>11}{'recall':>8}{'F1':>7}",
            *(
                f"{c.name:{width}}{c.texts:7}{c.precision:11.3f}{c.recall:8.3f}{c.f1:7.3f}"
                for c in self.categories
            ),
            "",
            "label \\ classified as".ljust(width) + "".join(f"{name:>{width}}" for name in names),
            *(
                f"{label:{max(width, 21)}}" + "".join(f"{row.get(n, 0):{width}}" for n in names)
                for label, row in sorted(self.confusion.items())
            ),
            "",
            "confidence    texts  mean confidence  accuracy",
            *(
                f"{b.low:.1f} to {b.high:.1f}{b.texts:9}{b.confidence:17.3f}{b.accuracy:10.3f}"
                for b in self.bins
            ),
        ]
        for title, groups in (("language", self.languages), ("source", self.sources)):
            if len(groups) > 1:
                lines += ["", f"{title:30}{'texts':>7}{'accuracy':>10}"]
                lines += [f"{g.name or '-':30}{g.texts:7}{g.accuracy:10.3f}" for g in groups]
        lines += ["", "decided by  " + _counts(self.decided_by)]
        if self.fallbacks:
            lines.append("fell back   " + _counts(self.fallbacks))
        return "\n".join(lines)


def read_labelled(file: Path, merges: Mapping[str, str]) -> list[Labelled]:
    """Reads JSON Lines with ``text`` and ``category``.

    Args:
        file: where.
        merges: what a label counts as, by the label.

    Raises:
        ConfigError: the file cannot be read, a line is wrong, or there is none.
    """
    rows = []
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    rows.append(_labelled(line, f"{file}, line {number}", merges))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None
    if not rows:
        raise ConfigError(f"{file} holds no texts")
    return rows


def _labelled(line: str, place: str, merges: Mapping[str, str]) -> Labelled:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{place}: not JSON") from None
    if not isinstance(row, dict):
        raise ConfigError(f"{place}: not a JSON object")
    for key in ("text", "category"):
        if not isinstance(row.get(key), str):
            raise ConfigError(f"{place}: no string under {key!r}")
    lang, source = (str(row.get(key) or "") for key in ("lang", "source"))
    if _SURROGATE.search(row["text"] + row["category"] + lang + source):
        raise ConfigError(f"{place}: half a character (a lone surrogate)")
    return Labelled(
        text=row["text"],
        category=merges.get(row["category"], row["category"]),
        lang=lang,
        source=source,
    )


def report(rows: Sequence[Labelled], outcomes: Sequence[Outcome], *, cpu_s: float | None) -> Report:
    """The figures of outcomes, one for each row; at least one."""
    right = [row.category == out.category for row, out in zip(rows, outcomes, strict=True)]
    categories = _categories(rows, outcomes)
    confusion: dict[str, Counter[str]] = {}
    for row, out in zip(rows, outcomes, strict=True):
        confusion.setdefault(row.category, Counter())[out.category] += 1
    error, bins = calibration([out.confidence for out in outcomes], right)
    times = sorted(out.elapsed_us for out in outcomes)
    return Report(
        texts=len(rows),
        accuracy=_mean(right),
        macro_f1=_mean([c.f1 for c in categories]),
        calibration_error=error,
        categories=categories,
        confusion={label: dict(counted) for label, counted in confusion.items()},
        bins=bins,
        languages=_groups(rows, right, lambda row: row.lang),
        sources=_groups(rows, right, lambda row: row.source),
        decided_by=dict(Counter(out.source for out in outcomes)),
        fallbacks=dict(Counter(each for out in outcomes for each in out.fallbacks)),
        median_us=statistics.median(times),
        p95_us=times[math.ceil(0.95 * len(times)) - 1],
        cpu_us=None if cpu_s is None else cpu_s / len(rows) * 1e6,
    )


def calibration(
    confidences: Sequence[float], right: Sequence[bool]
) -> tuple[float, tuple[Bin, ...]]:
    """The expected calibration error and the bins that it is made of, empty ones left out.

    The error is the mean distance, weighed by texts, of a bin's accuracy from its
    mean confidence.
    """
    members: dict[int, list[int]] = {}
    for i, confidence in enumerate(confidences):
        members.setdefault(min(int(confidence * BINS), BINS - 1), []).append(i)
    bins = tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            texts=len(inside),
            confidence=_mean([confidences[i] for i in inside]),
            accuracy=_mean([right[i] for i in inside]),
        )
        for number, inside in sorted(members.items())
    )
    error = sum(b.texts * abs(b.accuracy - b.confidence) for b in bins) / len(confidences)
    return error, bins


def _categories(rows: Sequence[Labelled], outcomes: Sequence[Outcome]) -> tuple[PerCategory, ...]:
    labels = Counter(row.category for row in rows)
    chosen = Counter(out.category for out in outcomes)
    hits = Counter(
        row.category
        for row, out in zip(rows, outcomes, strict=True)
        if row.category == out.category
    )
    return tuple(
        PerCategory(
            name=name,
            texts=texts,
            precision=hits[name] / chosen[name] if chosen[name] else 0.0,
            recall=hits[name] / texts,
            f1=2 * hits[name] / (texts + chosen[name]),
        )
        for name, texts in sorted(labels.items())
    )


def _groups(
    rows: Sequence[Labelled], right: Sequence[bool], key: Callable[[Labelled], str]
) -> tuple[Group, ...]:
    members: dict[str, list[bool]] = {}
    for row, hit in zip(rows, right, strict=True):
        members.setdefault(key(row), []).append(hit)
    groups = (Group(name=n, texts=len(hits), accuracy=_mean(hits)) for n, hits in members.items())
    return tuple(sorted(groups, key=lambda group: (-group.texts, group.name)))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _counts(counted: Mapping[str, int]) -> str:
    ranked = sorted(counted.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {count}" for name, count in ranked)
