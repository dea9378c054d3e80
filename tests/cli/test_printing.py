"""Tables and texts as the operators' commands print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.cli.printing import plain, print_table


def test_a_table_that_is_piped_is_a_plain_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 2_000
    print_table(("name", "what"), [("a", long), ("[bold]longer", ":cat:"), ("\x1b[31m", "x\ny")])
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "what"]
    place = heading.index("what")
    assert [row[:place].rstrip() for row in rows] == ["a", "[bold]longer", r"\x1b[31m"]
    assert [row[place:] for row in rows] == [long.rstrip(), ":cat:", r"x\ny"]


def test_it_is_so_too_where_colours_are_forced(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    print_table(("name",), [("word " * 20,)])
    assert len(capsys.readouterr().out.splitlines()) == 2


@given(st.text())
def test_a_text_is_one_line_that_orders_nothing(text: str) -> None:
    assert plain(text).isprintable()


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_what_can_be_printed_stays(text: str) -> None:
    assert plain(text) == text
