"""A session as JSON text, for the database; what is read may have been spoilt meanwhile.

The text is one flat list, which takes half the time of an object to read; a start
reads very many of them: thread, category, provider and id of the model, used_at,
answers, foreign, preamble, how many topics there are and for each its category and
share, then for each cache provider, id, tokens and at.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from llm_router import json_text
from router_core.decide.config import ModelKey
from router_core.decide.session import MOST_CACHES, Cache, Session

__all__ = ["SessionReader", "render"]

_FIELDS: Final = [str, str, str, str, float, int, int, int, int]
_TOPIC: Final = [str, float]
_CACHE: Final = [str, str, int, float]
_MOST_TOPICS: Final = 1000


def render(session: Session) -> str:
    """The text that stands for a session.

    Raises:
        TypeError: something in it has no place in JSON (half a surrogate pair, an
            integer of more than 64 bits).
    """
    told: list[Any] = [
        session.thread,
        session.category,
        *session.model,
        float(session.used_at),
        session.answers,
        session.foreign,
        session.preamble,
        len(session.topics),
    ]
    for category, share in session.topics:
        told += (category, float(share))
    for cache in session.caches:
        told += (*cache.model, cache.tokens, float(cache.at))
    return json_text.dumps(told)


class SessionReader:
    """Reads sessions; those of one reader share what is equal in them, to save memory."""

    def __init__(self) -> None:
        """Has read none yet."""
        self._models: dict[ModelKey, ModelKey] = {}

    def read(self, text: bytes) -> Session | None:
        """The session that a text stands for; ``None``: it makes no sense."""
        try:
            told = json_text.loads(text)
        except json_text.JsonTextError:
            return None
        if type(told) is not list or not _is_session(list(map(type, told)), told):
            return None
        thread, category, provider, model_id, used_at, answers, foreign, preamble, count = told[:9]
        rest = iter(told[9:])
        topics = [(sys.intern(next(rest)), next(rest)) for _ in range(count)]
        caches = [
            Cache(model=self._model(provider, model_id), tokens=tokens, at=at)
            for provider, model_id, tokens, at in zip(rest, rest, rest, rest, strict=True)
        ]
        return Session(
            thread=sys.intern(thread),
            category=sys.intern(category),
            model=self._model(provider, model_id),
            used_at=used_at,
            topics=tuple(topics),
            answers=answers,
            foreign=foreign,
            preamble=preamble,
            caches=tuple(caches),
        )

    def _model(self, provider: str, model_id: str) -> ModelKey:
        key = (provider, model_id)
        return self._models.setdefault(key, key)


def _is_session(types: list[type], told: list[Any]) -> bool:
    """Whether the list has the parts of a session, each of its type."""
    if types[: len(_FIELDS)] != _FIELDS:
        return False
    count = told[len(_FIELDS) - 1]
    if not 0 <= count <= _MOST_TOPICS:
        return False
    topics = len(_FIELDS) + 2 * count
    caches, left = divmod(len(types) - topics, len(_CACHE))
    if left or not 0 <= caches <= MOST_CACHES:
        return False
    return bool(types[len(_FIELDS) :] == _TOPIC * count + _CACHE * caches)
