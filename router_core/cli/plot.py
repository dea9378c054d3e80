"""Draws the cost-quality curve, with matplotlib; the same figures give the same file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from router_core.bootstrap.simulate import Figures, Point, Setting, Standings

__all__ = ["draw"]

_STYLE: Final[dict[Any, object]] = {
    "svg.hashsalt": "llm-router",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_Bars = list[list[float]] | None
_SIZE: Final = (8.0, 5.0)
_BASELINE: Final = "0.4"
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""By Okabe and Ito: told apart by those who are colour-blind, too."""


def draw(standings: Standings, file: Path, *, title: str) -> None:
    """Draws one curve for each config, and the baselines as points; bars are the intervals.

    Args:
        standings: the figures.
        file: an .svg or a .png.
        title: what was replayed.

    Raises:
        OSError: the file cannot be written.
    """
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own settings are
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for place, figures in enumerate(standings.configs):
            _curve(axes, figures, _COLOURS[place % len(_COLOURS)])
        for figures in standings.baselines:
            _baseline(axes, figures)
        for names, setting in _at_one_place(standings.baselines):
            _label(axes, setting, ", ".join(names), _BASELINE)
        axes.set_xlabel("cost (USD for 1,000 requests)")
        axes.set_ylabel("quality (mean, % of the best possible)")
        axes.set_title(title)
        axes.grid(visible=True, color="0.92")
        axes.set_axisbelow(True)
        axes.legend(frameon=False)
        is_svg = file.suffix.lower() == ".svg"
        # PNG says which program wrote it, SVG when: both would change by themselves.
        metadata = {"Date": None, "Creator": None} if is_svg else {"Software": None}
        figure.savefig(file, format=file.suffix[1:].lower(), dpi=150, metadata=metadata)


def _curve(axes: Axes, figures: Figures, colour: str) -> None:
    *dial, stands = figures.curve
    if dial:
        axes.plot(*_columns(dial), marker=".", color=colour, alpha=0.6, linewidth=1.2)
        for setting in (dial[0], dial[-1]):
            _label(axes, setting, f"{setting.dial:g}", colour, (-6, -12))
    axes.errorbar(
        *_columns([stands]),
        yerr=_reach(100, figures.quality_in, figures.point.quality),
        xerr=_reach(1000, figures.cost_in, figures.point.cost_usd),
        fmt="o",
        color=colour,
        capsize=3,
        label=f"{figures.name} (thrift 0 to 10)" if dial else figures.name,
    )


def _baseline(axes: Axes, figures: Figures) -> None:
    *dial, stands = figures.curve
    if dial:
        axes.plot(*_columns(dial), color=_BASELINE, linestyle=":", linewidth=1)
    axes.errorbar(
        *_columns([stands]),
        yerr=_reach(100, figures.quality_in, figures.point.quality),
        fmt="D",
        color=_BASELINE,
        markersize=4,
    )


def _at_one_place(baselines: Iterable[Figures]) -> Iterator[tuple[list[str], Setting]]:
    """The names of baselines, those together that came to the same."""
    places: dict[Point, tuple[list[str], Setting]] = {}
    for figures in baselines:
        stands = figures.curve[-1]
        places.setdefault(stands.point, ([], stands))[0].append(figures.name)
    return iter(places.values())


def _label(
    axes: Axes, setting: Setting, text: str, colour: str, away: tuple[int, int] = (4, 4)
) -> None:
    """Writes beside a point, so many points of type away."""
    ((x,), (y,)) = _columns([setting])
    axes.annotate(text, (x, y), xytext=away, textcoords="offset points", fontsize=8, color=colour)


def _columns(settings: list[Setting]) -> tuple[list[float], list[float]]:
    return (
        [1000 * setting.point.cost_usd for setting in settings],
        [100 * setting.point.quality for setting in settings],
    )


def _reach(unit: float, bounds: tuple[float, float] | None, middle: float) -> _Bars:
    """How far an interval reaches to either side; ``None``: nothing was resampled."""
    if bounds is None:
        return None
    low, high = bounds
    return [[max(0.0, unit * (middle - low))], [max(0.0, unit * (high - middle))]]
