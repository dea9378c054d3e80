"""OpenClaw: what it wraps around a prompt, and the turns that it makes itself.

What it does (docs: integration): the prompt gets a bracketed time before it and, in
the first message of a session, a ``Runtime: ... | sessionId=... | ...`` tail; a
context message follows it that does not stay in the history; a prompt that waited or
is sent again comes in a bracketed wrapper. Its own turns carry a clock stamp
(``Current time: ...``), a bracketed event name or an explicit ``isUser=false``.

A wrapper is recognised by its shape, so that another version's wording comes out
right too; what tells one synthetic turn from another is its topic.
"""

from __future__ import annotations

import re

from router_core.decide.envelopes.envelope import Envelope, Reading, SystemPrompt
from router_core.decide.envelopes.goings_on import (
    clocked,
    going_on,
    is_about_upkeep,
    upkeep,
    work,
)
from router_core.decide.envelopes.shapes import (
    clock_stamp,
    is_marked_block,
    key_value_tail,
    without_key_value_tail,
    without_marked_block,
    without_metadata_block,
    without_queue,
    without_stamp,
    without_tail,
)
from router_core.decide.turn import TurnKind

_INSIDE = re.compile(
    r"\brunning inside (?:OpenClaw|Clawdbot|Moltbot)\b|\bpersonal assistant running inside [A-Z]"
)
_SESSION_ID = re.compile(r"\bsessionId=([\w.:-]{1,128})(?= \||\s|\Z)")
_COMPACTIONS = re.compile(r":\d{1,6}\Z")
_MESSAGE_ID = re.compile(r"(?:\n\[(?:message_id|from|id): [^\[\]\n]{1,120}\])+\s*\Z")
_CURRENT = re.compile(r"^\[Current message\b[^\[\]\n]{0,80}\]\n", re.MULTILINE)
_MEDIA = re.compile(
    r"(?:\[media attached\b[^\n]{0,400}\]\n)+(?:To send (?:an image|media) back[^\n]{0,600}\n)?"
)
_SYSTEM_LINES = re.compile(r"(?:System: [^\n]*\n+)+")
_EVENT = re.compile(r"\[OpenClaw ([^\[\]\n]{1,80})\]\s*(?:\n|\Z)")
_CRON = re.compile(r"\[cron:[^\[\]\n]{1,200}\] ?")
_SUBAGENT_TASK = re.compile(r"\[Subagent Task\]:?\s*")
_SUBAGENT_END = re.compile(r"\n\nBegin\. [^\n]{0,120}\s*\Z")


def _says_so(system: SystemPrompt) -> bool:
    if "<!-- openclaw:" in system.head:
        return True
    return "running inside " in system.head and _INSIDE.search(system.head) is not None


def _wraps(text: str) -> bool:
    return text.startswith("<<<BEGIN_OPENCLAW_") and is_marked_block(text)


def _session_id(text: str) -> str | None:
    if "sessionId=" not in text:
        return None
    found = _SESSION_ID.search(key_value_tail(text))
    return found[1] if found else None


def _conversation(told: str) -> str:
    """Its ids end in how often the conversation was compacted."""
    return _COMPACTIONS.sub("", told)


def _without_system_lines(text: str) -> str:
    lines = _SYSTEM_LINES.match(text) if text.startswith("System: [") else None
    return text[lines.end() :] if lines else text


def _without_message_id(text: str) -> str:
    return without_tail(text, _MESSAGE_ID) if "]" in text[-3:] else text


def _without_chat_log(text: str) -> str:
    """What others wrote in a group since the last reply, before the current message."""
    if not text.startswith("[Chat messages"):
        return text
    current = _CURRENT.search(text)
    return text[current.end() :] if current else text


def _without_media_note(text: str) -> str:
    note = _MEDIA.match(text) if text.startswith("[media attached") else None
    return text[note.end() :] if note else text


def _event(text: str) -> Reading | None:
    """``[OpenClaw heartbeat poll]``: how its own turns stay in the history."""
    event = _EVENT.match(text, 0, 120)
    if event is None:
        return None
    polls = is_about_upkeep(event[1])
    return Reading(kind=TurnKind.HOUSEKEEPING if polls else TurnKind.BACKGROUND_WORK, text=text)


def _cron(text: str) -> Reading | None:
    """``[cron:<id> <name>] task``, then the time and the rules for unattended runs."""
    mark = _CRON.match(text, 0, 240)
    if mark is None:
        return None
    stamp = clock_stamp(text)
    end = stamp.start() if stamp else len(text)
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=text[mark.end() : end])


def _subagent(text: str) -> Reading | None:
    """``[Subagent Context] ... [Subagent Task] task``: written by another agent."""
    if not text.startswith("[Subagent "):
        return None
    marks = list(_SUBAGENT_TASK.finditer(text, 0, 8_000))
    if not marks:
        return None
    task = text[marks[-1].end() :]
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=without_tail(task, _SUBAGENT_END))


def _inter_session(text: str) -> Reading | None:
    """Another session's result, marked as no user's."""
    tail = text.rfind("isUser=false")
    if tail < 0 or "[Inter-session message]" not in text[:tail]:
        return None
    end = text.rfind("\n\n[Inter-session message]", 0, tail)
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=text[:end] if end > 0 else text)


OPENCLAW = Envelope(
    client="openclaw",
    says_so=_says_so,
    wraps=_wraps,
    strips=(
        ("", without_marked_block),
        ("", without_key_value_tail),
        ("S", _without_system_lines),
        ("", without_metadata_block),
        ("[", _without_chat_log),
        ("[", _without_media_note),
        ("[", without_stamp),
        ("[", without_queue),
        ("", _without_message_id),
    ),
    synthetic=(_event, _cron, _subagent, _inter_session, clocked, upkeep, work, going_on),
    session_id=_session_id,
    conversation=_conversation,
)
