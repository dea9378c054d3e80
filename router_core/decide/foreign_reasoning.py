"""Takes reasoning that only its own model can read out of an assistant's message.

Signed and encrypted reasoning is bound to the model that made it; others refuse it.
Plain text (``reasoning``, ``reasoning_content``) stays.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["is_signed", "says_nothing", "without_foreign_reasoning"]

_DETAILS: Final = "reasoning_details"
_SEALED: Final = frozenset({"signature", "data"})
MESSAGE_KEYS: Final = frozenset(
    {
        _DETAILS,  # OpenRouter
        "thinking_blocks",  # LiteLLM
        "reasoning_opaque",  # GitHub Copilot
        "thought_signature",
        "signature",
    }
)
CALL_KEYS: Final = frozenset({"thought_signature", "signature"})
_PARTS: Final = frozenset({"thinking", "redacted_thinking"})
EXTRA: Final = "extra_content"
"""Where Google's OpenAI-compatible API puts ``{"google": {"thought_signature": ...}}``."""

_ANSWERS: Final = ("content", "tool_calls", "function_call")


def without_foreign_reasoning(message: dict[str, Any]) -> dict[str, Any]:
    """An assistant's ``message`` without it, or the same object where there is none.

    A message that has neither content nor calls then gets the content ``""``: without
    any key ``content`` OpenAI refuses it.
    """
    cleaned = _without(message, MESSAGE_KEYS)
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


def is_signed(message: dict[str, Any]) -> bool:
    """Whether an assistant's ``message`` carries reasoning that only its own model can read.

    Of OpenRouter's ``reasoning_details`` those that are plain text are for everybody.
    """
    details = message.get(_DETAILS)
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and any(map(each.get, _SEALED)):
            return True
    others = {key: value for key, value in message.items() if value and key != _DETAILS}
    return without_foreign_reasoning(others) is not others


def says_nothing(message: dict[str, Any]) -> bool:
    """Whether there is nothing in ``message`` but its role."""
    return not any(value for key, value in message.items() if key != "role")


def _clean_call(call: Any) -> Any:
    return _without(call, CALL_KEYS) if isinstance(call, dict) else call


def _without(holder: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    """``holder`` without ``keys`` and Google's signature; the same object if it has none."""
    if EXTRA not in holder and keys.isdisjoint(holder):
        return holder
    extra = holder.get(EXTRA)
    unsigned = _unsigned(extra)
    if unsigned is extra and keys.isdisjoint(holder):
        return holder
    kept = {key: value for key, value in holder.items() if key not in keys}
    if unsigned:
        kept[EXTRA] = unsigned
    elif unsigned is not extra:
        del kept[EXTRA]
    return kept


def _unsigned(extra: Any) -> Any:
    """Extra content without Google's signature, and without what held nothing else."""
    google = extra.get("google") if isinstance(extra, dict) else None
    if not isinstance(google, dict) or "thought_signature" not in google:
        return extra
    rest = {key: value for key, value in google.items() if key != "thought_signature"}
    others = {key: value for key, value in extra.items() if key != "google"}
    return {**others, "google": rest} if rest else others


def _is_thinking(part: Any) -> bool:
    if not isinstance(part, dict):
        return False
    kind = part.get("type")
    return isinstance(kind, str) and kind in _PARTS
