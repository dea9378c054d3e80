"""A message that was just made of JSON need not be translated back, in the same context."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

from llm_router.chat_json import from_json, remember, to_json
from llm_router.v1.chat_pb2 import ChatRequest
from llm_router.v1.complete_pb2 import CompleteRequest

BODY: dict[str, Any] = {"model": "router", "messages": [{"role": "user", "content": "hi"}]}
OTHER: dict[str, Any] = {"told": "by another object"}


def test_the_remembered_object_is_given_and_never_the_very_same_one() -> None:
    message = from_json(BODY, ChatRequest)
    remember(message, OTHER)
    given = to_json(message)
    assert given == OTHER
    given.pop("told")
    assert OTHER == {"told": "by another object"}
    assert to_json(message) == OTHER


def test_it_is_given_for_that_message_alone() -> None:
    message = from_json(BODY, ChatRequest)
    remember(message, OTHER)
    assert to_json(from_json(BODY, ChatRequest)) == BODY


def test_a_field_of_a_message_is_known_again_while_it_is_remembered() -> None:
    request = CompleteRequest()
    request.chat.CopyFrom(from_json(BODY, ChatRequest))
    remember(request.chat, OTHER)
    assert to_json(request.chat) == OTHER


def test_another_context_knows_nothing_of_it() -> None:
    message = from_json(BODY, ChatRequest)
    contextvars.Context().run(remember, message, OTHER)
    assert to_json(message) == BODY


async def test_tasks_that_are_started_afterwards_know_it() -> None:
    async def translate() -> dict[str, Any]:
        return to_json(message)

    message = from_json(BODY, ChatRequest)
    remember(message, OTHER)
    assert await asyncio.create_task(translate()) == OTHER
