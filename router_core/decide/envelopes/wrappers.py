"""What a person typed, where a client marks it off inside a text of its own.

A tag (``<user_query>``), a ruled frame (``--- USER MESSAGE BEGIN ---``), a heading
(``## My request:``) or a note about it ("The user sent the following message:") says
where the words of the person stand. Each function returns these words exactly, or
``None`` where a text has no such mark.
"""

from __future__ import annotations

import re

from router_core.decide.envelopes.tags import (
    Block,
    Family,
    families_at_ends,
    first_block,
    last_block,
    may_begin_with_tag,
    may_end_in_tag,
    whole_block,
)

_OF_THE_USER = r"USER (?:MESSAGE|PROMPT|QUERY|REQUEST|INPUT)"
_FRAME = re.compile(rf"^-{{2,}} ?{_OF_THE_USER} (?:BEGIN|START) ?-{{2,}}\n?", re.MULTILINE)
_FRAME_END = re.compile(rf"\n?-{{2,}} ?{_OF_THE_USER} END ?-{{2,}}\s*\Z")
_CONTEXT_HEADING = re.compile(
    r"\s*#{1,3} (?:Context from|Files mentioned by|Applications? mentioned by|[^\n]{0,60}\bby the "
    r"user)[^\n]{0,80}\n"
)
_REQUEST_HEADING = re.compile(
    r"^#{1,4} (?:My|The user'?s|User'?s?) (?:request|question|message|prompt|query|task)"
    r"(?: for [^\n:]{1,40})?:?[ \t]*\n",
    re.MULTILINE | re.IGNORECASE,
)
_SENT_NOTE = re.compile(
    r"\s*The user (?:has )?(?:just )?(?:sent|typed|added|queued)[^\n:]{0,80}"
    r"\bmessages?\b[^\n:]{0,80}:\n",
    re.IGNORECASE,
)
_SENT_NOTE_END = re.compile(
    r"\n\n(?:IMPORTANT|Please|After|You|Address|Continue)\b[^\n]{0,400}\s*\Z"
)
_LABEL = re.compile(
    r"(?:\[[^\[\]\n]{1,200}\][^\n]{0,40}|[A-Z][^\n]{1,160}:|The user [^\n]{1,300}\.)\Z"
)
_MARKED_UP = ("#", "<", "[")
_MOST_BLOCKS = 12
_LONGEST_LABEL = 360
_LONGEST_NOTE_END = 500
_TYPED = frozenset({Family.TYPED})
_TYPED_ALONE = frozenset({Family.TYPED_ALONE})
_EITHER = _TYPED | _TYPED_ALONE
_CONTEXT = frozenset({Family.CONTEXT})


def in_user_tags(text: str) -> str | None:
    """Inside a tag that says that it is the user's, beside blocks of the client's.

    Such a block alone counts where its tags stand on lines of their own; a person
    who asks about the tag writes it in the line.
    """
    if Family.TYPED not in families_at_ends(text) and not _is_surrounded(text):
        return None
    block = _user_block(text, _TYPED)
    return block.content if block is not None and _is_written_by_program(block) else None


def in_agents_tags(text: str) -> str | None:
    """The same in an agent client, where ``<task>`` as a whole part is the user's as well."""
    families = families_at_ends(text)
    if families.isdisjoint(_EITHER) and not _is_surrounded(text):
        return None
    block = _user_block(text, _TYPED)
    if block is not None:
        return block.content if _is_written_by_program(block) else None
    block = _user_block(text, _TYPED_ALONE)
    if block is None or not block.has_own_lines:
        return None
    return block.content if _is_label(block.rest) or whole_blocks(block.rest) else None


def _is_surrounded(text: str) -> bool:
    """Whether the client's own blocks stand at both ends, with room between them."""
    return families_at_ends(text) == _CONTEXT


def _user_block(text: str, families: frozenset[Family]) -> Block | None:
    """The user's block at either end; what is around it must be a client's."""
    if may_end_in_tag(text):
        block = last_block(text)
        if block is not None and block.family in families:
            return block if _is_clients_or_nothing(block.rest) else None
    if not may_begin_with_tag(text):
        return None
    rest = text
    for _ in range(_MOST_BLOCKS):
        block = first_block(rest)
        if block is None:
            return None
        if block.family in families:
            after = block.rest
            return block if not after.strip() or whole_blocks(after) else None
        rest = block.rest
    return None


def _is_written_by_program(block: Block) -> bool:
    """Whether the tags stand on lines of their own, or beside blocks of the client's."""
    return block.has_own_lines or bool(block.rest.strip() and _is_clients(block.rest))


def whole_blocks(text: str) -> bool:
    """Whether a text is nothing but tagged blocks."""
    for _ in range(_MOST_BLOCKS):
        block = first_block(text)
        if block is None:
            return False
        text = block.rest
        if not text.strip():
            return True
    return False


def _is_clients(rest: str) -> bool:
    return rest.lstrip().startswith(_MARKED_UP)


def _is_label(rest: str) -> bool:
    label = rest.strip()
    return not label or (len(label) <= _LONGEST_LABEL and _LABEL.match(label) is not None)


def _is_clients_or_nothing(rest: str) -> bool:
    return _is_label(rest) or _is_clients(rest)


def in_frame(text: str) -> str | None:
    """Between ruled lines that say where the user's message begins and ends."""
    if " END" not in text[-60:]:
        return None
    end = _FRAME_END.search(text, max(0, len(text) - 80))
    begins = _FRAME.search(text, 0, end.start()) if end else None
    return text[begins.end() : end.start()] if begins and end else None


def under_heading(text: str) -> str | None:
    """Under the heading of the request, below headings with what the editor shows."""
    if not text.lstrip("\n").startswith("#") or _CONTEXT_HEADING.match(text) is None:
        return None
    heading = None
    for found in _REQUEST_HEADING.finditer(text):
        heading = found
    return text[heading.end() :] if heading else None


def after_sections(text: str) -> str | None:
    """After ``### Task: ... <context>...</context>``: retrieval puts its findings first."""
    if not text.startswith("### Task"):
        return None
    end = text.rfind("</context>")
    typed = text[end + 10 :].lstrip("\n") if end >= 0 else ""
    return typed if typed.strip() and not typed.startswith("#") else None


def in_sent_note(text: str) -> str | None:
    """Inside a reminder that hands on a message typed while the agent was busy."""
    if "he user " not in text[:80] or not may_begin_with_tag(text):
        return None
    block = whole_block(text)
    note = _SENT_NOTE.match(block.inside) if block else None
    if block is None or note is None:
        return None
    message = block.inside[note.end() :].rstrip("\n")
    end = _SENT_NOTE_END.search(message, max(0, len(message) - _LONGEST_NOTE_END))
    return message[: end.start()] if end else message
