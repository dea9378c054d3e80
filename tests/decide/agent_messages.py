"""Messages as agent clients of many makes write them: their shapes, our words."""

from __future__ import annotations

from router_core.decide.chat import Message
from tests.decide.openclaw_messages import assistant, system, tool, user

__all__ = ["assistant", "system", "tool", "user"]

_RULES = " Mind the tide and the wind." * 30
AGENT = f"You are Shipwright, an AI coding agent that mends boats.{_RULES}"
ENGINEER = f"You are Bo, a highly skilled software engineer.\n\n# Tools{_RULES}"
HOME = f"You are a voice assistant for Home Assistant.\nSpeak plainly.{_RULES}"

PADDING = " Mind the gap." * 300

SURROUNDINGS = "<environment_details>\n# Open\nmast.c\n\n# Clock\n09:15\n</environment_details>"
REMINDER = "<system-reminder>\nThe tide is high.\n</system-reminder>"
NOTES = "# Notes of the yard\n\n<INSTRUCTIONS>\nOil the winch.\n</INSTRUCTIONS>"
RULES = (
    "# Form of edits:\n\nTo change a file you MUST print the whole file.\n\n"
    "Use this *plank* format:\n\nname.txt\n```\nall lines\n```\n\nSpeak plainly.\n\n"
)
"""How a client ends its system prompt and every prompt as well."""

COMPACT = (
    "Write a summary of the conversation so far for another agent that goes on with it.\n\n"
    "## Aim\nWhat the user wants.\n\n## Done\n## Left\n\nDo not use any tools. Put thoughts in "
    "<analysis> first.\n"
)
TITLE = (
    "Produce a name for this conversation: a title of two to four words, without quotes or a "
    "full stop, in the same language. Print only the title."
)


def agent(*messages: Message, prompt: str = AGENT) -> tuple[Message, ...]:
    """A conversation with an agent client's system prompt before it."""
    return (system(prompt), *messages)
