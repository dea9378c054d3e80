"""What the use cases need from outside; the adapters stand behind these."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from router_core.decide.chat import JsonObject
from router_core.decide.classification import Verdict
from router_core.decide.config import Deadlines, RoutingConfig
from router_core.decide.stats import StatsSnapshot


class Clock(Protocol):
    """Time, so that tests can set it."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""

    def now(self) -> datetime:
        """The time of day, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model.

    Attributes:
        model_id: the provider's id of the model; replaces the body's ``model``.
        body: the client's body; not to be changed.
        include_usage: whether the client asked for a usage chunk.
        deadlines: how long to wait for what.
        on_send: called once, when the request is about to leave.
    """

    model_id: str
    body: JsonObject
    deadlines: Deadlines = field(default_factory=Deadlines)
    include_usage: bool = False
    on_send: Callable[[], None] = lambda: None


class Provider(Protocol):
    """An API that answers chat completion requests.

    Both calls raise `errors.UpstreamFailure` for whatever goes wrong upstream, and
    close the connection when they are cancelled.

    Attributes:
        always_reports_usage: whether its streams carry usage unasked, as OpenRouter's
            do. Where they do not, the provider asks, and the usage chunk is kept
            from a client that did not.
    """

    always_reports_usage: bool

    async def complete(self, call: ModelCall) -> dict[str, Any]:
        """Returns the whole answer: a chat completion object with at least one choice."""

    def stream(self, call: ModelCall) -> AsyncGenerator[dict[str, Any]]:
        """Yields the chunks as they come; ends when the answer is whole.

        A chunk that holds an error raises; so does an end without a finish_reason.
        Leaving the iterator early (``aclose``) closes the connection.
        """

    async def close(self) -> None:
        """Closes the connections."""


class Classifier(Protocol):
    """Tells the category of a text."""

    async def classify(self, text: str, config: RoutingConfig) -> Verdict:
        """Returns a verdict over the configured categories.

        Raises:
            ClassifierUnavailable: it cannot tell now; the next one is asked.
        """


class ClassifierUnavailable(Exception):
    """A classifier cannot tell now; the text says why, for a person."""


class ConfigSource(Protocol):
    """Where the routing config in force comes from."""

    def current(self) -> RoutingConfig:
        """The config in force: an immutable snapshot, swapped as a whole."""

    @property
    def etag(self) -> str:
        """Changes with every change of the config."""

    @property
    def overrides(self) -> tuple[str, ...]:
        """Which values come from elsewhere than the file, a line each, for a person."""

    def category_etag(self, name: str) -> str:
        """Changes with every change of the category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One call of a model that ended.

    Attributes:
        outcome: "ok", "cancelled" or a `FailureClass`.
        cost_usd: as the provider reported it; ``None``: unknown, which is not 0.
    """

    model: str
    provider: str
    outcome: str
    latency_ms: float
    cost_usd: Decimal | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request that ended; what the ledger keeps.

    Attributes:
        category: ``""``: the caller named a model.
        model: the model that answered; ``""``: none did.
        status: "ok", "error" or "cancelled".
        ttft_ms: time to the first content; ``None``: nothing came.
        overhead_ms: the router's own time; ``None``: nothing was sent upstream.
    """

    id: str
    time: datetime
    category: str
    model: str
    mode: str
    status: str
    attempts: tuple[AttemptRecord, ...]
    latency_ms: float
    ttft_ms: float | None = None
    overhead_ms: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Ledger(Protocol):
    """Keeps what was served."""

    def record(self, record: RequestRecord) -> None:
        """Takes one record; never waits and never raises."""

    def snapshot(self) -> StatsSnapshot:
        """The sums over all records so far."""


Providers = Mapping[str, Provider]
"""The providers by their names in the config."""
