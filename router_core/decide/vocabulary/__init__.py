"""The built-in keyword lists, and what the config file starts with.

`WEIGHTED` is what the rules know of the built-in categories beyond the config's own
keywords: English and French, each term with the weight of its evidence. 3 settles a
message by itself, 1 leans, below 1 only tips a balance; negative speaks against.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from router_core.decide.vocabulary.en import ENGLISH
from router_core.decide.vocabulary.everyday import EVERYDAY
from router_core.decide.vocabulary.fr import FRENCH
from router_core.decide.vocabulary.science import SCIENCE
from router_core.decide.vocabulary.technical import TECHNICAL
from router_core.decide.vocabulary.terms import START, Terms

__all__ = [
    "DEFAULT_CATEGORY",
    "DEFAULT_KEYWORDS",
    "DESCRIPTIONS",
    "START",
    "WEIGHTED",
]

DEFAULT_CATEGORY: Final = "conversation"
"""The category of a text that shows nothing."""

DEFAULT_KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "tools": (),
    "code": (
        "python",
        "javascript",
        "function",
        "debug",
        "script",
        "sql",
        "regex",
        "code",
        "bug",
        "fonction",
    ),
    "reasoning": ("why", "how", "explain", "prove", "solve", "compare", "pourquoi", "explique"),
    "conversation": ("hello", "thanks", "thank you", "good morning", "bonjour", "merci", "salut"),
}
"""The keywords that a new config file has, by built-in category."""

DESCRIPTIONS: Final[Mapping[str, str]] = {
    "tools": "The answer needs the tools on offer: files, commands, searches, messages.",
    "code": "Programs, scripts, queries, shell commands and software: writing, fixing, reviewing.",
    "reasoning": "Mathematics, logic, science, comparisons, and why or how things are so.",
    "conversation": "Greetings, small talk, everyday questions, facts and advice.",
}
"""What the built-in categories are for, in one line each."""

_BY_FIELD: Final = {"code": TECHNICAL, "reasoning": SCIENCE, "conversation": EVERYDAY}

WEIGHTED: Final[Mapping[str, tuple[Terms, ...]]] = {
    name: (*ENGLISH.get(name, ()), *FRENCH.get(name, ()), *_BY_FIELD[name])
    for name in ("code", "reasoning", "conversation")
}
"""The vocabulary of each built-in category that has one."""
