"""How the operators' commands print: tables, JSON, and texts that others wrote."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.message import Message

from llm_router.projection import project

if TYPE_CHECKING:  # a command that prints no table goes without
    from rich.table import Table

_WIDE: Final = 1_000_000
"""Columns of what is no terminal, so that a line there is never cut nor wrapped."""


def print_json(shown: Message | Mapping[str, Any]) -> None:
    """Prints a message as the REST endpoints show it, or what was made of some."""
    value = project(shown) if isinstance(shown, Message) else shown
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Prints a table: ruled and folded to the width of a terminal, else a plain line a row.

    Args:
        headings: of its columns.
        rows: their cells.
        right: the headings of the columns that are flush right.
    """
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    table = table_of(headings, rows, right=right, ruled=is_terminal)
    width = None if is_terminal else _WIDE
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))


def table_of(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Collection[str] = (),
    whole: Collection[str] = (),
    ruled: bool = True,
    is_cut: bool = False,
) -> Table:
    """The table that `print_table` prints.

    Args:
        headings, rows, right: as there.
        whole: the headings of columns that are never narrowed; nor are those on the right.
        ruled: whether it is for a terminal.
        is_cut: whether a word that has no room is cut rather than folded.
    """
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD if ruled else None,
        padding=(0, 1, 0, 0) if ruled else (0, 1),
        pad_edge=False,
        show_edge=False,
    )
    for heading in headings:
        table.add_column(
            heading,
            overflow="ellipsis" if is_cut else "fold",
            no_wrap=heading in right or heading in whole,
            justify="right" if heading in right else "left",
        )
    for row in rows:
        table.add_row(*map(plain, row))
    return table


def plain(text: str) -> str:
    """``text`` on one line, with nothing in it that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
