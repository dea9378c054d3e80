"""The suite ``classification``: what telling the category of a text costs.

Processor time of this process, the median over many texts of one length; beside it
a yardstick measured in the same round, so that figures of different machines compare.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks import envelopes
from benchmarks.classification_texts import LENGTHS, MEGABYTE, texts_of
from benchmarks.figures import Spread
from benchmarks.options import Options
from benchmarks.processes import ProcessFailed
from benchmarks.progress import report
from benchmarks.tables import Goal, Table
from benchmarks.yards import TARGETS, YARD_NOTE, cost_us, yard_row, yard_us
from router_core.classifiers.embedded.categories import CategoryMap
from router_core.classifiers.embedded.model import shipped
from router_core.decide.config import Category
from router_core.decide.defaults import default_config
from router_core.decide.keywords import KeywordRules
from router_core.decide.peel import read_turn

GOALS_US: Final = {
    "keywords, 1,000 characters": 50.0,
    "keywords, 1,000 categories": 200.0,
    "embedded, 1,000 characters": 200.0,
    "embedded, 1 MB": 5_000.0,
    "loading the model": 100_000.0,
    "envelopes, openclaw, 60 kB": envelopes.GOAL_US,
}
HARD_LIMIT_US: Final = 2_000.0
"""What no classification in this process may take at 1,000 characters."""

_TEXTS: Final = 200
_QUICK_TEXTS: Final = 20
_MANY: Final = 1_000
_KEYWORDS_EACH: Final = 20

_LOADING = (
    "from time import process_time_ns as now\n"
    "from router_core.classifiers.embedded import model\n"
    "began = now(); model.shipped(); print(now() - began)"
)

Work = Callable[[str], object]


def run(options: Options) -> Table:
    """Measures everything once a round.

    Raises:
        ProcessFailed: the model did not load in a process of its own.
    """
    count = _QUICK_TEXTS if options.quick else _TEXTS
    cases = _cases()
    figures: dict[str, list[float]] = {}
    yards: list[float] = []
    for number in range(options.rounds):
        report(f"classification: round {number + 1} of {options.rounds}")
        yards.append(yard_us(count))
        for name, (work, texts) in cases.items():
            runs = max(count // 10, 3) if len(texts[0]) >= MEGABYTE else count
            figures.setdefault(name, []).append(cost_us(work, texts, runs))
        for name, body in envelopes.BODIES.items():
            messages = body()
            cost = cost_us(lambda _, told=messages: read_turn(told), [""], count)  # type: ignore[misc]
            figures.setdefault(f"envelopes, {name}, 60 kB", []).append(cost)
        figures.setdefault("loading the model", []).append(_loading_us())
    figures["yardstick"] = yards
    return Table(
        title="classification: processor time of one text",
        targets=TARGETS,
        rows=tuple(yard_row(name, took, yards) for name, took in figures.items()),
        goals=_goals(figures),
        notes=(
            f"{options.rounds} rounds; the median of {count} classifications each",
            YARD_NOTE,
            f"Python {platform.python_version()}",
        ),
    )


def _cases() -> dict[str, tuple[Work, Sequence[str]]]:
    """What is measured, and on which texts, by name."""
    categories = tuple(default_config().categories.values())
    models = categories[0].models
    examples = tuple(islice(texts_of(100), 20))
    garden = Category(name="added", models=models, examples=examples)
    many = tuple(
        Category(
            name=f"category{n}",
            models=models,
            keywords=tuple(f"term{n}x{k}" for k in range(_KEYWORDS_EACH)),
        )
        for n in range(_MANY)
    )
    default, crowd = KeywordRules.compile(categories), KeywordRules.compile((*categories, *many))
    model = shipped()
    plain = CategoryMap.of(model, categories)
    with_one = CategoryMap.of(model, (*categories, garden))
    told: dict[str, Work] = {
        "keywords": default.score,
        "keywords, 1,000 categories": crowd.score,
        "embedded": partial(plain.verdict, source="embedded"),
        "embedded, one added category": partial(with_one.verdict, source="embedded"),
    }
    cases: dict[str, tuple[Work, Sequence[str]]] = {}
    for name, work in told.items():
        for length in (1_000,) if "," in name else LENGTHS:
            measure = name if "," in name else f"{name}, {length:,} characters"
            cases[measure] = (work, list(texts_of(length)))
    cases["embedded, 1 MB"] = (told["embedded"], list(islice(texts_of(MEGABYTE), 1)))
    return cases


def _loading_us() -> float:
    """Microseconds of processor time to load the model in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADING],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProcessFailed(f"the model does not load: {done.stderr.strip()[-200:]}")
    return int(done.stdout) / 1_000


def _goals(figures: dict[str, list[float]]) -> tuple[Goal, ...]:
    limits = [*GOALS_US.items(), ("embedded, 1,000 characters", HARD_LIMIT_US)]
    return tuple(
        Goal(name=name, value=Spread.of(figures[name]), unit="us", limit=limit, at_least=False)
        for name, limit in limits
    )
