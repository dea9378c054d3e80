"""How traces are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from router_core.decide.simulation import Row, Told
from router_core.stores.trace_file import MalformedTrace, read_trace

MODELS = {"glm-5": {"quality": 0.5, "cost_usd": 0.01}}


def a_file(folder: Path, *lines: Any) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file = folder / "trace.jsonl"
    file.write_text("\n".join(texts), encoding="utf-8")
    return file


def the_row(folder: Path, **told: Any) -> Row:
    (row,) = read_trace(a_file(folder, {"prompt": "hi", "models": MODELS, **told}))
    return row


def the_answer(folder: Path, **told: Any) -> Told:
    return the_row(folder, models={"m": told}).told["m"]


def test_everything_that_may_be_told_is_read(tmp_path: Path) -> None:
    row = the_row(tmp_path, category="code", time="2026-11-28T13:00:00+01:00", prompt_tokens=7)
    assert (row.where, row.category, row.prompt_tokens) == ("line 1", "code", 7)
    assert row.time == datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert [(each.role, each.texts) for each in row.messages] == [("user", ("hi",))]
    answer = the_answer(
        tmp_path,
        quality=0.25,
        prompt_tokens=3,
        completion_tokens=4,
        cost_usd=0.5,
        ttft_ms=6,
        latency_ms=7,
        error=True,
    )
    assert answer == Told(
        quality=0.25,
        prompt_tokens=3,
        completion_tokens=4,
        cost_usd=0.5,
        ttft_ms=6.0,
        latency_ms=7.0,
        fails=True,
    )


def test_right_and_wrong_are_qualities(tmp_path: Path) -> None:
    assert [the_answer(tmp_path, correct=each).quality for each in (True, False)] == [1.0, 0.0]
    assert the_answer(tmp_path).quality is None


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    assert the_row(tmp_path, time="2026-11-28").time == datetime(2026, 11, 28, tzinfo=UTC)


def test_messages_may_stand_for_the_prompt(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {}}]
    messages = [{"role": "assistant", "content": None}, {"role": "user", "content": parts}]
    row = the_row(tmp_path, prompt=None, messages=messages)
    assert [(each.texts, each.other_parts) for each in row.messages] == [
        ((), ()),
        (("what is it?",), ("image_url",)),
    ]


def test_empty_lines_count_and_a_limit_ends_the_reading(tmp_path: Path) -> None:
    row = {"category": "code", "prompt_tokens": 1, "models": MODELS}
    file = a_file(tmp_path, row, "", row, "broken")
    assert [each.where for each in read_trace(file, 2)] == ["line 1", "line 3"]
    with pytest.raises(MalformedTrace):
        read_trace(file)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ('{"prompt": "\\ud800", "models": {"m": {}}}', "not JSON"),
        ("[]", "not a JSON object"),
        ({"prompt": "hi"}, "'models' is no object with a model in it"),
        ({"prompt": "hi", "models": {}}, "'models' is no object"),
        ({"prompt": 1, "models": MODELS}, "'prompt' is no text"),
        ({"category": "code", "models": MODELS}, "neither 'prompt' nor 'messages'"),
        ({"prompt_tokens": 4, "models": MODELS}, "neither 'prompt' nor 'messages'"),
        ({"prompt": "hi", "messages": [], "models": MODELS}, "both 'prompt' and 'messages'"),
        ({"messages": "hi", "models": MODELS}, "'messages' is no list"),
        ({"messages": [{"content": "hi"}], "models": MODELS}, r"'messages\[0\]' is no object"),
        ({"messages": [{"role": "user", "content": 1}], "models": MODELS}, r"'messages\[0\].cont"),
        ({"prompt": "hi", "time": "noon", "models": MODELS}, "'time' is no time by ISO 8601"),
        ({"prompt": "hi", "prompt_tokens": -1, "models": MODELS}, "'prompt_tokens' is no number"),
        ({"prompt": "hi", "models": {"m": 1}}, "'models.m' is no object"),
        ({"prompt": "hi", "models": {"m": {"quality": 1.5}}}, "'models.m.quality' is not from 0"),
        ({"prompt": "hi", "models": {"m": {"quality": True}}}, "'models.m.quality' is no number"),
        ({"prompt": "hi", "models": {"m": {"correct": 1}}}, "'models.m.correct' is neither"),
        ({"prompt": "hi", "models": {"m": {"cost_usd": -1}}}, "'models.m.cost_usd' is no number"),
        ({"prompt": "hi", "models": {"m": {"cost_usd": "1"}}}, "'models.m.cost_usd' is no number"),
        (
            {"prompt": "hi", "models": {"m": {"cost_usd": 1e308}}},
            "'models.m.cost_usd' is no number",
        ),
        ({"prompt": "hi", "models": {"m": {"latency_ms": 1e10}}}, "'models.m.latency_ms' is no nu"),
        ({"prompt": "hi", "time": "9999-01-01", "models": MODELS}, "'time' is after the year 9998"),
        (
            {"prompt": "hi", "models": {"m": {"completion_tokens": 1.5}}},
            "'models.m.completion_tokens' is no number of tokens",
        ),
    ],
)
def test_a_line_that_is_wrong_is_told_by_its_number(tmp_path: Path, line: Any, says: str) -> None:
    file = a_file(tmp_path, {"prompt": "hi", "models": MODELS}, "", line)
    with pytest.raises(MalformedTrace, match=f"line 3: {says}") as caught:
        read_trace(file)
    assert caught.value.line == 3


def test_a_file_that_cannot_be_read_or_is_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedTrace, match="cannot be read: No such file"):
        read_trace(tmp_path / "none.jsonl")
    with pytest.raises(MalformedTrace, match="holds no requests"):
        read_trace(a_file(tmp_path, "", ""))


def test_no_text_of_a_trace_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(MalformedTrace) as caught:
        read_trace(a_file(tmp_path, '{"prompt": "a secret", "models": [}'))
    assert "secret" not in str(caught.value)
