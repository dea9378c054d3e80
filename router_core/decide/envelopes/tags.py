"""Tagged blocks at the ends of a text, and whose they are by the words of the tag.

Clients name their tags each in their own way (``environment_details``,
``userRequest``, ``OPEN_FILES``), out of few words: a tag that says "user" and
"request" holds what a person typed, one that says "environment" and "details" is the
client's own. HTML and XML that a person pastes says neither.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

_OPEN = re.compile(r"\s*<([A-Za-z][\w.-]{0,60})((?: [^<>]{0,600})?)>")
_CLOSE = re.compile(r"</([A-Za-z][\w.-]{0,60})>\s*\Z")
_LONGEST_CLOSE = 80
_MOST_BLOCKS = 12
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LINES_OF_A_TAG = "\r\n"


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_ASKED = _set("query request message input prompt question")
_ASKED_ALONE = _set("task feedback answer query prompt request question")
_SURROUNDINGS = _set(
    "system environment env workspace editor ide user session runtime additional open opened "
    "recently current project repo repository git local command bash available reminder custom "
    "mode agent conversation attached selected visible chat cursor host info turn related important"
)
_TOLD = _set(
    "reminder reminders details context info information msg metadata notice note notes data file "
    "files content contents selection stdout stderr caveat skills instructions status snapshot "
    "state rules preferences structure tree diagnostics errors aborted tabs"
)
_NEWS = _set("notification event cron trigger teammate announcement")
_FILE_ATTRIBUTE = re.compile(r"\b(?:path|file_?path|filename|uri)=", re.IGNORECASE)


class Family(Enum):
    """Whose words a tagged block holds."""

    TYPED = auto()
    """A person's: the tag says so."""
    TYPED_ALONE = auto()
    """A person's, where an agent client writes it as a part of its own: ``<task>``."""
    CONTEXT = auto()
    """The client's: surroundings, reminders, attached files."""
    NEWS = auto()
    """The client's, as a turn of its own: something happened that is to be handled."""
    FILES = auto()
    """The client's, where the tag names a path; `family_of` decides."""
    OTHER = auto()
    """Nothing that a tag's words tell: markup, data, a client's context all alike."""


class Block(NamedTuple):
    """A tagged block at one end of a text.

    Attributes:
        tag: as written.
        attributes: with the blank before them, or "".
        inside: what stands between the tags, whitespace included.
        rest: the text without the block.
    """

    tag: str
    attributes: str
    inside: str
    rest: str

    @property
    def family(self) -> Family:
        """By the words of the tag."""
        return family_of(self.tag, self.attributes)

    @property
    def has_own_lines(self) -> bool:
        """Whether the tags stand on lines of their own, as programs write them."""
        return self.inside[:1] == "\n" and self.inside[-1:] == "\n"

    @property
    def content(self) -> str:
        """What stands inside, without the two line breaks that belong to the tags."""
        inside = self.inside
        start = 1 if inside[:1] == "\n" else 0
        end = len(inside) - 1 if inside[-1:] == "\n" and len(inside) > start else len(inside)
        return inside[start:end]


def family_of(tag: str, attributes: str = "") -> Family:
    """Whose words a block with this tag holds."""
    family = _family_by_words(tag)
    if family is Family.FILES:
        return Family.CONTEXT if _FILE_ATTRIBUTE.search(attributes) else Family.OTHER
    return family


@lru_cache(maxsize=512)  # clients write the same few tags again and again
def _family_by_words(tag: str) -> Family:
    words = [word.lower() for word in _WORD.findall(tag)]
    if not words:
        return Family.OTHER
    first, last = words[0], words[-1]
    if len(words) > 1:
        if last in _ASKED and (first == "user" or words[-2] == "user"):
            return Family.TYPED
        if not _NEWS.isdisjoint(words):
            return Family.NEWS
        if last in _TOLD and not _SURROUNDINGS.isdisjoint(words[:-1]):
            return Family.CONTEXT
    elif last in _ASKED_ALONE:
        return Family.TYPED_ALONE
    if first in {"attachment", "attachments", "attached"}:
        return Family.CONTEXT
    return Family.FILES if first in {"file", "files"} else Family.OTHER


def first_block(text: str) -> Block | None:
    """The block that a text begins with."""
    opened = _OPEN.match(text)
    if opened is None:
        return None
    tag = opened[1]
    close = f"</{tag}>"
    end = text.find(close, opened.end())
    if end < 0:
        return None
    return Block(tag, opened[2], text[opened.end() : end], text[end + len(close) :])


def last_block(text: str) -> Block | None:
    """The block that a text ends with; its opening tag begins a line."""
    closed = _CLOSE.search(text, max(0, len(text) - _LONGEST_CLOSE))
    if closed is None:
        return None
    tag = closed[1]
    at = closed.start()
    for _ in range(4):
        at = text.rfind(f"<{tag}", 0, at)
        if at < 0:
            return None
        opened = _OPEN.match(text, at)
        if opened and opened[1] == tag and (at == 0 or text[at - 1] in "\n>"):
            return Block(tag, opened[2], text[opened.end() : closed.start()], text[:at])
    return None


def whole_block(text: str) -> Block | None:
    """The block that a text is, but for whitespace around it."""
    if not may_end_in_tag(text):
        return None
    block = first_block(text)
    if block is None or not block.rest.strip():
        return block
    outer = last_block(text)
    return outer if outer is not None and not outer.rest.strip() else None


def is_context(text: str) -> bool:
    """Whether a text is one block, and its tag tells that it is the client's."""
    opened = _OPEN.match(text) if may_begin_with_tag(text) else None
    if opened is None or family_of(opened[1], opened[2]) is not Family.CONTEXT:
        return False
    return _closes_at_the_end(text, opened)


def is_block(text: str, tags: frozenset[str]) -> bool:
    """Whether a text is one block with one of these tags, in lower case."""
    opened = _OPEN.match(text) if may_begin_with_tag(text) else None
    return opened is not None and opened[1].lower() in tags and _closes_at_the_end(text, opened)


def _closes_at_the_end(text: str, opened: re.Match[str]) -> bool:
    close = f"</{opened[1]}>"
    end = text.find(close, opened.end())
    return end >= 0 and not text[end + len(close) :].strip()


def tags_at_ends(text: str) -> tuple[str, ...]:
    """The tags that a text begins and ends with."""
    opened = _OPEN.match(text) if may_begin_with_tag(text) else None
    closed = (
        _CLOSE.search(text, max(0, len(text) - _LONGEST_CLOSE)) if may_end_in_tag(text) else None
    )
    return tuple(found[1] for found in (opened, closed) if found)


def families_at_ends(text: str) -> frozenset[Family]:
    """The families of the tags that a text begins and ends with."""
    return frozenset(map(family_of, tags_at_ends(text)))


def is_tagged(text: str) -> bool:
    """Whether a text begins with a tag and ends with a closing one, one block or many."""
    return (
        may_begin_with_tag(text)
        and may_end_in_tag(text)
        and (
            _OPEN.match(text) is not None
            and _CLOSE.search(text, max(0, len(text) - _LONGEST_CLOSE)) is not None
        )
    )


def may_end_in_tag(text: str) -> bool:
    """Whether a closing tag may stand at the end; costs next to nothing."""
    last = text[-1:]
    return last == ">" or (last.isspace() and text[-20:].rstrip()[-1:] == ">")


def may_begin_with_tag(text: str) -> bool:
    """Whether a tag may stand at the beginning."""
    first = text[:1]
    return first == "<" or (first.isspace() and text[:20].lstrip()[:1] == "<")


def without_blocks(text: str) -> str:
    """The text without the client's own blocks at its ends; "" if it is nothing else.

    A block comes off where its tag tells that it is context, and stands on lines
    apart from what is left.
    """
    for _ in range(_MOST_BLOCKS):
        block = first_block(text) if may_begin_with_tag(text) else None
        if block is None or block.family is not Family.CONTEXT:
            break
        if block.rest and block.rest[0] not in _LINES_OF_A_TAG and block.rest.strip():
            break
        text = block.rest.lstrip(_LINES_OF_A_TAG)
    for _ in range(_MOST_BLOCKS):
        block = last_block(text) if may_end_in_tag(text) else None
        if block is None or block.family is not Family.CONTEXT:
            break
        text = block.rest.rstrip(_LINES_OF_A_TAG)
    return text
