"""Sends the spans of requests to an OpenTelemetry collector.

Whoever records a request pays for one place in a queue; a thread makes the spans, and the
SDK's own sends them. Of spans for which a queue has no room, or which the collector does
not take, the request never hears.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers

from router_core.decide.records import RequestRecord
from router_core.telemetry.spans import Kind, Made, spans_of
from router_core.telemetry.trace_settings import TraceSettings

__all__ = ["Traces"]

_log = logging.getLogger("router_core.traces")

_MOST_WAITING: Final = 10_000
"""Requests whose spans are not made yet; the spans of those beyond are lost."""
_LAST_S: Final = 3.0
"""How long a stop waits for a collector, in seconds."""
_GIVING_UP_S: Final = 1.0
"""How much longer for it to give up, in seconds."""

_KINDS: Final = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.INTERNAL: SpanKind.INTERNAL,
    Kind.CLIENT: SpanKind.CLIENT,
}


class _Watched(SpanExporter):
    """Another exporter, of which one line tells when it stops and starts to work."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.is_failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends a batch; what it says is the other's."""
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self.is_failing:
            _log.warning("the collector takes no traces; they are lost until it does")
        elif self.is_failing and not failed:
            _log.info("the collector takes traces again")
        self.is_failing = failed
        return result

    def shutdown(self) -> None:
        """Gives up what is being sent."""
        self._exporter.shutdown()


class Traces:
    """The `Recorder` port over a collector."""

    def __init__(self, settings: TraceSettings, version: str) -> None:
        """Starts the threads; ``version``: of the router."""
        # They tell of each failure, at length and with the URL.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        facts = {"service.version": version}
        if settings.service is not None:
            facts["service.name"] = settings.service
        self._exporter = _Watched(
            OTLPSpanExporter(
                endpoint=settings.endpoint,
                headers=parse_env_headers(settings.headers, liberal=True),
            )
        )
        self._provider = TracerProvider(resource=Resource.create(facts), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("router_core", version)
        self._queue: SimpleQueue[RequestRecord | threading.Event | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """What does not work, for a person; empty: nothing."""
        failing = self._exporter.is_failing
        return "the trace collector takes nothing: spans are lost" if failing else ""

    def record(self, record: RequestRecord) -> None:
        """Takes one request; never waits."""
        if self._queue.qsize() < _MOST_WAITING:
            self._queue.put(record)

    def flush(self) -> None:
        """Waits until all that was recorded is sent, or has failed to be."""
        made = threading.Event()
        self._queue.put(made)
        made.wait()
        self._provider.force_flush()

    def stop(self, within_s: float = _LAST_S) -> None:
        """Sends what waits and ends; gives up on a collector that does not take it."""
        stopping = threading.Thread(target=self._stop, name="traces-stop", daemon=True)
        stopping.start()
        stopping.join(within_s)
        if stopping.is_alive():
            self._exporter.shutdown()  # ends its waits between tries
            stopping.join(_GIVING_UP_S)

    def _stop(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._provider.shutdown()

    def _run(self) -> None:
        while (record := self._queue.get()) is not None:
            if isinstance(record, threading.Event):
                record.set()
            else:
                self._trace(record)

    def _trace(self, record: RequestRecord) -> None:
        try:
            carrier = {"traceparent": record.traceparent}
            context = TraceContextTextMapPropagator().extract(carrier, context=Context())
            _emit(self._tracer, spans_of(record), context)
        except Exception as error:
            _log.error("a request has no trace: %s", type(error).__name__)


def _emit(tracer: Tracer, made: Made, context: Context) -> None:
    """Ends a span and all within it."""
    span = tracer.start_span(
        made.name,
        context=context,
        kind=_KINDS[made.kind],
        attributes=made.attributes,
        start_time=made.began_ns,
    )
    if span.is_recording():
        if made.failed:
            span.set_status(Status(StatusCode.ERROR))
        within = set_span_in_context(span, context)
        for child in made.children:
            _emit(tracer, child, within)
    span.end(end_time=made.ended_ns)
