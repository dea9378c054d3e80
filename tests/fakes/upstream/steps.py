"""The server's end of a connection, and the steps that a script plays on it."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Protocol


class Over(Exception):
    """The script ended the connection."""


class Wire:
    """The server's end of a connection, while one reply is played."""

    def __init__(self, writer: asyncio.StreamWriter, released: asyncio.Event) -> None:
        self._writer = writer
        self.released = released
        self.chunked = False

    async def raw(self, data: bytes) -> None:
        """Puts bytes on the wire as they are, and lets the client's side run."""
        self._writer.write(data)
        await self._writer.drain()
        await asyncio.sleep(0)

    async def body(self, data: bytes) -> None:
        """Sends bytes of the body in the reply's framing."""
        if data:
            await self.raw(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def reset(self) -> None:
        """Breaks the connection: the client gets a RST, not a FIN."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()
        raise Over

    def close(self) -> None:
        """Closes the connection, whether or not the reply is whole."""
        self._writer.close()
        raise Over


class Step(Protocol):
    """One thing that a reply does."""

    async def play(self, wire: Wire) -> None:
        """Does it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Sends bytes of the body, as one write and one HTTP chunk."""

    data: bytes

    async def play(self, wire: Wire) -> None:
        await wire.body(self.data)


@dataclass(frozen=True, slots=True)
class Raw:
    """Puts bytes on the wire outside the framing: broken heads, broken chunks."""

    data: bytes

    async def play(self, wire: Wire) -> None:
        await wire.raw(self.data)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Plays a step again and again; ``times=None``: until the client leaves."""

    step: Step
    times: int | None = None

    async def play(self, wire: Wire) -> None:
        left = self.times
        while left is None or left > 0:
            await self.step.play(wire)
            left = None if left is None else left - 1


class Series:
    """Plays steps one after the other, as if they were one."""

    def __init__(self, *steps: Step) -> None:
        self._steps = steps

    async def play(self, wire: Wire) -> None:
        for step in self._steps:
            await step.play(wire)


@dataclass(frozen=True, slots=True)
class Pause:
    """Waits until the test opens the gate."""

    gate: asyncio.Event

    async def play(self, wire: Wire) -> None:
        await self.gate.wait()


@dataclass(frozen=True, slots=True)
class Mark:
    """Tells the test that the script has come this far."""

    reached: asyncio.Event

    async def play(self, wire: Wire) -> None:
        self.reached.set()


@dataclass(frozen=True, slots=True)
class Delay:
    """Waits ``seconds``: for benchmarks, where time is measured, and for virtual time."""

    seconds: float

    async def play(self, wire: Wire) -> None:
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class Stall:
    """Goes silent, until `FakeUpstream.release` or until the client leaves."""

    async def play(self, wire: Wire) -> None:
        await wire.released.wait()


@dataclass(frozen=True, slots=True)
class Reset:
    """Breaks the connection with a RST."""

    async def play(self, wire: Wire) -> None:
        wire.reset()


@dataclass(frozen=True, slots=True)
class Close:
    """Closes the connection with a FIN, without the end of the body."""

    async def play(self, wire: Wire) -> None:
        wire.close()
