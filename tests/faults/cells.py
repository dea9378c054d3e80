"""The cells of the matrix: a fault, where it is in the chain, and who asks how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from tests.fakes.upstream import error
from tests.faults.clients import Client
from tests.faults.fault import Address, Fault
from tests.faults.oracle import Happening, Model
from tests.faults.table import Kind


class Place(StrEnum):
    """Which of the chain's models are faulty. Those before fail, those after answer."""

    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"
    ONLY = "only"
    """There is no other."""
    ALL = "all"
    ONCE = "once"
    """The first model, whose next call answers."""


class Third(StrEnum):
    """What sets the chain's last model apart from the others."""

    SAME = "the same"
    """Nothing."""
    ELSEWHERE = "third elsewhere"
    """It is at another provider."""
    ROOMIER = "third roomier"
    """Its window is larger, as far as the catalogue knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell."""

    fault: Fault
    place: Place
    stream: bool
    client: Client
    third: Third = Third.SAME

    def __str__(self) -> str:
        how = "stream" if self.stream else "whole"
        apart = "" if self.third is Third.SAME else f", {self.third}"
        return f"{self.place} {how} {self.client}{apart}"

    @property
    def happening(self) -> Happening:
        """The fault, to this kind of request."""
        happening = self.fault.to(stream=self.stream)
        assert happening is not None
        return happening

    @property
    def chain(self) -> tuple[Model, ...]:
        """The models, with what their calls come to."""
        aliases = _ALIASES[:1] if self.place is Place.ONLY else _ALIASES
        return tuple(self._model(number, alias) for number, alias in enumerate(aliases))

    @property
    def addresses(self) -> Mapping[str, Address]:
        """Where the providers are."""
        return {
            "openrouter": Address.UPSTREAM,
            "other": Address.UPSTREAM,
            "faulty": self.fault.address,
        }

    def _model(self, number: int, alias: str) -> Model:
        provider, window = "openrouter", None
        if self.third is Third.ELSEWHERE and number == 2:
            provider = "other"
        if self.third is Third.ROOMIER:
            window = _SMALL if number < 2 else 10 * _SMALL
        if self._is_faulty(number) and self.fault.address is not Address.UPSTREAM:
            provider = "faulty"
        calls = self._calls(number, alias)
        return Model(alias=alias, provider=provider, calls=calls, window=window)

    def _is_faulty(self, number: int) -> bool:
        return self.place in _EVERYWHERE or number == _AT[self.place]

    def _calls(self, number: int, alias: str) -> tuple[Happening, ...]:
        said = Happening(kind=Kind.FINE, said=f"Hello from lab/{alias}.")
        if not self._is_faulty(number):
            return (said,) if number > _AT[self.place] else (_BEFORE,)
        return (self.happening, said) if self.place is Place.ONCE else (self.happening,)


_ALIASES: Final = ("one", "two", "three")
_AT: Final = {Place.FIRST: 0, Place.ONCE: 0, Place.MIDDLE: 1, Place.LAST: 2}
_SMALL: Final = 8_000
"""Tokens of a small window."""
_EVERYWHERE: Final = (Place.ONLY, Place.ALL)
_BEFORE: Final = Happening(
    kind=Kind.TRANSIENT, reply=error(503, "before the faulty one"), status=503
)


IN_THE_CHAIN: Final = (Place.FIRST, Place.MIDDLE, Place.LAST)
ELSEWHERE: Final = tuple(place for place in Place if place not in IN_THE_CHAIN)


def cells_of(fault: Fault, places: Sequence[Place]) -> Iterator[Cell]:
    """Every cell of a fault at some places."""
    for place in places:
        if place is Place.ONCE and fault.address is not Address.UPSTREAM:
            continue
        for stream in (False, True):
            happening = fault.to(stream=stream)
            if happening is None:
                continue
            for client, third in product(Client, _thirds(happening.kind, place)):
                yield Cell(fault=fault, place=place, stream=stream, client=client, third=third)


def _thirds(kind: Kind, place: Place) -> tuple[Third, ...]:
    """What may set the last model apart where that matters."""
    apart = {Kind.NO_ACCESS: Third.ELSEWHERE, Kind.TOO_LONG: Third.ROOMIER}.get(kind)
    return (Third.SAME,) if apart is None or place is Place.ONLY else (Third.SAME, apart)
