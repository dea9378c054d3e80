"""Finds the conversation that a request belongs to, and remembers its answer.

Who is it? An id that the caller gives, one that its client's envelope carries, or the
longest part of its history that an answer of ours has ended (`decide/prefixes.py`).
Nothing is remembered of what failed, was given up, or was the client's own upkeep.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from router_core.app.ports import Clock, SessionStore
from router_core.decide.chat import SYSTEM_ROLES, TOOL_ROLES, ChatRequest, Message
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.continuity import Ongoing, has_signed_reasoning, in_tool_loop
from router_core.decide.envelopes import conversation_of
from router_core.decide.peel import read_turn
from router_core.decide.prefixes import Prefixes, PrefixHasher
from router_core.decide.routing import RouteDecision
from router_core.decide.said import Said
from router_core.decide.session import Session, answered
from router_core.decide.turn import Turn, TurnKind

__all__ = ["Place", "Sessions"]

_ENDS: Final = 64
"""How many characters of either end of a system prompt tell it from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request stands.

    Attributes:
        turn: its last turn.
        thread: the opaque id of its conversation; empty: conversations are not followed.
        session: what is remembered of the conversation; ``None``: it is not known.
        found: under which name; ``None``: likewise.
        upkeep: what is remembered of the client's own upkeep in it, likewise.
        name: under which name it goes on; ``None``: its prefixes tell.
        prefixes: the names of its history; ``None``: it has a name, or conversations are
            not followed.
        answers: how many answers the history has.
        handed_over: how many messages another model would take over.
        preamble: tells one system prompt and set of tools from another.
    """

    turn: Turn
    thread: str = ""
    session: Session | None = None
    found: bytes | None = None
    upkeep: Session | None = None
    name: bytes | None = None
    prefixes: Prefixes | None = None
    answers: int = 0
    handed_over: int = 0
    preamble: int = 0

    @property
    def is_upkeep(self) -> bool:
        """Whether nobody's conversation moves with it."""
        return self.turn.kind is TurnKind.HOUSEKEEPING

    def listener(self) -> Said | None:
        """What has to hear the answer; ``None``: what it says does not matter."""
        return Said() if self.prefixes is not None else None


@dataclass(slots=True)
class Sessions:
    """The use case.

    Args:
        new_thread: makes ids of conversations; 32 hexadecimal digits, none twice.
    """

    store: SessionStore
    clock: Clock
    new_thread: Callable[[], str]
    _hasher: PrefixHasher = field(init=False)

    def __post_init__(self) -> None:
        """Takes the store's key."""
        self._hasher = PrefixHasher(self.store.key)

    def find(self, request: ChatRequest, config: RoutingConfig) -> Place:
        """Where a request stands; changes nothing."""
        turn = read_turn(request.messages, config.disabled_envelopes)
        if not config.continuity.enabled:
            return Place(turn=turn)
        name, prefixes = self._name(request, turn), None
        if name is None:
            whose = f"{request.caller}\0{request.cache_key or ''}"
            prefixes = self._hasher.read(whose, request.messages, turn)
            names = prefixes.answered[::-1]
        else:
            names = (name,)
        found, session = self._first(names)
        is_upkeep = turn.kind is TurnKind.HOUSEKEEPING
        return Place(
            turn=turn,
            thread=session.thread if session else name.hex() if name else self.new_thread(),
            session=session,
            found=found,
            upkeep=self._first(map(self._of_upkeep, names))[1] if is_upkeep else None,
            name=name,
            prefixes=prefixes,
            answers=sum(message.role == "assistant" for message in request.messages),
            handed_over=_handed_over(request.messages),
            preamble=_preamble(request),
        )

    def ongoing(self, place: Place, request: ChatRequest, config: RoutingConfig) -> Ongoing | None:
        """The conversation as it stands now; ``None``: there is none that goes on.

        A request without an answer in it begins anew, whatever id it carries; so does
        one whose model has gone from the config. A tool loop of the client's own upkeep
        is a conversation of its own.
        """
        session, upkeep = place.session, place.upkeep
        # Of a loop that the upkeep has begun, the last answer is the upkeep's own.
        in_loop = upkeep is not None and place.answers <= upkeep.answers and in_tool_loop(request)
        if in_loop:
            session = upkeep
        elif upkeep is not None and session is not None and upkeep.preamble == place.preamble:
            session = session.also_read(upkeep.caches)
        if session is None or not place.answers:
            return None
        model = config.model_of(session.model)
        if model is None:
            return None
        is_behind = place.answers > session.answers
        return Ongoing(
            session=session,
            model=model,
            category=session.category if session.category in config.categories else "",
            now=self.clock.now(),
            cache_s=config.continuity.cache_s,
            same_prefix=session.begins(place.preamble, place.answers),
            signed=not is_behind and has_signed_reasoning(request),
            is_upkeep=in_loop,
            foreign=place.handed_over if is_behind else session.foreign,
            is_behind=is_behind,
            went_back=place.answers == session.answers - 1,
        )

    def remember(
        self,
        place: Place,
        decision: RouteDecision,
        model: ModelRef,
        tokens: int,
        said: Said | None,
    ) -> None:
        """The conversation has one more answer.

        Args:
            place: where the request stood.
            decision: what was decided on it.
            model: who answered.
            tokens: how long the conversation is with the answer.
            said: the answer, where `Place.listener` asked for it.
        """
        if not place.thread:
            return
        known = place.upkeep if place.is_upkeep else place.session
        holder = decision.holder
        session = answered(
            known,
            thread=place.thread,
            category=decision.category,
            topics=decision.topics,
            model=model.key,
            now=self.clock.now().timestamp(),
            tokens=tokens,
            answers=place.answers + 1,
            handed_over=place.handed_over,
            held_all=known is None and holder is not None and holder.key == model.key,
            preamble=place.preamble,
        )
        after = place.found if place.name is None else None
        for index, names in enumerate(self._names_after(place, said)):
            if place.is_upkeep:
                self.store.put(tuple(map(self._of_upkeep, names)), session, aside=True)
            else:  # of several answers the client goes on with one
                self.store.put(names, session, after, aside=index > 0)

    def _names_after(self, place: Place, said: Said | None) -> Iterator[tuple[bytes, ...]]:
        """Yields the names of each point at which the conversation may go on."""
        if place.name is not None:
            yield (place.name,)
        elif place.prefixes is not None and said is not None:
            for answer in said.messages():
                if names := tuple(place.prefixes.after(answer)):
                    yield names

    def _first(self, names: Iterable[bytes]) -> tuple[bytes | None, Session | None]:
        """The first name under which something is remembered, and what."""
        for name in names:
            if (known := self.store.get(name)) is not None:
                return name, known
        return None, None

    def _of_upkeep(self, name: bytes) -> bytes:
        return self._hasher.name_of("upkeep", "", name.hex())

    def _name(self, request: ChatRequest, turn: Turn) -> bytes | None:
        """The conversation's name by an id; ``None``: it carries none.

        ``prompt_cache_key`` is the id of a conversation with agent clients. Anyone
        else's may be the same in all conversations of an application: there it only
        keeps their prefixes apart from those of other applications.
        """
        caller = request.caller
        if request.session_id:
            told = conversation_of(request.session_id, turn.client)
            return self._hasher.name_of("id", caller, told)
        if request.cache_key and turn.client is not None:
            told = conversation_of(request.cache_key, turn.client)
            return self._hasher.name_of("id", caller, told)
        if turn.session_id:
            return self._hasher.name_of("id", caller, turn.session_id)
        return None


def _handed_over(messages: tuple[Message, ...]) -> int:
    """How many messages end with the last answer and the results of its calls."""
    end = 0
    for index, message in enumerate(messages, start=1):
        after_answer = message.role in TOOL_ROLES and end == index - 1
        if message.role == "assistant" or after_answer:
            end = index
    return end


def _preamble(request: ChatRequest) -> int:
    """Tells one system prompt and set of tools from another, by size, ends and names."""
    leading = takewhile(lambda message: message.role in SYSTEM_ROLES, request.messages)
    texts = [text for message in leading for text in message.texts]
    told = [f"{len(text)}:{text[:_ENDS]}{text[-_ENDS:]}" for text in texts]
    return zlib.crc32("\0".join((*told, *request.tools)).encode("utf-8", "surrogatepass"))
