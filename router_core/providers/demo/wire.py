"""The demo's answers in OpenAI's form: a whole completion, or its chunks."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from router_core.providers.demo.answer import Answer, Choice
from router_core.providers.demo.tools import ToolCall

__all__ = ["Wire"]

_ALTERNATIVES: Final = (" the", " a", " and", " of", " to", " in", " is", " it", " for", " on")
_MAX_ALTERNATIVES: Final = 20
"""OpenAI's bound of ``top_logprobs`` (its API reference)."""

Step = list[dict[str, Any]]
"""Chunks that leave together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Renders one answer.

    Attributes:
        id: of the completion.
        created: Unix seconds.
        model: as the answer names it.
        new_id: makes the ids of tool calls.
        logprobs: whether the caller asked for them.
        top_logprobs: how many alternatives a token, 0 to 20.
        include_usage: whether the caller asked for the usage chunk; then the other
            chunks have ``usage: null``, as OpenAI's have.
    """

    id: str
    created: int
    model: str
    new_id: Callable[[], str]
    logprobs: bool = False
    top_logprobs: int = 0
    include_usage: bool = False

    def completion(self, answer: Answer) -> dict[str, Any]:
        """The whole answer."""
        return {
            **self._head("chat.completion"),
            "choices": [
                {
                    "index": index,
                    "message": self._message(choice),
                    "logprobs": self._logprobs(choice.words),
                    "finish_reason": choice.finish_reason,
                }
                for index, choice in enumerate(answer.choices)
            ],
            "usage": _usage(answer),
        }

    def steps(self, answer: Answer) -> Iterator[Step]:
        """The chunks: roles, then a piece of each choice a step, ends, and the usage last."""
        yield [self._chunk(index, _opening(choice)) for index, choice in enumerate(answer.choices)]
        for pieces in zip_longest(*(self._pieces(i, c) for i, c in enumerate(answer.choices))):
            yield [piece for piece in pieces if piece is not None]
        yield [
            self._chunk(index, {}, finish_reason=choice.finish_reason)
            for index, choice in enumerate(answer.choices)
        ]
        yield [{**self._head("chat.completion.chunk"), "choices": [], "usage": _usage(answer)}]

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": "demo",
        }

    def _chunk(
        self,
        index: int,
        delta: dict[str, Any],
        *,
        words: tuple[str, ...] = (),
        finish_reason: str | None = None,
    ) -> dict[str, Any]:
        choice = {
            "index": index,
            "delta": delta,
            "logprobs": self._logprobs(words),
            "finish_reason": finish_reason,
        }
        usage = {"usage": None} if self.include_usage else {}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **usage}

    def _pieces(self, index: int, choice: Choice) -> Iterator[dict[str, Any]]:
        for word in choice.words:
            yield self._chunk(index, {"content": word}, words=(word,))
        for position, call in enumerate(choice.calls):
            for fragment in self._call_fragments(call):
                yield self._chunk(index, {"tool_calls": [{"index": position, **fragment}]})

    def _message(self, choice: Choice) -> dict[str, Any]:
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if choice.calls else "".join(choice.words),
            "refusal": None,
            "annotations": [],
        }
        if choice.calls:
            message["tool_calls"] = [self._call(call) for call in choice.calls]
        return message

    def _call(self, call: ToolCall) -> dict[str, Any]:
        """A tool call, with an id of its own."""
        kind, text = ("custom", "input") if call.custom else ("function", "arguments")
        return {
            "id": f"call_demo_{self.new_id()}",
            "type": kind,
            kind: {"name": call.name, text: call.arguments},
        }

    def _call_fragments(self, call: ToolCall) -> Iterator[dict[str, Any]]:
        """The call without its text, then the text word by word, to be joined."""
        kind, text = ("custom", "input") if call.custom else ("function", "arguments")
        whole = self._call(call)
        yield {**whole, kind: {"name": call.name, text: ""}}
        for word in _split(call.arguments):
            yield {kind: {text: word}}

    def _logprobs(self, words: tuple[str, ...]) -> dict[str, Any] | None:
        if not self.logprobs or not words:
            return None
        return {"content": [self._token(word) for word in words], "refusal": None}

    def _token(self, word: str) -> dict[str, Any]:
        """A word with a made-up probability, the same for the same word."""
        chance = -0.01 - zlib.crc32(_bytes(word)) % 1000 / 2000
        others = [other for other in _alternatives() if other != word]
        likeliest = [word, *others][: min(self.top_logprobs, _MAX_ALTERNATIVES)]
        return {
            **_logprob(word, chance),
            "top_logprobs": [_logprob(w, chance - rank) for rank, w in enumerate(likeliest)],
        }


def _opening(choice: Choice) -> dict[str, Any]:
    content = None if choice.calls else ""
    return {"role": "assistant", "content": content, "refusal": None}


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
        "cost": 0.0,
        "demo": True,
    }


def _split(text: str) -> Iterator[str]:
    """The text in pieces that end with a space, but for the last."""
    head, space, rest = text.partition(" ")
    while space:
        yield head + space
        head, space, rest = rest.partition(" ")
    if head:
        yield head


def _alternatives() -> Iterator[str]:
    yield from _ALTERNATIVES
    yield from (word.upper() for word in _ALTERNATIVES)


def _logprob(token: str, chance: float) -> dict[str, Any]:
    return {"token": token, "logprob": chance, "bytes": list(_bytes(token))}


def _bytes(token: str) -> bytes:
    return token.encode(errors="surrogatepass")
