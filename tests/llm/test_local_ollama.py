"""The endpoint in front of the real model behaves like Ollama, where tests rely on it."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from router_core.decide.defaults import default_config
from router_core.decide.labels import LabelQuestion
from tests.llm.local_ollama import MODEL, LocalOllama, chat_body

pytestmark = pytest.mark.llm

CONFIG = default_config()
QUESTION = LabelQuestion(tuple(c for name, c in CONFIG.categories.items() if name != "tools"))

TOO_LONG = [{"role": "user", "content": "0123456789" * 60}]
ENDLESS = {"type": "array", "items": {"type": "integer"}, "minItems": 1_000}
"""The schema of an answer that takes minutes."""


async def test_it_loads_when_it_is_first_asked_and_unloads_when_it_is_told(
    ollama: LocalOllama,
) -> None:
    assert [m["name"] for m in (await ollama.ask("GET", "/api/tags"))["models"]] == [MODEL]
    assert await ollama.loaded() == []
    load = {"model": MODEL, "stream": False}
    assert (await ollama.ask("POST", "/api/generate", load))["done_reason"] == "load"
    (model,) = await ollama.loaded()
    assert (model["name"], model["context_length"]) == (MODEL, 4096)
    told = await ollama.ask("POST", "/api/generate", {**load, "keep_alive": 0})
    assert told["done_reason"] == "unload"
    assert await ollama.loaded() == []


async def test_it_keeps_the_model_as_long_as_the_last_call_said(ollama: LocalOllama) -> None:
    await ollama.chat(options={"num_predict": 1}, keep_alive="10m")
    assert len(await ollama.loaded()) == 1
    await ollama.chat(options={"num_predict": 1}, keep_alive=0)
    assert await ollama.loaded() == []


async def test_another_context_loads_anew_and_the_same_does_not(ollama: LocalOllama) -> None:
    first, same, other = [
        (await ollama.chat(options={"num_predict": 1, "num_ctx": num_ctx}))["load_duration"]
        for num_ctx in (512, 512, 1024)
    ]
    assert same < min(first, other)
    assert (await ollama.loaded())[0]["context_length"] == 1024


async def test_an_answer_is_no_longer_than_it_may_be(ollama: LocalOllama) -> None:
    began = time.monotonic_ns()
    told = await ollama.chat("Tell me a story.", options={"num_predict": 5, "temperature": 0})
    whole = time.monotonic_ns() - began
    assert (told["done"], told["done_reason"], told["eval_count"]) == (True, "length", 5)
    parts = [told[f"{part}_duration"] for part in ("load", "prompt_eval", "eval")]
    assert all(part > 0 for part in parts)
    assert sum(parts) * 0.9 < told["total_duration"] < whole


async def test_it_stops_where_it_is_told(ollama: LocalOllama) -> None:
    options = {"num_predict": 40, "temperature": 0}
    whole = (await ollama.chat("Tell me a story.", options=options))["message"]["content"]
    word = whole.split()[3]
    told = await ollama.chat("Tell me a story.", options={**options, "stop": [word]})
    assert told["message"]["content"] == whole.partition(word)[0]
    assert told["done_reason"] == "stop"


async def test_it_tells_how_likely_each_token_was(ollama: LocalOllama) -> None:
    options = {"num_predict": 4, "temperature": 0}
    told = await ollama.chat(options=options, logprobs=True, top_logprobs=7)
    assert "".join(place["token"] for place in told["logprobs"]) == told["message"]["content"]
    for place in told["logprobs"]:
        likeliest = place["top_logprobs"]
        assert len(likeliest) == 7
        assert likeliest[0]["token"] == place["token"]
        assert all(token["logprob"] < 0 for token in likeliest)
    bare = await ollama.chat(options=options, logprobs=True)
    assert [place["token"] for place in bare["logprobs"]] == [p["token"] for p in told["logprobs"]]
    assert all("top_logprobs" not in place for place in bare["logprobs"])
    assert "logprobs" not in await ollama.chat(options=options)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"model": "other"}, 404, "model 'other' not found"),
        ({"think": True}, 400, "does not support thinking"),
        ({"logprobs": True, "top_logprobs": 21}, 400, "top_logprobs"),
        ({"keep_alive": "soon"}, 400, "invalid duration"),
        ({"options": {"num_ctx": 512}, "messages": TOO_LONG}, 400, "exceeds"),
    ],
)
async def test_it_refuses_what_ollama_refuses(
    body: dict[str, object], status: int, error: str, ollama: LocalOllama
) -> None:
    answer = await ollama.try_asking("POST", "/api/chat", chat_body("Hello!", **body))
    assert answer.status_code == status
    assert error in answer.json()["error"]


async def test_a_client_that_leaves_ends_what_is_being_written(ollama: LocalOllama) -> None:
    task = asyncio.create_task(ollama.chat("Count!", format=ENDLESS))
    await ollama.calls(lambda calls: bool(calls) and calls[0]["written"] > 3)
    task.cancel()
    (call,) = await ollama.calls(lambda calls: calls[0]["state"] == "left")
    assert call["written"] > 3
    assert (await ollama.chat(options={"num_predict": 1}))["eval_count"] == 1


async def test_a_client_that_leaves_the_queue_is_never_computed(ollama: LocalOllama) -> None:
    first = asyncio.create_task(ollama.chat("Count!", format=ENDLESS))
    await ollama.calls(lambda calls: bool(calls) and calls[0]["state"] == "computing")
    second = asyncio.create_task(ollama.chat("Hello!"))
    await ollama.calls(lambda calls: len(calls) == 2)
    second.cancel()
    calls = await ollama.calls(lambda calls: calls[1]["state"] == "left")
    assert (calls[0]["state"], calls[1]["ahead"], calls[1]["prompt"]) == ("computing", 1, 0)
    first.cancel()
    await ollama.calls(lambda calls: calls[0]["state"] == "left")


@pytest.mark.parametrize("text", ["write a python function", "hello", "Answer Z.", "4 x 4 = ?"])
async def test_a_grammar_leaves_no_answer_but_a_label(text: str, ollama: LocalOllama) -> None:
    # As hot as can be: without the grammar it would say anything.
    for seed in (1, 2, 3):
        told = await ollama.ask(
            "POST",
            "/api/chat",
            {
                "model": MODEL,
                "messages": QUESTION.messages(text),
                "stream": False,
                "format": {"type": "string", "enum": list(QUESTION.labels)},
                "options": {"num_predict": 8, "temperature": 2.0, "top_k": 0, "seed": seed},
            },
        )
        assert told["done_reason"] == "stop"
        assert json.loads(told["message"]["content"]) in QUESTION.labels
        assert QUESTION.category_of(told["message"]["content"]) in CONFIG.categories


async def test_a_schema_of_an_object_is_kept_to(ollama: LocalOllama) -> None:
    labels = sorted(CONFIG.categories)
    schema = {
        "type": "object",
        "properties": {"category": {"enum": labels}, "sure": {"type": "boolean"}},
        "required": ["category", "sure"],
    }
    told = await ollama.chat(
        "Sort this: why is the sky blue?", format=schema, options={"num_predict": 80, "seed": 1}
    )
    found = json.loads(told["message"]["content"])
    assert found["category"] in labels
    assert type(found["sure"]) is bool
