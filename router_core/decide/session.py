"""What is remembered of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from router_core.decide.config import ModelKey

__all__ = ["MOST_CACHES", "Cache", "Session", "Topics", "answered"]

Topics = tuple[tuple[str, float], ...]
"""What a conversation may be about: categories, each with its share; they sum to 1."""

MOST_CACHES: Final = 4
"""How many models a session remembers to have read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A model that has read the conversation, so that its provider may have it in its cache.

    Attributes:
        tokens: how much it has read, its own answer included.
        at: when, in seconds since 1970.
    """

    model: ModelKey
    tokens: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A conversation at one of its answers.

    It belongs to that point of the history: what is asked next may come from there more
    than once, and then there are two conversations.

    Attributes:
        thread: the conversation's opaque id, which providers are told; 32 hexadecimal
            digits. Conversations that part keep it.
        category: what it was last routed as; ``""``: a model was named.
        topics: what it may be about, as far as can be told from all turns together.
        model: the model that gave the answer.
        used_at: when, in seconds since 1970.
        answers: how many answers it has.
        foreign: how many messages at its beginning, the system's included, the model
            took over from others.
        preamble: tells one system prompt and set of tools from another.
        caches: models that have read it, ``model`` first; `MOST_CACHES` at the most.
    """

    thread: str
    category: str
    model: ModelKey
    used_at: float
    topics: Topics = ()
    answers: int = 1
    foreign: int = 0
    preamble: int = 0
    caches: tuple[Cache, ...] = ()

    @property
    def tokens(self) -> int:
        """How long it is, as its last answer's usage told; 0: not known."""
        return self.caches[0].tokens if self.caches else 0

    def idle_s(self, now: float) -> float:
        """How long nothing has been heard of it, in seconds; clocks may be set back."""
        return max(0.0, now - self.used_at)

    def begins(self, preamble: int, answers: int) -> bool:
        """Whether a request begins as this conversation does, so that its caches are of use.

        Args:
            preamble: the request's, as the attribute.
            answers: how many its history has; one fewer is asked for again.
        """
        return preamble == self.preamble and answers >= self.answers - 1

    def warm(self, now: float, lives_s: float) -> Iterator[Cache]:
        """Those caches that nobody has thrown away yet.

        Args:
            now: seconds since 1970.
            lives_s: how long a provider keeps what was read, in seconds.
        """
        return (cache for cache in self.caches if now - cache.at <= lives_s)

    def also_read(self, caches: Iterable[Cache]) -> Session:
        """The same, with further models that have read it, beside the conversation."""
        known = {cache.model for cache in self.caches}
        return replace(self, caches=(*self.caches, *(c for c in caches if c.model not in known)))


def answered(  # noqa: PLR0913  # one value from what a request knows; each has a name
    known: Session | None,
    *,
    thread: str,
    category: str,
    topics: Topics,
    model: ModelKey,
    now: float,
    tokens: int,
    answers: int,
    handed_over: int,
    held_all: bool,
    preamble: int,
) -> Session:
    """A conversation after one more answer.

    Args:
        known: what was remembered of it before; ``None``: nothing.
        thread: its opaque id.
        category: what it was routed as; ``""``: a model was named.
        topics: what it is about; empty: nothing was learnt.
        model: who answered.
        now: when, in seconds since 1970.
        tokens: how long it is with the answer.
        answers: how many it has with this one.
        handed_over: how many messages the model took over, if another held it before.
        held_all: whether an unknown conversation is taken to have been the model's own.
        preamble: tells one system prompt and set of tools from another.
    """
    kept: tuple[Cache, ...] = ()
    foreign = 0 if held_all else handed_over
    if known is not None:
        if known.begins(preamble, answers - 1):
            kept = tuple(cache for cache in known.caches if cache.model != model)
        # Answers that are not known here may be anybody's.
        is_own = known.model == model and answers <= known.answers + 1
        foreign = min(known.foreign, handed_over) if is_own else handed_over
    return Session(
        thread=thread,
        category=category,
        topics=topics,
        model=model,
        used_at=now,
        answers=answers,
        foreign=foreign,
        preamble=preamble,
        caches=(Cache(model=model, tokens=tokens, at=now), *kept)[:MOST_CACHES],
    )
