"""Server-sent events, decoded as the bytes come in.

Only ``data`` is of interest: chat completion streams use no other field. The
rules are those of the WHATWG standard (HTML, section 9.2), but for the end: there
a last event that lacks its blank line is dropped, here it counts, since some
upstreams forget that line after ``[DONE]``.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DEFAULT_MAX_FRAME", "FrameTooLarge", "SseDecoder"]

DEFAULT_MAX_FRAME: Final = 64 * 1024 * 1024
"""Bytes of one event; an image in an answer takes tens of megabytes."""

_BOM: Final = b"\xef\xbb\xbf"


class FrameTooLarge(ValueError):
    """One event is larger than the limit."""


class SseDecoder:
    """Takes bytes as they come, cut anywhere; gives the data of each whole event.

    Every byte is looked at once and copied a fixed number of times, however
    small the reads that an event arrives in.
    """

    __slots__ = ("_after_cr", "_at_start", "_data", "_data_size", "_line", "_line_size", "_max")

    def __init__(self, max_frame: int = DEFAULT_MAX_FRAME) -> None:
        self._max = max_frame
        self._line: list[bytes] = []  # pieces of the line that has not ended
        self._line_size = 0
        self._data: list[bytes] = []  # data lines of the event that has not ended
        self._data_size = 0
        self._after_cr = False
        self._at_start = True

    def feed(self, data: bytes) -> list[bytes]:
        """Takes the next bytes; returns the data of the events that they complete.

        Raises:
            FrameTooLarge: an event is larger than the limit.
        """
        if self._after_cr and data:
            # A line ends at its CR at once; a LF that comes later belongs to it.
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if not data:
            return []
        if self._line:
            if b"\n" not in data and b"\r" not in data:
                self._hold(data)
                return []
            data = b"".join((*self._line, data))
            self._line.clear()
            self._line_size = 0
        lines = data.splitlines()
        last = data[-1]
        if last == 13:
            self._after_cr = True
        elif last != 10:
            self._hold(lines.pop())
        return self._take(lines)

    def end(self) -> list[bytes]:
        """Tells that no more bytes come; returns the data of a last, unended event."""
        rest = b"".join(self._line)
        self._line.clear()
        self._line_size = 0
        return self._take([rest, b""])

    def _take(self, lines: list[bytes]) -> list[bytes]:
        if self._at_start and lines:
            lines[0] = lines[0].removeprefix(_BOM)
            self._at_start = False
        events: list[bytes] = []
        for line in lines:
            if not line:
                if self._data:
                    one = len(self._data) == 1
                    events.append(self._data[0] if one else b"\n".join(self._data))
                    self._data.clear()
                    self._data_size = 0
            elif line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line == b"data":
                self._add(b"")
        return events

    def _add(self, value: bytes) -> None:
        # A line costs memory even when it is empty.
        self._data_size += len(value) + 1
        self._check(self._data_size)
        self._data.append(value)

    def _hold(self, piece: bytes) -> None:
        self._line_size += len(piece)
        self._check(self._data_size + self._line_size)
        self._line.append(piece)

    def _check(self, size: int) -> None:
        if size > self._max:
            raise FrameTooLarge(f"an event is larger than {self._max} bytes")
