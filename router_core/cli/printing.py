"""How the operators' commands print: tables, JSON, and texts that others wrote."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from google.protobuf.message import Message

from llm_router.projection import project

_WIDE: Final = 1_000_000
"""Columns of what is no terminal, so that a line there is never cut nor wrapped."""


def print_json(shown: Message | Mapping[str, Any]) -> None:
    """Prints a message as the REST endpoints show it, or what was made of some."""
    value = project(shown) if isinstance(shown, Message) else shown
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table: ruled and folded to the width of a terminal, else a plain line a row."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if is_terminal else None, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    width = None if is_terminal else _WIDE
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    with console.capture() as printed:
        console.print(table)
    print("\n".join(line.rstrip() for line in printed.get().splitlines()))


def plain(text: str) -> str:
    """``text`` on one line, with nothing in it that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
