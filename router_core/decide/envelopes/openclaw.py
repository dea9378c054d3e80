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

from router_core.decide.envelopes.envelope import Envelope, Reading
from router_core.decide.envelopes.shapes import (
    HEAD,
    asks_for_reply_token,
    clock_stamp,
    is_marked_block,
    key_value_tail,
    without_key_value_tail,
    without_marked_block,
    without_metadata_block,
    without_stamp,
    without_tail,
)
from router_core.decide.turn import TurnKind

_SESSION_ID = re.compile(r"\bsessionId=([\w.:-]{1,128})(?= \||\s|\Z)")
_QUEUED = re.compile(r"\[Queued [^\[\]\n]{1,300}\]\n+")
_QUEUED_ITEM = re.compile(r"^---\nQueued #\d+[^\n]{0,120}\n", re.MULTILINE)
_RESUME_TAIL = re.compile(r"\n\n(?:Continue|Resume) [^\n]{0,120}\btranscript\b[^\n]{0,120}\s*\Z")
_MESSAGE_ID = re.compile(r"\n\[message_id: [^\[\]\n]{1,120}\]\s*\Z")
_SYSTEM_LINES = re.compile(r"(?:System: [^\n]*\n+)+")
_EVENT = re.compile(r"\[OpenClaw ([^\[\]\n]{1,80})\]")
_CRON = re.compile(r"\[cron:[^\[\]\n]{1,200}\] ?")
_SUBAGENT_TASK = re.compile(r"\[Subagent Task\]:?\s*")
_SUBAGENT_END = re.compile(r"\n\nBegin\. [^\n]{0,120}\s*\Z")
_REMINDER = re.compile(r"A scheduled [^\n]{0,120}:\n+")
_REMINDER_END = re.compile(r"\n\nHandle this [^\n]{0,200}\s*\Z")
_UPKEEP_TOPICS = ("heartbeat", "memory flush", "memories", "compaction")
_FILE_SLUG = re.compile(r"\bgenerate a [^\n]{0,60}\b(?:slug|title)\b", re.IGNORECASE)


def _says_so(system_head: str) -> bool:
    return "<!-- openclaw:" in system_head or "running inside OpenClaw" in system_head


def _wraps(text: str) -> bool:
    return text.startswith("<<<BEGIN_OPENCLAW_") and is_marked_block(text)


def _session_id(text: str) -> str | None:
    if "sessionId=" not in text:
        return None
    found = _SESSION_ID.search(key_value_tail(text))
    return found[1] if found else None


def _without_system_lines(text: str) -> str:
    lines = _SYSTEM_LINES.match(text) if text.startswith("System: [") else None
    return text[lines.end() :] if lines else text


def _without_message_id(text: str) -> str:
    return without_tail(text, _MESSAGE_ID)


def _without_queue(text: str) -> str:
    """Prompts that waited, or one that is sent again, without the note around them."""
    if not text.startswith("[Queued "):
        return text
    note = _QUEUED.match(text)
    if note is None:
        return text
    items = [item.strip("\n") for item in _QUEUED_ITEM.split(text[note.end() :])]
    return without_tail("\n\n".join(item for item in items if item), _RESUME_TAIL)


def _is_upkeep(topic: str) -> bool:
    lowered = topic.lower()
    return any(named in lowered for named in _UPKEEP_TOPICS)


def _event(text: str) -> Reading | None:
    """``[OpenClaw heartbeat poll]``: how its own turns stay in the history."""
    event = _EVENT.match(text, 0, 120)
    if event is None:
        return None
    upkeep = _is_upkeep(event[1])
    return Reading(kind=TurnKind.HOUSEKEEPING if upkeep else TurnKind.BACKGROUND_WORK, text=text)


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
    task = text[marks[-1].end() :] if marks else text
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=without_tail(task, _SUBAGENT_END))


def _inter_session(text: str) -> Reading | None:
    """Another session's result, marked as no user's."""
    tail = text.rfind("isUser=false")
    if tail < 0 or "[Inter-session message]" not in text:
        return None
    end = text.rfind("\n\n[Inter-session message]", 0, tail)
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=text[:end] if end > 0 else text)


def _slug(text: str) -> Reading | None:
    """A name for the file that keeps a session."""
    if "\nassistant: " in text and "ONLY" in text and _FILE_SLUG.search(text, 0, HEAD):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=text)
    return None


def _stamped(text: str) -> Reading | None:
    """A prompt over a clock stamp: a poll, a flush, a reminder, a finished command."""
    stamp = clock_stamp(text)
    if stamp is None:
        return None
    prompt = text[: stamp.start()]
    if _is_upkeep(prompt[:HEAD]) and asks_for_reply_token(prompt):
        return Reading(kind=TurnKind.HOUSEKEEPING, text=prompt)
    reminder = _REMINDER.match(prompt)
    task = without_tail(prompt[reminder.end() :], _REMINDER_END) if reminder else prompt
    return Reading(kind=TurnKind.BACKGROUND_WORK, text=task)


OPENCLAW = Envelope(
    client="openclaw",
    says_so=_says_so,
    wraps=_wraps,
    strips=(
        without_marked_block,
        without_key_value_tail,
        _without_system_lines,
        without_metadata_block,
        without_stamp,
        _without_queue,
        _without_message_id,
    ),
    synthetic=(_event, _cron, _subagent, _inter_session, _slug, _stamped),
    session_id=_session_id,
)
