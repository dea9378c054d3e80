"""A router with limits of spending, whose models cost what they are expected to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from router_core.decide.config import AtLimit, Limits
from router_core.decide.model_info import ModelInfo, Prices
from tests.app.rig import Rig, ask, config
from tests.fakes.provider import completion

DAY = 86_400


def limits(*, at_limit: AtLimit = AtLimit.REFUSE, **usd: int | str) -> Limits:
    made: dict[str, Any] = {key: Decimal(amount) for key, amount in usd.items()}
    return Limits(**made, at_limit=at_limit)


def per_request(usd: str) -> ModelInfo:
    """A model that costs the same whatever it is asked."""
    zero = Decimal(0)
    return ModelInfo(prices=Prices(prompt=zero, completion=zero, request=Decimal(usd)))


PRICES = {"one": per_request("1"), "two": per_request("0.25"), "three": per_request("0")}


def answer(cost: float | None = None) -> dict[str, Any]:
    return completion(usage={"prompt_tokens": 4} | ({} if cost is None else {"cost": cost}))


def a_rig(limits: Limits, *, infos: Mapping[str, ModelInfo] | None = None, **script: Any) -> Rig:
    """A router whose models cost what they are expected to, unless ``script`` says otherwise."""
    costs = {"one": answer(1), "two": answer(0.25), "three": answer(0)}
    played = {f"lab/{name}": step for name, step in (costs | script).items()}
    return Rig(played, config=config(limits=limits), infos=PRICES if infos is None else infos)


async def asked(rig: Rig, model: str | None = None, *, caller: str = "") -> str:
    """Who answered."""
    done = await rig.complete(ask(model, caller=caller), rig.arrival())
    return done.decided.model.name


def spent(rig: Rig) -> list[Decimal]:
    return [state.spent_usd for state in rig.spending.states()]


def reserved(rig: Rig) -> set[Decimal]:
    return {state.reserved_usd for state in rig.spending.states()}
