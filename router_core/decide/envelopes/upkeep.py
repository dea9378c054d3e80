"""Housekeeping by its instruction: the last user message asks for a title or a summary.

The verdict sends the request to a cheap model, so it wants more than a topic. The
instruction must speak about the conversation as a program does: dictate the form of
the answer in two ways at least, call the person "the user", or write for a model that
goes on. What a person types ("a title for this conversation, please", "sum up what we
did") does none of that; who dictates a chat's title like a program gets it from the
cheap model.

Words are looked up before any pattern is tried, and patterns on a few words around
them, so that ordinary texts cost next to nothing.
"""

from __future__ import annotations

import re

from router_core.decide.envelopes.words import NAMES, SUMS_UP, asks_to_make, has, places
from router_core.decide.excerpts import ends_of

_HEAD = 500
_TAIL = 300
_SHORTEST_NAME = 90
_SHORTEST_SUMMARY = 150
_AROUND = 150
_POINTED = 30

_POINTERS = frozenset({"this", "the", "our", "above", "chat", "current", "entire", "these", "your"})
_CHAT_WORDS = (
    "conversation", "chat", "session", "thread", "discussion", "dialogue", "messages", "history",
    "对话", "会话", "这句话",
)  # fmt: skip
_CHAT_ITSELF = re.compile(
    r"(?: history| messages?)?(?:[.,:;!?)\n]|\Z| (?:so|above|below|that|based|in|is|using|with|"
    r"without|and|or|into|to|for|a|by|from|provide)\b)"
)
_SAYS_CHAT = ("conversation so far", "conversation history", "对话", "会话", "这句话")
_ROLE_LABEL = re.compile(r"^\W{0,4}(?:user|human|assistant|ai|usr)\b\W{0,3}:", re.MULTILINE)
_ASKED_FOR = (
    *NAMES, "description", "tags", "label", "emoji", "primary intent", "speak next", "topic",
    "search quer", "follow-up", "follow up", "name for", "a name",
)  # fmt: skip
_FORMS = (
    ("only", "nothing else", "itself", "strictly", "直接返回"),
    ("json", '"title"', "### output", "<title>"),
    ("same language", "primary language", "language of the", "title case", "sentence case",
     "lowercase", "hyphen"),
    ("example:", "examples:", "examples of"),
)  # fmt: skip
"""How a program dictates the form of a name; each line counts once."""

_LEFT_OUT = (
    "quot", "punctuation", "expla", "preamble", "prefix", "comment", "markdown", "format",
    "lead-in", "additional", "other", "标点",
)  # fmt: skip
_LEAVES_OUT = re.compile(r"\b(?:no|without|omit(?:ting)?|avoid|not|never|don't)\b|n't |不要")
_SIZES = ("word", "character", "chars", "sentence", "broad", "relevant", "个字")
_SIZE = re.compile(
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|ten|single)|[四五十])"
    r"[ -]?(?:\w{0,3}\b)?[ -]?\Z"
)

_OF_THE_USER = ("the user", "user's", "all user messages", "by user")
_FOR_THE_NEXT = (
    "another llm", "another agent", "another model", "another assistant", "another coding",
    "another language", "next agent", "next llm", "next model", "next assistant", "resuming",
    "new session", "context window", "context limit", "context checkpoint", "context summary",
    "compacting", "compaction", "handoff", "hand-off", "will be lost", "only memory",
    "only context", "interactive agent", "not have access", "progressively summari",
)  # fmt: skip
_IN_TAGS = (
    "<analysis", "<summary", "<state_snapshot", "<conversation", "<scratchpad", "<previous",
)  # fmt: skip
_WITHOUT_TOOLS = (
    "not call any tool", "not call tool", "not use any tool", "not use tool", "n't use tool",
    "n't call tool", "tool execution", "without using tool", "not make any tool",
)  # fmt: skip
_GOES_ON = ("continu", "resume", "pick up where", "next step", "do next")
_SECTIONS = ("\n## ", "\n### ", "\n1. ", "sections:")
_SO_FAR = ("so far", "conversation above", "above conversation", "messages above", "your previous")
_SURE = (_FOR_THE_NEXT, _IN_TAGS, _WITHOUT_TOOLS)
_MARKS_OF_A_SUMMARY = (
    _OF_THE_USER, _FOR_THE_NEXT, _GOES_ON, _IN_TAGS, _WITHOUT_TOOLS, _SECTIONS,
)  # fmt: skip
"""How a program speaks of a summary; each line counts once."""

_SUMMARIES = (
    *SUMS_UP, "handoff", "hand-off", "context checkpoint", "state_snapshot", "prompt for contin",
)  # fmt: skip
_MEMORY = re.compile(
    r"\b(?:extract|consolidat\w+|flush|stor(?:e|ing)|persist|update|creat(?:e|ing)|managed?|durable)"
    r"\b[^.\n]{0,60}\bmemor(?:y|ies)\b"
)
_SECTIONED_TASK = re.compile(r"\s*#{1,3} Task:?\s*\n")
_TRANSCRIPT_MARKS = ("<chat_history>", "### Chat History", "autocompletion system")
_MODE = re.compile(r"\[[A-Z][A-Z ]{2,40} MODE: ")
_ORDERED = re.compile(
    r"\s*(?:Read|Check|Follow|Consider|Review|Run|Look|Pre-compaction|Heartbeat)\b"
)
_TOKEN_AT_END = re.compile(
    r"\b(?:[Ii]f (?:nothing|no|there)|[Oo]therwise|[Ee]lse)\b[^.\n]{0,80}"
    r"\b(?:reply|respond|answer)\b[^.\n]{0,40}\b[A-Z]{2,}_[A-Z_]{2,}\W{0,3}\s*\Z"
)


def asks_for_upkeep(text: str) -> bool:
    """Whether a user message is a client's instruction for its own upkeep."""
    if len(text) < _SHORTEST_NAME:
        return False
    ends = ends_of(text, _HEAD, _TAIL)
    lowered = ends.lower()
    if not has(lowered, _CHAT_WORDS):
        return _asks_for_a_summary(lowered) and has(lowered, _FOR_THE_NEXT)
    return (
        _is_sectioned(text)
        or _asks_for_a_name(lowered)
        or _asks_for_a_summary(lowered)
        or _asks_for_memories(lowered)
    )


def _is_sectioned(text: str) -> bool:
    """``### Task: ... ### Chat History: ...``: an instruction over a transcript."""
    return _SECTIONED_TASK.match(text, 0, 40) is not None and has(text, _TRANSCRIPT_MARKS)


def _asks_for_a_name(ends: str) -> bool:
    head = ends[:_HEAD]
    for start, _ in places(head, _ASKED_FOR):
        if asks_to_make(head[max(0, start - _AROUND) : start]):
            return _points_at_chat(ends) and dictated_forms(head) >= 2
    return False


def _points_at_chat(ends: str) -> bool:
    """Whether it speaks of the conversation at hand: "this chat", "our session so far"."""
    if has(ends, _SAYS_CHAT):
        return True
    for start, end in places(ends, _CHAT_WORDS):
        pointed = ends[max(0, start - _POINTED) : start].split()[-3:]
        if _CHAT_ITSELF.match(ends, end) and (
            not _POINTERS.isdisjoint(pointed)
            or ("following" in pointed and _ROLE_LABEL.search(ends) is not None)
        ):
            return True
    return False


def dictated_forms(head: str) -> int:
    """In how many ways a text in lower case dictates the form of the answer."""
    left_out = any(
        _LEAVES_OUT.search(head, max(0, start - 60), start) for start, _ in places(head, _LEFT_OUT)
    )
    sized = any(_SIZE.search(head[max(0, start - 12) : start]) for start, _ in places(head, _SIZES))
    return left_out + sized + sum(has(head, words) for words in _FORMS)


def _asks_for_a_summary(ends: str) -> bool:
    if len(ends) < _SHORTEST_SUMMARY or not has(ends, _SUMMARIES):
        return False
    if any(has(ends, words) for words in _SURE):
        enough = 2
    elif has(ends, _SO_FAR):
        enough = 3
    else:
        return False
    return sum(has(ends, marks) for marks in _MARKS_OF_A_SUMMARY) >= enough


def _asks_for_memories(ends: str) -> bool:
    return (
        "memor" in ends
        and len(ends) >= _SHORTEST_SUMMARY
        and ("the user" in ends or "conversation messages" in ends)
        and ("only" in ends or "do not" in ends)
        and _MEMORY.search(ends) is not None
    )


def is_mode(text: str) -> bool:
    """``[SUGGESTION MODE: ...``: the client asks for something to show, not for work."""
    if not text.startswith("[") or ("\n" not in text and len(text) < _SHORTEST_NAME):
        return False
    return _MODE.match(text) is not None


def is_heartbeat(text: str) -> bool:
    """A poll that asks for a word like ``NOTHING_NEW`` when there is nothing to do."""
    if _ORDERED.match(text, 0, 40) is None:
        return False
    head = text[:_HEAD].lower()
    return ("heartbeat" in head or "flush" in head) and (
        _TOKEN_AT_END.search(text, max(0, len(text) - 200)) is not None
    )
