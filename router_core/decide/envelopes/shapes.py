"""The shapes that envelopes have, whichever client they come from.

Clients reword their envelopes from version to version; how an envelope is marked
off changes less: a tagged or fenced block, a bracketed prefix, a key=value tail, a
clock stamp. Every function here looks at a bounded stretch of the text (its ends),
so that the length of a prompt does not matter.
"""

from __future__ import annotations

import re

HEAD = 400
"""How much of a text's beginning tells what it is, in characters."""

_TAIL = 4_000
_MOST_BLOCKS = 4
_CLIENTS_NAME = r"[\w -]{0,60}(?:CONTEXT|INTERNAL|METADATA|SYSTEM|RUNTIME)[\w -]{0,60}"
_MARKED_OPEN = re.compile(rf"\s*<<<BEGIN{_CLIENTS_NAME}>>>")
_MARKED_CLOSE = re.compile(rf"<<<END{_CLIENTS_NAME}>>>\s*\Z")
_STAMP = re.compile(r"\[[^\[\]\n]{0,160}?\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\[\]\n]{0,40}\] ?")
_KEY_VALUE_TAIL = re.compile(
    r"(?:\A|\n\n)[A-Z][a-z]{2,20}: (?:[\w-]+=[^|\n]{0,400} \| ){3,}[\w-]+=[^|\n]{0,400}\s*\Z"
)
_CLOCK_TAIL = re.compile(
    r"\nCurrent time: [A-Z][a-z]+day, [^\n]{1,110}(?:\n[A-Z][a-z]+ UTC: [^\n]{1,60})?"
)
_TOKEN = re.compile(r"[A-Z]{2,30}_[A-Z_]{2,30}")
_REPLY_WORDS = ("reply", "respond", "answer", "return")
_SECTION_RULE = re.compile(r"\s*--- [^\n]{1,80} ---\s*\Z")
_RESULT_CAPTION = re.compile(
    r"\s*(?:attached |here (?:is|are) (?:the )?)?"
    r"(?:image|file|attachment|media|audio)s?(?:\(s\))? (?:from|of|returned by) "
    r"(?:the )?tool\b[^\n]{0,200}:\s*\Z",
    re.IGNORECASE,
)
_QUEUED = re.compile(r"\[Queued [^\[\]\n]{1,300}\]\n+")
_QUEUED_ITEM = re.compile(r"^---\nQueued #\d+[^\n]{0,120}\n", re.MULTILINE)
_RESUME_TAIL = re.compile(r"\n\n(?:Continue|Resume) [^\n]{0,120}\btranscript\b[^\n]{0,120}\s*\Z")
_METADATA_BLOCK = re.compile(
    r"[A-Z][^\n]{0,100}\((?:untrusted|data)[^)\n]{0,60}\):\n```(?:json)?\n.{0,4000}?\n```\s*",
    re.DOTALL,
)


def without_tail(text: str, tail: re.Pattern[str], within: int = 400) -> str:
    """The text without a tail; the pattern ends in ``\\Z`` and is tried on the end alone."""
    found = tail.search(text, max(0, len(text) - within))
    return text[: found.start()] if found else text


def is_marked_block(text: str) -> bool:
    """Whether the whole text stands between ``<<<BEGIN ...>>>`` and ``<<<END ...>>>``."""
    opened = _MARKED_OPEN.match(text, 0, 200)
    return (
        opened is not None
        and _MARKED_CLOSE.search(text, max(opened.end(), len(text) - 120)) is not None
    )


def without_marked_block(text: str) -> str:
    """The text without the marked blocks at its ends; "" if it is nothing else."""
    for _ in range(_MOST_BLOCKS):
        if "<<<BEGIN" not in text[:40]:
            break
        opened = _MARKED_OPEN.match(text, 0, 200)
        end = text.find("<<<END", opened.end()) if opened else -1
        close = text.find(">>>", end) if end >= 0 else -1
        if close < 0:
            break
        text = text[close + 3 :].lstrip("\n")
    for _ in range(_MOST_BLOCKS):
        if ">>>" not in text[-10:]:
            break
        begin = text.rfind("<<<BEGIN")
        if begin <= 0 or not _MARKED_CLOSE.search(text, max(begin, len(text) - 120)):
            break
        text = text[:begin].rstrip("\n")
    return text


def without_stamp(text: str) -> str:
    """The text without a bracketed prefix that holds a date and a time.

    Where the next line has one as well, it is a log that somebody pasted.
    """
    if not text.startswith("["):
        return text
    stamp = _STAMP.match(text, 0, 300)
    if stamp is None:
        return text
    line = text.find("\n", stamp.end()) + 1
    is_log = line > 0 and _STAMP.match(text, line, line + 300) is not None
    if is_log and _STAMP.match(text, stamp.end(), stamp.end() + 300) is None:
        return text
    return text[stamp.end() :]


def without_queue(text: str) -> str:
    """Prompts that waited, or one that is sent again, without the note around them."""
    if not text.startswith("[Queued "):
        return text
    note = _QUEUED.match(text)
    if note is None:
        return text
    items = [item.strip("\n") for item in _QUEUED_ITEM.split(text[note.end() :])]
    return without_tail("\n\n".join(item for item in items if item), _RESUME_TAIL)


def key_value_tail(text: str) -> str:
    """The tail ``Word: key=value | key=value | ...`` that ends a text, or ""."""
    at = text.rfind("\n\n", max(0, len(text) - _TAIL))
    if at < 0 and len(text) > _TAIL:
        return ""
    tail = _KEY_VALUE_TAIL.match(text, max(0, at))
    return tail[0] if tail and ("agent=" in tail[0] or "session" in tail[0]) else ""


def without_key_value_tail(text: str) -> str:
    """The text without that tail."""
    if " | " not in text[-_TAIL:]:
        return text
    tail = key_value_tail(text)
    return text[: len(text) - len(tail)] if tail else text


def without_metadata_block(text: str) -> str:
    """The text without a leading labelled block of fenced data."""
    if ":\n```" not in text[:200]:
        return text
    block = _METADATA_BLOCK.match(text)
    return text[block.end() :] if block else text


def clock_stamp(text: str) -> re.Match[str] | None:
    """The line with the current time that clients put under prompts of their own."""
    at = text.find("\nCurrent time: ")
    return _CLOCK_TAIL.match(text, at) if at >= 0 else None


def asks_for_reply_token(text: str) -> bool:
    """Whether the text asks for a word like ``NO_REPLY`` as the whole answer."""
    for token in _TOKEN.finditer(text, 0, _TAIL):
        before = text[max(0, token.start() - 80) : token.start()].lower()
        if any(word in before for word in _REPLY_WORDS):
            return True
    return False


def is_section_rule(text: str) -> bool:
    """Whether the text is a ruled heading, ``--- Content from referenced files ---``."""
    return len(text) <= 120 and _SECTION_RULE.match(text) is not None


def is_result_caption(text: str) -> bool:
    """Whether the text only announces what a tool returned: ``Image(s) from tool ...:``."""
    return len(text) <= 300 and _RESULT_CAPTION.match(text) is not None
