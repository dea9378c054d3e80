"""Tells what kind of turn a request is, and finds what the person typed.

Agent clients wrap a prompt in text of their own, put context after it, and take
turns that nobody typed. `read_turn` walks the conversation from its end:

- context messages, and what tools returned as a user message, are passed over;
- a tool result makes the turn a follow-up, an assistant's message a continuation;
- a user message is typed, or one of the turns that the client makes itself.

The text is what was typed last, so that a follow-up is classified like the turn that
it follows. A client's wrappers are taken off only where the client is recognised, by
its system prompt or by an envelope that nobody types; of anyone else's messages only
what says of itself that the person did not write it. Where nothing would be left,
the last message stands as it is.

Cost: the system prompt is looked at once, at its ends; user messages at theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice, takewhile

from router_core.decide.chat import SYSTEM_ROLES, TOOL_ROLES, Message
from router_core.decide.envelopes import PLAIN, Envelope, SystemPrompt, enabled
from router_core.decide.envelopes.agents import AGENT, is_subagent
from router_core.decide.envelopes.envelope import Reading
from router_core.decide.envelopes.purposes import is_upkeep, orders_upkeep
from router_core.decide.envelopes.shapes import is_result_caption, is_section_rule
from router_core.decide.envelopes.tags import (
    is_block,
    is_context,
    is_tagged,
    may_begin_with_tag,
)
from router_core.decide.envelopes.tails import without_repeated_tail
from router_core.decide.envelopes.wrappers import in_sent_note
from router_core.decide.turn import Turn, TurnKind

_SYSTEM_HEAD = 2_000
_SYSTEM_TAIL = 2_000
_RECENT_MESSAGES = 4
_MOST_SYSTEM_PARTS = 4
_MOST_RESULTS = 50
_MOST_LOOKS = 8
_RECENT_ENOUGH = 20
"""How many messages before an answer tell what was typed; a long history is not read through."""
_BEFORE_REMINDERS = TOOL_ROLES | {"user"}
_GOING_ON = frozenset({TurnKind.TOOL_FOLLOWUP, TurnKind.CONTINUATION})
_REMINDER_TAGS = frozenset({"system-reminder", "system_reminder"})


def read_turn(messages: Sequence[Message], disabled: Collection[str] = ()) -> Turn:
    """The last turn of a conversation. Never raises; an empty conversation is "" typed.

    A tool loop within housekeeping is housekeeping, so that the client's own upkeep
    never runs on the session's model. For housekeeping the text is what was typed
    last in the history, else the instruction itself.

    Args:
        messages: the conversation.
        disabled: names of clients that are read as if nothing were known of them.
    """
    system = _system_prompt(messages)
    envelope = _recognise(system, messages, enabled(disabled))
    kind, text, context = _read_tail(messages, envelope or PLAIN, system)
    if _is_upkeep(system, envelope) or _ends_in_upkeep(messages):
        kind = TurnKind.HOUSEKEEPING
    elif kind is TurnKind.USER_TURN and envelope is not None and is_subagent(system.head):
        kind = TurnKind.BACKGROUND_WORK
    return Turn(
        kind=kind,
        text=text,
        client=envelope.client if envelope else None,
        session_id=_session_id(messages, envelope),
        context=context,
    )


def typed_before(
    messages: Sequence[Message], last: Turn, most: int, disabled: Collection[str] = ()
) -> list[Turn]:
    """The turns that somebody typed before the last one, oldest first; ``most`` at the most.

    Args:
        messages: the conversation.
        last: its last turn; where that goes on with what was typed, that is not before it.
        most: how many are wanted.
        disabled: as of `read_turn`.
    """
    wanted, looks = most + (last.kind in _GOING_ON), _MOST_LOOKS
    system = list(takewhile(lambda message: message.role in SYSTEM_ROLES, messages))
    found: list[Turn] = []
    for index in range(len(messages) - 1, len(system), -1):
        if len(found) == wanted or not looks:
            break
        if messages[index].role == "assistant" and messages[index - 1].role == "user":
            looks -= 1
            recent = messages[max(len(system), index - _RECENT_ENOUGH) : index]
            turn = read_turn((*system, *recent), disabled)
            if turn.kind is TurnKind.USER_TURN or turn.kind is TurnKind.BACKGROUND_WORK:
                found.append(turn)
    if last.kind in _GOING_ON:
        del found[:1]
    return found[::-1]


def _system_prompt(messages: Sequence[Message]) -> SystemPrompt:
    """The system messages at the beginning, read as one."""
    leading = takewhile(lambda message: message.role in SYSTEM_ROLES, messages)
    texts = (text for message in leading for text in message.texts if text)
    parts = tuple(islice(texts, _MOST_SYSTEM_PARTS))
    if not parts:
        return SystemPrompt()
    return SystemPrompt(
        parts=parts,
        head="\n".join(part[:_SYSTEM_HEAD] for part in parts)[:_SYSTEM_HEAD],
        tail=parts[-1][-_SYSTEM_TAIL:],
        length=sum(map(len, parts)),
    )


def _is_upkeep(system: SystemPrompt, envelope: Envelope | None) -> bool:
    """Whether the system prompt is for upkeep alone.

    A client that is known by name has been seen to send a system prompt of another
    kind for that; only the general rule may recognise one by its first part alone.
    """
    return (envelope is None or envelope is AGENT) and is_upkeep(system.parts)


def _ends_in_upkeep(messages: Sequence[Message]) -> bool:
    """Whether an instruction for upkeep comes after the last answer, as a system message."""
    if len(messages) < 2 or messages[-1].role not in SYSTEM_ROLES:
        return False
    return messages[-2].role == "assistant" and any(map(orders_upkeep, messages[-1].texts))


def _recognise(
    system: SystemPrompt, messages: Sequence[Message], known: Sequence[Envelope]
) -> Envelope | None:
    if system.parts:
        for envelope in known:
            if envelope.says_so(system):
                return envelope
    recent = [
        text
        for message in (*messages[-_RECENT_MESSAGES:], *messages[:2])
        if message.role == "user"
        for text in message.texts
    ]
    for envelope in known:
        if envelope.wraps is not None and any(map(envelope.wraps, recent)):
            return envelope
    return None


def _session_id(messages: Sequence[Message], envelope: Envelope | None) -> str | None:
    """The first id in the conversation: it stays there as the history grows."""
    if envelope is None or envelope.session_id is None:
        return None
    texts = (text for message in messages if message.role == "user" for text in message.texts)
    find = envelope.session_id
    return next((found for text in texts if (found := find(text))), None)


def _read_tail(
    messages: Sequence[Message], envelope: Envelope, system: SystemPrompt
) -> tuple[TurnKind, str, int]:
    """The kind, the text, and how many messages at the end are context."""
    readings = _readings_from_the_end(messages, envelope, system)
    index, last = next(readings, (len(messages) - 1, None))
    context = len(messages) - 1 - index
    if last is None:
        return TurnKind.USER_TURN, _last_user_text(messages), context
    kind, text = last.kind, last.text
    if kind is TurnKind.USER_TURN or kind is TurnKind.BACKGROUND_WORK:
        return kind, text, context
    for _, earlier in readings:
        if earlier.kind is TurnKind.USER_TURN:
            return kind, earlier.text, context
        if kind in _GOING_ON:
            if earlier.kind is TurnKind.BACKGROUND_WORK:
                return kind, earlier.text, context
            if earlier.kind is TurnKind.HOUSEKEEPING:
                kind, text = earlier.kind, earlier.text
    return kind, text or _last_user_text(messages), context


def _readings_from_the_end(
    messages: Sequence[Message], envelope: Envelope, system: SystemPrompt
) -> Iterator[tuple[int, Reading]]:
    """The turns and where they stand, newest first.

    Tool results and assistant messages count at the end alone.
    """
    at_the_end = True
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user":
            if _is_tool_result(message) and _follows_tool(messages, index):
                continue
            if _is_reminder(message) and _goes_with_another(messages, index):
                continue
            reading = _read_user(message, envelope, system)
            if reading is None and at_the_end and _stands(messages, index, envelope):
                reading = Reading(kind=TurnKind.USER_TURN, text="\n".join(message.texts))
            if reading is None:
                continue
            yield index, reading
            at_the_end = False
        elif at_the_end and message.role in TOOL_ROLES:
            yield index, Reading(kind=TurnKind.TOOL_FOLLOWUP, text="")
            at_the_end = False
        elif at_the_end and message.role == "assistant":
            results = index + 1 < len(messages) and messages[index + 1].role in SYSTEM_ROLES
            kind = TurnKind.TOOL_FOLLOWUP if results else TurnKind.CONTINUATION
            yield index, Reading(kind=kind, text="")
            at_the_end = False


def _is_tool_result(message: Message) -> bool:
    """An image or a file that a tool returned; a ``tool`` message cannot carry it."""
    return bool(message.other_parts) and all(map(is_result_caption, message.texts))


def _follows_tool(messages: Sequence[Message], index: int) -> bool:
    """Whether nothing but user messages stands between this one and a tool's result."""
    for before in range(index - 1, max(index - 1 - _MOST_RESULTS, -1), -1):
        if messages[before].role != "user":
            return messages[before].role in TOOL_ROLES
    return False


def _is_reminder(message: Message) -> bool:
    # Backwards: what a person typed stands last more often than not.
    return bool(message.texts) and all(map(_is_reminder_block, reversed(message.texts)))


def _is_reminder_block(text: str) -> bool:
    return is_block(text, _REMINDER_TAGS) and in_sent_note(text) is None


def _goes_with_another(messages: Sequence[Message], index: int) -> bool:
    """Whether the message follows what a person or a tool said, rather than an answer."""
    return index > 0 and messages[index - 1].role in _BEFORE_REMINDERS


def _stands(messages: Sequence[Message], index: int, envelope: Envelope) -> bool:
    """Whether a message that is all wrapper is a person's answer: what they pasted."""
    if index == 0 or messages[index - 1].role != "assistant":
        return False
    wraps = envelope.wraps
    return wraps is None or not any(map(wraps, messages[index].texts))


def _read_user(message: Message, envelope: Envelope, system: SystemPrompt) -> Reading | None:
    """A user message; ``None``: it is context and nothing else."""
    parts = []
    typed = []
    alone = len(message.texts) == 1
    for text in message.texts:
        if not (alone and envelope is PLAIN) and _is_own(text, envelope):
            continue
        found = envelope.find_typed(text)
        if found is not None:
            typed.append(found)
            continue
        stripped = envelope.strip(without_repeated_tail(text, system.parts))
        if stripped:
            parts.append(stripped)
    if typed:
        return Reading(kind=TurnKind.USER_TURN, text="\n".join(typed))
    if not alone and envelope is not PLAIN:
        parts = _without_attached(parts)
    if not parts:
        return Reading(kind=TurnKind.USER_TURN, text="") if message.other_parts else None
    return envelope.read("\n".join(parts))


def _is_own(text: str, envelope: Envelope) -> bool:
    """Whether a text part is a block of the client's own."""
    if envelope is PLAIN:
        return _is_reminder_block(text)
    return may_begin_with_tag(text) and is_context(text) and in_sent_note(text) is None


def _without_attached(parts: list[str]) -> list[str]:
    """The parts that an agent client did not attach.

    A tagged part beside words is attached, whatever its tag; alone it may be what the
    person pasted.
    """
    own = list(takewhile(lambda part: not is_section_rule(part), parts))
    words = [part for part in own if not is_tagged(part)]
    return words or own


def _last_user_text(messages: Sequence[Message]) -> str:
    users = (message for message in reversed(messages) if message.role == "user")
    last = next(users, None)
    return "\n".join(last.texts) if last else ""
