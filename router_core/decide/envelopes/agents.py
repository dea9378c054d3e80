"""Agent clients of any name, by what their system prompts are alike in.

"You are NAME, an interactive CLI tool ...", "You are NAME, a highly skilled software
engineer ...": nearly every one introduces itself like that, names the files that
agents live by (AGENTS.md, MEMORY.md) or tells the machine that it works on. Where a
client sends no such prompt, a block in its messages that nobody types gives it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from router_core.decide.envelopes.envelope import Envelope, Strip, SystemPrompt
from router_core.decide.envelopes.goings_on import GOINGS_ON
from router_core.decide.envelopes.shapes import (
    without_key_value_tail,
    without_marked_block,
    without_queue,
)
from router_core.decide.envelopes.tags import (
    tags_at_ends,
    without_blocks,
)
from router_core.decide.envelopes.tails import (
    without_comment_frame,
    without_facts,
    without_rules_tail,
)
from router_core.decide.envelopes.words import has
from router_core.decide.envelopes.wrappers import (
    after_sections,
    in_agents_tags,
    in_frame,
    in_sent_note,
    under_heading,
)

_INTRODUCTIONS = ("You are ", "You're ", "Act as ")
_MOST_INTRODUCTIONS = 3
_SAID = 200
_TRADES = frozenset({"cli", "command-line", "coding", "terminal", "ide"})
_TRADE_PHRASES = (
    "command line", "code editor", "pair program", "interact with a computer", "computer use",
    "home assistant",
)  # fmt: skip
_MODEST_TRADES = frozenset(
    {
        "software", "programming", "programmer", "developer", "developers", "engineer", "codebase",
        "voice", "general-purpose", "autonomous", "workspace",
    }
)  # fmt: skip
_AGENTS = frozenset(
    {"agent", "agents", "assistant", "tool", "cli", "engineer", "programmer", "developer"}
)
_NAMED_AGENT = re.compile(r"\bagent (?:called|named|created by|developed by|built by)\b")
_NOT_LETTERS = str.maketrans(",.;:()*`'\"", "          ")
_LONG_ENOUGH = 600
_AGENT_FILES = ("AGENTS.md", "CLAUDE.md", "SOUL.md", "MEMORY.md", "HEARTBEAT.md", "GEMINI.md")
_MACHINE = (
    "orking directory:", "orking Directory:", "Operating System:", "Platform: ", "<env>",
    "Default Shell:", "OS Version:",
)  # fmt: skip
_TOOL_NOTE = re.compile(r"Called the [A-Z]\w{0,30} tool with the following input: \{")
_INTERRUPTED = re.compile(
    r"\s*\[[A-Z][^\]\n]{0,40}\b(?:interrupted|aborted|cancell?ed)\b[^\]\n]{0,60}\]\s*"
)
_HARNESS_TAGS = frozenset(
    {
        "environment_details", "environment_context", "environment_info", "workspace_info",
        "session_context", "additional_data", "info-msg", "reminderinstructions",
        "runtime_information",
    }
)  # fmt: skip


def _says_so(system: SystemPrompt) -> bool:
    return (
        _introduces_agent(system)
        or _names_agents_files(system.head)
        or _names_agents_files(system.tail)
        or _tells_the_machine(system.tail)
        or is_subagent(system.head)
    )


def _introduces_agent(system: SystemPrompt) -> bool:
    """Whether the prompt introduces an agent client.

    Words that an application may say of itself as well ("a programming assistant")
    count only in a prompt as long as agents have them.
    """
    for said in _introductions(system.head):
        words = said.translate(_NOT_LETTERS).split()
        if _AGENTS.isdisjoint(words):
            continue
        if not _TRADES.isdisjoint(words) or has(said, _TRADE_PHRASES):
            return True
        if "agent " in said and _NAMED_AGENT.search(said):
            return True
        if system.length >= _LONG_ENOUGH and not _MODEST_TRADES.isdisjoint(words):
            return True
    return False


def _introductions(head: str) -> Iterator[str]:
    """Introductions in lower case, to the end of the line."""
    for opening in _INTRODUCTIONS:
        at = head.find(opening)
        for _ in range(_MOST_INTRODUCTIONS):
            if at < 0:
                break
            yield head[at : at + _SAID].partition("\n")[0].lower()
            at = head.find(opening, at + 1)


def _names_agents_files(text: str) -> bool:
    return ".md" in text and has(text, _AGENT_FILES)


def _tells_the_machine(ending: str) -> bool:
    """Whether a system prompt ends with the machine that the agent works on."""
    told = 0
    for name in _MACHINE:
        told += name in ending
    return told >= 2


def _wraps(text: str) -> bool:
    """Whether a message carries a block of surroundings that only agents write."""
    if not text or ("<" not in text[:20] and ">" not in text[-20:]):
        return False
    return not _HARNESS_TAGS.isdisjoint(tag.lower() for tag in tags_at_ends(text))


def without_tool_note(text: str) -> str:
    """An attached file comes as the note of a tool that was never called."""
    return "" if _TOOL_NOTE.match(text) else text


def without_interruption(text: str) -> str:
    """A bracketed mark that the person interrupted the agent."""
    mark = _INTERRUPTED.match(text)
    return text[mark.end() :] if mark else text


TYPED = (in_agents_tags, after_sections, in_sent_note, in_frame, under_heading)
"""Where agents mark what a person typed."""

STRIPS: tuple[Strip, ...] = (
    ("", without_blocks),
    ("", without_marked_block),
    ("", without_key_value_tail),
    ("", without_comment_frame),
    ("", without_facts),
    ("[", without_interruption),
    ("[", without_queue),
    ("C", without_tool_note),
    ("", without_rules_tail),
)
"""What agents put around it."""

AGENT = Envelope(
    client="agent",
    says_so=_says_so,
    wraps=_wraps,
    typed=TYPED,
    strips=STRIPS,
    synthetic=GOINGS_ON,
)

_SUBAGENT = re.compile(r"\bsub-?agent\b|\bspawned by (?:the|a|an|your) (?:main|parent)\b")
_SAID_OF_SUBAGENT = 90


def is_subagent(system_head: str) -> bool:
    """Whether a system prompt is for an agent that another agent started."""
    for said in _introductions(system_head[:400]):
        if "agent" in said[:_SAID_OF_SUBAGENT] and _SUBAGENT.search(said[:_SAID_OF_SUBAGENT]):
            return True
        if said.startswith("you are an agent for ") and "given the user's " in said:
            return True
    return False
