"""Ollama's native API, as far as a classifier needs it.

Plain calls, answers of bounded size, and a typed failure for whatever goes wrong. How
long a call may take is the caller's to limit; one that is cancelled closes its
connection, which is how Ollama learns that nobody waits any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import ECONNREFUSED
from typing import Any, Final

import aiohttp

from router_core.decide.failures import FailureClass

__all__ = ["OllamaApi", "OllamaFailure", "Told"]

NUM_CTX: Final = 4096
"""Tokens of context. Ollama loads a model anew for another number, so it never changes;
this one holds the longest question, and is Ollama's own on most machines."""

NUM_PREDICT: Final = 3
"""Most tokens of an answer: a letter and its dress, such as "**B"."""

_TOP_LOGPROBS: Final = 20
"""How many of the likeliest tokens are told; Ollama's most."""

_CONNECT_S: Final = 5.0
_MAX_ANSWER: Final = 256 * 1024
"""Bytes of an answer, many times what one takes."""


class OllamaFailure(Exception):
    """A call of Ollama failed.

    Attributes:
        cause: why, for a person; nothing of a prompt or an answer.
        outcome: why, for the ledger.
        cold: whether the model may not be loaded (any more).
        status: the HTTP status; ``None``: none came.
    """

    def __init__(
        self,
        cause: str,
        outcome: FailureClass,
        *,
        cold: bool = False,
        status: int | None = None,
    ) -> None:
        """Keeps them."""
        super().__init__(cause)
        self.cause = cause
        self.outcome = outcome
        self.cold = cold
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a model answered.

    Attributes:
        logprobs: as Ollama sent them, of any form; ``None``: it sent none.
        load_s: how long it took until the model was ready, in seconds.
    """

    text: str
    logprobs: Any = None
    load_s: float = 0.0


class OllamaApi:
    """One Ollama.

    Args:
        url: what ``/api/chat`` is appended to.
        keep_alive_s: how long Ollama keeps a model after a call, in seconds.
    """

    def __init__(self, url: str, keep_alive_s: float) -> None:
        self._url = url
        self._keep_alive_s = keep_alive_s
        self._session: aiohttp.ClientSession | None = None

    async def chat(self, model: str, messages: Sequence[Mapping[str, str]]) -> Told:
        """Asks a model, which Ollama loads first where it is not; see `NUM_PREDICT`.

        Raises:
            OllamaFailure: there is no answer.
        """
        body: dict[str, Any] = {
            "model": model,
            "messages": messages,
            "stream": False,
            "think": False,  # else a model that can think spends its few tokens on that
            "keep_alive": self._keep_alive_s,
            "options": {"temperature": 0, "num_ctx": NUM_CTX, "num_predict": NUM_PREDICT},
        }
        wishes = {"logprobs": True, "top_logprobs": _TOP_LOGPROBS}
        status, raw = await self._call("POST", "/api/chat", body | wishes)
        if status == 400:  # perhaps it does not know what log probabilities are
            status, raw = await self._call("POST", "/api/chat", body)
        return self._told(self._object(status, raw, model))

    async def listing(self, model: str) -> Mapping[str, Any] | None:
        """How Ollama lists the model among those in memory; ``None``: it does not.

        Two that are equal are of one load with the same context. A model that is being
        loaded may be listed too, so being listed proves nothing, but not being so does.

        Raises:
            OllamaFailure: it does not say.
        """
        status, raw = await self._call("GET", "/api/ps")
        models = self._object(status, raw, model).get("models")
        for listed in models if isinstance(models, list) else []:
            if isinstance(listed, dict) and _same_name(listed.get("name"), model):
                return {key: listed.get(key) for key in ("digest", "context_length")}
        return None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "llm-router", "Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_S),
                trust_env=False,
            )
        try:
            response = await self._session.request(
                method, self._url + path, json=body, allow_redirects=False
            )
            try:
                return response.status, await self._read(response)
            finally:
                response.close()
        except (aiohttp.ClientError, OSError) as error:
            # Without its cause: aiohttp's errors hold the request.
            raise self._no_answer(error) from None

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        raw = b""
        while piece := await response.content.readany():
            raw += piece
            if len(raw) > _MAX_ANSWER:
                raise self._unreadable("is too long")
        return raw

    def _no_answer(self, error: Exception) -> OllamaFailure:
        """The meaning of a transport's error."""
        found = (row for row in _TRANSPORT if isinstance(error, row[0]))
        _, outcome, what = next(found, _BROKEN)
        if isinstance(error, aiohttp.ClientConnectorError) and error.errno == ECONNREFUSED:
            what = "does not answer: connection refused"
        return OllamaFailure(f"Ollama at {self._url} {what}", outcome, cold=True)

    def _object(self, status: int, raw: bytes, model: str) -> Mapping[str, Any]:
        """The JSON object of a good answer."""
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError):
            answer = None
        told = answer if isinstance(answer, dict) else {}
        error = told.get("error")
        if status == 200 and told and not error:
            return told
        if status == 200 and not error:
            raise self._unreadable("is not what Ollama sends")
        raise self._refused(status, error if isinstance(error, str) else "", model)

    def _refused(self, status: int, error: str, model: str) -> OllamaFailure:
        """The meaning of an error; its text is read, never repeated: it may quote."""
        if status == 404 and "not found" in error and "model" in error:
            cause = f"the model {model} is not there: `ollama pull {model}`"
            return OllamaFailure(cause, FailureClass.MODEL_GONE, cold=True, status=status)
        if status == 503:
            cause = "Ollama is busy: its queue is full"
            return OllamaFailure(cause, FailureClass.RATE_LIMITED, status=status)
        if "does not support" in error:
            cause = f"the model {model} cannot chat"
            return OllamaFailure(cause, FailureClass.REJECTED, status=status)
        if "memory" in error:
            cause = f"Ollama lacks the memory for the model {model}"
            return OllamaFailure(cause, FailureClass.SERVER_ERROR, cold=True, status=status)
        if status == 200 or status >= 500:
            cause = f"Ollama at {self._url} failed (HTTP {status})"
            return OllamaFailure(cause, FailureClass.SERVER_ERROR, cold=True, status=status)
        cause = f"Ollama at {self._url} refused the question (HTTP {status})"
        return OllamaFailure(cause, FailureClass.REJECTED, status=status)

    def _told(self, answer: Mapping[str, Any]) -> Told:
        message = answer.get("message")
        text = message.get("content") if isinstance(message, dict) else None
        if answer.get("done") is not True or not isinstance(text, str):
            raise self._unreadable("is not what Ollama sends")
        load_ns = answer.get("load_duration")
        return Told(
            text=text,
            logprobs=answer.get("logprobs"),
            load_s=load_ns / 1e9 if type(load_ns) is int and load_ns < 2**63 else 0.0,
        )

    def _unreadable(self, what: str) -> OllamaFailure:
        return OllamaFailure(
            f"the answer of Ollama at {self._url} {what}", FailureClass.INVALID_ANSWER, status=200
        )


_BROKEN: Final = (OSError, FailureClass.UNREACHABLE, "broke off the connection")
# The most specific first.
_TRANSPORT: Final[tuple[tuple[type[Exception], FailureClass, str], ...]] = (
    (TimeoutError, FailureClass.TIMEOUT, "does not answer: no connection in time"),
    (
        aiohttp.ClientConnectorDNSError,
        FailureClass.UNREACHABLE,
        "does not answer: the host's name is not known",
    ),
    (aiohttp.ClientSSLError, FailureClass.UNREACHABLE, "does not answer: no secure connection"),
    (aiohttp.ClientConnectorError, FailureClass.UNREACHABLE, "does not answer: no connection"),
    (aiohttp.ClientPayloadError, FailureClass.INVALID_ANSWER, "broke off its answer"),
    (aiohttp.ClientResponseError, FailureClass.INVALID_ANSWER, "answers, but not in HTTP"),
)


def _same_name(listed: Any, model: str) -> bool:
    """Whether Ollama lists the model under this name; one without a tag is the latest."""
    tagged = model if ":" in model.rpartition("/")[2] else f"{model}:latest"
    return isinstance(listed, str) and listed.lower() == tagged.lower()
