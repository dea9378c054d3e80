"""What a request asks of a model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.chat import ChatRequest, Message
from router_core.decide.demands import IMAGE_TOKENS, Demands, demands_of, estimated_tokens


def a_request(*messages: Message, **more: Any) -> ChatRequest:
    return ChatRequest(messages=messages or (Message(role="user", texts=("hi",)),), body={}, **more)


def test_a_plain_request_asks_for_nothing() -> None:
    assert demands_of(a_request()) == Demands()


def test_what_the_edge_read_is_handed_on() -> None:
    request = a_request(
        tools=("ls",), output_format="json_schema", max_output_tokens=7, prompt_bytes=100
    )
    assert demands_of(request) == Demands(
        tools=True, output_format="json_schema", max_output_tokens=7, prompt_tokens=40
    )


@pytest.mark.parametrize(
    ("kinds", "counted"),
    [
        (("image_url", "image_url"), {"images": 2, "prompt_tokens": 2 * IMAGE_TOKENS}),
        (("input_audio",), {"audio": 1}),
        (("file", "input_file"), {"files": 2}),
        (("video_url", "input_video"), {"video": 2}),
        (("refusal", "hologram"), {}),
    ],
)
def test_media_count_wherever_they_stand(kinds: tuple[str, ...], counted: dict[str, int]) -> None:
    old = Message(role="user", other_parts=kinds)
    request = a_request(old, Message(role="assistant", texts=("a",)), Message(role="user"))
    assert demands_of(request) == Demands(**counted)  # type: ignore[arg-type]  # counts alone


ENGLISH = (
    "Please read the note and tell me, in two or three sentences, what the baker asked"
    " us to bring on Saturday."
)
FRENCH = (
    "Lis la note et dis-moi en quelques phrases ce que le boulanger nous a demandé"
    " d'apporter samedi prochain."
)
RUSSIAN = "Прочитай записку и скажи в двух предложениях, что пекарь просил нас принести в субботу."
CHINESE = (
    "请读一下这张便条，用两三句话告诉我，面包师让我们星期六带什么东西来。"
    "人工智能需要根据上下文选择工具。"
)
PYTHON = '''def total(rows: list[dict[str, int]]) -> int:
    """Adds up the prices of all rows."""
    return sum(row["price"] for row in rows)
'''
SCHEMA = (
    '{"type":"function","function":{"name":"read_file","description":"Reads a file of the'
    ' workspace","parameters":{"type":"object","properties":{"path":{"type":"string"}},'
    '"required":["path"]}}}'
)


# Tokens as the tokenizers cl100k and o200k count them, the larger of the two.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (ENGLISH, 24),
        (PYTHON, 36),
        (SCHEMA, 42),
        (FRENCH, 30),
        (RUSSIAN, 39),
        (CHINESE, 57),
    ],
    ids=["english", "python", "schema", "french", "russian", "chinese"],
)
def test_the_estimate_errs_on_the_safe_side(text: str, tokens: int) -> None:
    assert tokens <= estimated_tokens(len(text.encode())) <= 2.2 * tokens


@given(st.integers(0, 2**40), st.integers(0, 2**20))
def test_more_bytes_are_never_fewer_tokens(size: int, more: int) -> None:
    assert 0 <= estimated_tokens(size) <= estimated_tokens(size + more)
    assert (estimated_tokens(size) > 0) == (size > 0)
