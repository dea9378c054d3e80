"""What a replay came to, as tables for a person or JSON for a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from router_core.bootstrap.simulate import Difference, Figures, Setting, Simulation
from router_core.cli.printing import print_table

__all__ = ["as_json", "print_page"]

_ROW: Final = ("", "$", "$/1,000", "quality", "95 %", "mean s", "p50 s", "p95 s", "answered by")
_AGAINST: Final = ("", "cost", "95 %", "quality", "95 %", "p95 s", "95 %")
_SCORES: Final = ("", "AIQ", "RouterArena", "APGR", "CPT(50 %)", "CPT(80 %)")
_DIAL: Final = ("thrift", "$/1,000", "quality", "best single's share")

_Range = tuple[float, float] | None


def print_page(told: Simulation, source: str) -> None:
    """Prints the tables, configs before baselines."""
    standings = told.standings
    rows = (*standings.configs, *standings.baselines)
    requests = "1 request" if told.requests == 1 else f"{told.requests} requests"
    print(f"{requests} of {source}, {len(told.models)} models")
    for note in told.notes:
        print(f"note: {note}")
    print()
    print_table(_ROW, map(_row, rows), right=_ROW[1:-1])
    weak, strong = standings.weak or "nobody", standings.strong or "nobody"
    print(f"\nAgainst best-single ({strong}), {told.resamples} paired resamples")
    print_table(_AGAINST, map(_against, standings.differences), right=_AGAINST[1:])
    print(f"\nBetween cheapest ({weak}) and best-single ({strong})")
    print_table(_SCORES, map(_scores, rows), right=_SCORES[1:])
    for figures in standings.configs:
        if len(figures.curve) > 1:
            print(f"\n{figures.name} by thrift")
            print_table(_DIAL, map(_setting, figures.curve[:-1]), right=_DIAL)


def as_json(told: Simulation, source: str) -> dict[str, Any]:
    """All of it; money is in dollars, quality and shares are 0 to 1, times milliseconds."""
    standings = told.standings
    return {
        "source": source,
        "requests": told.requests,
        "models": list(told.models),
        "answers": told.answers,
        "quality_by_priors": told.by_priors,
        "seed": told.seed,
        "resamples": told.resamples,
        "notes": list(told.notes),
        "best_single": standings.strong,
        "cheapest": standings.weak,
        "configs": [_figures_json(each) for each in standings.configs],
        "baselines": [_figures_json(each) for each in standings.baselines],
        "against_best_single": [_difference_json(each) for each in standings.differences],
    }


# -- tables


def _row(figures: Figures) -> Sequence[str]:
    latency = figures.latency
    times = (latency.mean_ms, latency.p50_ms, latency.p95_ms) if latency else (None,) * 3
    shares = [f"{name} {_percent(share)}" for name, share in figures.shares.items()]
    if figures.unanswered:
        shares.append(f"nobody {figures.unanswered}")
    if figures.fell_back:
        shares.append(f"({figures.fell_back} after a fallback)")
    return (
        figures.name,
        _usd(figures.cost_usd),
        _usd(1000 * figures.point.cost_usd),
        f"{100 * figures.point.quality:.1f}",
        _between(figures.quality_in, 100, ".1f"),
        *map(_seconds, times),
        ", ".join(shares),
    )


def _against(difference: Difference) -> Sequence[str]:
    saved_in = difference.saved_in
    cost_in = (-saved_in[1], -saved_in[0]) if saved_in else None
    return (
        difference.name,
        _signed(None if difference.saved is None else -100 * difference.saved, ".1f", " %"),
        _between(cost_in, 100, "+.1f"),
        _signed(100 * difference.quality, ".1f"),
        _between(difference.quality_in, 100, "+.1f"),
        _signed(None if difference.p95_ms is None else difference.p95_ms / 1000, ".2f"),
        _between(difference.p95_in, 0.001, "+.2f"),
    )


def _scores(figures: Figures) -> Sequence[str]:
    return (
        figures.name,
        _figure(figures.aiq),
        _figure(figures.arena),
        _figure(figures.apgr),
        "-" if figures.cpt_50 is None else _percent(figures.cpt_50),
        "-" if figures.cpt_80 is None else _percent(figures.cpt_80),
    )


def _setting(setting: Setting) -> Sequence[str]:
    return (
        f"{setting.dial:g}",
        _usd(1000 * setting.point.cost_usd),
        f"{100 * setting.point.quality:.1f}",
        _percent(setting.strong_share),
    )


def _usd(usd: float) -> str:
    """To the cent from ten dollars on, else with four digits that count."""
    return f"{usd:.2f}" if usd >= 10 else f"{usd:.4g}"


def _seconds(ms: float | None) -> str:
    return "-" if ms is None else f"{ms / 1000:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _figure(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"


def _signed(figure: float | None, form: str, unit: str = "") -> str:
    return "-" if figure is None else f"{_whole(figure, form):+{form}}{unit}"


def _between(bounds: _Range, times: float, form: str) -> str:
    if bounds is None:
        return "-"
    low, high = (_whole(times * bound, form) for bound in bounds)
    return f"{low:{form}} to {high:{form}}"


def _whole(figure: float, form: str) -> float:
    """The figure, and 0 rather than "-0" where it is rounded to that."""
    return 0.0 if float(f"{figure:{form}}") == 0 else figure


# -- JSON


def _figures_json(figures: Figures) -> dict[str, Any]:
    latency = figures.latency
    return {
        "name": figures.name,
        "cost_usd": figures.cost_usd,
        "cost_usd_per_1000": 1000 * figures.point.cost_usd,
        "cost_usd_per_1000_95": _range(figures.cost_in, 1000),
        "quality": figures.point.quality,
        "quality_95": _range(figures.quality_in),
        "latency_ms": latency
        and {"mean": latency.mean_ms, "p50": latency.p50_ms, "p95": latency.p95_ms},
        "models": dict(figures.shares),
        "unanswered": figures.unanswered,
        "fell_back": figures.fell_back,
        "aiq": figures.aiq,
        "routerarena": figures.arena,
        "apgr": figures.apgr,
        "cpt_50": figures.cpt_50,
        "cpt_80": figures.cpt_80,
        "curve": [
            {
                "dial": setting.dial,
                "cost_usd_per_1000": 1000 * setting.point.cost_usd,
                "quality": setting.point.quality,
                "best_single_share": setting.strong_share,
            }
            for setting in figures.curve[:-1]
        ],
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "name": difference.name,
        "saved": difference.saved,
        "saved_95": _range(difference.saved_in),
        "quality": difference.quality,
        "quality_95": _range(difference.quality_in),
        "p95_ms": difference.p95_ms,
        "p95_ms_95": _range(difference.p95_in),
    }


def _range(bounds: _Range, times: float = 1.0) -> list[float] | None:
    return None if bounds is None else [times * bound for bound in bounds]
