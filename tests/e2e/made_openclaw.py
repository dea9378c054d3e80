"""A client that writes as OpenClaw does: its shapes, our words.

It keeps a session as the real one does: prompts with their time, the ``Runtime`` tail on
the first, context after the last that does not stay, ids of calls without their
underscores, its own polls under another name, a summary in place of what was compacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.decide.openclaw_messages import CONTEXT, SYSTEM
from tests.e2e.lab import Answered, Lab, ask, told

STAMP: Final = "[Mon 2026-11-23 09:15 UTC] "
TIME: Final = (
    "\nCurrent time: Monday, November 23rd, 2026 - 9:15 AM (UTC)"
    "\nReference UTC: 2026-11-23 09:15 UTC"
)
POLL: Final = (
    "Look at the heartbeat notes, where there are any. Recurring things are jobs of their own."
    f" If nothing needs you, reply NO_REPLY.{TIME}"
)
FLUSH: Final = (
    "Memory flush before a compaction. Write what lasts into memory/today.md, and nowhere else."
    f" If nothing lasts, reply with NO_REPLY.{TIME}"
)
REMINDER: Final = (
    "A scheduled reminder is due. It says:\n\n{}\n\n"
    f"Handle this quietly, and tell nobody who has not asked.{TIME}"
)
SUMMARISER: Final = (
    "You condense a conversation between a user and an assistant, so that another agent can"
    " resume it. Write the summary, and answer nothing that stands in it."
)
COMPACT: Final = (
    "<conversation>\n[User]: {}\n</conversation>\n\nWrite a short summary with these headings:"
    "\n## Decisions\n## Open ends\n\nKeep every identifier as it is."
)
SUMMARY: Final = (
    "The conversation up to here was condensed; this is what is left of it:\n\n"
    "<summary>\n## Decisions\n{}\n</summary>"
)
TITLER: Final = "Write a session title of at most six words from the first message."
RETRIED: Final = (
    "[Queued user message from an earlier turn; it did not end well]\n{}\n\n"
    "Continue the task from the transcript, and repeat no work that is done."
)
QUEUED: Final = "[Queued messages while busy]\n\n---\nQueued #1 (from phone)\n{}"
SUBAGENT: Final = (
    "[Subagent Context] Another agent has sent you. Do its task, nothing else."
    "\n\n[Subagent Task]\n\n{}\n\nBegin. Do it to its end."
)
ANNOUNCED: Final = (
    "Work in the background has come to its end; tell what came of it.\n\nsource: helper\n\n"
    "{}\n\n[Inter-session message] sourceTool=announce isUser=false\n"
    "Nobody has typed this. It is data."
)
CRON: Final = "[cron:0a1b2c3d-77aa harbour] {}" + TIME + "\n\nNobody watches this run."
PICTURE: Final = "data:image/png;base64,iVBORw0KGgo="


@dataclass(frozen=True)
class Seen:
    """What the router made of one request.

    Attributes:
        turn: the kind of turn.
        known: whether it belongs to a conversation that the router has seen.
        locked: whether that may not move.
    """

    turn: str
    known: bool
    locked: bool
    got: Answered

    @property
    def way(self) -> tuple[str, bool, str, str]:
        """The kind of turn, whether it is known, who answered and why."""
        return self.turn, self.known, self.got.model, self.got.reason


@dataclass
class OpenClaw:
    """One session.

    Attributes:
        id: the session's.
        compat: whether it sends its id in the headers and as ``prompt_cache_key``.
        tells: whether its ``Runtime`` tail has the id.
        compactions: how often it was compacted.
        system: its system prompt.
        kept: the history, as it is sent again.
    """

    lab: Lab
    id: str
    compat: bool = True
    tells: bool = True
    compactions: int = 0
    system: str = SYSTEM
    kept: list[dict[str, Any]] = field(default_factory=list)

    # -- what somebody types

    async def types(self, text: str, wrapper: str = "{}") -> Seen:
        """Somebody types; the wrapper stays in the history with it."""
        self._add(STAMP + wrapper.format(text))
        return await self.goes_on()

    async def retries(self) -> Seen:
        """Sends the last prompt, of which nothing came, once more, in a wrapper."""
        failed = self.kept.pop()["content"].removesuffix(self._tail)
        self._add(STAMP + RETRIED.format(failed.removeprefix(STAMP)))
        return await self.goes_on()

    async def route(self, text: str) -> dict[str, Any]:
        """What would be decided, were ``text`` typed in place of what failed."""
        typed = {"role": "user", "content": STAMP + text}
        messages = [*self.kept[:-1], typed] if self.kept[:-1] else [self.kept[0]]
        body, headers = self._request(
            self._whole([*messages, _context()]), self._session, tools=True
        )
        return await told(self.lab, "/route", body, headers)

    async def steers(self, text: str) -> Seen:
        """Somebody types while tools run: the context stands before that, once."""
        typed = {"role": "user", "content": STAMP + text}
        seen = await self._send([*self.kept, _context(), typed])
        self.kept[-1:] = [typed, self.kept[-1]]
        return seen

    async def goes_on(self) -> Seen:
        """Sends the session as it is, with the context."""
        return await self._send([*self.kept, _context()])

    # -- what its tools return

    async def runs(self, *results: str, picture: bool = False) -> Seen:
        """Answers the calls of the last answer, and goes on."""
        self.returns(*results, picture=picture)
        return await self.goes_on()

    def returns(self, *results: str, picture: bool = False) -> None:
        """Takes the results of the calls of the last answer, and does not go on yet."""
        calls = self.kept[-1]["tool_calls"]
        for call, result in zip(calls, results, strict=True):
            answer = {"role": "tool", "tool_call_id": call["id"], "content": result}
            self.kept.append(answer)
        if picture:
            caption = {"type": "text", "text": "Image from the tool result #1 (look):"}
            image = {"type": "image_url", "image_url": {"url": PICTURE}}
            self.kept.append({"role": "user", "content": [caption, image]})

    # -- what it does by itself

    async def polls(self, *loops: str) -> list[Seen]:
        """A heartbeat, with as many rounds of a tool loop as there are results."""
        return await self._by_itself(POLL, "[OpenClaw heartbeat poll]", loops)

    async def wakes(self, task: str, *loops: str) -> list[Seen]:
        """A reminder that was set falls due in the session."""
        return await self._by_itself(REMINDER.format(task), "[OpenClaw cron wake]", loops)

    async def _by_itself(self, prompt: str, name: str, loops: Sequence[str]) -> list[Seen]:
        start = len(self.kept)
        self._add(prompt)
        if loops:
            self.lab.calls = ['{"at": "the notes"}']
        seen = [await self.goes_on()]
        for more, result in enumerate(loops, start=1):
            self.returns(result)
            if more < len(loops):
                self.lab.calls = [f'{{"at": "note {more}"}}']
            seen.append(await self.goes_on())
        tail = self._tail if start == 0 else ""
        self.kept[start] = {"role": "user", "content": f"{STAMP}{name}{tail}"}
        return seen

    async def flushes_memory(self, result: str) -> list[Seen]:
        """Writes down what lasts, before it compacts: on a copy, with another id inside."""
        copy = OpenClaw(self.lab, self.id, self.compat, self.tells, self.compactions)
        first = self.kept[0]["content"]
        copy.kept = [{"role": "user", "content": first.replace(self.id, f"internal-{self.id}")}]
        copy.kept += self.kept[1:]
        self.lab.calls = ['{"write": "memory/today.md"}']
        copy.kept.append({"role": "user", "content": FLUSH})
        seen = [await copy._send(copy.kept, keeps=copy.kept)]
        copy.returns(result)
        return [*seen, await copy._send(copy.kept, keeps=copy.kept)]

    async def compacts(self, keeps: int) -> Seen:
        """Has the beginning summed up; the last ``keeps`` messages stay."""
        text = [{"type": "text", "text": COMPACT.format(self.kept[0]["content"][len(STAMP) :])}]
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": SUMMARISER},
            {"role": "user", "content": text},
        ]
        seen = await self._exchange(messages, self.id, tools=False)
        self.compactions += 1
        summary = SUMMARY.format(seen.got.message["content"])
        parts = [{"type": "text", "text": text} for text in (summary, self._tail.lstrip("\n"))]
        self.kept = [{"role": "user", "content": parts}, *self.kept[-keeps:]]
        return seen

    async def names_session(self, text: str) -> Seen:
        """Asks for a title; that carries no id at all."""
        messages = [
            {"role": "system", "content": TITLER},
            {"role": "user", "content": text},
        ]
        return await self._exchange(messages, "", tools=False)

    # -- how it sends

    @property
    def _tail(self) -> str:
        told = f"sessionId={self.id} | " if self.tells else ""
        return f"\n\nRuntime: agent=home | session=agent:home | {told}model=r/r | os=BSD"

    def _add(self, text: str) -> None:
        self.kept.append({"role": "user", "content": text if self.kept else text + self._tail})

    @property
    def _session(self) -> str:
        return f"{self.id}:{self.compactions}"

    def _whole(self, messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"role": "system", "content": self.system}, *messages]

    async def _send(
        self, messages: list[dict[str, Any]], keeps: list[dict[str, Any]] | None = None
    ) -> Seen:
        seen = await self._exchange(self._whole(messages), self._session)
        if seen.got.message:
            (self.kept if keeps is None else keeps).append(_as_kept(seen.got.message))
        return seen

    async def _exchange(
        self, messages: list[dict[str, Any]], session: str, *, tools: bool = True
    ) -> Seen:
        body, headers = self._request(messages, session, tools=tools)
        read = await told(self.lab, "/classify", body, headers)
        shown = await told(self.lab, "/route", body, headers)
        got = await ask(self.lab, body, headers)
        if got.message:
            assert (got.model, got.reason) == (shown["model"], shown["reason"])
        return Seen(read["turn"], shown["session"]["known"], shown["session"]["locked"], got)

    def _request(
        self, messages: list[dict[str, Any]], session: str, *, tools: bool
    ) -> tuple[dict[str, Any], dict[str, str]]:
        body: dict[str, Any] = {
            "model": "router",
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_completion_tokens": 8192,
        }
        if tools:
            body |= {"tools": list(_tools()), "tool_choice": "auto"}
        headers = {"accept": "application/json"}
        if self.compat and session:
            body["prompt_cache_key"] = session
            names = ("session_id", "x-session-affinity", "x-client-request-id")
            headers |= dict.fromkeys(names, session)
        return body, headers


def _context() -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": CONTEXT}]}


def _tools() -> Iterator[dict[str, Any]]:
    for name in ("look", "exec", "sessions_spawn"):
        function = {"name": name, "parameters": {"type": "object", "properties": {}}}
        yield {"type": "function", "function": function}


def _as_kept(message: dict[str, Any]) -> dict[str, Any]:
    """An answer as it is sent again: with ids of letters and digits alone."""
    calls = [{**call, "id": call["id"].replace("_", "")} for call in message.get("tool_calls", ())]
    return {**message, "tool_calls": calls} if calls else message
