"""Plays labelled conversations through a router that answers nothing: who would be called?

Each conversation grows as a client would send it: system prompt, what was typed, made-up
answers that differ, tool calls and their results. Nothing carries a conversation's id,
so the router knows it by its history. Time is the clock's, which moves with pauses and
answers. All begin at the same time and share one store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from itertools import count
from typing import Any, Final

from benchmarks.dialogues import Dialogue, Typed
from router_core.app.classify import Classify
from router_core.app.prospects import Prospects
from router_core.app.route import Route, Routed
from router_core.app.sessions import Sessions
from router_core.classifiers.embedded import EmbeddedClassifier
from router_core.clock import SystemClock
from router_core.decide.catalogue import Catalogue
from router_core.decide.chat import ChatRequest, Message, ToolCall
from router_core.decide.config import ModelKey, RoutingConfig
from router_core.decide.defaults import OPENROUTER
from router_core.decide.health import Health
from router_core.decide.target import CATEGORY_PREFIX
from router_core.stores.price_table import GenaiPriceTable
from router_core.stores.session_memory import MemorySessions

START: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""When every conversation begins; its day's prices hold."""

TOOLS: Final = ("read", "exec", "web_search", "message", "calendar")
CHAT_SYSTEM: Final = "You are a helpful assistant."
AGENT_SYSTEM: Final = (
    "<!-- openclaw:attempt:STABLE -->\nYou are an assistant that lives in the user's workspace."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How long things are, in tokens, and how long they take, in seconds.

    A text that is typed has a token for every four characters. OpenClaw's requests have
    36 to 117 kB, nearly all of it its system prompt and tools, in chats as well.

    Attributes:
        chat_system: the system prompt of a plain chat.
        agent_system: that of an agent, with its tools.
        call: a message that calls a tool.
        result: what a tool returns.
        tools_loop: how many requests with results follow one that is about ``tools``,
            in a conversation with an agent.
        code_loop: the same where it is about ``code``.
        begin_s: until an answer begins.
        tokens_a_second: how fast it comes.
        tool_s: how long a tool runs.
    """

    chat_system: int = 15_000
    agent_system: int = 15_000
    call: int = 50
    result: int = 500
    tools_loop: int = 3
    code_loop: int = 1
    begin_s: float = 1.0
    tokens_a_second: float = 60.0
    tool_s: float = 2.0


class Strategy(Enum):
    """How the model of a turn is found; the value is the name of its column."""

    ROUTER = "router"
    """As the router does it."""
    ALONE = "each alone"
    """Each request is routed as if it were the first."""
    PINNED = "pinned"
    """The conversation stays for ever where its first turn led."""
    LAST_THREE = "last three"
    """The last three texts that were typed, in one, are routed as if they were the first."""
    LABELLED = "as labelled"
    """Each turn goes where its label says: what it costs to be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a model.

    Attributes:
        at: when, in seconds since the conversation began.
        tokens: how long its prompt is.
    """

    model: ModelKey
    at: float
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one turn.

    Attributes:
        category: what it was routed as.
        calls: its requests; those after the first bring results of tools.
        known: whether the router knew the conversation, each time that it had answered.
    """

    category: str
    calls: tuple[Call, ...]
    known: bool = True

    @property
    def model(self) -> ModelKey:
        """Who was called first."""
        return self.calls[0].model


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A conversation, and a step for each of its turns."""

    dialogue: Dialogue
    steps: tuple[Step, ...]


class PlayedClock(SystemClock):
    """The time of a conversation that is played."""

    def __init__(self) -> None:
        """Stands at the start."""
        self.seconds = 0.0

    def monotonic(self) -> float:
        """Seconds since the conversation began."""
        return self.seconds

    def now(self) -> datetime:
        """The time of day in it."""
        return START + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogue, which does not change."""

    catalogue: Catalogue

    def current(self) -> Catalogue:
        """What is known."""
        return self.catalogue


@dataclass(slots=True)
class _Talk:
    """A conversation under way."""

    messages: list[Message]
    tokens: int
    typed: list[str] = field(default_factory=list)
    tools: tuple[str, ...] = ()

    def add(self, message: Message, tokens: int) -> None:
        self.messages.append(message)
        self.tokens += tokens

    def request(self, strategy: Strategy, label: str) -> ChatRequest:
        messages = tuple(self.messages)
        if strategy is Strategy.LAST_THREE:
            together = "\n".join(self.typed[-3:])
            messages = (messages[0], Message(role="user", texts=(together,)))
        return ChatRequest(
            messages=messages,
            body={},
            model=CATEGORY_PREFIX + label if strategy is Strategy.LABELLED else None,
            tools=self.tools,
            prompt_bytes=4 * self.tokens,
        )


class Player:
    """A router without providers, and a clock to play conversations by.

    Args:
        config: the routing config.
        catalogue: what is known of its models.
        sizes: how long everything is.
    """

    def __init__(self, config: RoutingConfig, catalogue: Catalogue, sizes: Sizes) -> None:
        self._sizes = sizes
        self._config = config
        self.clock = PlayedClock()
        threads = count()
        self.route = Route(
            Classify({"embedded": EmbeddedClassifier()}, self.clock),
            Prospects(Known(catalogue), Health(), self.clock),
            Sessions(
                MemorySessions(bytes(32), lambda: config.continuity.max_sessions),
                self.clock,
                lambda: f"{next(threads):032x}",
            ),
        )

    async def play(self, dialogue: Dialogue, strategy: Strategy) -> Played:
        """Plays one conversation from its beginning."""
        sizes, self.clock.seconds = self._sizes, 0.0
        text = AGENT_SYSTEM if dialogue.is_agent else CHAT_SYSTEM
        talk = _Talk(
            messages=[Message(role="system", texts=(text,))],
            tokens=sizes.agent_system if dialogue.is_agent else sizes.chat_system,
            tools=TOOLS if dialogue.is_agent else (),
        )
        steps: list[Step] = []
        pinned: Routed | None = None
        for number, typed in enumerate(dialogue.turns):
            self.clock.seconds += typed.pause_s
            talk.typed.append(typed.text)
            talk.add(Message(role="user", texts=(typed.text,)), -(-len(typed.text) // 4))
            calls: list[Call] = []
            all_routed: list[Routed] = []
            loop = self._loop_of(typed) if dialogue.is_agent else 0
            for left in range(loop, -1, -1):
                request = talk.request(strategy, typed.category)
                routed = pinned or await self.route(request, self._config)
                all_routed.append(routed)
                calls.append(self._called(routed, talk))
                self._answer(talk, routed, typed, f"{dialogue.id}.{number}.{left}", more=left > 0)
            if strategy is Strategy.PINNED:
                pinned = all_routed[0]
            steps.append(
                Step(
                    category=all_routed[0].decision.category,
                    calls=tuple(calls),
                    known=all(
                        each.decision.session.known or not each.place.answers for each in all_routed
                    ),
                )
            )
        return Played(dialogue=dialogue, steps=tuple(steps))

    def _loop_of(self, typed: Typed) -> int:
        loops = {"tools": self._sizes.tools_loop, "code": self._sizes.code_loop}
        return loops.get(typed.category, 0)

    def _called(self, routed: Routed, talk: _Talk) -> Call:
        model = routed.decision.to_call[0]
        return Call(model=model.key, at=self.clock.seconds, tokens=talk.tokens)

    def _answer(self, talk: _Talk, routed: Routed, typed: Typed, name: str, *, more: bool) -> None:
        """The model's answer; the call of a tool and its result where there is ``more``."""
        sizes = self._sizes
        tokens = sizes.call if more else typed.answer_tokens
        calls = (ToolCall("exec", f'{{"command": "step {name}"}}'),) if more else ()
        texts = () if more else (f"This is answer {name}.",)
        answer = Message(role="assistant", texts=texts, tool_calls=calls)
        talk.add(answer, tokens)
        self.clock.seconds += sizes.begin_s + tokens / sizes.tokens_a_second
        said = routed.place.listener()
        if said is not None:
            said.reads(_completion(answer))
        self.route.sessions.remember(
            routed.place, routed.decision, routed.decision.to_call[0], talk.tokens, said
        )
        if more:
            talk.add(Message(role="tool", texts=(f"The result of {name}.",)), sizes.result)
            self.clock.seconds += sizes.tool_s


def play(
    dialogues: Sequence[Dialogue],
    config: RoutingConfig,
    catalogue: Catalogue,
    sizes: Sizes | None = None,
) -> Mapping[Strategy, Sequence[Played]]:
    """Plays conversations in every way."""
    forgetful = replace(config, continuity=replace(config.continuity, enabled=False))

    async def all_of(strategy: Strategy) -> Sequence[Played]:
        used = config if strategy is Strategy.ROUTER else forgetful
        player = Player(used, catalogue, sizes or Sizes())
        return [await player.play(dialogue, strategy) for dialogue in dialogues]

    async def every() -> Mapping[Strategy, Sequence[Played]]:
        return {strategy: await all_of(strategy) for strategy in Strategy}

    return asyncio.run(every())


def _completion(answer: Message) -> dict[str, Any]:
    calls = [
        {"function": {"name": call.name, "arguments": call.arguments}} for call in answer.tool_calls
    ]
    message = {"content": "".join(answer.texts) or None, "tool_calls": calls}
    return {"choices": [{"index": 0, "message": message}]}


@cache
def known() -> Catalogue:
    """The price table of the day on which all conversations begin."""
    table = GenaiPriceTable()
    table.load()
    return Catalogue(table={OPENROUTER.name: table.models(OPENROUTER, START.date())})
