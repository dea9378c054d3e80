"""A provider that speaks OpenAI's chat completions over HTTP.

    provider = OpenAICompatible("local", "http://localhost:11434/v1")
    answer = await provider.complete(ModelCall(model_id="qwen3", body=body))

One aiohttp session a provider: connections are kept for the next call when an
answer came to its end, and cut off at once when it did not.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
from pydantic import SecretStr

from llm_router import json_text
from router_core.app.ports import ModelCall
from router_core.decide.answers import commits
from router_core.decide.failures import Failure, is_refusal, of_a_narrowed_request
from router_core.decide.request_limits import DataPolicy
from router_core.errors import UpstreamFailure
from router_core.providers.answer_json import whole_answer
from router_core.providers.http_session import TRANSPORT_ERRORS, explain, new_session, read_up_to
from router_core.providers.model_list import fetch_models
from router_core.providers.sse import FrameTooLarge, SseDecoder
from router_core.providers.streamed_answer import StreamedAnswer, Waits
from router_core.providers.upstream_errors import (
    in_band_failure,
    invalid_answer,
    json_or_none,
    response_failure,
)

__all__ = ["OpenAICompatible"]

_MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of one whole answer, unpacked."""
_MAX_ERROR: Final = 64 * 1024
"""Bytes of an error body that are read."""
_LARGE_BODY: Final = 1024 * 1024
"""From here on aiohttp sends a body in pieces, if it is given as a file."""
_TAIL_S: Final = 1.0
"""How long a connection may take from ``[DONE]`` to the end of the body before it is cut."""

_OPENROUTER_HEADERS: Final[Mapping[str, str]] = {
    "HTTP-Referer": "http://localhost:3456",
    "X-OpenRouter-Title": "LLM Router",
}
"""How OpenRouter attributes calls to an app; one at a local address needs the title."""

_GENERATION_ID: Final = "X-Generation-Id"
"""Where OpenRouter names an answer before its first piece is there."""

_NO_STREAM: Final = frozenset({"application/json", "text/html"})
"""Content types that no stream has, asked for or not."""


class OpenAICompatible:
    """An `app.ports.Provider` over HTTP.

    Args:
        name: the provider's name in the config.
        base_url: what ``/chat/completions`` and ``/models`` are appended to.
        api_key: sent as a bearer token; ``None``: no key is sent.
        headers: further headers; they win over our own.
        is_openrouter: OpenRouter is told who calls and which conversation it is, and
            sends usage unasked; any other provider is asked for usage in every stream.

    Attributes:
        always_reports_usage, waives_nothing: as the port says: of OpenRouter, it does both.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: SecretStr | str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        is_openrouter: bool = False,
    ) -> None:
        self.name = name
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._models_url = f"{base_url.rstrip('/')}/models"
        self._key = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key or ""
        self.always_reports_usage = self.waives_nothing = self._is_openrouter = is_openrouter
        self._headers = {
            "User-Agent": "llm-router",
            # Packed streams come late: packers wait for more to pack.
            "Accept-Encoding": "identity",
            **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            **(_OPENROUTER_HEADERS if is_openrouter else {}),
            **(headers or {}),
            "Content-Type": "application/json",
        }
        self._session: aiohttp.ClientSession | None = None
        self._ending: set[aiohttp.ClientResponse] = set()

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        """Returns the whole answer; ``stream: true`` in the body is sent as false.

        Raises:
            UpstreamFailure: whatever went wrong upstream.
        """
        body = self._body(call)
        if body.get("stream"):
            body["stream"] = False
        total_s = call.deadlines.total_s
        try:
            async with asyncio.timeout(total_s):
                response = await self._post(call, body)
                try:
                    raw = await self._whole_body(response, call)
                finally:
                    response.close()
        except TRANSPORT_ERRORS as error:
            # Without its cause, here and below: aiohttp's errors hold the request's headers.
            raise UpstreamFailure(explain(error, f"no answer within {total_s:.3g} s")) from None
        return whole_answer(raw, response.content_type, key=self._key, on_spoilt=call.on_spoilt)

    async def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any], None]:
        """Yields the chunks, each as soon as its bytes are here.

        Ends at ``[DONE]``, or where the body ends or breaks after a finish_reason.

        Raises:
            UpstreamFailure: whatever went wrong upstream.
        """
        waits = Waits(call.deadlines)
        response = await self._open_stream(call, waits)
        answer = StreamedAnswer(self._key, call.on_spoilt)
        decoder = SseDecoder()
        try:
            while not answer.done and not answer.ended:
                for event in await self._next_events(response, decoder, waits, answer):
                    chunk = answer.chunk(event)
                    if chunk is not None:
                        waits.has_token = waits.has_token or commits(chunk)
                        yield chunk
                    if answer.done:
                        break
            answer.check_complete()
        except BaseException:
            response.close()
            raise
        self._let_end(response)

    def _let_end(self, response: aiohttp.ClientResponse) -> None:
        """Lets the few bytes after ``[DONE]`` come, so that the connection can serve again.

        At the body's end aiohttp returns the connection by itself.
        """
        if response.connection is not None:
            self._ending.add(response)
            asyncio.get_running_loop().call_later(_TAIL_S, self._cut_off, response)

    def _cut_off(self, response: aiohttp.ClientResponse) -> None:
        self._ending.discard(response)
        response.close()

    async def list_models(self) -> list[Any]:
        """Returns the pages of ``GET /models``; none: the API has no such endpoint.

        Raises:
            UpstreamFailure: whatever went wrong upstream.
        """
        if self._session is None:
            self._session = new_session()
        return await fetch_models(self._session, self._models_url, self._headers, self._refusal)

    async def close(self) -> None:
        """Closes the connections; calls that are under way break."""
        for response in tuple(self._ending):
            self._cut_off(response)
        if self._session is not None:
            await self._session.close()

    async def _post(self, call: ModelCall, body: Mapping[str, Any]) -> aiohttp.ClientResponse:
        data = json_text.dumps_bytes(body)
        if self._session is None:
            self._session = new_session()
        call.on_send()
        response = await self._session.post(
            self._url,
            data=data if len(data) < _LARGE_BODY else io.BytesIO(data),
            headers=self._headers,
            allow_redirects=False,  # the key stays with the host that it was given to
            timeout=aiohttp.ClientTimeout(total=None, connect=call.deadlines.connect_s),
        )
        generation = response.headers.get(_GENERATION_ID)
        if generation and not is_refusal(response.status):
            call.on_id(generation)
        return response

    async def _whole_body(self, response: aiohttp.ClientResponse, call: ModelCall) -> bytes:
        """The body of a successful answer.

        Raises:
            UpstreamFailure: the status is no success, or the body is too large.
        """
        if not 200 <= response.status < 300:
            start, _ = await read_up_to(_MAX_ERROR, response)
            failure = self._refusal(response, start)
            if self._is_asked_to_leave_alone(call):
                failure = of_a_narrowed_request(failure)
            raise UpstreamFailure(failure)
        raw, whole = await read_up_to(_MAX_ANSWER, response)
        if not whole:
            raise UpstreamFailure(invalid_answer(f"the answer is over {_MAX_ANSWER} bytes"))
        return raw

    def _refusal(self, response: aiohttp.ClientResponse, body: bytes) -> Failure:
        now = datetime.now(UTC)
        return response_failure(response.status, response.headers, body, now=now, key=self._key)

    async def _open_stream(self, call: ModelCall, waits: Waits) -> aiohttp.ClientResponse:
        """Sends the request; returns the response once its head says that a stream follows."""
        until, why = waits.for_next()
        try:
            async with asyncio.timeout_at(until):
                response = await self._post(call, self._stream_body(call))
                try:
                    if response.status == 200 and response.content_type not in _NO_STREAM:
                        return response
                    raw = await self._whole_body(response, call)
                except BaseException:
                    response.close()
                    raise
        except TRANSPORT_ERRORS as error:
            raise UpstreamFailure(explain(error, why)) from None
        response.close()
        answer = json_or_none(raw)
        failure = None
        if type(answer) is dict:
            call.on_spoilt(answer)
            failure = in_band_failure(answer, key=self._key)
        told = f"asked for a stream, answered {response.content_type}"
        raise UpstreamFailure(failure or invalid_answer(told))

    def _body(self, call: ModelCall) -> dict[str, Any]:
        body = {**call.body, "model": call.model_id}
        if self._is_openrouter and call.thread and body.get("session_id") is None:
            body["session_id"] = call.thread
        if self._is_asked_to_leave_alone(call):
            told = body.get("provider")
            told = told if isinstance(told, Mapping) else {}
            body["provider"] = {**told, "data_collection": "deny"}
        return body

    def _is_asked_to_leave_alone(self, call: ModelCall) -> bool:
        """Whether OpenRouter has to keep to providers that do nothing with what they are sent."""
        return self._is_openrouter and call.data_policy is DataPolicy.DENY

    def _stream_body(self, call: ModelCall) -> dict[str, Any]:
        body = {**self._body(call), "stream": True}
        options = body.get("stream_options")
        if not self.always_reports_usage and (options is None or isinstance(options, Mapping)):
            body["stream_options"] = {**(options or {}), "include_usage": True}
        return body

    async def _next_events(
        self,
        response: aiohttp.ClientResponse,
        decoder: SseDecoder,
        waits: Waits,
        answer: StreamedAnswer,
    ) -> list[bytes]:
        until, why = waits.for_next()
        try:
            async with asyncio.timeout_at(until):
                data = await response.content.readany()
        except TRANSPORT_ERRORS as error:
            if answer.finished:  # whole but for its [DONE]
                answer.ended = True
                response.close()
                return []
            raise UpstreamFailure(explain(error, why)) from None
        try:
            if data:
                return decoder.feed(data)
            answer.ended = True
            return decoder.end()
        except FrameTooLarge as error:
            raise UpstreamFailure(invalid_answer(str(error))) from None
