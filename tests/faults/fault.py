"""A fault: what goes wrong at one model, for an answer at once and for a stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tests.fakes.upstream import Reply
from tests.faults.oracle import Happening, Takes
from tests.faults.table import Kind


class Address(StrEnum):
    """Where the faulty model's provider is."""

    UPSTREAM = "upstream"
    """Where the others are."""
    REFUSING = "refusing"
    """At a port that nobody listens on."""
    PLAIN = "plain"
    """Behind https, at a port that speaks plain HTTP."""
    MUTE = "mute"
    """Behind https, at a port that says nothing."""
    NAMELESS = "nameless"
    """At a host name that does not resolve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        whole, stream: what it is to each kind of request; ``None``: it cannot happen.
    """

    name: str
    whole: Happening | None
    stream: Happening | None
    address: Address = Address.UPSTREAM

    def to(self, *, stream: bool) -> Happening | None:
        """What it is to a request of that kind."""
        return self.stream if stream else self.whole

    @property
    def takes_out_providers(self) -> bool:
        """Whether it matters at which provider the other models are."""
        return self.whole is not None and self.whole.kind is Kind.NO_ACCESS


def fault(
    name: str,
    kind: Kind,
    reply: Reply | Callable[[], Reply] | None,
    *,
    address: Address = Address.UPSTREAM,
    **told: Any,
) -> Fault:
    """One that is the same to both kinds of request."""
    happening = Happening(kind=kind, reply=reply, **told)
    return Fault(name=name, whole=happening, stream=happening, address=address)


def slow(name: str, whole: Reply, stream: Reply) -> Fault:
    """One that shows nothing of an answer until the deadline passes that there is for it."""
    late = Happening(kind=Kind.TIMED_OUT, reply=whole, takes=Takes.TOTAL)
    return Fault(name=name, whole=late, stream=replace(late, reply=stream, takes=Takes.FIRST_TOKEN))


def in_streams(name: str, kind: Kind, reply: Reply, **told: Any) -> Fault:
    """One that only a stream has."""
    happening = Happening(kind=kind, reply=reply, **told)
    return Fault(name=name, whole=None, stream=happening)


def at_once(name: str, kind: Kind, reply: Reply, **told: Any) -> Fault:
    """One that only a whole answer has."""
    happening = Happening(kind=kind, reply=reply, **told)
    return Fault(name=name, whole=happening, stream=None)
