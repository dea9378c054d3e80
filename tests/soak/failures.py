"""Every way in which a call fails, whole and streamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.fakes.upstream import (
    PROCESSING,
    Close,
    Reply,
    Reset,
    Step,
    chunk,
    completion,
    completion_stream,
    error,
    error_object,
    frame,
    html,
    json_reply,
    sse,
    text_reply,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a failing reply is made of.

    Attributes:
        silence: a step that goes silent.
        said: the content that comes first, where any does.
    """

    rng: Random
    silence: Step
    said: str


Make = Callable[[Draft], Reply]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to fail.

    Attributes:
        counts: whether it counts against the breaker.
        commits: whether a stream has said something by then.
    """

    whole: Make
    stream: Make
    counts: bool = True
    commits: bool = False


def _both(make: Make, *, counts: bool = True) -> Kind:
    return Kind(make, make, counts=counts)


def _broken_off(*then: Step) -> Kind:
    """Breaks in the middle of what it says."""
    return Kind(
        whole=lambda draft: completion(draft.said).interrupt(90, *then),
        stream=lambda draft: sse(frame(chunk(draft.said)), *then),
        commits=True,
    )


_IN_BAND: Final = {"error": error_object(502, "the provider is down")}
_BROKEN_JSON: Final = '{"id": "gen-1", "choi'

KINDS: Final[Mapping[str, Kind]] = {
    "500": _both(lambda draft: error(500)),
    "502": _both(lambda draft: html(502)),
    "503": _both(lambda draft: error(503, retry_after=draft.rng.choice((None, 0, 45)))),
    # Never so short that the router would wait for it, in real time.
    "429": _both(
        lambda draft: error(429, retry_after=draft.rng.choice((None, 45, 150))), counts=False
    ),
    "reset": _both(lambda draft: Reply(before=[Reset()])),
    "closed": _both(lambda draft: Reply(before=[Close()])),
    "silent": _both(lambda draft: Reply(before=[draft.silence])),
    "slow start": Kind(
        whole=lambda draft: Reply(steps=[draft.silence]),
        stream=lambda draft: sse(PROCESSING, draft.silence),
    ),
    "truncated": Kind(
        whole=lambda draft: completion(draft.said).interrupt(90, Close()),
        stream=lambda draft: completion_stream([], finish_reason=None, done=False),
    ),
    "empty": Kind(
        whole=lambda draft: completion(""),
        stream=lambda draft: completion_stream([]),
    ),
    "error in a 200": Kind(
        whole=lambda draft: json_reply(_IN_BAND),
        stream=lambda draft: sse(PROCESSING, frame(_IN_BAND)),
    ),
    "no JSON": Kind(
        whole=lambda draft: text_reply(_BROKEN_JSON),
        stream=lambda draft: sse(frame(_BROKEN_JSON)),
    ),
    "HTML": _both(lambda draft: html(200)),
    "reset midway": _broken_off(Reset()),
    "closed midway": _broken_off(Close()),
    "silent midway": Kind(
        whole=lambda draft: completion(draft.said).interrupt(90, draft.silence),
        stream=lambda draft: sse(frame(chunk(draft.said)), draft.silence),
        commits=True,
    ),
    "error midway": Kind(
        whole=lambda draft: json_reply(_IN_BAND),
        stream=lambda draft: sse(frame(chunk(draft.said)), frame(_IN_BAND)),
        commits=True,
    ),
}
