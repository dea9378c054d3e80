"""When a request came in, and what it is called from then on."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter
from typing import Final, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rest_shim.counting import HttpCounts

__all__ = ["RawHeaders", "Receipt", "StampReceipt", "receipt_of"]

RawHeaders = list[tuple[bytes, bytes]]

_KEY: Final = "llm_router.receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Made as soon as a request's head is there.

    Attributes:
        request_id: the router's id of the request; the core gets it too.
        time_s: reading of `time.perf_counter` at that moment.
    """

    request_id: str
    time_s: float

    def headers(self) -> RawHeaders:
        """The id, under our own name and under the one that OpenAI's clients read."""
        value = self.request_id.encode()
        return [(b"x-router-request-id", value), (b"x-request-id", value)]


class StampReceipt:
    """ASGI middleware, the outermost: every HTTP request gets a `Receipt`, every answer its id.

    And each of them is counted.
    """

    def __init__(self, app: ASGIApp, *, counts: HttpCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        receipt = Receipt(request_id=f"req_{token_hex(16)}", time_s=perf_counter())
        scope[_KEY] = receipt
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *receipt.headers()]
            await send(message)

        self._counts.began()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            status = status or 500  # Starlette answers outside all middleware
            raise
        finally:
            self._counts.ended(scope, status)


def receipt_of(scope: Scope) -> Receipt:
    """The receipt of the request that ``scope`` belongs to."""
    return cast("Receipt", scope[_KEY])
