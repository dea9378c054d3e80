"""A router that is asked why, with what its own answers have taken so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from router_core.app.explain import Explain, Explained
from router_core.app.judge import Consulted
from router_core.decide.estimates import Estimate
from router_core.decide.model_info import ModelInfo, Prices
from router_core.decide.pace import Paces
from router_core.decide.usual import Usual
from tests.app.clients_talking import MODELS, Client, a_config
from tests.app.rig import ListLedger, Rig, Script
from tests.fakes.provider import completion

PROMPT, ANSWER = 10_000, 200
"""Tokens of each prompt and of each answer, as the providers tell."""


def per_million(prompt: str, completion: str, cached: str | None = None) -> ModelInfo:
    """A model of these prices."""
    million = Decimal(1_000_000)
    read = None if cached is None else Decimal(cached) / million
    return ModelInfo(
        prices=Prices(
            prompt=Decimal(prompt) / million,
            completion=Decimal(completion) / million,
            input_cache_read=read,
        )
    )


INFOS = {
    "one": per_million("10", "20", "1"),
    "two": per_million("2", "4"),
    "three": per_million("0", "0"),
}
"""One is dear, two is cheap, three is free, and of cheap nothing is known."""


def a_priced_rig(infos: Mapping[str, ModelInfo] = INFOS, **fields: Any) -> Rig:
    """A router whose models' prices are known, and who tell what they have read."""
    usage = {"prompt_tokens": PROMPT, "completion_tokens": ANSWER}
    script: Script = {f"lab/{name}": completion(f"I am {name}", usage=usage) for name in MODELS}
    return Rig(script, config=a_config(**fields), infos=infos)


def explaining(rig: Rig) -> Explain:
    """Explains decisions of a router that has answered what ``rig`` has."""
    route = replace(rig.route, usual=Usual(), paces=Paces())
    for record in rig.ledger.records:
        route.usual.record(record)
        route.paces.record(record)
    return Explain(route, Consulted(ListLedger(), rig.clock))


async def explain(client: Client, *new: dict[str, Any], **body: Any) -> Explained:
    """Explains what would be done with ``new`` messages."""
    rig = client.rig
    return await explaining(rig)(client.request(*new, **body), rig.config.config, rig.arrival())


def by_name(explained: Explained) -> dict[str, Estimate]:
    """The estimates by the model's name, in the order of calling."""
    candidates = explained.routed.decision.candidates
    pairs = zip(candidates, explained.estimates, strict=True)
    return {candidate.model.name: estimate for candidate, estimate in pairs}
