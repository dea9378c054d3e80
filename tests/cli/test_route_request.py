"""Which request ``llm-router route`` explains."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm_router.chat_json import to_json
from router_core.cli.route import read_request
from router_core.errors import ConfigError


def of_file(folder: Path, text: bytes) -> object:
    file = folder / "request.json"
    file.write_bytes(text)
    return to_json(read_request(None, file))


def test_a_text_is_what_a_user_types() -> None:
    assert to_json(read_request("hi", None)) == {"messages": [{"role": "user", "content": "hi"}]}


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    text = b'{"model": "router/code", "messages": [{"role": "tool", "x": 1.5}], "y": [null]}'
    assert of_file(tmp_path, text) == {
        "model": "router/code",
        "messages": [{"role": "tool", "x": 1.5}],
        "y": [None],
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is no request: "),
        (b"{", "is no request: "),
        (b"\xff", "is no request: "),
        (b"[]", "is no request: it must hold a JSON object"),
        (rb'{"a": ["\ud800"]}', r"is no request: a\[0\]: half"),
        (b'{"a": 1e400}', "is no request: a: number"),
        (b"[" * 5_000, "is no request: "),
    ],
)
def test_what_is_no_request_is_refused_with_its_place(
    text: bytes, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        of_file(tmp_path, text)
    assert "\n" not in caught.value.message
    assert str(tmp_path / "request.json") in caught.value.message


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_request(None, tmp_path)


def test_there_is_a_text_or_a_file(tmp_path: Path) -> None:
    for text, file in ((None, None), ("hi", tmp_path)):
        with pytest.raises(ConfigError, match="either TEXT or --file"):
            read_request(text, file)
