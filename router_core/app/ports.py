"""What the use cases need from outside; the adapters stand behind these."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from router_core.decide.catalogue import Catalogue, Listing
from router_core.decide.chat import JsonObject
from router_core.decide.classification import Score, Verdict
from router_core.decide.config import Deadlines, RoutingConfig
from router_core.decide.config import Provider as ProviderConfig
from router_core.decide.config_edits import Edits
from router_core.decide.model_info import ModelInfo
from router_core.decide.session import Session
from router_core.decide.sketch import Sketch
from router_core.decide.stats import AttemptRecord, StatsSnapshot


class Clock(Protocol):
    """Time, so that tests can set it."""

    def monotonic(self) -> float:
        """Seconds from some fixed point; never goes back."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Waits."""

    async def done_within(self, future: asyncio.Future[Any], seconds: float) -> bool:
        """Waits for ``future``, so long at the most; returns whether it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model.

    Attributes:
        model_id: the provider's id of the model; replaces the body's ``model``.
        body: the client's body; not to be changed.
        include_usage: whether the client asked for a usage chunk.
        thread: the opaque id of the conversation, for a provider that keeps those of one
            together; empty: there is none.
        deadlines: how long to wait for what.
        on_send: called once, when the request is about to leave.
    """

    model_id: str
    body: JsonObject
    deadlines: Deadlines = field(default_factory=Deadlines)
    include_usage: bool = False
    thread: str = ""
    on_send: Callable[[], None] = lambda: None


class Provider(Protocol):
    """An API that answers chat completion requests.

    All calls raise `errors.UpstreamFailure` for whatever goes wrong upstream, and
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

    async def list_models(self) -> list[Any]:
        """Returns the pages of ``GET /models``, as JSON; none: it lists no models."""

    async def close(self) -> None:
        """Closes the connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a classifier is asked.

    Attributes:
        text: what the person typed; data, never instructions.
        choices: the names of the categories in question, in the config's order, few
            enough to be put to a model.
    """

    text: str
    config: RoutingConfig
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a classifier says.

    Attributes:
        verdict: over configured categories.
        call: the call that it took, where it took one; for the ledger.
        sketch: what was read of the text, where that does for judging it anew.
    """

    verdict: Verdict
    call: AttemptRecord | None = None
    sketch: Sketch | None = None


class Classifier(Protocol):
    """Tells the category of a text."""

    async def classify(self, question: Question) -> Opinion:
        """Returns its opinion, within its own deadline.

        Raises:
            ClassifierUnavailable: it cannot tell now; the next one is asked.
        """


class ClassifierUnavailable(Exception):
    """A classifier cannot tell now.

    Attributes:
        cause: why, for a person.
        call: the call that failed, where there was one; for the ledger.
    """

    def __init__(self, cause: str, call: AttemptRecord | None = None) -> None:
        """Keeps both."""
        super().__init__(cause)
        self.cause = cause
        self.call = call


class Rejudge(Protocol):
    """Judges texts in this process: what it has read of one does for any config."""

    def sketch(self, text: str) -> Sketch:
        """Reads a text, which takes some 100 us."""

    def prepare(self, config: RoutingConfig) -> None:
        """Gets ready for a config, which may take a while; may be called in a thread."""

    def likeliest(self, sketch: Sketch, config: RoutingConfig, classifier: str) -> Score:
        """The category that a classifier ("embedded" or "keywords") tells."""

    def words_of(self, config: RoutingConfig) -> Iterable[str]:
        """Every word that says something under a config; may be called in a thread."""


class CatalogueSource(Protocol):
    """Where what is known of the models comes from."""

    def current(self) -> Catalogue:
        """What is known now: an immutable snapshot, swapped as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptListing:
    """A provider's last good listing, and the ``base_url`` that told it."""

    base_url: str
    listing: Listing


class ListingStore(Protocol):
    """Keeps the last good listing of each provider, for the next start."""

    def load(self) -> Mapping[str, KeptListing]:
        """What is kept, by provider; empty where there is nothing, or nothing readable."""

    def save(self, kept: Mapping[str, KeptListing]) -> None:
        """Keeps ``kept`` instead; never raises."""

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""


class PriceTable(Protocol):
    """Prices and windows that are known without asking anyone."""

    def load(self) -> None:
        """Reads it, which takes a while.

        Raises:
            ImportError: it is not there.
        """

    def models(self, provider: ProviderConfig, day: date) -> Mapping[str, ModelInfo]:
        """What holds for a provider's models on a day, by id; empty until it is read."""

    def source(self, day: date) -> str:
        """Which table it is, and how new on a day, for a person."""


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
class ConfigVersion:
    """A config that came into force.

    Attributes:
        number: counts up from 1.
        author: "admin", "local" (nobody needs a key) or "file" (an edit by hand).
        changes: what was changed, a line each, for a person.
    """

    number: int
    time: datetime
    author: str
    changes: tuple[str, ...]
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A config that may come into force.

    Attributes:
        config: with what the environment overrides.
        etag: of it.
        changes: what it changes, a line each, for a person; empty: nothing.
        snapshot: what the store itself knows of it, for the store alone.
        base: what the file must still hold when it comes into force.
        is_edit: whether the file says so already, by hand.
    """

    config: RoutingConfig
    etag: str
    changes: tuple[str, ...]
    snapshot: object
    base: bytes | None
    is_edit: bool = False


class ConfigStore(ConfigSource, Protocol):
    """Keeps the routing config, and what it was."""

    @property
    def is_refused(self) -> bool:
        """Whether the file is wrong, so that what it says is not in force."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file or with keeping it, a line each, for a person."""

    def edits_by_hand(self) -> AsyncIterator[None]:
        """Yields when the file may have been edited; at once for edits that came before."""

    async def look(self) -> Proposal | None:
        """What the file says, where that is not in force; ``None``: it is.

        A file that is wrong is a problem and no proposal; so is one that would undo
        a change made since it was read, which is put aside.
        """

    def propose(self, edits: Edits) -> Proposal:
        """What some edits would make of the config in force; makes none.

        Raises:
            ConfigError: that would be wrong; the path is the key's in the file.
        """

    def propose_version(self, number: int) -> Proposal:
        """What going back to a version would make of it.

        Raises:
            VersionNotFound: it is not kept.
            ConfigError: it would be wrong today.
        """

    async def accept(self, proposal: Proposal, author: str) -> bool:
        """Brings a proposal into force, on the disk first.

        Returns:
            False: the file has been edited meanwhile; nothing was done.

        Raises:
            ConfigUnwritable: it cannot be kept; nothing was done.
        """

    def versions(self) -> tuple[ConfigVersion, ...]:
        """The last versions that were in force, newest first."""


class SessionStore(Protocol):
    """Keeps what is remembered of conversations: as many as it has room for, newest first.

    A conversation is known at each of its answers, by one name or several. The last of
    these points is the conversation; those that it has passed are kept for who comes
    back to them, as long as there is room.
    """

    @property
    def key(self) -> bytes:
        """What names are made with, so that nobody can guess them; 32 bytes."""

    @property
    def problem(self) -> str:
        """What does not work with it, for a person; empty: nothing."""

    def get(self, name: bytes) -> Session | None:
        """What is remembered under a name; changes nothing, and never waits."""

    def put(
        self,
        names: Sequence[bytes],
        session: Session,
        after: bytes | None = None,
        *,
        aside: bool = False,
    ) -> None:
        """Remembers ``session`` under each of ``names``; never waits and never raises.

        Args:
            names: of one point of one conversation; at least one.
            session: the conversation at that point.
            after: a name of the point that it goes on from, which it has now passed;
                ``None``: it begins, or has one name for ever.
            aside: whether it is no conversation of its own, and takes no other's room.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One request that ended; what the ledger keeps.

    Attributes:
        classifier_calls: the calls of models that classified it, failed ones too.
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
    classifier_calls: tuple[AttemptRecord, ...] = ()


class Ledger(Protocol):
    """Keeps what was served."""

    def record(self, record: RequestRecord) -> None:
        """Takes one record; never waits and never raises."""

    def snapshot(self) -> StatsSnapshot:
        """The sums over all records so far."""


Providers = Callable[[ProviderConfig], Provider]
"""The provider that a config means by one of its own, whatever the next config has."""
