"""Tells what kind of turn a request is, and finds what the person typed.

Agent clients wrap a prompt in text of their own, put context after it, and take
turns that nobody typed. `read_turn` walks the conversation from its end:

- context messages, and what tools returned as a user message, are passed over;
- a tool result makes the turn a follow-up, an assistant's message a continuation;
- a user message is typed, or one of the turns that the client makes itself.

The text is what was typed last, so that a follow-up is classified like the turn that
it follows. A client's wrappers are taken off only where the client is recognised, by
its system prompt or by an envelope that nobody types; of anyone else's messages only
whole parts that are a ``<system-reminder>`` block are passed over. Where nothing
would be left, the last message stands as it is.

Cost: the system prompt is looked at once, in its first 2,000 characters; user
messages at their ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from router_core.decide.chat import Message
from router_core.decide.envelopes import ENVELOPES, Envelope
from router_core.decide.envelopes.envelope import Reading
from router_core.decide.envelopes.shapes import (
    is_result_caption,
    is_section_rule,
    is_tagged_block,
)
from router_core.decide.envelopes.upkeep import is_upkeep
from router_core.decide.turn import Turn, TurnKind

_SYSTEM_HEAD = 2_000
_RECENT_MESSAGES = 4
_MOST_RESULTS = 50
_TOOL_ROLES = frozenset({"tool", "function"})
_SYSTEM_ROLES = frozenset({"system", "developer"})
_BEFORE_REMINDERS = _TOOL_ROLES | {"user"}
_REMINDER_TAGS = frozenset({"system-reminder", "system_reminder"})
_PLAIN = Envelope(client="")


def read_turn(messages: Sequence[Message]) -> Turn:
    """The last turn of a conversation. Never raises; an empty conversation is "" typed.

    A tool loop within housekeeping is housekeeping, so that the client's own upkeep
    never runs on the session's model. For housekeeping the text is what was typed
    last in the history, else the instruction itself.
    """
    head = _system_head(messages)
    envelope = _recognise(head, messages)
    kind, text = _read_tail(messages, envelope or _PLAIN)
    if is_upkeep(head):
        kind = TurnKind.HOUSEKEEPING
    return Turn(
        kind=kind,
        text=text,
        client=envelope.client if envelope else None,
        session_id=_session_id(messages, envelope) if envelope else None,
    )


def _system_head(messages: Sequence[Message]) -> str:
    for message in messages[:_RECENT_MESSAGES]:
        if message.role in _SYSTEM_ROLES and message.texts:
            return message.texts[0][:_SYSTEM_HEAD]
    return ""


def _recognise(head: str, messages: Sequence[Message]) -> Envelope | None:
    for envelope in ENVELOPES:
        if envelope.says_so(head):
            return envelope
    recent = [
        text
        for message in messages[-_RECENT_MESSAGES:]
        if message.role == "user"
        for text in message.texts
    ]
    for envelope in ENVELOPES:
        if any(map(envelope.wraps, recent)):
            return envelope
    return None


def _session_id(messages: Sequence[Message], envelope: Envelope) -> str | None:
    """The first id in the conversation: it stays there as the history grows."""
    texts = (text for message in messages if message.role == "user" for text in message.texts)
    return next((found for text in texts if (found := envelope.session_id(text))), None)


def _read_tail(messages: Sequence[Message], envelope: Envelope) -> tuple[TurnKind, str]:
    readings = _readings_from_the_end(messages, envelope)
    last = next(readings, None)
    if last is None:
        return TurnKind.USER_TURN, _last_user_text(messages)
    kind, text = last.kind, last.text
    if kind is TurnKind.USER_TURN or kind is TurnKind.BACKGROUND_WORK:
        return kind, text
    for earlier in readings:
        if earlier.kind is TurnKind.USER_TURN:
            return kind, earlier.text
        if kind is TurnKind.TOOL_FOLLOWUP:
            if earlier.kind is TurnKind.BACKGROUND_WORK:
                return kind, earlier.text
            if earlier.kind is TurnKind.HOUSEKEEPING:
                kind, text = earlier.kind, earlier.text
    return kind, text or _last_user_text(messages)


def _readings_from_the_end(messages: Sequence[Message], envelope: Envelope) -> Iterator[Reading]:
    """The turns, newest first; tool results and assistant messages count at the end alone."""
    at_the_end = True
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user":
            if _is_tool_result(message) and _follows_tool(messages, index):
                continue
            if _is_reminder(message) and _goes_with_another(messages, index):
                continue
            reading = _read_user(message, envelope)
            if reading is None:
                continue
            yield reading
            at_the_end = False
        elif at_the_end and message.role in _TOOL_ROLES:
            yield Reading(kind=TurnKind.TOOL_FOLLOWUP, text="")
            at_the_end = False
        elif at_the_end and message.role == "assistant":
            yield Reading(kind=TurnKind.CONTINUATION, text="")
            at_the_end = False


def _is_tool_result(message: Message) -> bool:
    """An image or a file that a tool returned; a ``tool`` message cannot carry it."""
    return bool(message.other_parts) and all(map(is_result_caption, message.texts))


def _follows_tool(messages: Sequence[Message], index: int) -> bool:
    """Whether nothing but user messages stands between this one and a tool's result."""
    for before in range(index - 1, max(index - 1 - _MOST_RESULTS, -1), -1):
        if messages[before].role != "user":
            return messages[before].role in _TOOL_ROLES
    return False


def _is_reminder(message: Message) -> bool:
    return bool(message.texts) and all(
        is_tagged_block(text, _REMINDER_TAGS) for text in message.texts
    )


def _goes_with_another(messages: Sequence[Message], index: int) -> bool:
    """Whether the message follows what a person or a tool said, rather than an answer."""
    return index > 0 and messages[index - 1].role in _BEFORE_REMINDERS


def _read_user(message: Message, envelope: Envelope) -> Reading | None:
    """A user message; ``None``: it is context and nothing else."""
    parts = [text for text in map(envelope.strip, message.texts) if text]
    if len(parts) > 1 or len(parts) < len(message.texts):
        parts = _without_attached(parts, envelope)
    if not parts:
        return Reading(kind=TurnKind.USER_TURN, text="") if message.other_parts else None
    return envelope.read("\n".join(parts))


def _without_attached(parts: list[str], envelope: Envelope) -> list[str]:
    """The parts that are no block of the client's own."""
    if envelope is _PLAIN:
        return [part for part in parts if not is_tagged_block(part, _REMINDER_TAGS)]
    own = takewhile(lambda part: not is_section_rule(part), parts)
    return [part for part in own if not is_tagged_block(part)]


def _last_user_text(messages: Sequence[Message]) -> str:
    users = (message for message in reversed(messages) if message.role == "user")
    last = next(users, None)
    return "\n".join(last.texts) if last else ""
