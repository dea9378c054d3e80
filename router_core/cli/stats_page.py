"""What was served, as a page: a headline, facts and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.projection import enum_slug
from llm_router.v1 import stats_pb2
from router_core.cli.figures import UNKNOWN, dollars, duration, moment, percent

__all__ = ["Page", "Room", "Section", "page_of", "requests_section"]

_NOBODY: Final = {
    "category": "(no category)",
    "model": "(none answered)",
    "provider": "(none answered)",
    "mode": "(none)",
    "caller": "(no key)",
    "session": "(none)",
}
"""What stands for the empty name in each dimension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table.

    Attributes:
        right: the headings of the columns that are flush right.
        whole: the headings of other columns that are never narrowed.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is told.

    Attributes:
        facts: what each is about, and the words.
        notes: what does not work as configured.
    """

    headline: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()


def page_of(
    stats: stats_pb2.GetStatsResponse,
    info: stats_pb2.GetServerInfoResponse,
    *,
    by: str = "",
    until: Timestamp | None = None,
) -> Page:
    """The page of sums.

    Args:
        stats: the sums.
        info: of the router that they are of.
        by: the dimension of ``stats.groups``; empty: it has none.
        until: where they end; ``None``: now.
    """
    groups = (
        [(by, stats.groups)] if by else [("category", stats.by_category), ("model", stats.by_model)]
    )
    resting = [model for model in stats.models if model.state != stats_pb2.BREAKER_STATE_CLOSED]
    sections = [_groups_section(name, rows) for name, rows in groups if rows]
    if resting:
        sections.append(_models_section(resting))
    if stats.spending:
        sections.append(_spending_section(stats.spending))
    left_out = stats.groups_left_out
    more = (f"{left_out:,} more by {by} are left out; --json has up to 1,000",) if left_out else ()
    return Page(
        headline=_headline(stats, until),
        facts=tuple(_facts(stats)),
        sections=tuple(sections),
        notes=(*more, *info.warnings),
    )


def _headline(stats: stats_pb2.GetStatsResponse, until: Timestamp | None) -> str:
    total = stats.total
    parts = [_counted(total.requests, "request")]
    if total.errors:
        share = percent(total.errors, total.requests)
        parts.append(f"{_counted(total.errors, 'error')} ({share})")
    elif total.requests:
        parts.append("no errors")
    if total.cancelled:
        parts.append(f"{total.cancelled:,} cancelled")
    if total.fallbacks:
        parts.append(_counted(total.fallbacks, "fallback"))
    end = f" until {moment(until)}" if until is not None else ""
    return f"{', '.join(parts)} since {moment(stats.since)}{end} UTC"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


# -- facts -----------------------------------------------------------------------------


def _facts(stats: stats_pb2.GetStatsResponse) -> Iterator[tuple[str, str]]:
    total = stats.total
    if not total.requests:
        return
    yield "cost", _cost(total)
    yield "saved", _saved(total)
    for label, values in (
        ("latency", total.latency_ms),
        ("first token", total.ttft_ms),
        ("overhead", total.overhead_ms),
    ):
        if values.count:
            yield label, f"p50 {duration(values.p50)}, p95 {duration(values.p95)}"
    yield "tokens", _tokens(total)
    if total.HasField("estimates"):
        yield "estimates", _estimates(total.estimates)
    if total.HasField("classifier_agreement"):
        share = percent(total.classifier_agreement, 1)
        yield "classifiers", f"agreed on {share} of {total.classifiers_compared:,}"
    if total.errors_by_class:
        classes = sorted(total.errors_by_class.items(), key=lambda each: (-each[1], each[0]))
        yield "errors", ", ".join(f"{name} {count:,}" for name, count in classes)


def _cost(total: stats_pb2.GroupStats) -> str:
    if not total.HasField("cost_usd"):
        return "not known" if total.unknown_cost_requests else "nothing was billed"
    parts = [dollars(total.cost_usd)]
    if total.estimated_share:
        parts.append(f"{percent(total.estimated_share, 1)} of it estimated")
    if total.HasField("classifier_cost_usd"):
        parts.append(f"{dollars(total.classifier_cost_usd)} of it to classify")
    if total.unknown_cost_requests:
        parts.append(
            f"{_counted(total.unknown_cost_requests, 'request')} of unknown cost not in it"
        )
    return "; ".join(parts)


def _saved(total: stats_pb2.GroupStats) -> str:
    savings = total.savings
    parts = [
        f"{_amount_saved(saved, total.cost_usd)} against the {what} model"
        for saved, what in (
            (savings.against_best_single_usd, "best single"),
            (savings.against_dearest_usd, "dearest"),
        )
        if saved
    ]
    if not parts:
        return "not known: prices are missing" if savings.unknown_requests else "nothing to compare"
    unknown = savings.unknown_requests
    rest = f"; {_counted(unknown, 'request')} of unknown prices not in it" if unknown else ""
    return f"{', '.join(parts)}{rest}"


def _amount_saved(saved: str, cost: str) -> str:
    """What was saved, and its share of the bill that would have been."""
    amount = Decimal(saved)
    bill = amount + Decimal(cost or 0)
    return f"{dollars(amount)} ({percent(amount, bill)})" if bill > 0 else dollars(amount)


def _tokens(total: stats_pb2.GroupStats) -> str:
    cached = ""
    if total.cache_hit_share:
        cached = f" ({percent(total.cache_hit_share, 1)} from caches)"
    told = f"{total.prompt_tokens:,} in{cached}, {total.completion_tokens:,} out"
    if total.reasoning_tokens:
        told += f" ({total.reasoning_tokens:,} of reasoning)"
    if total.HasField("tokens_per_second"):
        told += f"; {total.tokens_per_second.p50:.0f} a second"
    return told


def _estimates(error: stats_pb2.EstimateError) -> str:
    told = f"{dollars(error.estimated_usd)} for what cost {dollars(error.actual_usd)}"
    if error.HasField("mean_relative_error"):
        told += f"; {percent(error.mean_relative_error, 1)} off on average"
    return told


# -- tables ----------------------------------------------------------------------------

_FIGURES: Final = ("requests", "errors", "cost", "saved", "p50", "p95", "tokens")


def _groups_section(dimension: str, groups: Iterable[stats_pb2.GroupStats]) -> Section:
    rows = (
        (
            group.name or _NOBODY[dimension],
            f"{group.requests:,}",
            f"{group.errors:,}" if group.errors else "-",
            _group_cost(group),
            _group_saved(group.savings),
            _percentile(group, "p50"),
            _percentile(group, "p95"),
            f"{group.prompt_tokens + group.completion_tokens:,}",
        )
        for group in groups
    )
    return Section(headings=(dimension, *_FIGURES), rows=tuple(rows), right=frozenset(_FIGURES))


def _group_cost(group: stats_pb2.GroupStats) -> str:
    return dollars(group.cost_usd) if group.cost_usd or group.unknown_cost_requests else "-"


def _group_saved(savings: stats_pb2.Savings) -> str:
    comparable = savings.requests or savings.unknown_requests
    return dollars(savings.against_best_single_usd) if comparable else "-"


def _percentile(group: stats_pb2.GroupStats, name: str) -> str:
    if not group.HasField("latency_ms"):
        return "-"
    return duration(getattr(group.latency_ms, name))


def _models_section(models: Iterable[stats_pb2.ModelState]) -> Section:
    rows = (
        (
            model.model,
            enum_slug(stats_pb2.BreakerState.DESCRIPTOR, model.state) or UNKNOWN,
            moment(model.reopens_at) if model.HasField("reopens_at") else "-",
            model.reason,
        )
        for model in models
    )
    return Section(headings=("not called", "state", "until (UTC)", "why"), rows=tuple(rows))


def _spending_section(states: Iterable[stats_pb2.SpendingState]) -> Section:
    rows = (
        (
            f"{state.caller or 'all'} a {state.period}",
            dollars(state.spent_usd),
            dollars(state.reserved_usd),
            dollars(state.limit_usd),
            percent(Decimal(state.spent_usd), Decimal(state.limit_usd))
            if Decimal(state.limit_usd)
            else "-",
            moment(state.resets_at),
        )
        for state in states
    )
    figures = ("spent", "under way", "limit", "used")
    return Section(
        headings=("spending", *figures, "until (UTC)"),
        rows=tuple(rows),
        right=frozenset(figures),
    )


class Room(Enum):
    """How much a table of requests has; its values tell how much of the time is shown."""

    LINE = "%Y-%m-%d %H:%M:%S"
    """As much as it wants: the ids are shown too."""
    SCREEN = "%m-%d %H:%M:%S"
    """A terminal's width."""
    LIVE = "%H:%M:%S"
    """The same, and nothing may be folded."""


def requests_section(records: Iterable[stats_pb2.RequestRecord], room: Room) -> Section:
    """Single requests, in their order."""
    ids = ("id",) if room is Room.LINE else ()
    rows = (
        (
            moment(record.time, room.value),
            record.category or "-",
            record.model or "-",
            record.error_class or record.status,
            dollars(record.cost_usd) if record.attempts or record.classifier_calls else "-",
            duration(record.latency_ms),
            f"{len(record.attempts)}",
            *((record.id,) if ids else ()),
        )
        for record in records
    )
    return Section(
        headings=("time (UTC)", "category", "model", "status", "cost", "latency", "calls", *ids),
        rows=tuple(rows),
        right=frozenset({"cost", "latency", "calls"}),
        whole=frozenset({"time (UTC)"}),
    )
