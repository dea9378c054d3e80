"""Prometheus metrics of what was served.

Names are those of OpenTelemetry's conventions for generative AI in Prometheus' form where
there are any (version 1.42 has none for money), else they begin with ``llm_router_``.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from router_core.app.ports import ConfigSource
from router_core.decide.config import RoutingConfig
from router_core.decide.failures import FailureClass
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.telemetry.labels import Names
from router_core.telemetry.states import States, StatesCollector
from router_core.telemetry.tallies import Counter, Gauge, Histogram, Labels

__all__ = ["MOST_SERIES", "Metrics"]

_MOST_NAMES: Final = 300
"""Of each kind, over the life of the process."""
_MOST_ERROR_CLASSES: Final = 64
"""More than there are."""
_MOST_COUNTED: Final = 2_000
_MOST_SPREAD: Final = 200
"""Sets of labels of one counter and of one histogram, which has up to 17 series for each."""
MOST_SERIES: Final = 40_000
"""Whatever callers ask and configs name, there are never more."""

_SECONDS: Final = tuple(0.01 * 2**power for power in range(14))
"""The bounds that the conventions advise: 10 ms to 82 s."""
_TOKENS: Final = tuple(4**power for power in range(14))
"""The same: 1 to 67,108,864."""
_OVERHEAD: Final = (
    *(0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.000_8),
    *(0.001_6, 0.003_2, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
)

_CALL: Final = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model")
_CALLED: Final = ("model", "provider", "outcome")
_OUTCOMES: Final = frozenset({"ok", "cancelled", "error", *FailureClass})
_STATUSES: Final = frozenset({"ok", "cancelled", "error"})
_MOST_UNSETTLED: Final = 1_000
"""How many requests may wait until somebody asks what they have saved."""


@dataclass(slots=True)
class _Configured:
    """The names that one config has."""

    config: RoutingConfig
    models: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.models = frozenset(self.config.models())


class Metrics:
    """The `Recorder` port over counters; for one event loop, but for `text`."""

    def __init__(self, config: ConfigSource, states: States) -> None:
        """Counts from 0; ``states`` tells what is so at the moment of asking."""
        self._config = config
        self._configured = _Configured(config.current())
        self._categories, self._models, self._providers = (Names(_MOST_NAMES) for _ in range(3))
        self._error_classes = Names(_MOST_ERROR_CLASSES)
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(StatesCollector(states))
        self._make_request_metrics()
        self._make_money_metrics()
        self._make_call_metrics()
        self._unsettled: deque[RequestRecord] = deque()
        self._settling = threading.Lock()

    def text(self) -> str:
        """All metrics in Prometheus' text format; takes milliseconds, in any thread."""
        with self._settling:
            self._add_savings(len(self._unsettled))
        return generate_latest(self._registry).decode()

    def record(self, record: RequestRecord) -> None:
        """Counts one request."""
        config = self._config.current()
        if config is not self._configured.config:
            self._configured = _Configured(config)
        category = self._categories.label(record.category, config.categories)
        if record.operation == "chat":
            self._count(record, category)
        for call in record.attempts:
            called = self._called(call)
            self._attempts.add(called)
            self._measure(call, called)
            if call.cost.usd:
                self._cost.add((category, called[0], call.cost.source), float(call.cost.usd))
        for call in record.classifier_calls:
            called = self._called(call)
            self._classifier_calls.add(called)
            self._measure(call, called)
            if call.cost.usd:
                self._classifier_cost.add((called[0], call.cost.source), float(call.cost.usd))

    def _make_request_metrics(self) -> None:
        self._requests = self._counter(
            "requests", "Requests that ended.", "category", "model", "status"
        )
        self._errors = self._counter("errors", "Requests that ended in an error.", "error_class")
        self._fallbacks = self._counter(
            "fallbacks", "Requests that another model answered than was called first.", "category"
        )
        self._latency = self._histogram(
            "llm_router_request_duration_seconds",
            "From receipt to the end of the answer, of requests that ended well.",
            ("category",),
            _SECONDS,
        )
        self._ttft = self._histogram(
            "llm_router_time_to_first_token_seconds",
            "From receipt to the first content.",
            ("category",),
            _SECONDS,
        )
        self._overhead = self._histogram(
            "llm_router_overhead_seconds",
            "The router's own time, from receipt to the first byte sent upstream.",
            (),
            _OVERHEAD,
        )

    def _make_money_metrics(self) -> None:
        self._cost = self._counter(
            "cost_usd", "Known costs of calls that were to answer.", "category", "model", "source"
        )
        self._classifier_cost = self._counter(
            "classifier_cost_usd", "Known costs of classifying.", "model", "source"
        )
        self._unknown_cost = self._counter(
            "unknown_cost_requests", "Requests that called a model, at a cost that is not known."
        )
        self._unknown_cost.add((), 0.0)
        self._saved = Gauge(
            "llm_router_saved_usd",
            "Saved since the start against one model for all requests; below 0: lost.",
            ("against",),
            most=2,
        )
        self._registry.register(self._saved)

    def _make_call_metrics(self) -> None:
        self._attempts = self._counter("attempts", "Calls of models that were to answer.", *_CALLED)
        self._classifier_calls = self._counter(
            "classifier_calls", "Calls of models that were to classify.", *_CALLED
        )
        self._cached_tokens = self._counter(
            "cached_tokens", "Prompt tokens that were read from a cache.", "model", "provider"
        )
        self._duration = self._histogram(
            "gen_ai_client_operation_duration_seconds",
            "Duration of a call of a model.",
            (*_CALL, "error_type"),
            _SECONDS,
        )
        self._tokens = self._histogram(
            "gen_ai_client_token_usage",
            "Tokens of a call of a model.",
            (*_CALL, "gen_ai_token_type"),
            _TOKENS,
        )
        self._to_first_chunk = self._histogram(
            "gen_ai_client_operation_time_to_first_chunk_seconds",
            "From the call of the model that answered to its first content, of streams.",
            _CALL,
            _SECONDS,
        )

    def _count(self, record: RequestRecord, category: str) -> None:
        model = self._models.label(record.model, self._configured.models)
        status = record.status if record.status in _STATUSES else "error"
        self._requests.add((category, model, status))
        if status == "error":
            error_class = record.error_class
            self._errors.add((self._error_classes.label(error_class, (error_class,)),))
        if record.fell_back:
            self._fallbacks.add((category,))
        if record.ttft_ms is not None:
            self._ttft.add((category,), record.ttft_ms / 1e3)
            if record.streamed and record.attempts:
                self._measure_first_chunk(record.attempts[-1], record.ttft_ms)
        if record.overhead_ms is not None:
            self._overhead.add((), record.overhead_ms / 1e3)
        if status == "ok":
            self._latency.add((category,), record.latency_ms / 1e3)
        if record.attempts or record.classifier_calls:
            self._settle(record)

    def _settle(self, record: RequestRecord) -> None:
        """Adds to what was saved, where it is known."""
        if record.is_cost_unknown:
            self._unknown_cost.add(())
        if record.baseline is not None:
            self._unsettled.append(record)
            if len(self._unsettled) > _MOST_UNSETTLED and self._settling.acquire(blocking=False):
                try:
                    self._add_savings(1)
                finally:
                    self._settling.release()

    def _add_savings(self, most: int) -> None:
        """Adds what requests have saved, oldest first; the ledger has worked it out by now."""
        for _ in range(min(most, len(self._unsettled))):
            record = self._unsettled.popleft()
            assert record.baseline is not None
            self._save("best_single", record.saved_usd(record.baseline.best_single_usd))
            self._save("dearest", record.saved_usd(record.baseline.dearest_usd))

    def _save(self, against: str, usd: Decimal | None) -> None:
        if usd is not None:
            self._saved.add((against,), float(usd))

    def _called(self, call: AttemptRecord) -> Labels:
        """The labels of `_CALLED`."""
        return (
            self._models.label(call.model, self._configured.models),
            self._providers.label(call.provider, self._configured.config.providers),
            call.outcome if call.outcome in _OUTCOMES else "error",
        )

    def _measure(self, call: AttemptRecord, called: Labels) -> None:
        model, provider, outcome = called
        error_type = "" if outcome == "ok" else outcome
        self._duration.add(("chat", provider, model, error_type), call.latency_ms / 1e3)
        usage = call.usage
        if usage.prompt_tokens:
            self._tokens.add(("chat", provider, model, "input"), usage.prompt_tokens)
        if usage.completion_tokens:
            self._tokens.add(("chat", provider, model, "output"), usage.completion_tokens)
        if usage.cached_tokens:
            self._cached_tokens.add((model, provider), usage.cached_tokens)

    def _measure_first_chunk(self, answering: AttemptRecord, ttft_ms: float) -> None:
        model, provider, _ = self._called(answering)
        seconds = max(0.0, ttft_ms - answering.began_ms) / 1e3
        self._to_first_chunk.add(("chat", provider, model), seconds)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        counter = Counter(f"llm_router_{name}", told, labels, most=_MOST_COUNTED)
        self._registry.register(counter)
        return counter

    def _histogram(
        self, name: str, told: str, labels: Labels, bounds: tuple[float, ...]
    ) -> Histogram:
        histogram = Histogram(name, told, labels, bounds=bounds, most=_MOST_SPREAD)
        self._registry.register(histogram)
        return histogram
