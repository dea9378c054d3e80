"""Housekeeping by its system prompt: what a model is there for, and nothing else.

Clients give their own upkeep a system prompt of its own: "You write titles for chats",
"You summarise a conversation so that another agent can continue". The user message is
then material. The prompt must be about the client's own conversations: an application
that writes titles for a blog, sums up articles or serves customers is no upkeep, even
where it may be asked for a title or a summary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from router_core.decide.envelopes.upkeep import asks_for_upkeep, dictated_forms
from router_core.decide.envelopes.words import NAMES, SUMS_UP, asks_to_make, has, places

_BEGINNING = 420
_AROUND = 150
_LONGEST_INSTRUCTION = 700
_SAYS_EARLY = 220

_CHAT = re.compile(
    r"conversation|\bchats?\b(?! (?:assistant|bot|app|agent|room))|\bsessions?\b|\bthreads?\b|"
    r"dialogue|discussion|first message|user'?s?'? (?:first )?(?:message|request|prompt)|"
    r"chat request|会话|对话|聊天"
)
_CHAT_TITLE = re.compile(
    r"\b(?:conversation|chat|session|thread)(?: session)? titles?\b"
    r"|\btitles? for (?:(?:this|the|an?|our|your|new|each|user|ai|coding|chatbot|chat) ){0,3}"
    r"(?:conversation|chat|session|thread)s?\b"
)
_TALKS = re.compile(
    r"conversation|chat (?:history|log)|\bthe chat\b|\bsession|\btranscript|\bthreads?\b|dialogue|"
    r"\bcontext\b|discussion"
)
_FOR_A_MODEL = re.compile(
    r"context window|\bcontinuation\b|\bcontinu(?:e|ing) (?:the |this |our )?"
    r"(?:work|task|conversation|development|coding|session)|\bresum(?:e|es|ing)\b|"
    r"preserv\w+ context|partial conversation|conversation (?:so far|history|into)|chat history|"
    r"entire conversation|coding session|"
    r"\b(?:an?|the|another|next) (?:ai |coding )?(?:assistant|agent|model|llm)\b|"
    r"context summari[sz]|summari[sz]ing conversations|conversation summari[sz]er|"
    r"key takeaways from conversations"
)
_PEOPLE = (
    "customer", "patient", "caller", "employee", "meeting", "interview", "student", "podcast",
    "help users", "help people", "assist users", "answer questions",
)  # fmt: skip
"""Whose conversations are an application's business."""

_ON_DEMAND = re.compile(
    r"\b(?:when|if|once|whenever) [^.\n]{0,30}\b(?:asks?|asked|says|wants|requests)\b(?! to summ)"
)

_OTHER_PURPOSES = (
    ("diary", re.compile(r"\b(?:keep|writ)\w* a dream diary\b")),
    ("commit", re.compile(
        r"\A[^.\n]{0,200}\b(?:generat|writ|craft|creat|propos|com)\w*\b[^.\n]{0,80}"
        r"\b(?:commit messages?|git commits)\b"
    )),
    ("branch name", re.compile(
        r"\A[^.\n]{0,120}\b(?:generat|craft|creat)\w* [^.\n]{0,40}branch name"
    )),
    ("memor", re.compile(
        r"\A[^.\n]{0,120}\bmemory (?:extraction|consolidation)\b"
        r"|\b(?:extract|consolidat)\w* [^.\n]{0,40}\bmemories\b"
    )),
    ("follow-up", re.compile(r"\bfollow-up (?:questions?|prompts?)\b[^.\n]{0,80}\bthe user\b")),
    ("description of", re.compile(
        r"\bdescription of (?:this|the) (?:session|conversation|chat)\b"
    )),
    ("agent wants", re.compile(r"\bcommands? that an ai (?:coding )?agent wants\b")),
    ("context limit", re.compile(r"\bcontext (?:limit|window) (?:was|is|has been) reached\b")),
    ("stuck in", re.compile(r"\bassistant is stuck in an? [^.\n]{0,30}\bloop\b")),
)  # fmt: skip
"""What else a model is called for, each with a word without which it cannot be."""

_WORDS = (*NAMES, *SUMS_UP, *(word for word, _ in _OTHER_PURPOSES))
_ORDER = re.compile(r"\s*(?:please )?(?:summari[sz]e|generate|create|write|provide|give)\b")


def is_upkeep(system_texts: Sequence[str]) -> bool:
    """Whether a system prompt, given by the parts at its beginning, is for upkeep alone."""
    return any(map(_is_for_upkeep, system_texts))


def _is_for_upkeep(text: str) -> bool:
    beginning = text[:_BEGINNING].lower()
    if has(beginning, _WORDS) and _is_purpose(beginning):
        return True
    return (
        len(text) <= _LONGEST_INSTRUCTION
        and not text.lstrip().startswith("You ")
        and asks_for_upkeep(text)
    )


def _is_purpose(beginning: str) -> bool:
    for word, purpose in _OTHER_PURPOSES:
        if word in beginning and purpose.search(beginning):
            return True
    if has(beginning, _PEOPLE) or _ON_DEMAND.search(beginning) is not None:
        return False
    return _is_for_names(beginning) or _is_for_summaries(beginning)


def _is_for_names(beginning: str) -> bool:
    if not has(beginning, NAMES):
        return False
    if _CHAT_TITLE.search(beginning) is not None:
        return True
    for start, end in places(beginning, NAMES):
        before = beginning[max(0, start - _AROUND) : start]
        if asks_to_make(before) and (
            _CHAT.search(before) or _CHAT.search(beginning, end, end + _AROUND)
        ):
            return dictated_forms(beginning) >= 1
    return False


def _is_for_summaries(beginning: str) -> bool:
    for start, end in places(beginning[:_SAYS_EARLY], SUMS_UP):
        around = beginning[max(0, start - _AROUND) : end + _AROUND]
        if _TALKS.search(around) and _FOR_A_MODEL.search(beginning):
            return True
    return False


def orders_upkeep(system_text: str) -> bool:
    """Whether a system message after the last answer orders upkeep of the conversation."""
    lowered = system_text[:_BEGINNING].lower()
    if asks_for_upkeep(system_text):
        return True
    return (
        _ORDER.match(lowered) is not None
        and has(lowered, (*NAMES, *SUMS_UP))
        and _CHAT.search(lowered) is not None
    )
