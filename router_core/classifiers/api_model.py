"""A cheap model of a configured provider as a classifier (DESIGN section 4).

It is asked for one letter, as the model on Ollama is. What it cost goes with the
opinion, or with the reason why there is none: a useless answer is charged too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from router_core.app.ports import (
    ClassifierUnavailable,
    Clock,
    ModelCall,
    Opinion,
    Provider,
    Providers,
    Question,
)
from router_core.decide.breaker import Breaker, Pass
from router_core.decide.chat import JsonObject
from router_core.decide.classification import Verdict
from router_core.decide.config import ModelRef
from router_core.decide.cost import cost_of
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.label_weights import label_weights
from router_core.decide.labels import LabelQuestion
from router_core.decide.limiting import why_provider_excluded
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.records import AttemptRecord, readable_id
from router_core.decide.request_limits import DataPolicy
from router_core.decide.usage import NO_USAGE, Usage, read_usage
from router_core.errors import UpstreamFailure

__all__ = ["ApiClassifier"]

SOURCE: Final = "api"

MAX_TOKENS: Final = 256
"""Most tokens of an answer. A model that answers at once ends after its letter, so the
room costs nothing there (and some providers refuse less than 16); one that reasons
first needs it for a short thought, and the deadline ends the longer ones."""

_TOP_LOGPROBS: Final = 20
"""How many of the likeliest tokens are asked for; OpenAI's most."""

_BENCH_S: Final = {
    FailureClass.RATE_LIMITED: 15.0,
    FailureClass.MODEL_GONE: 300.0,
    FailureClass.NO_ACCESS: 300.0,
}
"""How long a model is not asked after a failure that another try would only repeat, in
seconds, where the provider names no time (DESIGN section 6)."""


_CAUSES: Final = {
    FailureClass.UNREACHABLE: "cannot be reached",
    FailureClass.TIMEOUT: "did not answer in time",
    FailureClass.SERVER_ERROR: "failed",
    FailureClass.INVALID_ANSWER: "gave no readable answer",
    FailureClass.RATE_LIMITED: "asks for time",
    FailureClass.MODEL_GONE: "is not there",
    FailureClass.UNSUITABLE: "is kept from such questions",
    FailureClass.NO_ACCESS: "is closed to us: a wrong key, or no credit",
    FailureClass.REJECTED: "refused the question",
}
"""What a failure means, for a person: an upstream's own words may quote the prompt."""

_PICKY: Final = frozenset({FailureClass.REJECTED, FailureClass.UNSUITABLE})
"""How a model fails that does not take everything that was asked for."""


@dataclass(slots=True)
class _Standing:
    """What is known of one model.

    Attributes:
        benched_until: in monotonic seconds; it is not asked before.
        benched_for: why, for a person.
        is_picky: whether it takes nothing but the messages.
    """

    breaker: Breaker = field(default_factory=Breaker)
    benched_until: float = 0.0
    benched_for: str = ""
    is_picky: bool = False


class _Useless(Exception):
    """A call brought no label; ``cause`` is for a person."""

    def __init__(self, cause: str, failure: Failure) -> None:
        super().__init__(cause)
        self.cause = cause
        self.failure = failure


class ApiClassifier:
    """An API model behind `app.ports.Classifier`; the config names it.

    Args:
        providers: those that configs mean; to close them is their owner's.
        info_of: what is known of a model: its prices, where the provider tells no cost.
    """

    def __init__(
        self, providers: Providers, clock: Clock, info_of: Callable[[ModelRef], ModelInfo]
    ) -> None:
        self._providers = providers
        self._clock = clock
        self._info_of = info_of
        self._standings: dict[ModelRef, _Standing] = {}

    async def classify(self, question: Question) -> Opinion:
        """The model's opinion.

        Raises:
            ClassifierUnavailable: it has none, and why.
        """
        settings = question.config.classifiers.api
        model = settings.model
        if model is None:
            raise ClassifierUnavailable("the config names no model for it")
        why = why_provider_excluded(model.provider, question.limits, question.config)
        if why is not None:
            raise ClassifierUnavailable(f"{model.name} may not be shown the text: {why}")
        provider = self._providers(question.config.providers[model.provider])
        categories = question.config.categories
        asked = LabelQuestion(tuple(categories[name] for name in question.choices))
        standing = self._standings.setdefault(model, _Standing())
        call = _Call(
            provider,
            model,
            standing,
            self._clock,
            self._info_of(model).prices,
            question.limits.data_policy,
        )
        try:
            return await call.ask(asked, question.text, settings.deadline_s)
        except asyncio.CancelledError:
            if call.is_sent:
                question.on_broken(call.record("cancelled", None))
            raise


class _Call:
    """One question to one model, and what it takes."""

    def __init__(
        self,
        provider: Provider,
        model: ModelRef,
        standing: _Standing,
        clock: Clock,
        prices: Prices | None,
        data_policy: DataPolicy,
    ) -> None:
        self._provider = provider
        self._model = model
        self._standing = standing
        self._clock = clock
        self._prices = prices
        self._data_policy = data_policy
        self._began = clock.monotonic()
        self._usage: Usage = NO_USAGE
        self._generation_id = ""
        self.is_sent = False

    async def ask(self, asked: LabelQuestion, text: str, deadline_s: float) -> Opinion:
        """The model's opinion.

        Raises:
            ClassifierUnavailable: it has none within the deadline, and why.
        """
        ticket = self._admit()
        try:
            verdict = await self._verdict(asked, text, deadline_s)
        except _Useless as error:
            self._failed(error, ticket)
            failure = error.failure
            call = self.record(failure.failure_class, failure.status)
            raise ClassifierUnavailable(error.cause, call) from None
        except BaseException:
            self._standing.breaker.released(ticket)
            raise
        self._standing.breaker.succeeded(ticket)
        return Opinion(verdict=verdict, call=self.record("ok", 200))

    def _admit(self) -> Pass:
        """The breaker's pass.

        Raises:
            ClassifierUnavailable: there is none, or the model sits on the bench.
        """
        standing = self._standing
        if self._began < standing.benched_until:
            raise ClassifierUnavailable(
                f"{standing.benched_for}; {self._asked_again_at(standing.benched_until)}"
            )
        ticket = standing.breaker.admit(self._began)
        if ticket is None:
            status = standing.breaker.status(self._began)
            failed = f"{self._model.name} failed {status.consecutive_failures} times in a row"
            raise ClassifierUnavailable(
                f"{failed}; one call is finding out whether it works again"
                if status.reopens_at is None
                else f"{failed}; {self._asked_again_at(status.reopens_at)}"
            )
        return ticket

    def _asked_again_at(self, moment: float) -> str:
        return f"it is asked again in {moment - self._began:.0f} s"

    async def _verdict(self, asked: LabelQuestion, text: str, deadline_s: float) -> Verdict:
        try:
            async with asyncio.timeout(deadline_s):
                answer = await self._complete(asked.messages(text))
        except TimeoutError:
            cause = f"{self._model.name} took longer than {deadline_s:g} s"
            timeout = Failure(failure_class=FailureClass.TIMEOUT, message=cause)
            raise _Useless(cause, timeout) from None
        except UpstreamFailure as error:
            raise _Useless(self._cause(error.failure), error.failure) from None
        self._reads(answer)
        choice = _object(answer["choices"][0])
        said = _object(choice.get("message")).get("content")
        chosen = asked.category_of(said) if isinstance(said, str) else None
        if chosen is None:
            thought = choice.get("finish_reason") == "length" and not said
            what = f"nothing within {MAX_TOKENS} tokens" if thought else "none of the labels"
            cause = f"{self._model.name} answered {what}"
            invalid = Failure(failure_class=FailureClass.INVALID_ANSWER, message=cause, status=200)
            raise _Useless(cause, invalid)
        logprobs = _object(choice.get("logprobs")).get("content")
        return asked.verdict(chosen, label_weights(logprobs, asked.labels), SOURCE)

    async def _complete(self, messages: list[dict[str, str]]) -> JsonObject:
        """The model's answer; where it minds what else is asked for, the messages go alone.

        Raises:
            UpstreamFailure: there is none.
        """
        plain: dict[str, Any] = {"messages": messages}
        wishes = {
            "temperature": 0,
            "max_tokens": MAX_TOKENS,
            "logprobs": True,
            "top_logprobs": _TOP_LOGPROBS,
        }
        if not self._standing.is_picky:
            try:
                return await self._send(plain | wishes)
            except UpstreamFailure as error:
                if error.failure.failure_class not in _PICKY:
                    raise
        answer = await self._send(plain)
        self._standing.is_picky = True
        return answer

    async def _send(self, body: JsonObject) -> JsonObject:
        call = ModelCall(
            model_id=self._model.id,
            body=body,
            data_policy=self._data_policy,
            on_send=self._sends,
            on_id=self._names,
            on_spoilt=self._reads,
        )
        return await self._provider.complete(call)

    def _sends(self) -> None:
        self.is_sent = True

    def _names(self, generation_id: str) -> None:
        self._generation_id = readable_id(generation_id)

    def _reads(self, answer: JsonObject) -> None:
        self._usage = read_usage(_object(answer.get("usage")))
        self._generation_id = readable_id(answer.get("id")) or self._generation_id

    def _failed(self, error: _Useless, ticket: Pass) -> None:
        """Takes note of a failure, so that the next requests need not find out."""
        standing, failure, now = self._standing, error.failure, self._clock.monotonic()
        self.is_sent = self.is_sent and not failure.unsent
        if failure.failure_class not in _BENCH_S:
            # Refusals count as well: one is the text's fault perhaps, three in a row are not.
            standing.breaker.failed(ticket, now)
            return
        standing.breaker.released(ticket)
        asked_for = failure.retry_after_s
        bench_s = _BENCH_S[failure.failure_class] if asked_for is None else asked_for
        standing.benched_until, standing.benched_for = now + bench_s, error.cause

    def _cause(self, failure: Failure) -> str:
        status = f" (HTTP {failure.status})" if failure.status not in (None, 200) else ""
        return f"{self._model.name} {_CAUSES[failure.failure_class]}{status}"

    def record(self, outcome: str, status: int | None) -> AttemptRecord:
        """What is kept of it."""
        return AttemptRecord(
            model=self._model.name,
            provider=self._model.provider,
            outcome=outcome,
            latency_ms=(self._clock.monotonic() - self._began) * 1e3,
            cost=cost_of(self._usage, self._prices, self._clock.now()),
            usage=self._usage,
            http_status=status,
            generation_id=self._generation_id,
            sent=self.is_sent,
        )


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}
