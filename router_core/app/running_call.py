"""One call of a model that has not ended: what is known of it, and its record at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from router_core.decide.chat import JsonObject
from router_core.decide.config import ModelRef
from router_core.decide.cost import FREE, UNKNOWN, Cost, cost_of
from router_core.decide.model_info import Prices
from router_core.decide.records import AttemptRecord, readable_id
from router_core.decide.usage import Usage, read_usage

__all__ = ["RunningCall"]


@dataclass(slots=True, kw_only=True)
class RunningCall:
    """A call that runs.

    Attributes:
        began: in monotonic seconds.
        when: the moment whose prices hold, with its time zone.
        images: in the prompt.
        prices: the model's; ``None``: not known.
        estimated_usd: what it is expected to cost; ``None``: not known.
        waives_nothing: as of its provider.
        usage: what its answer has told of it so far.
        is_sent: whether the request has left.
    """

    model: ModelRef
    began: float
    when: datetime
    images: int = 0
    prices: Prices | None = None
    estimated_usd: Decimal | None = None
    waives_nothing: bool = False
    usage: JsonObject = field(default_factory=dict)
    is_sent: bool = False
    _is_blank: bool = False
    _known: tuple[Usage, Cost] | None = None
    _generation_id: str = ""
    _has_read: bool = False

    def names(self, generation_id: str) -> None:
        """The upstream has named its answer, before it came."""
        self._generation_id = readable_id(generation_id)

    def reads(self, answer: JsonObject) -> None:
        """An answer or a chunk came; what it tells of its usage counts until it tells more.

        What was told once holds where later usage leaves it out: the cost may come on
        another chunk than the tokens do.
        """
        if not self._has_read:
            self._has_read = True
            self._generation_id = readable_id(answer.get("id")) or self._generation_id
        usage = answer.get("usage")
        if isinstance(usage, dict) and usage:
            self._known = None
            told = {key: value for key, value in usage.items() if value is not None}
            self.usage = {**self.usage, **told} if self.usage else told

    def comes_to_nothing(self) -> None:
        """Its answer has nothing in it, or has failed, and does not say why."""
        self._is_blank, self._known = True, None

    @property
    def costs(self) -> tuple[Usage, Cost]:
        """What it has used and cost, as far as its answer tells."""
        if self._known is None:
            usage = read_usage(self.usage)
            self._known = usage, self._cost(usage)
        return self._known

    def closed(
        self, outcome: str, http_status: int | None, *, began_ms: float, latency_ms: float
    ) -> AttemptRecord:
        """Its record; the arguments are the attributes of that."""
        usage, cost = self.costs
        return AttemptRecord(
            model=self.model.name,
            provider=self.model.provider,
            outcome=outcome,
            began_ms=began_ms,
            latency_ms=latency_ms,
            cost=cost,
            usage=usage,
            http_status=http_status,
            generation_id=self._generation_id,
            sent=self.is_sent,
            estimated_usd=self.estimated_usd,
        )

    def _cost(self, usage: Usage) -> Cost:
        if not self.usage:
            return UNKNOWN
        is_nothing = self._is_blank and self.usage.get("completion_tokens") == 0
        if is_nothing and self.waives_nothing and usage.cost_usd is None:
            return FREE
        return cost_of(usage, self.prices, self.when, self.images)
