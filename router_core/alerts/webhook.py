"""Posts alerts to a URL of the operator's."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import aiohttp

from router_core.app.ports import Clock
from router_core.decide.spending import SpendingAlert

__all__ = ["Webhook", "body_of"]

_log = logging.getLogger("router_core.alerts")

_TIMEOUT_S: Final = 5.0
"""For one try."""
_PAUSES_S: Final = (1.0, 5.0)
"""Before the second and the third try."""
_MOST: Final = 100
"""So many may be under way; what comes on top is in the log alone."""


class Webhook:
    """The `Alerts` port: POSTs JSON in the background, three times at the most.

    A 2xx is an answer; redirects are not followed. The URL may hold a secret, so it is
    never logged.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._pausing: set[asyncio.Task[Any]] = set()
        self._ending = False

    def send(self, alert: SpendingAlert) -> None:
        """Begins to send; wants a loop."""
        if len(self._sending) >= _MOST:
            _log.error("the alert %s is not sent: too many are under way", alert.event)
            return
        task = asyncio.get_running_loop().create_task(self._send(alert))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Lets the tries that are under way end, then closes the connections."""
        self._ending = True
        for task in self._pausing:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending, timeout=_TIMEOUT_S)
        if self._session is not None:
            await self._session.close()

    async def _send(self, alert: SpendingAlert) -> None:
        body, why = body_of(alert), ""
        for pause_s in (*_PAUSES_S, None):
            why = await self._try(body)
            if not why:
                return
            if pause_s is None or self._ending or not await self._pause(pause_s):
                break
        _log.error("the alert %s could not be sent: %s", alert.event, why)

    async def _pause(self, seconds: float) -> bool:
        """Whether it is tried again after that; no more once the end has come."""
        task = asyncio.current_task()
        assert task is not None
        self._pausing.add(task)
        try:
            await self._clock.sleep(seconds)
        except asyncio.CancelledError:
            if not self._ending:
                raise
        finally:
            self._pausing.discard(task)
        return not self._ending

    async def _try(self, body: dict[str, Any]) -> str:
        """Why it failed, without the URL; empty: it did not."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "llm-router"},
            )
        try:
            async with self._session.post(self._url, json=body, allow_redirects=False) as answer:
                return "" if answer.status < 300 else f"HTTP status {answer.status}"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its text may quote the URL.
            return type(error).__name__


def body_of(alert: SpendingAlert) -> dict[str, Any]:
    """What is posted: money as decimal strings, the time as RFC 3339 in UTC."""
    state = alert.state
    return {
        "event": alert.event.value,
        "caller": state.caller,
        "period": state.period.value,
        "spent_usd": f"{state.spent_usd:f}",
        "limit_usd": f"{state.limit_usd:f}",
        "resets_at": state.resets_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
