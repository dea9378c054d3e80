"""What clients put after a person's words in the same string: rules, context, facts.

The surest tail repeats the end of the system prompt, as clients do that remind a
model of its rules: nobody types that. Rules that stand nowhere else are known by how
they command; they come off in agent clients alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from router_core.decide.envelopes.shapes import without_tail

_LONGEST = 6_000
_LONGEST_FACTS = 800
_SURE = 12
_SHORTEST_RULES = 150
_RULES = re.compile(r"\n\n(?=To \w+ (?:changes|edits|a file)[^\n]{0,80} MUST\b)")
_COMMANDS = re.compile(r"\b(?:MUST|NEVER|ALWAYS|ONLY|DO NOT|EXACTLY|FULL|ENTIRE)\b")
_FORM = re.compile(r"\b(?:format|block|fence|listing|diff|JSON|markdown)\b", re.IGNORECASE)
_COMMENT = re.compile(
    r"<!--(?=[^<>]{0,120}\b(?:system|not part|injected|internal)\b)"
    r"[^<>]{0,80}\bcontext\b[^<>]{0,80}-->",
    re.IGNORECASE,
)
_COMMENT_END = re.compile(r"<!-- ?(?:END|/)[^<>]{0,80}-->\s*\Z", re.IGNORECASE)
_FACTS_HEAD = (
    r"\[(?:(?:Runtime|System|Session|Message|Channel|Chat|Sender)[^\[\]\n]{0,40} "
    r"(?:[Cc]ontext|[Mm]etadata|[Ii]nfo)\b|[^\[\]\n]{0,60}\bnot instructions\b)"
    r"[^\[\]\n]{0,80}\]\n"
)
_FACTS_BEGIN = re.compile(rf"^{_FACTS_HEAD}", re.MULTILINE)
_FACTS_END = re.compile(r"^\[/[^\[\]\n]{1,60}\]\s*\Z", re.MULTILINE)
_FACTS_BEFORE = re.compile(rf"\A{_FACTS_HEAD}(?:[A-Z][\w /-]{{1,40}}: [^\n]*\n){{1,20}}\n+")
_FACTS_AFTER = re.compile(
    rf"\n\n{_FACTS_HEAD}(?:[A-Z][\w /-]{{1,40}}: [^\n]*(?:\n|\Z)){{1,20}}\s*\Z"
)


def without_repeated_tail(text: str, endings: Sequence[str]) -> str:
    """The text without closing paragraphs that also close one of ``endings``.

    Never everything: a text that is the ending of the system prompt stays.
    """
    if not endings or "\n\n" not in text[-_LONGEST:]:
        return text
    bare = text.rstrip()
    for whole in endings:
        ending = whole[-_LONGEST:].rstrip()
        if bare[-_SURE:] != ending[-_SURE:]:
            continue
        alike = _common_end(bare, ending)
        cut = bare.find("\n\n", max(0, len(bare) - alike - 2)) if alike < len(bare) else -1
        if cut > 0 and bare[:cut].strip() and _is_ending(bare[cut:].lstrip("\n"), ending):
            return bare[:cut].rstrip("\n")
    return text


def _is_ending(tail: str, ending: str) -> bool:
    """Whether whole lines at the end of the other text are the tail."""
    before = len(ending) - len(tail)
    return ending.endswith(tail) and (before == 0 or ending[before - 1] == "\n")


def _common_end(one: str, other: str) -> int:
    """How many characters two texts end alike, found by halving."""
    alike, unlike = 0, min(len(one), len(other)) + 1
    while unlike - alike > 1:
        middle = (alike + unlike) // 2
        if other.endswith(one[-middle:]):
            alike = middle
        else:
            unlike = middle
    return alike


def without_rules_tail(text: str) -> str:
    """The text without closing paragraphs that command the form of the answer."""
    if "MUST" not in text[-_LONGEST:]:
        return text
    found = _RULES.search(text, max(0, len(text) - _LONGEST))
    if found is None or not text[: found.start()].strip():
        return text
    tail = text[found.start() :]
    commands = len(_COMMANDS.findall(tail))
    if len(tail) < _SHORTEST_RULES or commands < 2 or not _FORM.search(tail):
        return text
    return text[: found.start()].rstrip("\n")


def without_comment_frame(text: str) -> str:
    """The text without context between two HTML comments at its end."""
    if "-->" not in text[-8:]:
        return text
    end = _COMMENT_END.search(text, max(0, len(text) - 100))
    begins = _COMMENT.search(text, 0, end.start()) if end else None
    return text[: begins.start()].rstrip("\n") if begins else text


def without_facts(text: str) -> str:
    """The text without a bracketed heading of context and the ``Name: fact`` lines below it."""
    if not _may_hold_facts(text[:120]) and not _may_hold_facts(text[-_LONGEST_FACTS:]):
        return text
    if text.startswith("["):
        before = _FACTS_BEFORE.match(text)
        if before is not None:
            return text[before.end() :]
    if "\n[/" in text[-80:] and _FACTS_END.search(text, len(text) - 80):
        begins = _FACTS_BEGIN.search(text, max(0, len(text) - _LONGEST))
        return text[: begins.start()].rstrip("\n") if begins else text
    return without_tail(text, _FACTS_AFTER, within=_LONGEST_FACTS)


def _may_hold_facts(stretch: str) -> bool:
    return "ontext" in stretch or "etadata" in stretch
