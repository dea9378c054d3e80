"""The ledger as a trace: what was served, and what others would have made of it.

Of the model that answered, cost and times are what they were. Others are taken to answer
with as many tokens, at their prices with nothing cached, as fast as they were by then (else
as they were in the end). How good an answer was the ledger does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.cost import cost_of
from router_core.decide.pace import Paces
from router_core.decide.records import RequestRecord
from router_core.decide.simulation.trace import Row, Told
from router_core.decide.simulation.world import Contender
from router_core.decide.target import resolve_model
from router_core.decide.usage import Usage

__all__ = ["rows_of_ledger"]


def rows_of_ledger(
    records: Sequence[RequestRecord], contenders: Sequence[Contender]
) -> tuple[Row, ...]:
    """What records make of a trace; those that tell too little are left out.

    They are requests that were not answered, or whose model the caller named, or whose
    category a config lacks; and those of which no model's cost is known.

    Args:
        records: oldest first.
        contenders: whose categories' models might have answered.
    """
    usable = [record for record in records if _is_usable(record, contenders)]
    late = Paces()
    for record in usable:
        late.record(record)
    end = max((record.time for record in usable), default=None)
    paces, rows = Paces(), list[Row]()
    for record in usable:
        paces.record(record)
        told = _told(record, contenders, ((paces, record.time), (late, end or record.time)))
        if told:
            rows.append(
                Row(
                    where=f"request {record.id}",
                    told=told,
                    category=record.category,
                    time=record.time,
                    prompt_tokens=record.usage.prompt_tokens,
                )
            )
    return tuple(rows)


def _is_usable(record: RequestRecord, contenders: Iterable[Contender]) -> bool:
    return (
        record.operation == "chat"
        and record.status == "ok"
        and bool(record.model and record.attempts)
        and record.usage.is_told
        and all(record.category in each.config.categories for each in contenders)
    )


def _told(
    record: RequestRecord,
    contenders: Sequence[Contender],
    paces: Sequence[tuple[Paces, datetime]],
) -> Mapping[str, Told]:
    own = _own(record, contenders)
    models: dict[ModelKey, tuple[ModelRef, Contender]] = {}
    if own is not None:
        models[own[0].key] = own
    for each in contenders:
        for model in each.config.categories[record.category].models:
            models.setdefault(model.key, (model, each))
    told: dict[str, Told] = {}
    for model, contender in models.values():
        is_own = own is not None and model.key == own[0].key
        made = _as_it_was(record) if is_own else _guessed(record, model, contender, paces)
        cost = made.cost_usd
        if cost is None:
            cost = _usd(record, model, contender)
        if cost is not None:
            told[record.model if is_own else model.name] = Told(
                prompt_tokens=made.prompt_tokens,
                completion_tokens=made.completion_tokens,
                cost_usd=cost,
                ttft_ms=made.ttft_ms,
                latency_ms=made.latency_ms,
            )
    if own is None and (made := _as_it_was(record)).cost_usd is not None:
        told.setdefault(record.model, made)
    return told


def _own(
    record: RequestRecord, contenders: Iterable[Contender]
) -> tuple[ModelRef, Contender] | None:
    """The model that answered; ``None``: no config knows it any more."""
    for each in contenders:
        model = resolve_model(record.model, each.config.providers, each.config.aliases)
        if model is not None and model.provider == record.provider:
            return model, each
    return None


def _as_it_was(record: RequestRecord) -> Told:
    last = record.attempts[-1]
    return Told(
        prompt_tokens=last.usage.prompt_tokens,
        completion_tokens=last.usage.completion_tokens,
        cost_usd=None if last.cost.usd is None else float(last.cost.usd),
        ttft_ms=None if record.ttft_ms is None else max(0.0, record.ttft_ms - last.began_ms),
        latency_ms=last.latency_ms,
    )


def _guessed(
    record: RequestRecord,
    model: ModelRef,
    contender: Contender,
    paces: Iterable[tuple[Paces, datetime]],
) -> Told:
    usage, info = record.usage, contender.info_of(model)
    told = (each.of(model, info, record.category, when.timestamp()) for each, when in paces)
    pace = next((each for each in told if each is not None), None)
    return Told(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        ttft_ms=pace and pace.first_ms,
        latency_ms=pace and pace.last_ms(usage.completion_tokens),
    )


def _usd(record: RequestRecord, model: ModelRef, contender: Contender) -> float | None:
    usage = Usage(
        prompt_tokens=record.usage.prompt_tokens, completion_tokens=record.usage.completion_tokens
    )
    usd = cost_of(usage, contender.info_of(model).prices, record.time).usd
    return None if usd is None else float(usd)
