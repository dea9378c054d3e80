"""How much of a strong model's lead a router keeps that calls a weak one too: PGR, APGR, CPT.

I. Ong and others, "RouteLLM: Learning to Route LLMs with Preference Data", 2024,
arXiv 2406.18665, section 2: PGR = (q - q_weak) / (q_strong - q_weak), the performance gap
recovered; APGR, its mean over all shares of calls that go to the strong model; CPT(x), the
call-performance threshold, the least such share with which PGR is x.

All are taken along the line through a router's points and its two ends, which every router
with a dial has: none of the calls (PGR 0) and all of them (PGR 1). Along a piece of it
requests are left to either of two settings by chance. The paper averages ten points of that
line, its published code (`routellm/evals/evaluate.py` of github.com/lm-sys/RouteLLM) takes
the area under those it has; here it is the whole area.

A router that leaves each request to chance has PGR x with the share x: APGR 0.5, CPT(x) = x.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

__all__ = ["Calls", "apgr", "cpt", "pgr"]


@dataclass(frozen=True, slots=True)
class Calls:
    """What a router reaches at one setting.

    Attributes:
        strong_share: how many of the calls go to the strong model, 0 to 1.
        quality: mean of the answers, in the unit of the models' own.
    """

    strong_share: float
    quality: float


def pgr(quality: float, *, weak: float, strong: float) -> float | None:
    """The share of the gap that is recovered.

    Below 0 for less than the weak model's quality, above 1 for more than the strong one's.

    Args:
        quality: mean, of the router's answers.
        weak: of the weak model's, to the same requests.
        strong: of the strong model's.

    Returns:
        ``None``: the strong model is not the better one, so there is no gap.
    """
    return (quality - weak) / (strong - weak) if strong > weak else None


def apgr(settings: Iterable[Calls], *, weak: float, strong: float) -> float | None:
    """The mean of `pgr` over all shares of calls; ``None``: there is no gap.

    Args:
        settings: of the router, in any order; of several with one share, their mean counts,
            and none that has one of the ends' shares.
        weak: the quality of the weak model alone.
        strong: that of the strong one alone.
    """
    line = _line(settings, weak, strong)
    if line is None:
        return None
    return sum(
        (end.share - start.share) * (start.pgr + end.pgr) / 2 for start, end in pairwise(line)
    )


def cpt(settings: Iterable[Calls], gap: float, *, weak: float, strong: float) -> float | None:
    """The least share of calls to the strong model that recovers so much of the gap, 0 to 1.

    Args:
        settings: as for `apgr`.
        gap: how much, as in 0.5 or 0.8.
        weak: as for `apgr`.
        strong: as for `apgr`.

    Returns:
        ``None``: there is no gap, or no share recovers so much.
    """
    line = _line(settings, weak, strong)
    if line is None:
        return None
    if gap <= 0:
        return 0.0
    for start, end in pairwise(line):
        if start.pgr < gap <= end.pgr:
            way = (gap - start.pgr) / (end.pgr - start.pgr)
            return start.share + way * (end.share - start.share)
    return None


class _Recovered(NamedTuple):
    """A point of the line.

    Attributes:
        share: of the calls, to the strong model.
        pgr: what is recovered with it.
    """

    share: float
    pgr: float


def _line(settings: Iterable[Calls], weak: float, strong: float) -> list[_Recovered] | None:
    """The line from one end to the other; ``None``: there is no gap."""
    if not strong > weak:
        return None
    by_share: defaultdict[float, list[float]] = defaultdict(list)
    for each in settings:
        by_share[each.strong_share].append((each.quality - weak) / (strong - weak))
    met = [_Recovered(share, fmean(found)) for share, found in by_share.items() if 0 < share < 1]
    return [_Recovered(0.0, 0.0), *sorted(met), _Recovered(1.0, 1.0)]
