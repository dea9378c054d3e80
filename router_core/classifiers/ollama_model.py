"""One model on Ollama: whether it may be asked, its slots, and one question put to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Final

from router_core.app.ports import ClassifierUnavailable, Clock, Opinion
from router_core.classifiers.ollama_api import OllamaApi, OllamaFailure, Told
from router_core.classifiers.ollama_warmth import Warmth
from router_core.decide.breaker import Breaker, BreakerState, BreakerStatus, Pass
from router_core.decide.cost import Cost, CostSource
from router_core.decide.failures import FailureClass
from router_core.decide.label_weights import label_weights
from router_core.decide.labels import LabelQuestion
from router_core.decide.records import AttemptRecord

__all__ = ["OllamaModel"]

SOURCE: Final = "ollama"

_PATIENCE: Final = 0.5
"""The share of the deadline that may go by waiting for a slot: a call that begins has
the rest, so that its lateness says something of Ollama, not of the queue."""

_WARM_UP_TEXT: Final = "hello"


class OllamaModel:
    """One model on Ollama.

    Args:
        api: the Ollama that has it.
        name: the model's name there.
        keep_alive_s: how long Ollama keeps it after an answer, in seconds.
    """

    def __init__(self, api: OllamaApi, name: str, keep_alive_s: float, clock: Clock) -> None:
        self._api = api
        self._name = name
        self._clock = clock
        self._warmth = Warmth(api, name, keep_alive_s, clock)
        self._breaker = Breaker(threshold=3, open_for_s=30.0, lease_s=30.0)
        self._slots = asyncio.Semaphore(1)
        self._parallel = 1

    @property
    def breaker(self) -> BreakerStatus:
        """What is to be seen of its breaker."""
        return self._breaker.status(self._clock.monotonic())

    def load(self, asked: LabelQuestion) -> None:
        """Loads it in the background, unless that is under way or failed a moment ago."""
        self._warmth.want(asked.messages(_WARM_UP_TEXT))

    async def warm_up(self, asked: LabelQuestion) -> None:
        """Loads it and waits until it has answered once.

        Raises:
            ClassifierUnavailable: it did not, and why.
        """
        await self._warmth.warm_up(asked.messages(_WARM_UP_TEXT))
        if not self._warmth.is_warm:
            raise ClassifierUnavailable(self._warmth.why_cold)

    async def close(self) -> None:
        """Ends the load that is under way."""
        await self._warmth.close()

    async def ask(
        self, asked: LabelQuestion, text: str, *, deadline_s: float, parallel: int
    ) -> Opinion:
        """The model's opinion of a text.

        Args:
            deadline_s: how long it may take, waiting for a slot included, in seconds.
            parallel: how many calls may run at once.

        Raises:
            ClassifierUnavailable: it has none, and why.
        """
        ends = asyncio.get_running_loop().time() + deadline_s
        self._check(asked)
        async with self._slot(parallel, deadline_s * _PATIENCE):
            self._check(asked)  # the calls before may have told
            ticket = self._breaker.admit(self._clock.monotonic())
            assert ticket is not None
            began = self._clock.monotonic()
            try:
                async with asyncio.timeout_at(ends):
                    return await self._put(asked, text, ticket)
            except TimeoutError:
                cause = f"Ollama took longer than {deadline_s:g} s"
                failure = OllamaFailure(cause, FailureClass.TIMEOUT, cold=True)
            except OllamaFailure as error:
                failure = error
            except BaseException:
                self._breaker.released(ticket)
                raise
            raise self._failed(failure, asked, ticket, began)

    def _check(self, asked: LabelQuestion) -> None:
        """Sees whether it may be asked now, and has it loaded where it is cold.

        Raises:
            ClassifierUnavailable: it may not.
        """
        if not self._warmth.is_warm:
            raise self._cold(asked)
        if not self._breaker.would_admit(self._clock.monotonic()):
            raise ClassifierUnavailable(self._paused())

    @asynccontextmanager
    async def _slot(self, parallel: int, patience_s: float) -> AsyncIterator[None]:
        """One of Ollama's slots.

        Raises:
            ClassifierUnavailable: none came free in time.
        """
        if parallel != self._parallel:
            self._slots, self._parallel = asyncio.Semaphore(parallel), parallel
        slots = self._slots
        try:
            async with asyncio.timeout(patience_s):
                await slots.acquire()
        except TimeoutError:
            cause = f"Ollama is busy: no slot came free within {patience_s:g} s"
            raise ClassifierUnavailable(cause) from None
        try:
            yield
        finally:
            slots.release()

    async def _put(self, asked: LabelQuestion, text: str, ticket: Pass) -> Opinion:
        """Puts the question; the pass is used up, unless this raises `OllamaFailure`."""
        began = self._clock.monotonic()
        if not await self._warmth.still_loaded():
            self._warmth.lost()
            raise self._cold(asked)
        told = await self._api.chat(self._name, asked.messages(text))
        self._warmth.answered(told)
        chosen = asked.category_of(told.text)
        if chosen is None:
            raise OllamaFailure(self._no_label(told), FailureClass.INVALID_ANSWER, status=200)
        self._breaker.succeeded(ticket)
        verdict = asked.verdict(chosen, label_weights(told.logprobs, asked.labels), SOURCE)
        return Opinion(verdict=verdict, call=self._record(began, "ok", 200))

    def _failed(
        self, failure: OllamaFailure, asked: LabelQuestion, ticket: Pass, began: float
    ) -> ClassifierUnavailable:
        self._breaker.failed(ticket, self._clock.monotonic())
        if failure.cold:
            self._warmth.lost()
            self.load(asked)
        call = self._record(began, failure.outcome, failure.status)
        return ClassifierUnavailable(failure.cause, call)

    def _record(self, began: float, outcome: str, status: int | None) -> AttemptRecord:
        return AttemptRecord(
            model=self._name,
            provider=SOURCE,
            outcome=outcome,
            latency_ms=(self._clock.monotonic() - began) * 1e3,
            cost=Cost(Decimal(0), CostSource.ESTIMATED),
            http_status=status,
        )

    def _cold(self, asked: LabelQuestion) -> ClassifierUnavailable:
        self.load(asked)
        return ClassifierUnavailable(self._warmth.why_cold)

    def _paused(self) -> str:
        status = self.breaker
        failed = f"Ollama failed {status.consecutive_failures} times in a row"
        if status.state is BreakerState.HALF_OPEN or status.reopens_at is None:
            return f"{failed}; one call is finding out whether it works again"
        wait_s = status.reopens_at - self._clock.monotonic()
        return f"{failed}; it is asked again in {wait_s:.0f} s"

    def _no_label(self, told: Told) -> str:
        what = "none of the labels" if told.text.strip() else "nothing but blanks"
        return f"the model {self._name} answered {what}"
