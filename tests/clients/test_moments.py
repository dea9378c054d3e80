"""Moments as people write them."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_router.moments import MOMENT_PATTERN, read_moment

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", NOW),
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T06:30", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("2026-11-01T06:30:15Z", datetime(2026, 11, 1, 6, 30, 15, tzinfo=UTC)),
        ("2026-11-01t06:30:15z", datetime(2026, 11, 1, 6, 30, 15, tzinfo=UTC)),
        ("2026-11-01 06:30:15.25+02:00", datetime(2026, 11, 1, 4, 30, 15, 250_000, UTC)),
        ("2026-11-01T06:30:15.123456789-01:30", datetime(2026, 11, 1, 8, 0, 15, 123_456, UTC)),
    ],
)
def test_a_moment_is_read(text: str, expected: datetime) -> None:
    read = read_moment(text, NOW)
    assert read == expected
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "7", "-1h", "1.5h", "7D", "1h30m", "24h\n", "٣h", "now", "1700000000"),
        *("2026-13-01", "2026-02-30", "2026-11-01T25:00", "20261101", "2026-W01-1", "0000-01-01"),
        *("999999999w", "0001-01-01T00:00:00+10:00", "2026-11-01T06:30:15+99:00"),
    ],
)
def test_what_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r'is no time: write RFC 3339, such as .* or "24h"'):
        read_moment(text, NOW)


@given(st.one_of(st.text(), st.from_regex(MOMENT_PATTERN)))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_moment(text, NOW).tzinfo is UTC
        assert re.fullmatch(MOMENT_PATTERN, text)
