"""Results as a table: aligned text for a person, JSON for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.figures import Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured figure, for every target that was measured.

    Attributes:
        unit: of all its values, such as ``ms`` or ``req/s``; empty: the targets tell theirs.
        values: by the target's name; a target without one shows an empty cell.
    """

    measure: str
    unit: str
    values: dict[str, Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One limit that the project holds itself to, and what was measured.

    Attributes:
        value: what is compared, with its spread over the rounds.
        unit: of the value and the limit; ``x`` for a ratio.
        limit: the least (``at_least``) or the most that is allowed.
    """

    name: str
    value: Spread
    unit: str
    limit: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether the median keeps to the limit."""
        if self.at_least:
            return self.value.median >= self.limit
        return self.value.median <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one suite measured.

    Attributes:
        targets: names of the value columns, in order.
        spread: what the figures are.
        notes: what a reader must know to trust the figures: the machine, the
            placement, what was routed where.
        errors: answers that were wrong or missing; such figures are worth nothing.
    """

    title: str
    targets: tuple[str, ...]
    rows: tuple[Row, ...]
    spread: str = "median (min..max of the rounds)"
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def render(table: Table) -> str:
    """The table as text: figures with their spreads, then goals, notes, errors."""
    blocks = [table.title, _figures(table)]
    if table.goals:
        blocks.append(_aligned(_goal_cells(table.goals), left=1))
    if table.notes:
        blocks.append("\n".join(f"- {note}" for note in table.notes))
    if table.errors:
        blocks.append("\n".join(f"ERROR {error}" for error in table.errors))
    return "\n\n".join(blocks) + "\n"


def as_json(table: Table) -> dict[str, Any]:
    """The same facts as one JSON object."""
    return {
        "title": table.title,
        "rows": [
            {
                "measure": row.measure,
                "unit": row.unit,
                "values": {name: _spread_json(spread) for name, spread in row.values.items()},
            }
            for row in table.rows
        ],
        "goals": [
            {
                "name": goal.name,
                "unit": goal.unit,
                "value": _spread_json(goal.value),
                "at_least" if goal.at_least else "at_most": goal.limit,
                "met": goal.met,
            }
            for goal in table.goals
        ],
        "notes": list(table.notes),
        "errors": list(table.errors),
    }


def _figures(table: Table) -> str:
    has_units = any(row.unit for row in table.rows)
    lines = [[table.spread, *(["unit"] if has_units else []), *table.targets]]
    for row in table.rows:
        cells = [_spread_text(row.values.get(target)) for target in table.targets]
        lines.append([row.measure, *([row.unit] if has_units else []), *cells])
    return _aligned(lines, left=1 + has_units)


def _goal_cells(goals: Sequence[Goal]) -> list[list[str]]:
    lines = [["goal", "limit", "measured", "unit", "met"]]
    for goal in goals:
        bound = "at least" if goal.at_least else "at most"
        limit = f"{bound} {goal.limit:g}"
        lines.append(
            [goal.name, limit, _spread_text(goal.value), goal.unit, "yes" if goal.met else "NO"]
        )
    return lines


def _spread_text(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.low == spread.high:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.low)}..{_number(spread.high)})"


_WHOLE_FROM: Final = 100


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.3f}"


def _spread_json(spread: Spread) -> dict[str, float]:
    return {"median": spread.median, "min": spread.low, "max": spread.high}


def _aligned(lines: Sequence[Sequence[str]], *, left: int) -> str:
    """Pads the cells to columns; the first ``left`` columns to the left, the others right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def padded(line: Sequence[str]) -> str:
        cells = [
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    head, *rest = lines
    return "\n".join([padded(head), "  ".join("-" * width for width in widths), *map(padded, rest)])
