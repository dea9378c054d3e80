"""Housekeeping with a system prompt of its own: titles, summaries, diaries.

Clients send these with no tools and a short system prompt that says what the model
is for; the user message is then material, not a request. Only the system prompt is
looked at: a person who asks for a title or a summary asks a user's question.
"""

from __future__ import annotations

import re

_BEGINNING = 240
_TOPICS = ("title", "summar", "diary", "commit", "memory")
_PURPOSE = re.compile(
    r"\b(?:session|thread|chat|conversation) title\b"
    r"|\btitle (?:generator|for (?:this|the) (?:chat|conversation|session|thread))\b"
    r"|\b(?:context|conversation|history) summari[sz]ation (?:assistant|agent|component)\b"
    r"|\b(?:summari[sz]e|summari[sz]es|summari[sz]ing)\b[^.\n]{0,60}"
    r"\b(?:coding session|conversation|chat history)\b"
    r"|\b(?:keeping|writing|writes?) a dream diary\b"
    r"|\bgenerates? [^.\n]{0,60}\bcommit messages?\b"
    r"|\bmemory extraction\b"
)


def is_upkeep(system_head: str) -> bool:
    """Whether a system prompt that begins like this is for a client's own upkeep."""
    beginning = system_head[:_BEGINNING].lower()
    return any(topic in beginning for topic in _TOPICS) and _PURPOSE.search(beginning) is not None
