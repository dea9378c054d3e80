"""What the demo says, and what the request's settings make of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.demo.asking import CONTEXT, MODEL, ask, chunks_of, joined, text_of, user


async def test_it_says_that_it_is_the_demo_for_which_model_and_what_was_said() -> None:
    text = await text_of("Why is the sky blue?")

    assert "LLM Router's demo provider" in text
    assert "no model was called" in text
    assert MODEL in text
    assert text.endswith("You said: Why is the sky blue?")


@pytest.mark.parametrize("greeting", ["hello", "Hi!", "hey there", "Bonjour.", "good morning"])
async def test_a_greeting_is_greeted_and_still_told_that_it_is_the_demo(greeting: str) -> None:
    text = await text_of(greeting)

    assert text.startswith("Hello!")
    assert "demo provider" in text
    assert "You said" not in text


async def test_a_question_that_begins_with_a_greeting_is_no_greeting() -> None:
    assert (await text_of("hello, why is the sky blue?")).endswith("why is the sky blue?")


async def test_a_long_text_is_quoted_in_part() -> None:
    text = await text_of("x" * 100_000)

    assert len(text) < 1_000
    assert text.endswith("...")


@pytest.mark.parametrize(
    "messages",
    [
        [user("[Mon 2026-11-23 00:30 UTC] Say it\n\nRuntime: agent=main | host=vm"), CONTEXT],
        [user("[2026-11-23 00:30 GMT+2] Say it"), CONTEXT],
        [user("older"), {"role": "assistant", "content": "ok"}, user("Say it")],
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "<system-reminder>\nread it\n</system-reminder>"},
                    {"type": "text", "text": "Say it"},
                ],
            }
        ],
    ],
)
async def test_the_blocks_of_agent_clients_are_not_quoted(messages: list[dict[str, Any]]) -> None:
    assert (await text_of(*messages)).endswith("You said: Say it")


async def test_without_anything_said_it_only_tells_who_it_is() -> None:
    text = await text_of({"role": "system", "content": "You are kind."})

    assert "demo provider" in text
    assert "You said" not in text


@pytest.mark.parametrize("key", ["max_tokens", "max_completion_tokens"])
async def test_a_limit_of_tokens_cuts_after_as_many_words(key: str) -> None:
    answer = await ask("Why?", **{key: 5})

    assert answer["choices"][0]["message"]["content"] == "This is LLM Router's demo"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] <= 5


async def test_the_lesser_limit_counts_and_an_ample_one_does_not() -> None:
    assert len((await text_of("Why?", max_tokens=9, max_completion_tokens=2)).split()) == 2
    answer = await ask("Why?", max_tokens=500)
    assert answer["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", ["demo", ["nope", "demo", "", "provider"]])
async def test_a_stop_sequence_ends_the_text_before_it(stop: Any) -> None:
    choice = (await ask("Why?", stop=stop))["choices"][0]

    assert choice["message"]["content"] == "This is LLM Router's "
    assert choice["finish_reason"] == "stop"


async def test_as_many_choices_come_as_were_asked_for_both_ways() -> None:
    answer = await ask("Why?", n=3)
    chunks = await chunks_of("Why?", n=3)

    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    for choice in answer["choices"]:
        assert joined(chunks, choice["index"]) == choice["message"]["content"]
