"""What a request is expected to cost and to take with each model, for who chooses.

Made when it is first asked for: an `ordered` list needs none of it. Dollars are floats
here: they are compared, and never booked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from router_core.decide.chat import ChatRequest
from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.continuity import Ongoing
from router_core.decide.demands import Demands
from router_core.decide.estimates import Basis, basis_of
from router_core.decide.model_info import ModelInfo
from router_core.decide.pace import Pace, Paces
from router_core.decide.rates import Rates
from router_core.decide.usual import Usual

__all__ = ["NOTHING_KNOWN", "CategoryForecast", "Expectation", "Forecast"]


class Expectation(NamedTuple):
    """What one model is expected to take; ``None``: not known.

    Attributes:
        cost_usd: of the whole request, in USD; what lies in its cache is counted as such.
        first_ms, last_ms: from the call to the first and to the last token, in milliseconds.
    """

    cost_usd: float | None = None
    first_ms: float | None = None
    last_ms: float | None = None


NOTHING_KNOWN: Final = Expectation()


@dataclass(slots=True)
class CategoryForecast:
    """Of one request, were it of one category.

    Attributes:
        now: in Unix seconds.
    """

    category: str
    basis: Basis
    paces: Paces
    now: float

    def of(self, model: ModelRef, info: ModelInfo, rates: Rates | None) -> Expectation:
        """What ``model`` is expected to take.

        Args:
            info: what is known of it.
            rates: its prices, where they are simple.
        """
        basis = self.basis
        tokens = basis.answer_tokens_of(model, info)
        if rates is not None:
            cached = basis.cached.get(model.key, 0) if basis.cached else 0
            paid = tokens * basis.answers
            cost: float | None = rates.usd(basis.prompt_tokens, cached, paid, basis.images)
        else:
            exact = basis.cost_usd(model, info)
            cost = None if exact is None else float(exact)
        pace = self.paces.of(model, info, self.category, self.now)
        if pace is None:
            return Expectation(cost)
        first_ms, token_ms = pace
        last_ms = first_ms + token_ms * tokens
        return tuple.__new__(Expectation, (cost, first_ms, last_ms))  # half the constructor's time

    def pace_of(self, model: ModelRef, info: ModelInfo) -> Pace | None:
        """How fast ``model`` is likely to be; ``None``: not known."""
        return self.paces.of(model, info, self.category, self.now)

    def leader(self) -> ModelKey | None:
        """Whom a policy chose last."""
        return self.paces.leader(self.category)

    def waited(self, model: ModelRef) -> int:
        """For how many decisions it was not called first."""
        return self.paces.waited(self.category, model)


@dataclass(slots=True, kw_only=True)
class Forecast:
    """Of one request.

    Attributes:
        ongoing: the conversation that it goes on with; ``None``: none.
        usual: how long answers have been so far.
        paces: how fast models are.
        when: now, with its time zone.
    """

    request: ChatRequest
    demands: Demands
    ongoing: Ongoing | None
    usual: Usual
    paces: Paces
    when: datetime
    _made: dict[str, CategoryForecast] = field(default_factory=dict)

    def of(self, category: str) -> CategoryForecast:
        """What it is expected to take, were it of ``category``; ``""``: of none."""
        made = self._made.get(category)
        if made is None:
            basis = basis_of(
                self.request,
                self.demands,
                category=category,
                ongoing=self.ongoing,
                usual=self.usual,
                when=self.when,
            )
            made = CategoryForecast(category, basis, self.paces, self.when.timestamp())
            self._made[category] = made
        return made
