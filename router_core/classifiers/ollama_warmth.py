"""Whether a model of Ollama is loaded, and the one load that may be under way.

Ollama loads a model when it is asked, and gives the load up when who asked leaves. So
only a task of ours loads, which no request waits for and none can cancel; requests
are sent while the model is known to be loaded, because it has answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from router_core.app.ports import Clock
from router_core.classifiers.ollama_api import OllamaApi, OllamaFailure, Told
from router_core.decide.failures import FailureClass

__all__ = ["Warmth"]

_log = logging.getLogger("router_core.classifiers")

LOAD_S: Final = 300.0
"""How long a load may take, in seconds; Ollama's own limit (OLLAMA_LOAD_TIMEOUT)."""
TRUST_S: Final = 10.0
"""How long after an answer the model is taken to be still there, in seconds; after that
the list of the models in memory is looked at first, which is a matter of a millisecond."""
_RELOADED_S: Final = 0.25
"""An answer that waited longer for its model, in seconds, waited for a load: someone takes
the model out of memory, or has it loaded otherwise."""
_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0

Messages = Sequence[Mapping[str, str]]


class Warmth:
    """Whether one model is loaded.

    Args:
        api: the Ollama that has it.
        model: its name there.
        keep_alive_s: how long Ollama keeps it after an answer, in seconds.
    """

    def __init__(self, api: OllamaApi, model: str, keep_alive_s: float, clock: Clock) -> None:
        self._api = api
        self._model = model
        self._keep_alive_s = keep_alive_s
        self._clock = clock
        self._answered_at: float | None = None
        self._trusted_until = 0.0
        self._listing: Mapping[str, Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._failure = ""
        self._failures = 0
        self._retry_at = 0.0

    @property
    def is_warm(self) -> bool:
        """Whether the model is known to be loaded."""
        return (
            self._answered_at is not None
            and self._clock.monotonic() - self._answered_at < self._keep_alive_s
        )

    @property
    def why_cold(self) -> str:
        """Why it is not known to be loaded, for a person."""
        if not self._failure:
            return f"the model {self._model} is still loading"
        return f"{self._failure}; trying again" if self._loading else self._failure

    def answered(self, told: Told) -> None:
        """The model has answered a request, so it is loaded."""
        self._found(trust_s=0.0 if told.load_s > _RELOADED_S else TRUST_S)

    def lost(self) -> None:
        """The model may not be loaded any more."""
        self._answered_at = None

    async def still_loaded(self) -> bool:
        """Whether Ollama still has it; asks only where the last proof is old.

        Raises:
            OllamaFailure: it does not say.
        """
        if self._listing is None or self._clock.monotonic() < self._trusted_until:
            return True
        return await self._api.listing(self._model) == self._listing

    def want(self, messages: Messages) -> None:
        """Loads it in the background, unless that is under way or failed a moment ago.

        Args:
            messages: a question of the kind that will be asked, which Ollama keeps
                read: what the real ones begin with too is not read anew.
        """
        due = self._clock.monotonic() >= self._retry_at
        if due and not self._loading and not self._closed:
            self._begin(messages)

    async def warm_up(self, messages: Messages) -> None:
        """Loads it, or joins the load that is under way, and waits for its end."""
        await asyncio.shield(self._task if self._task and self._loading else self._begin(messages))

    async def close(self) -> None:
        """Ends the load that is under way; none begins any more."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def _loading(self) -> bool:
        return self._task is not None and not self._task.done()

    def _begin(self, messages: Messages) -> asyncio.Task[None]:
        self._task = asyncio.create_task(self._load(messages), name=f"load {self._model}")
        return self._task

    async def _load(self, messages: Messages) -> None:
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(LOAD_S):
                await self._api.chat(self._model, messages)
                self._listing = await self._listed()
        except TimeoutError:
            cause = f"the model {self._model} took longer than {LOAD_S:g} s to load"
            self._failed(OllamaFailure(cause, FailureClass.TIMEOUT))
        except OllamaFailure as failure:
            self._failed(failure)
        else:
            self._found(TRUST_S)
            self._failure, self._failures, self._retry_at = "", 0, 0.0
            took = self._clock.monotonic() - began
            _log.info("Ollama: the model %s is loaded, after %.1f s", self._model, took)

    def _found(self, trust_s: float) -> None:
        self._answered_at = self._clock.monotonic()
        self._trusted_until = self._answered_at + trust_s

    async def _listed(self) -> Mapping[str, Any] | None:
        """How the model is listed now that it is loaded; ``None``: Ollama cannot tell."""
        try:
            return await self._api.listing(self._model)
        except OllamaFailure:
            return None

    def _failed(self, failure: OllamaFailure) -> None:
        if failure.cause != self._failure:
            _log.warning("Ollama cannot classify: %s", failure.cause)
        self._failure = failure.cause
        pause = min(_FIRST_PAUSE_S * 2.0**self._failures, _LONGEST_PAUSE_S)
        self._failures = min(self._failures + 1, 10)
        self._retry_at = self._clock.monotonic() + pause
