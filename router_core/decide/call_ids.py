"""Ids of tool calls that a model's provider takes."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

__all__ = ["ANY", "CallIds", "is_mistral"]

ANY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What everyone but Mistral takes: OpenAI's length, Anthropic's alphabet."""

_NINE: Final = re.compile(r"[A-Za-z0-9]{9}")
"""All that Mistral takes, wherever its models are served; everyone else takes it too."""

_MISTRAL_NAMES: Final = (
    "mistral",
    "ministral",
    "magistral",
    "mixtral",
    "codestral",
    "devstral",
    "pixtral",
    "voxtral",
)


def is_mistral(model_id: str) -> bool:
    """Whether Mistral made the model, going by its id."""
    name = model_id.lower()
    return any(known in name for known in _MISTRAL_NAMES)


class CallIds:
    """Gives the calls of one conversation their ids, in order.

    An id that the target takes, and that no earlier call has, stays. Any other becomes
    nine hexadecimal digits of its hash. What a call gets depends on the calls before it
    and on nothing after it, so a conversation that grows keeps its ids, and the
    provider's cache of it; and a second pass changes nothing.
    """

    def __init__(self, model_id: str) -> None:
        self._allowed = _NINE if is_mistral(model_id) else ANY
        self._taken: set[str] = set()
        self._tries: dict[str, int] = {}

    def next(self, old: str) -> str:
        """The id of the next call, which has the id ``old`` so far."""
        new = old
        while new in self._taken or self._allowed.fullmatch(new) is None:
            tries = self._tries.get(old, 0)
            self._tries[old] = tries + 1
            new = _nine_digits(f"{tries}:{old}")
        self._taken.add(new)
        return new


def _nine_digits(text: str) -> str:
    # A lone surrogate is no text, but it may be in a Python string all the same.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()[:9]
