"""What is known of the models, by whom, and whether they are there.

    catalogue.info(model)           windows, abilities, prices
    catalogue.absence(model, now)   why it is not to be called, or ``None``

An immutable snapshot. What the config says of a model wins over what its provider
lists, and that over the dated price table. Only a provider takes models out: one
that its listing lacks, while that is whole and fresh, or that has expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from router_core.decide.config import ModelRef
from router_core.decide.model_ids import is_listed_by_name, like, spellings, variant_of
from router_core.decide.model_info import ModelInfo

__all__ = ["FRESH", "Catalogue", "Listing"]

FRESH: Final = timedelta(hours=24)
"""How long a listing says what there is not."""

_MANY: Final = 50
"""A listing of so many models does not shrink to less than half by itself."""

_UNKNOWN: Final = ModelInfo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a provider told of its models.

    Attributes:
        models: by id.
        told_at: when, in UTC.
        complete: whether nothing is missing from it, as far as it can be told.
        slugs: the id that goes with another name of a model (``canonical_slug``).
    """

    models: Mapping[str, ModelInfo]
    told_at: datetime
    complete: bool
    slugs: Mapping[str, str] = field(default_factory=dict)

    def find(self, model_id: str) -> tuple[str, ModelInfo] | None:
        """The entry that ``model_id`` means, with its id there; ``None``: there is none."""
        for spelling in spellings(model_id):
            listed = spelling if spelling in self.models else self.slugs.get(spelling, "")
            if listed in self.models:
                return listed, self.models[listed]
        return None

    def __contains__(self, model_id: object) -> bool:
        """Whether there is an entry that ``model_id`` means."""
        return isinstance(model_id, str) and self.find(model_id) is not None

    def settles(self, now: datetime) -> bool:
        """Whether a model that it lacks is not there."""
        return self.complete and bool(self.models) and abs(now - self.told_at) <= FRESH

    def after(self, before: Listing | None) -> Listing:
        """What is known once this has come, where ``before`` was known.

        One that is whole replaces what was known. One that is not, or that suddenly
        is less than half, only adds to the last one that was whole.
        """
        if before is None or not before.complete:
            return self
        shrunk = len(before.models) >= _MANY and 2 * len(self.models) < len(before.models)
        if self.complete and self.models and not shrunk:
            return self
        return replace(
            before,
            models={**before.models, **self.models},
            slugs={**before.slugs, **self.slugs},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that is known of the models, at one moment.

    Attributes:
        listings: by provider; one that has told nothing has none.
        table: the price table's models by id, by provider.
        overrides: what the config says, by the model's name there.
    """

    listings: Mapping[str, Listing] = field(default_factory=dict)
    table: Mapping[str, Mapping[str, ModelInfo]] = field(default_factory=dict)
    overrides: Mapping[str, ModelInfo] = field(default_factory=dict)

    def info(self, model: ModelRef) -> ModelInfo:
        """What is known of a model, field by field from the best source that knows it."""
        info = self.overrides.get(model.name, _UNKNOWN)
        if listed := self._listed(model):
            info = info.over(listed[1])
        tabled = self.table.get(model.provider, {})
        for spelling in spellings(model.id):
            if spelling in tabled:
                return info.over(tabled[spelling])
        return info

    def absence(self, model: ModelRef, now: datetime) -> str | None:
        """Why a model is not there, for a person; ``None``: nothing speaks against it."""
        listing = self.listings.get(model.provider)
        if listing is None or not is_listed_by_name(model.id):
            return None
        listed = listing.find(model.id)
        if listed is None:
            if not listing.settles(now):
                return None
            why = f"not in {model.provider}'s catalogue of {listing.told_at:%Y-%m-%d}"
        else:
            expires = listed[1].expires
            if expires is None or expires >= now.astimezone(UTC).date():
                return None
            why = f"expired on {expires}, by {model.provider}'s catalogue"
        if instead := self.alternatives(model, now=now):
            return f"{why}; live ones like it: {', '.join(instead)}"
        return why

    def alternatives(
        self, model: ModelRef, most: int = 3, *, now: datetime | None = None
    ) -> tuple[str, ...]:
        """Ids of live models of its provider that may stand in for it, the likest first.

        They are its vendor's with a name like it; then cheap ones that can call tools.

        Args:
            model: the model.
            most: how many at most.
            now: the time by which they must not have expired; by default that of
                the listing.
        """
        listing = self.listings.get(model.provider)
        if listing is None:
            return ()
        today = (now or listing.told_at).astimezone(UTC).date()
        found = listing.find(model.id)
        live = {
            model_id: info
            for model_id, info in listing.models.items()
            if (info.expires is None or info.expires >= today)
            and variant_of(model_id) != "batch"  # answers within a day, not at once
            and not (found and model_id == found[0])
        }
        alike = like(model.id, live, most)
        cheap = [model_id for model_id in _cheapest(live) if model_id not in alike]
        return (*alike, *cheap[: most - len(alike)])

    def _listed(self, model: ModelRef) -> tuple[str, ModelInfo] | None:
        listing = self.listings.get(model.provider)
        return listing.find(model.id) if listing else None


def _cheapest(models: Mapping[str, ModelInfo]) -> list[str]:
    """Those that can call tools, the cheapest first; free ones have limits of their own."""
    priced = [
        (price, model_id)
        for model_id, info in models.items()
        if "tools" in (info.parameters or ()) and (price := _price(info))
    ]
    return [model_id for _, model_id in sorted(priced)]


def _price(info: ModelInfo) -> Decimal:
    """Of a token each way; 0: unknown, or free."""
    prices = info.prices
    if prices is None or prices.prompt is None or prices.completion is None:
        return Decimal(0)
    return prices.prompt + prices.completion
