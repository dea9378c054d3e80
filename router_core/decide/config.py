"""The routing config: frozen values, resolved names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from router_core.decide.model_info import ModelInfo
from router_core.decide.policy_settings import POINTS_A_PLACE, TOP_POINTS, PolicySettings
from router_core.decide.request_limits import NO_LIMITS, DataPolicy, RequestLimits


class Mode(StrEnum):
    """How requests are classified."""

    KEYWORDS = "keywords"
    """The rules alone."""
    OLLAMA = "ollama"
    """A small model on Ollama alone; keywords if it fails."""
    API = "api"
    """An API model alone; keywords if it fails."""
    HYBRID = "hybrid"
    """Ollama, then the API model, then keywords."""
    EMBEDDED = "embedded"
    """The in-process classifier alone."""
    CASCADE = "cascade"
    """The in-process classifier first, the others where it is unsure."""


class ToolsRule(StrEnum):
    """When the tools on offer mean the category ``tools``."""

    AUTO = "auto"
    """For a recognised agent client the text decides; for anyone else tools mean ``tools``."""
    PRESENT = "present"
    """A request with tools is ``tools``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How long to wait, in seconds; the total is that of OpenAI's official clients."""

    connect_s: float = 5.0
    first_token_s: float = 60.0
    idle_s: float = 30.0
    total_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineOverrides:
    """Deadlines of one provider or model, in seconds; ``None``: as everywhere else."""

    connect_s: float | None = None
    first_token_s: float | None = None
    idle_s: float | None = None
    total_s: float | None = None

    def over(self, deadlines: Deadlines) -> Deadlines:
        """``deadlines``, with those that are told here in their place."""
        told = {name: getattr(self, name) for name in self.__slots__}
        told = {name: seconds for name, seconds in told.items() if seconds is not None}
        return replace(deadlines, **told) if told else deadlines


class AtLimit(StrEnum):
    """What happens to a request that a spending limit has no room for."""

    REFUSE = "refuse"
    """It is refused."""
    CHEAPEST = "cheapest"
    """The cheapest model of its category that can take it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingLimits:
    """How much may be spent in a period (UTC), in USD, more than 0; ``None``: no limit."""

    daily_usd: Decimal | None = None
    monthly_usd: Decimal | None = None

    @property
    def are_set(self) -> bool:
        """Whether there is one."""
        return self.daily_usd is not None or self.monthly_usd is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(SpendingLimits):
    """How many calls of each model the router makes, and how much all callers may spend.

    Attributes:
        max_concurrent: at once; 1 or more.
        max_queued: how many more may wait for one of these to end; 0 or more.
        per_caller: how much each caller may spend.
        at_limit: what happens where that is spent.
        per_request: what each request may take.
    """

    max_concurrent: int = 1000
    max_queued: int = 1000
    per_caller: SpendingLimits = field(default_factory=SpendingLimits)
    at_limit: AtLimit = AtLimit.REFUSE
    per_request: RequestLimits = NO_LIMITS

    @property
    def cap_spending(self) -> bool:
        """Whether any of it may be spent up."""
        return self.are_set or self.per_caller.are_set


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSettings:
    """How long the ledger keeps what, in days; sums not less than single requests."""

    keep_requests_days: int = 30
    keep_totals_days: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An OpenAI-compatible API.

    Attributes:
        base_url: without a trailing "/".
        api_key_env: the environment variable with its key; ``None``: it needs none.
        deadlines: its own.
        data_policy: what it promises of what it is sent; DENY: that it does nothing with it.
    """

    name: str
    base_url: str
    api_key_env: str | None = None
    deadlines: DeadlineOverrides = field(default_factory=DeadlineOverrides)
    data_policy: DataPolicy = DataPolicy.ALLOW


ModelKey = tuple[str, str]
"""A model under whatever name: its provider, and the provider's id of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """A model, resolved: what it is called here, and where.

    Attributes:
        name: its alias, else its id (with "provider:" where that was written).
        id: the provider's id of it.
        provider: the provider's name.
        key: what it is, whatever it is called here.
    """

    name: str
    id: str
    provider: str
    key: ModelKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """It is asked for often."""
        object.__setattr__(self, "key", (self.provider, self.id))

    def __hash__(self) -> int:
        """Of the name alone, which tells nearly all models apart: it is asked for often."""
        return hash(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category and its models, in order; at least one.

    Attributes:
        policy: how its models are ordered, by a name of `POLICIES`.
        quality: how well models do here, in points of 0 to 100, by their names; those that
            are not told have what their own settings say, else what their place stands for.
        floor: models of fewer points come after all others; ``None``: the list is the floor.
        thrift: as in `PolicySettings`, of this category alone; ``None``: as everywhere.
    """

    name: str
    models: tuple[ModelRef, ...]
    keywords: tuple[str, ...] = ()
    description: str = ""
    examples: tuple[str, ...] = ()
    policy: str = "ordered"
    quality: Mapping[str, float] = field(default_factory=dict)
    floor: float | None = None
    thrift: float | None = None
    built_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What the config says of one model beside its name.

    Attributes:
        info: what is known of it; it wins over every catalogue.
        deadlines: its own.
        max_concurrent: how many calls of it the router makes at once; ``None``: as
            many as of any other.
        quality: how well it does in every category that does not say otherwise, in points
            of 0 to 100; ``None``: as its place in the list says.
    """

    info: ModelInfo = field(default_factory=ModelInfo)
    deadlines: DeadlineOverrides = field(default_factory=DeadlineOverrides)
    max_concurrent: int | None = None
    quality: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OllamaSettings:
    """The small model on Ollama that classifies.

    Attributes:
        model: Ollama's name of it, with its tag.
        deadline_s: how long one classification may take, waiting for a slot included.
        parallel: how many calls at once; Ollama's own default (OLLAMA_NUM_PARALLEL).
    """

    model: str = "qwen2.5:0.5b"
    deadline_s: float = 1.0
    parallel: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The API model that classifies.

    Attributes:
        model: ``None``: there is none, and modes that ask it fall back.
        deadline_s: how long one classification may take.
        in_cascade: whether ``cascade`` asks it too, which costs money and time.
    """

    model: ModelRef | None = None
    deadline_s: float = 3.0
    in_cascade: bool = False


CASCADE_BELOW: Final = 0.6
"""What it buys stands in the model card (docs/model-card.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierSettings:
    """The classifiers that are models.

    Attributes:
        cascade_below: ``cascade`` asks further where the in-process classifier's
            confidence is below this; 0 to 1, 0: never.
    """

    cascade_below: float = CASCADE_BELOW
    ollama: OllamaSettings = field(default_factory=OllamaSettings)
    api: ApiSettings = field(default_factory=ApiSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuitySettings:
    """How conversations are followed.

    Attributes:
        enabled: otherwise each request is routed as if it were the first.
        cache_s: how long a provider keeps what it has read, in seconds; after that a
            conversation may move for nothing.
        max_sessions: how many conversations are remembered; 1 or more.
    """

    enabled: bool = True
    cache_s: float = 300.0
    max_sessions: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingConfig:
    """Everything that decisions rest on; an immutable snapshot.

    Attributes:
        providers: by name, the default one first.
        aliases: models by alias.
        categories: by name, the built-in ones first; all four are there.
        model_settings: what is said of single models, by alias.
        housekeeping: models for the clients' own upkeep, in order; empty: those
            of ``conversation``.
        last_resort: the model that answers when no other of a category's does;
            ``None``: there is none.
        disabled_envelopes: clients, by name, of which no envelope is taken off.
    """

    providers: Mapping[str, Provider]
    aliases: Mapping[str, ModelRef]
    categories: Mapping[str, Category]
    mode: Mode = Mode.CASCADE
    tools_rule: ToolsRule = ToolsRule.AUTO
    model_settings: Mapping[str, ModelSettings] = field(default_factory=dict)
    housekeeping: tuple[ModelRef, ...] = ()
    last_resort: ModelRef | None = None
    disabled_envelopes: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    deadlines: Deadlines = field(default_factory=Deadlines)
    continuity: ContinuitySettings = field(default_factory=ContinuitySettings)
    classifiers: ClassifierSettings = field(default_factory=ClassifierSettings)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    policies: PolicySettings = field(default_factory=PolicySettings)
    version: int = 1

    @property
    def default_provider(self) -> str:
        """The provider of ids that name none: the first."""
        return next(iter(self.providers))

    def models(self) -> Mapping[str, ModelRef]:
        """Every model that the config names, by its name."""
        named = dict(self.aliases)
        for category in self.categories.values():
            named.update((model.name, model) for model in category.models)
        named.update((model.name, model) for model in self.housekeeping)
        for model in (self.last_resort, self.classifiers.api.model):
            if model is not None:
                named[model.name] = model
        return named

    def moved_since(self, before: RoutingConfig) -> frozenset[str]:
        """The providers, by name, that are new, somewhere else, or have another key."""

        def place(provider: Provider | None) -> object:
            return provider and (provider.base_url, provider.api_key_env)

        return frozenset(
            name
            for name, provider in self.providers.items()
            if place(provider) != place(before.providers.get(name))
        )

    def model_of(self, key: ModelKey) -> ModelRef | None:
        """The model of that key, by its name here; ``None``: its provider is gone."""
        for category in self.categories.values():
            for model in category.models:
                if model.key == key:
                    return model
        for model in self.models().values():
            if model.key == key:
                return model
        provider, model_id = key
        if provider not in self.providers:
            return None
        name = model_id if provider == self.default_provider else f"{provider}:{model_id}"
        return ModelRef(name=name, id=model_id, provider=provider)

    def settings_of(self, model: ModelRef) -> ModelSettings:
        """What the config says of ``model`` beside its name, under whatever name it has it."""
        if not self.model_settings:
            return _NO_SETTINGS
        if (own := self.model_settings.get(model.name)) is not None:
            return own
        aliases = (alias for alias in self.model_settings if alias in self.aliases)
        named = (alias for alias in aliases if self.aliases[alias].key == model.key)
        return self.model_settings.get(next(named, ""), _NO_SETTINGS)

    def quality_of(self, model: ModelRef, category: Category, place: int) -> float:
        """How well a model does in a category, in points; ``place``: in the list, from 0."""
        if (here := category.quality.get(model.name)) is not None:
            return here
        anywhere = self.settings_of(model).quality
        return TOP_POINTS - POINTS_A_PLACE * place if anywhere is None else anywhere

    def qualities(self, models: Sequence[ModelRef], category: Category) -> list[float]:
        """`quality_of` for a whole list."""
        if not category.quality and not self.model_settings:
            return [TOP_POINTS - POINTS_A_PLACE * place for place in range(len(models))]
        return [self.quality_of(model, category, place) for place, model in enumerate(models)]

    def deadlines_of(self, model: ModelRef) -> Deadlines:
        """How long to wait for ``model``: its own deadlines, its provider's, everyone's."""
        deadlines, provider = self.deadlines, self.providers.get(model.provider)
        if provider is not None and provider.deadlines != _NO_OVERRIDES:
            deadlines = provider.deadlines.over(deadlines)
        settings = self.settings_of(model)
        return deadlines if settings is _NO_SETTINGS else settings.deadlines.over(deadlines)


_NO_SETTINGS: Final = ModelSettings()
_NO_OVERRIDES: Final = DeadlineOverrides()
