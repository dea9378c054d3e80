"""What a routed request is expected to take with each model, before it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from router_core.app.route import Routed
from router_core.decide.config import ModelRef
from router_core.decide.estimates import Basis, Estimate, estimate
from router_core.decide.forecast import CategoryForecast
from router_core.decide.model_info import ModelInfo, Prices

__all__ = ["Expected"]


@dataclass(slots=True, kw_only=True)
class Expected:
    """The estimates of one request, each made when it is first asked for.

    Args:
        routed: what was decided on it.
        info_of: what is known of a model.
    """

    routed: Routed
    info_of: Callable[[ModelRef], ModelInfo]
    _made: dict[ModelRef, Estimate] = field(default_factory=dict)

    @property
    def basis(self) -> Basis:
        """What they rest on."""
        return self._forecast.basis

    @property
    def when(self) -> datetime:
        """The moment, with its time zone."""
        return self.routed.forecast.when

    def prices_of(self, model: ModelRef) -> Prices | None:
        """The model's prices, as far as they are known."""
        return self.info_of(model).prices

    def cost_usd(self, model: ModelRef) -> Decimal | None:
        """What the request is expected to cost with ``model``, in USD; ``None``: not known."""
        made = self._made.get(model)
        return made.cost_usd if made else self.basis.cost_usd(model, self.info_of(model))

    def of(self, model: ModelRef) -> Estimate:
        """What the request is expected to take with ``model``."""
        if model not in self._made:
            ongoing = self.routed.ongoing
            here = self.info_of(ongoing.model).prices if ongoing else None
            info = self.info_of(model)
            pace = self._forecast.pace_of(model, info)
            self._made[model] = estimate(self.basis, model, info, ongoing, here, pace)
        return self._made[model]

    @property
    def _forecast(self) -> CategoryForecast:
        return self.routed.forecast.of(self.routed.decision.category)

    def cost_of(self, model: ModelRef) -> Decimal | None:
        """What it is expected to cost with ``model``, in USD; ``None``: not known."""
        return self.of(model).cost_usd
