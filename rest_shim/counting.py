"""What the shim counts itself: HTTP requests, for ``GET /metrics``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

__all__ = ["CONTENT_TYPE", "HttpCounts", "note_refusal", "note_route"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""

_REFUSAL: Final = "llm_router.refusal"
_ROUTE: Final = "llm_router.route"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"


def note_refusal(scope: Scope, code: str | None) -> None:
    """Notes that the shim itself refuses a request, with this code of an error."""
    scope[_REFUSAL] = code or _OTHER


def note_route(scope: Scope, path: str) -> None:
    """Notes which route of ours a request took, where FastAPI does not say it."""
    scope[_ROUTE] = path


class HttpCounts:
    """Counts requests; belongs to one event loop.

    What counts them apart is bounded: routes and codes are those of the source, methods
    and statuses those of HTTP.
    """

    def __init__(self) -> None:
        """Makes one that has counted none."""
        self._running = 0
        self._ended: Counter[tuple[str, str, str]] = Counter()
        self._refused: Counter[str] = Counter()

    def began(self) -> None:
        """A request came in."""
        self._running += 1

    def ended(self, scope: Scope, status: int) -> None:
        """A request ended.

        Args:
            scope: its own, as the app has left it.
            status: of the answer; 0: it has none, since the client left.
        """
        self._running -= 1
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        self._ended[_route(scope), method, f"{status // 100}xx" if status else "none"] += 1
        if refusal := scope.get(_REFUSAL):
            self._refused[refusal] += 1

    def text(self, *, core_up: bool) -> str:
        """The counts in Prometheus' text format.

        Args:
            core_up: whether the core answers.
        """
        up = GaugeMetricFamily(
            "llm_router_http_core_up", "Whether the core answers, 1 or 0.", value=core_up
        )
        registry = CollectorRegistry()
        registry.register(_Families((*self._families(), up)))
        return generate_latest(registry).decode()

    def _families(self) -> tuple[Metric, ...]:
        requests = CounterMetricFamily(
            "llm_router_http_requests",
            "HTTP requests that ended; status none: the client left before its answer.",
            labels=("route", "method", "status"),
        )
        for labels, count in self._ended.items():
            requests.add_metric(labels, count)
        refused = CounterMetricFamily(
            "llm_router_http_refused",
            "HTTP requests that the shim refused by itself, by the error's code.",
            labels=("code",),
        )
        for code, count in self._refused.items():
            refused.add_metric((code,), count)
        running = GaugeMetricFamily(
            "llm_router_http_requests_in_progress",
            "HTTP requests that have not ended.",
            value=self._running,
        )
        return (requests, refused, running)


class _Families(Collector):
    def __init__(self, families: tuple[Metric, ...]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _route(scope: Scope) -> str:
    noted = scope.get(_ROUTE)
    if noted is not None:
        return str(noted)
    route = scope.get("route")
    return _OTHER if route is None else str(route.path)
