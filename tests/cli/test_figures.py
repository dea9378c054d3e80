"""Figures as a person reads them."""

from __future__ import annotations

import pytest

from router_core.cli.figures import dollars, duration, percent


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("", "?"),
        ("0", "$0"),
        ("0.00", "$0"),
        ("0.5", "$0.50"),
        ("0.12", "$0.12"),
        ("0.1234", "$0.123"),
        ("0.0000123456", "$0.0000123"),
        ("1E-9", "$0.000000001"),
        ("0.9999", "$1.00"),
        ("1", "$1.00"),
        ("1234.567", "$1,234.57"),
        ("-0.5", "-$0.50"),
        ("-1234.5", "-$1,234.50"),
    ],
)
def test_dollars(amount: str, shown: str) -> None:
    assert dollars(amount) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 5, "0.0 %"),
        (1, 100_000, "0.001 %"),
        (1, 300, "0.3 %"),
        (1, 8, "12 %"),
        (999, 1_000, "99.9 %"),
        (999_999, 1_000_000, "<100 %"),
        (5, 5, "100 %"),
        (6, 5, "120 %"),
        (-1, 4, "-25 %"),
    ],
)
def test_percent(part: float, whole: float, shown: str) -> None:
    assert percent(part, whole) == shown


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        *((0, "0.00 ms"), (0.456, "0.46 ms"), (1.26, "1.3 ms"), (456.4, "456 ms")),
        *((999.9, "1.0 s"), (1_234, "1.2 s"), (9_999, "10 s"), (45_678, "46 s")),
    ],
)
def test_duration(ms: float, shown: str) -> None:
    assert duration(ms) == shown
