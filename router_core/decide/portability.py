"""Moves a conversation to another model (DESIGN section 6).

What a model's provider takes differs in three ways: the alphabet of tool-call ids
(`call_ids`), reasoning that only its maker reads (`foreign_reasoning`), and how
strictly each call must be followed by its result (here). OpenAI, Anthropic, Gemini
and DeepSeek refuse a call without a result and a result without a call; others let
them pass, so that a transcript may hold some when it comes to a strict one.
"""

from __future__ import annotations

from operator import is_
from typing import Any, Final

from router_core.decide.call_ids import CallIds, is_mistral
from router_core.decide.call_pairs import Pairs
from router_core.decide.chat import JsonObject
from router_core.decide.config import ModelRef
from router_core.decide.plain_transcript import is_plain

__all__ = ["BRIDGE", "portable"]

BRIDGE: Final = "[Results received.]"
"""What the assistant says between a result and a user's message, for Mistral's models."""


def portable(
    body: JsonObject, *, source: ModelRef | None, target: ModelRef, foreign: int = 0
) -> JsonObject:
    """``body`` with messages that ``target`` takes, or the same object where they are such.

    Never changes ``body``; messages that stay as they are, are shared. A shape that
    OpenAI does not document is left as it is, for the upstream to judge.

    - Each call is followed by exactly one result, directly. What stood between comes
      after the results. A result answers the nearest call of its id before it.
    - A call without a result gets `INTERRUPTED`. Taking the call away instead would
      hide that something may have been done.
    - A result without a call becomes a user's message of the same content, headed by
      `ORPHAN`. Most projects drop it; but it may be all that is left of what was
      read, and a call made up for it would name a tool that may not exist. The heading
      keeps the text of a tool from passing for the user's own.
    - Ids: see `CallIds`. Reasoning: see `without_foreign_reasoning`. An assistant's
      message in which nothing was but reasoning goes, since Anthropic refuses an empty
      one; the first message stays, so that there is one.
    - Mistral's models refuse a user's message after a result (error 3230), which
      OpenClaw sends on each turn of a loop: `BRIDGE` stands between.

    Args:
        source: the model that the conversation was last held with; ``None``: not known.
            Where it is the target, what it said itself stays as it is.
        target: the model that is called now.
        foreign: how many messages at the beginning the source took over from others. Its
            own part begins with its first answer after these: where a client has left
            messages out, the number may fall between a call and its result.
    """
    is_own = source is not None and source.key == target.key
    if is_own and not foreign:
        return body
    whole = body.get("messages")
    if not isinstance(whole, list):
        return body
    own_from = _next_answer(whole, foreign) if is_own else len(whole)
    messages, own = whole[:own_from], whole[own_from:]
    strict = is_mistral(target.id)
    if not strict and is_plain(messages):
        return body
    pairs = Pairs(CallIds(target.id))
    for message in messages:
        pairs.add(message)
    moved = pairs.messages()
    if strict:
        moved = _bridged(moved)
    if len(moved) == len(messages) and all(map(is_, moved, messages)):
        return body
    return {**body, "messages": [*moved, *own]}


def _next_answer(messages: list[Any], start: int) -> int:
    """Where the first answer from ``start`` on stands: no call is cut off from its results."""
    for index in range(start, len(messages)):
        message = messages[index]
        if isinstance(message, dict) and message.get("role") == "assistant":
            return index
    return len(messages)


def _bridged(messages: list[Any]) -> list[Any]:
    """``messages`` with the assistant's word after results that something else follows."""
    bridged: list[Any] = []
    after_result = False
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if after_result and role not in ("assistant", "tool"):
            bridged.append({"role": "assistant", "content": BRIDGE})
        bridged.append(message)
        after_result = role == "tool"
    return bridged
