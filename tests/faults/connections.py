"""Faults of the connection: refused, reset, closed, stalled, dripping, at every phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from tests.fakes.upstream import (
    PROCESSING,
    Close,
    Delay,
    Framing,
    Raw,
    Repeat,
    Reply,
    Reset,
    Send,
    Series,
    Stall,
    Step,
    completion,
    completion_stream,
    endless_headers,
)
from tests.faults.fault import Address, Fault, fault, in_streams, slow
from tests.faults.oracle import Happening, Takes
from tests.faults.table import Kind

_BREAKS: Final[dict[str, Step]] = {"reset": Reset(), "close": Close()}

WHOLE: Final = completion("Hello.")
STREAM: Final = completion_stream(["Hel", "lo."])
_AT_ROLE: Final = STREAM.body.index(b"data: ")
_AT_FIRST: Final = STREAM.body.index(b"data: ", _AT_ROLE + 1)
_AT_SECOND: Final = STREAM.body.index(b"data: ", _AT_FIRST + 1)
_AT_USAGE: Final = STREAM.body.rindex(b"data: ", 0, STREAM.body.index(b"data: [DONE]"))
_READ: Final = Delay(0.01)
"""Until the router has what was sent: a reset on its heels could overtake it."""
_DRIP_S: Final = 0.4
"""Less than any deadline of the tests."""


def connections() -> Iterator[Fault]:
    """All of them."""
    yield from _unreachable()
    for name, step in _BREAKS.items():
        yield from _broken(name, step)
    yield from _silent()
    yield from _dripping()
    yield fault(
        "a head that is not HTTP", Kind.TRANSIENT, Reply(before=[Raw(b"220 ftp\r\n\r\n"), Close()])
    )
    yield fault("endless headers", Kind.TRANSIENT, endless_headers())
    short = replace(WHOLE, steps=[*WHOLE.steps, Close()], length=len(WHOLE.body) + 10)
    yield Fault(
        name="a body shorter than its length",
        whole=Happening(kind=Kind.TRANSIENT, reply=short),
        stream=None,
    )


def _unreachable() -> Iterator[Fault]:
    for address in (Address.REFUSING, Address.PLAIN, Address.NAMELESS):
        yield fault(f"no connection: {address}", Kind.TRANSIENT, None, address=address)
    mute = Address.MUTE
    name = f"no connection: {mute}"
    yield fault(name, Kind.TIMED_OUT, None, address=mute, takes=Takes.CONNECT)


def _broken(name: str, step: Step) -> Iterator[Fault]:
    kind = Kind.TRANSIENT
    yield fault(f"{name} before the head", kind, Reply(before=[step]))
    yield fault(f"{name} in the head", kind, Reply(before=[Raw(b"HTTP/1.1 200 O"), step]))
    yield Fault(
        name=f"{name} after the head",
        whole=Happening(kind=kind, reply=Reply(steps=[step])),
        stream=Happening(kind=kind, reply=replace(STREAM, steps=[step])),
    )
    middle = len(WHOLE.body) // 2
    chunked = replace(WHOLE, framing=Framing.CHUNKED)
    for framing in (WHOLE, chunked):
        yield Fault(
            name=f"{name} in the body, {framing.framing}",
            whole=Happening(kind=kind, reply=framing.interrupt(middle, step)),
            stream=None,
        )
    first = {"in the first frame": _AT_ROLE + 20, "before the first delta": _AT_FIRST}
    for where, at in {**first, "in the first delta": _AT_FIRST + 20}.items():
        yield in_streams(f"{name} {where}", kind, STREAM.interrupt(at, step))
    later = {"after the first delta": _AT_SECOND, "in a later delta": _AT_SECOND + 20}
    for where, at in later.items():
        told = {"committed": True, "said": "Hel"}
        yield in_streams(f"{name} {where}", kind, STREAM.interrupt(at, _READ, step), **told)
    # All that mattered was here.
    late = STREAM.interrupt(_AT_USAGE, _READ, step)
    yield in_streams(f"{name} before the usage", Kind.FINE, late, said="Hello.")


def _silent() -> Iterator[Fault]:
    stall = Stall()
    yield slow("silence before the head", Reply(before=[stall]), Reply(before=[stall]))
    yield slow("silence after the head", WHOLE.interrupt(0, stall), replace(STREAM, steps=[stall]))
    half, role = WHOLE.interrupt(20, stall), STREAM.interrupt(_AT_FIRST, stall)
    yield slow("silence in the body", half, role)
    yield _idle("silence after the first delta", STREAM.interrupt(_AT_SECOND, stall), "Hel")
    # The client has its answer; how the connection ends is nobody's business.
    unended = completion_stream(["Hello."], done=False, include_usage=False)
    late = replace(unended, steps=[*unended.steps, stall])
    yield in_streams("silence at the end", Kind.FINE, late, said="Hello.", takes=Takes.IDLE)


def _dripping() -> Iterator[Fault]:
    wait = Delay(_DRIP_S)
    spaces = replace(WHOLE, steps=[Repeat(Series(Send(b" "), wait))], framing=Framing.CHUNKED)
    comments = replace(STREAM, steps=[Repeat(Series(Send(PROCESSING), wait))])
    yield slow("a slow drip of nothing", spaces, comments)
    head = Reply(before=[Raw(b"HTTP/1.1 200 OK\r\n"), Repeat(Series(Raw(b"X-A: b\r\n"), wait))])
    yield slow("a slow drip of the head", head, head)
    yield slow("one byte at a time", WHOLE.split(1, wait), STREAM.split(1, wait))
    flood = replace(STREAM, steps=[Repeat(Send(PROCESSING))])
    late = Kind.TIMED_OUT
    yield in_streams("a flood of comments", late, flood, takes=Takes.FIRST_TOKEN)
    endless = replace(STREAM, steps=[*STREAM.steps[:2], Repeat(Series(STREAM.steps[2], wait))])
    name = "a stream that never ends"
    yield in_streams(name, late, endless, committed=True, takes=Takes.TOTAL)


def _idle(name: str, reply: Reply, said: str) -> Fault:
    return in_streams(name, Kind.TIMED_OUT, reply, committed=True, said=said, takes=Takes.IDLE)
