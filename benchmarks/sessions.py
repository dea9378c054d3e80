"""What following conversations costs in time: digests of histories, and the rest.

Processor time of this process, the median of many runs. "Lookup and update" is finding a
conversation, as it stands now, and remembering its next answer; its digests have figures
of their own, and reading the turn is done for every request. "What memory adds" is the
time of a decision with what is remembered and of remembering its answer, less that of a
decision without, on the same request, digests aside: what the turn means for the
conversation is in it, too.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from statistics import median
from time import process_time_ns
from typing import Any, Final

from benchmarks.figures import Spread
from benchmarks.noise import ForeignTime
from benchmarks.options import Options
from benchmarks.playing import Player, Sizes, known
from benchmarks.progress import report
from benchmarks.tables import Goal, Table
from benchmarks.yards import TARGETS, YARD_NOTE, cost_us, yard_row, yard_us
from router_core.app.route import Routed
from router_core.app.sessions import Place
from router_core.decide.chat import ChatRequest, Message, ToolCall
from router_core.decide.config import Mode
from router_core.decide.defaults import default_config
from router_core.decide.peel import read_turn
from router_core.decide.prefixes import PrefixHasher
from router_core.decide.routing import RouteReason

GOAL_MESSAGE_US: Final = 1.0
GOAL_100_KB_US: Final = 200.0
"""The most that a digest should cost, for each message and for 100 kB."""
GOAL_LOOKUP_US: Final = 60.0
"""The most that lookup and update should take."""

LOOKUP: Final = "lookup and update"
ADDED: Final = "what memory adds"
BY_ID, BY_HISTORY, CHANGES = "known by an id", "known by its history", "another subject"
WAYS: Final = (BY_ID, BY_HISTORY, CHANGES)
"""How a conversation of `_ANSWERS` answers is known; the last one by its history, too."""

_ANSWERS: Final = 20
_CODE: Final = "my Python function raises a KeyError, fix the loop"
_ANOTHER: Final = "Why is the sky blue at noon and red at dusk, and what decides between the two?"
_RUNS: Final = 500
_QUICK_RUNS: Final = 20
_UNUSED: Final = [""]

Work = Callable[[str], object]


def run(options: Options) -> Table:
    """Measures everything once a round."""
    runs = _QUICK_RUNS if options.quick else _RUNS
    foreign = ForeignTime()
    histories, ways = dict(_histories()), [_Way(way) for way in WAYS]
    figures: dict[str, list[float]] = {}
    yards: list[float] = []
    for number in range(options.rounds):
        report(f"sessions: round {number + 1} of {options.rounds}")
        yards.append(yard_us(runs))
        for name, work in _digests(histories).items():
            figures.setdefault(name, []).append(cost_us(work, _UNUSED, runs))
        for way in ways:
            for name, cost in way.costs(runs).items():
                figures.setdefault(f"{name}, {way.name}", []).append(cost)
    figures["yardstick"] = yards
    share = foreign.share()
    return Table(
        title="continuity: processor time of following a conversation",
        targets=TARGETS,
        rows=tuple(yard_row(name, took, yards) for name, took in figures.items()),
        goals=_goals(figures, histories),
        notes=(
            f"{options.rounds} rounds; the median of {runs} runs each",
            f"the conversation that is known has {_ANSWERS} answers",
            f"{LOOKUP}: finding and remembering, less reading the turn and digests",
            f"{ADDED}: a decision with memory and remembering, less a decision without and digests",
            YARD_NOTE,
            *(
                []
                if share is None
                else [f"other processes took {share:.0%} of the processors' time"]
            ),
            f"Python {platform.python_version()}",
        ),
    )


def _histories() -> Iterator[tuple[str, tuple[Message, ...]]]:
    for messages, length in ((20, 100), (200, 100), (100, 1_000)):
        yield f"digest, {messages} messages of {length:,} characters", _chat(messages, length)
    yield "digest, tool loop of 200 messages", _tool_loop(200)


def _digests(histories: Mapping[str, tuple[Message, ...]]) -> dict[str, Work]:
    hasher = PrefixHasher(bytes(32))
    works: dict[str, Work] = {}
    for name, messages in histories.items():
        turn = read_turn(messages)
        works[name] = partial(_digest, lambda: hasher, messages, turn)
        if "tool" in name:
            works[f"{name}, all new"] = partial(
                _digest, lambda: PrefixHasher(bytes(32)), messages, turn
            )
    return works


def _digest(hasher: Callable[[], PrefixHasher], messages: Any, turn: Any, _text: str) -> object:
    return hasher().read("", messages, turn)


def _goals(
    figures: Mapping[str, list[float]], histories: Mapping[str, tuple[Message, ...]]
) -> tuple[Goal, ...]:
    limits = {name: _digest_goal(messages) for name, messages in histories.items()}
    limits |= {f"{LOOKUP}, {way}": GOAL_LOOKUP_US for way in WAYS}
    return tuple(
        Goal(name=name, value=Spread.of(figures[name]), unit="us", limit=limit, at_least=False)
        for name, limit in limits.items()
    )


def _digest_goal(messages: tuple[Message, ...]) -> float:
    size = sum(
        sum(map(len, message.texts)) + sum(len(call.arguments) for call in message.tool_calls)
        for message in messages
    )
    return GOAL_MESSAGE_US * len(messages) + GOAL_100_KB_US * size / 100_000


class _Way:
    """A conversation that has been followed so far, by one way to know it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._config = replace(default_config(), mode=Mode.EMBEDDED)
        forgetful = replace(
            self._config, continuity=replace(self._config.continuity, enabled=False)
        )
        # Each has a router of its own: a classifier keeps what it made of one config.
        self._player = Player(self._config, known(), Sizes())
        self._without = partial(Player(forgetful, known(), Sizes()).route, config=forgetful)
        self._numbers = count()
        self._session_id = "bench" if name == BY_ID else None
        messages = _chat(2 * _ANSWERS, 100, _CODE)
        for end in range(1, len(messages), 2):
            routed = self._decide(self._request(messages[:end]))
            self._remember(routed, messages[end].texts[0])
        asked = _ANOTHER if name == CHANGES else "and in Java?"
        self._asked = self._request((*messages, Message(role="user", texts=(asked,))))

    def costs(self, runs: int) -> dict[str, float]:
        """Microseconds of each part, by name."""
        sessions, asked, config = self._player.route.sessions, self._asked, self._config
        place = sessions.find(asked, config)
        routed = self._decide(asked)
        assert routed.decision.session.known
        reason = RouteReason.SESSION_SWITCHED if self.name == CHANGES else RouteReason.SESSION_KEPT
        assert routed.decision.reason is reason
        turn, hasher = place.turn, PrefixHasher(bytes(32))
        works: dict[str, Work] = {
            "digests": lambda _: hasher.read("", asked.messages, turn),
            "reading the turn": lambda _: read_turn(asked.messages),
            "finding": lambda _: sessions.ongoing(sessions.find(asked, config), asked, config),
            "remembering": lambda _: self._remember(routed),
            "a decision with memory": lambda _: self._decide(asked),
            "a decision without": lambda _: _result(self._without(asked)),
        }
        if place.prefixes is None:
            del works["digests"]
        for work in works.values():
            work("")
            self._as_before(place)
        took: dict[str, list[int]] = {name: [] for name in works}
        # In turn, so that a slow spell of the machine hits all of them.
        for _ in range(runs):
            for name, work in works.items():
                began = process_time_ns()
                work("")
                took[name].append(process_time_ns() - began)
                self._as_before(place)
        digests = took.get("digests", [0] * runs)
        added = zip(
            took["a decision with memory"],
            took["remembering"],
            took["a decision without"],
            digests,
            strict=True,
        )
        looked = zip(
            took["finding"], took["remembering"], took["reading the turn"], digests, strict=True
        )
        took[LOOKUP] = [found + kept - read - digest for found, kept, read, digest in looked]
        took[ADDED] = [memory + kept - without - digest for memory, kept, without, digest in added]
        return {name: median(each) / 1_000 for name, each in took.items()}

    def _as_before(self, place: Place) -> None:
        """Forgets what was remembered: else the request would ask for the same answer again."""
        if place.name is not None and place.session is not None:
            self._player.route.sessions.store.put((place.name,), place.session)

    def _request(self, messages: tuple[Message, ...]) -> ChatRequest:
        return ChatRequest(messages=messages, body={}, session_id=self._session_id)

    def _decide(self, request: ChatRequest) -> Routed:
        return _result(self._player.route(request, self._config))

    def _remember(self, routed: Routed, text: str = "") -> None:
        said = routed.place.listener()
        if said is not None:
            said.reads(_completion(text or f"Answer {next(self._numbers)}."))
        model = routed.decision.to_call[0]
        self._player.route.sessions.remember(routed.place, routed.decision, model, 4_000, said)


def _completion(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"content": text}}]}


def _result(asked: Coroutine[Any, Any, Routed]) -> Routed:
    """What a coroutine returns that waits for nothing; without the cost of a loop."""
    try:
        asked.send(None)
    except StopIteration as done:
        result: Routed = done.value
        return result
    raise AssertionError("it waits")


def _chat(messages: int, length: int, text: str = "") -> tuple[Message, ...]:
    roles = ("user", "assistant")
    return tuple(
        Message(role=roles[number % 2], texts=(_text(number, length, text),))
        for number in range(messages)
    )


def _tool_loop(messages: int) -> tuple[Message, ...]:
    """A task, then calls with arguments and their results."""
    made = [Message(role="user", texts=(_text(0, 100),))]
    while len(made) < messages:
        number = len(made)
        if number % 2:
            arguments = json.dumps({"path": f"src/{number}.py", "from": number, "text": "x" * 80})
            made.append(Message(role="assistant", tool_calls=(ToolCall("edit", arguments),)))
        else:
            made.append(Message(role="tool", texts=(_text(number, 300),)))
    return tuple(made)


def _text(number: int, length: int, text: str = "") -> str:
    told = f"{number}: {text or 'what was said here, and a little more of it'}. "
    return (told * (length // 20))[:length]
