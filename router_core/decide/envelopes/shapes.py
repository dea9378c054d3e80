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
_OPEN_TAG = re.compile(r"\s*<([A-Za-z][\w-]{0,60})(?: [^<>]{0,400})?>")
_CLOSE_TAG = re.compile(r"</[A-Za-z][\w-]{0,60}>\s*\Z")
_MARKED_OPEN = re.compile(r"\s*<<<BEGIN[\w -]{0,80}>>>")
_MARKED_CLOSE = re.compile(r"<<<END[\w -]{0,80}>>>\s*\Z")
_STAMP = re.compile(r"\[[^\[\]\n]{0,160}?\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\[\]\n]{0,40}\] ?")
_KEY_VALUE_TAIL = re.compile(
    r"(?:\A|\n\n)[A-Z][a-z]{2,20}: (?:[\w-]+=[^|\n]{0,400} \| ){2,}[\w-]+=[^|\n]{0,400}\s*\Z"
)
_CLOCK_TAIL = re.compile(
    r"\nCurrent time: [A-Z][a-z]+day, [^\n]{1,110}(?:\n[A-Z][a-z]+ UTC: [^\n]{1,60})?"
)
_TOKEN = re.compile(r"[A-Z]{2,30}_[A-Z_]{2,30}")
_REPLY_WORDS = ("reply", "respond", "answer", "return")
_SECTION_RULE = re.compile(r"\s*--- [^\n]{1,80} ---\s*\Z")
_RESULT_CAPTION = re.compile(
    r"\s*(?:image|file|attachment|media|audio)s?(?:\(s\))? (?:from|of|returned by) "
    r"(?:the )?tool\b[^\n]{0,200}:\s*\Z",
    re.IGNORECASE,
)
_METADATA_BLOCK = re.compile(
    r"[A-Z][^\n]{0,100}\((?:untrusted|data)[^)\n]{0,60}\):\n```(?:json)?\n.{0,4000}?\n```\s*",
    re.DOTALL,
)


def without_tail(text: str, tail: re.Pattern[str], within: int = 400) -> str:
    """The text without a tail; the pattern ends in ``\\Z`` and is tried on the end alone."""
    found = tail.search(text, max(0, len(text) - within))
    return text[: found.start()] if found else text


def is_tagged_block(text: str, tags: frozenset[str] | None = None) -> bool:
    """Whether the whole text is ``<tag>...</tag>``; with ``tags``, one of these."""
    opened = _OPEN_TAG.match(text, 0, 600)
    if opened is None or (tags is not None and opened[1].lower() not in tags):
        return False
    return _CLOSE_TAG.search(text, max(opened.end(), len(text) - 80)) is not None


def is_marked_block(text: str) -> bool:
    """Whether the whole text stands between ``<<<BEGIN ...>>>`` and ``<<<END ...>>>``."""
    opened = _MARKED_OPEN.match(text, 0, 200)
    return (
        opened is not None
        and _MARKED_CLOSE.search(text, max(opened.end(), len(text) - 120)) is not None
    )


def without_marked_block(text: str) -> str:
    """The text without the marked blocks at its ends."""
    if "<<<BEGIN" not in text[:40] and ">>>" not in text[-10:]:
        return text
    opened = _MARKED_OPEN.match(text, 0, 200)
    if opened is not None:
        end = text.find("<<<END", opened.end())
        close = text.find(">>>", end) if end >= 0 else -1
        if close >= 0:
            return text[close + 3 :].lstrip("\n")
    begin = text.rfind("<<<BEGIN")
    if begin > 0 and _MARKED_CLOSE.search(text, max(begin, len(text) - 120)):
        return text[:begin].rstrip("\n")
    return text


def without_stamp(text: str) -> str:
    """The text without a bracketed prefix that holds a date and a time."""
    if not text.startswith("["):
        return text
    stamp = _STAMP.match(text, 0, 300)
    return text[stamp.end() :] if stamp else text


def key_value_tail(text: str) -> str:
    """The tail ``Word: key=value | key=value | ...`` that ends a text, or ""."""
    at = text.rfind("\n\n", max(0, len(text) - _TAIL))
    if at < 0 and len(text) > _TAIL:
        return ""
    tail = _KEY_VALUE_TAIL.match(text, max(0, at))
    return tail[0] if tail else ""


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
