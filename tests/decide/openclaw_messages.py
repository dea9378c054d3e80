"""Messages as OpenClaw writes them: its shapes, our words."""

from __future__ import annotations

from router_core.decide.chat import Message, ToolCall

SYSTEM = "<!-- openclaw:session:FIXED -->\nYou look after things, running inside OpenClaw.\n"
SESSION = "0a1b2c3d-1111-4222-8333-444455556666"
RUNTIME = f"\n\nRuntime: agent=home | session=agent:home | sessionId={SESSION} | model=r/r | os=BSD"
CONTEXT = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nJobs: none\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"
CLOCK = (
    "\nCurrent time: Friday, March 6th, 2026 - 9:15 AM (UTC)\nReference UTC: 2026-03-06 09:15 UTC"
)


def system(text: str = SYSTEM) -> Message:
    return Message(role="system", texts=(text,))


def user(*texts: str, other: tuple[str, ...] = ()) -> Message:
    return Message(role="user", texts=texts, other_parts=other)


def assistant(*texts: str, calls: tuple[str, ...] = ()) -> Message:
    return Message(role="assistant", texts=texts, tool_calls=tuple(map(ToolCall, calls)))


def tool(*texts: str) -> Message:
    return Message(role="tool", texts=texts)
