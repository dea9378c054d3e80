"""Reads ``models.json``, and varies it: what is known, or taken to be, of models and requests."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final

from router_core.decide.model_info import Prices
from router_core.decide.model_prices import read_prices

__all__ = ["Data", "Kind", "Model", "Points", "Shape", "misjudged", "only", "read_data", "told"]

_FILE: Final = Path(__file__).parent / "models.json"

Points = Mapping[str, Mapping[str, float]]
"""Quality in points of 0 to 100, by model and category."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A lognormal distribution: its median, and sigma of the logarithm."""

    median: float
    sigma: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, as it is sold and measured.

    Attributes:
        id: OpenRouter's, which begins with its maker.
        points: its quality, 0 to 100, by category.
        ttft_ms: from the call to the first token.
        tokens_per_s: from there on.
        verbosity: by category, how many tokens it writes for each of the answer.
    """

    name: str
    id: str
    prices: Prices
    points: Mapping[str, float]
    ttft_ms: Shape
    tokens_per_s: Shape
    verbosity: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The requests of a category.

    Attributes:
        share: of all requests.
        answer_tokens: without thinking.
    """

    share: float
    prompt_tokens: Shape
    answer_tokens: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What the policies are judged on.

    Attributes:
        tools_otherwise: points of another benchmark for ``tools``, by model.
    """

    models: Mapping[str, Model]
    kinds: Mapping[str, Kind]
    tools_otherwise: Mapping[str, float]

    @property
    def points(self) -> Points:
        """Of all models."""
        return {name: model.points for name, model in self.models.items()}


def read_data() -> Data:
    """The data as they are published."""
    told = json.loads(_FILE.read_text(encoding="utf-8"))
    return Data(
        models={name: _model(name, each) for name, each in told["models"].items()},
        kinds={
            name: Kind(
                share=each["share"],
                prompt_tokens=Shape(**each["prompt_tokens"]),
                answer_tokens=Shape(**each["answer_tokens"]),
            )
            for name, each in told["categories"].items()
        },
        tools_otherwise=told["alternatives"]["tools"]["points"],
    )


def only(data: Data, names: Collection[str]) -> Data:
    """With these models alone."""
    return replace(data, models={name: its for name, its in data.models.items() if name in names})


def told(data: Data, category: str, points: Mapping[str, float]) -> Data:
    """With other points in one category, of the models that are named."""
    models = {
        name: replace(its, points={**its.points, category: points[name]}) if name in points else its
        for name, its in data.models.items()
    }
    return replace(data, models=models)


def misjudged(points: Points, by: float, seed: int) -> Points:
    """Each that many points too high or too low, by a coin, within 0 to 100."""
    coin = Random(f"misjudged:{seed}")
    return {
        name: {
            category: min(max(each + coin.choice((-by, by)), 0.0), 100.0)
            for category, each in its.items()
        }
        for name, its in points.items()
    }


def _model(name: str, told: Mapping[str, Any]) -> Model:
    prices = read_prices(told["pricing"])
    if prices is None:
        raise ValueError(f"{name} has no prices")
    return Model(
        name=name,
        id=told["id"],
        prices=prices,
        points=told["quality"],
        ttft_ms=Shape(**told["ttft_ms"]),
        tokens_per_s=Shape(**told["tokens_per_s"]),
        verbosity=told["verbosity_by_category"],
    )
