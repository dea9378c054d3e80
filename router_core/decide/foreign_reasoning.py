"""Takes reasoning that only its own model can read out of an assistant's message.

Signed and encrypted reasoning is bound to the model that made it; others refuse it.
Plain text (``reasoning``, ``reasoning_content``) stays.
"""

from __future__ import annotations

from typing import Any, Final

from router_core.decide.chat import JsonObject

__all__ = ["says_nothing", "without_foreign_reasoning"]

_MESSAGE_KEYS: Final = frozenset(
    {
        "reasoning_details",  # OpenRouter
        "thinking_blocks",  # LiteLLM
        "reasoning_opaque",  # GitHub Copilot
        "thought_signature",
        "signature",
    }
)
_CALL_KEYS: Final = frozenset({"thought_signature", "signature"})
_PARTS: Final = frozenset({"thinking", "redacted_thinking"})
_EXTRA: Final = "extra_content"
"""Where Google's OpenAI-compatible API puts ``{"google": {"thought_signature": ...}}``."""

_ANSWERS: Final = ("content", "tool_calls", "function_call")


def without_foreign_reasoning(message: dict[str, Any]) -> dict[str, Any]:
    """An assistant's ``message`` without it, or the same object where there is none.

    A message that has neither content nor calls then gets the content ``""``: without
    any key ``content`` OpenAI refuses it.
    """
    cleaned = _without(message, _MESSAGE_KEYS)
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        kept_calls = [_clean_call(call) for call in calls]
        if any(new is not old for new, old in zip(kept_calls, calls, strict=True)):
            cleaned = {**cleaned, "tool_calls": kept_calls}
    content = message.get("content")
    if isinstance(content, list):
        parts = [part for part in content if not _is_thinking(part)]
        if len(parts) != len(content):
            cleaned = {**cleaned, "content": parts or None}
    if cleaned is message or any(cleaned.get(key) for key in _ANSWERS):
        return cleaned
    return {**cleaned, "content": ""}


def says_nothing(message: dict[str, Any]) -> bool:
    """Whether there is nothing in ``message`` but its role."""
    return not any(value for key, value in message.items() if key != "role")


def _clean_call(call: Any) -> Any:
    return _without(call, _CALL_KEYS) if isinstance(call, dict) else call


def _without(holder: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """``holder`` without ``keys`` and Google's signature; the same object if it has none."""
    extra = holder.get(_EXTRA)
    google = extra.get("google") if isinstance(extra, dict) else None
    signed = isinstance(google, dict) and "thought_signature" in google
    if not signed and keys.isdisjoint(holder):
        return holder
    kept = {key: value for key, value in holder.items() if key not in keys}
    if signed:
        kept.pop(_EXTRA)
        if rest := _unsigned(extra, google):
            kept[_EXTRA] = rest
    return kept


def _unsigned(extra: JsonObject, google: JsonObject) -> dict[str, Any]:
    """Google's extra content without the signature, and without what held nothing else."""
    rest = {key: value for key, value in google.items() if key != "thought_signature"}
    return {
        key: rest if key == "google" else value
        for key, value in extra.items()
        if key != "google" or rest
    }


def _is_thinking(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    kind = part.get("type")
    return isinstance(kind, str) and kind in _PARTS
