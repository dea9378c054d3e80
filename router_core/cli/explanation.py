"""A decision as a person reads it: plain text, or rich on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from llm_router.v1.route_pb2 import Candidate, RouteResponse, SessionState
from router_core.cli.classify import fact_line, why_facts

__all__ = ["plain_lines", "show"]

_UNKNOWN: Final = "?"
_MOST_SHOWN: Final = 600
"""How much of a fact a terminal shows, in characters."""

_WIDE: Final = 100
"""From how many columns on a candidate's reason stands beside its figures."""

Fact = tuple[str, str]
"""What is told, and the words."""


def plain_lines(response: RouteResponse, footer: str) -> Iterator[str]:
    """A line for each fact and each candidate; nothing is cut or wrapped."""
    yield _headline(response)
    for label, words in _facts(response):
        yield fact_line(label, _printable(words))
    yield ""
    for line in _aligned(_rows(response)):
        yield f"  {line}"
    yield ""
    yield footer


def show(response: RouteResponse, footer: str, console: Console) -> None:
    """Prints the same on a terminal, as wide as that is; very long texts are cut."""
    console.print(Text(_headline(response), style="bold green" if _is_served(response) else "bold"))
    console.print(_facts_table(response))
    console.print()
    _show_candidates(response, console)
    console.print()
    console.print(Text(footer, style="dim"))


def _is_served(response: RouteResponse) -> bool:
    return any(candidate.eligible for candidate in response.candidates)


def _headline(response: RouteResponse) -> str:
    model = response.model if _is_served(response) else f"{response.model}, but no model is in"
    category = response.category
    return _printable(f"{category} -> {model}" if category else f"{model}, named by the caller")


# -- facts -----------------------------------------------------------------------------


def _facts(response: RouteResponse) -> Iterator[Fact]:
    yield "why", response.explanation
    if response.HasField("classification"):
        found = response.classification
        yield from why_facts(found)
        if found.client:
            yield "client", f"{found.client}, whose envelopes were taken off"
    yield "session", _session(response.session)
    if response.HasField("estimate_basis"):
        basis = response.estimate_basis
        prompt, answer = _tokens(basis.prompt_tokens), _tokens(basis.answer_tokens)
        yield "estimates", f"a prompt of {prompt}, an answer of {answer} ({basis.answer_from})"


def _session(session: SessionState) -> str:
    if not session.model:
        told = ["known" if session.known else "not known"]
    else:
        told = [f"{session.model} gave its last answer"]
        if session.category:
            told.append(f"routed as {session.category}")
        if session.HasField("history_tokens"):
            cached = "in its provider's cache" if session.cache_warm else "in no cache"
            told.append(f"{_tokens(session.history_tokens)} of history, {cached}")
    if session.locked:
        told.append("locked")
    return "; ".join((*told, session.reason) if session.reason else told)


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count:,} tokens"


def _facts_table(response: RouteResponse) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for label, words in _facts(response):
        table.add_row(Text("" if label == before else label), Text(_shortened(_printable(words))))
        before = label
    return table


# -- candidates ------------------------------------------------------------------------

_HEADS: Final = ("#", "", "model", "id", "cost", "time", "switch", "why")
_RIGHT: Final = frozenset({"cost", "time", "switch"})
_LONG: Final = ("id", "why")
"""The columns that stand in lines of their own where there is no room beside the others."""
_INDENT: Final = 8

Row = dict[str, str]
"""The cells of a candidate by what stands over them."""


def _rows(response: RouteResponse) -> list[Row]:
    """A row for each candidate; what a switch costs only where that is told of any."""
    several = len({candidate.provider for candidate in response.candidates}) > 1
    rows = [
        _row(place, candidate, with_provider=several)
        for place, candidate in enumerate(response.candidates, start=1)
    ]
    if not any(row["switch"] for row in rows):
        for row in rows:
            del row["switch"]
    return rows


def _row(place: int, candidate: Candidate, *, with_provider: bool) -> Row:
    where = f" ({candidate.provider})" if with_provider else ""
    cells = (
        str(place) if candidate.eligible else "-",
        "in" if candidate.eligible else "out",
        candidate.model,
        f"{candidate.id}{where}",
        _usd(candidate.estimated_cost_usd) or _UNKNOWN,
        _time(candidate),
        _usd(candidate.switch_cost_usd, signed=True),
        candidate.reason,
    )
    return dict(zip(_HEADS, map(_printable, cells), strict=True))


def _usd(amount: str, *, signed: bool = False) -> str:
    """Three digits of an amount; empty: it is not known."""
    if not amount:
        return ""
    exact = Decimal(amount)
    sign = "-" if exact < 0 else "+" if signed and exact > 0 else ""
    return f"{sign}${Decimal(f'{abs(exact):.3g}').normalize():f}"


def _time(candidate: Candidate) -> str:
    if not candidate.HasField("expected_latency_ms"):
        return _UNKNOWN
    ms = candidate.expected_latency_ms
    if ms < 1:
        return "<1 ms"
    return f"{ms:.0f} ms" if ms < 1_000 else f"{ms / 1e3:.1f} s"


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    """A line of heads, and one for each row."""
    columns = {head: [head, *(row[head] for row in rows)] for head in rows[0]}
    widths = {head: max(map(len, cells)) for head, cells in columns.items()}
    for row in ({head: head for head in rows[0]}, *rows):
        cells = (
            cell.rjust(widths[head]) if head in _RIGHT else cell.ljust(widths[head])
            for head, cell in row.items()
        )
        yield "  ".join(cells).rstrip()


def _show_candidates(response: RouteResponse, console: Console) -> None:
    """As a table; on a narrow terminal each with its id and the reason below it."""
    rows = _rows(response)
    styles = [_style(place, candidate) for place, candidate in enumerate(response.candidates)]
    if console.width >= _WIDE:
        console.print(_table(rows, styles))
        return
    short = [{head: cell for head, cell in row.items() if head not in _LONG} for row in rows]
    head, *lines = _aligned(short)
    console.print(Text(head, style="dim"))
    for line, row, style in zip(lines, rows, styles, strict=True):
        console.print(Text(line, style=style))
        below = Text(": ".join(row[head] for head in _LONG), style="dim")
        console.print(Padding(below, (0, 0, 0, _INDENT)))


def _table(rows: Sequence[Row], styles: Sequence[str]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for head in rows[0]:
        table.add_column(
            head,
            justify="right" if head in _RIGHT else "left",
            no_wrap=head not in _LONG,
            overflow="fold",
        )
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*map(Text, row.values()), style=style)
    return table


def _style(place: int, candidate: Candidate) -> str:
    """The first one stands out; those that are out stand back."""
    if not candidate.eligible:
        return "dim"
    return "" if place else "bold"


# -- text ------------------------------------------------------------------------------


def _printable(text: str) -> str:
    """``text`` with what would move a terminal's cursor written as an escape."""
    if text.isprintable():
        return text
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(shown)


def _shortened(text: str) -> str:
    if len(text) <= _MOST_SHOWN:
        return text
    half = _MOST_SHOWN // 2
    return f"{text[:half]} [... {len(text) - 2 * half:,} characters ...] {text[-half:]}"
