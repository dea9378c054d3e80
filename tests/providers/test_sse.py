"""The SSE decoder: the same events, however the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.providers.sse import FrameTooLarge, SseDecoder


def decode(*reads: bytes, ended: bool = False) -> list[bytes]:
    decoder = SseDecoder()
    events = [event for read in reads for event in decoder.feed(read)]
    return events + (decoder.end() if ended else [])


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [b"a"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a \n\n", [b" a "]),
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
        (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
        (b"data: a\r\n\ndata: b\n\r\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\ndata\ndata:\n\n", [b"a\n\n"]),
        (b"data:\n\n", [b""]),
        (b": OPENROUTER PROCESSING\n\ndata: a\n\n", [b"a"]),
        (b": data: x\ndata: a\n:\n\n", [b"a"]),
        (b"event: message\nid: 7\nretry: 10\ndata: a\n\n", [b"a"]),
        (b"database: x\ndata : x\n data: x\n\n", []),
        (b"\n\n\ndata: a\n\n\n\n", [b"a"]),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        ("data: é\u2028\x85\x0b\x0c\x1c\n\n".encode(), ["é\u2028\x85\x0b\x0c\x1c".encode()]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_events_are_told_apart_wherever_the_reads_are_cut(stream, events, size):
    assert decode(*cut(stream, size)) == events


def test_an_event_is_given_with_the_byte_that_ends_it():
    decoder = SseDecoder()

    assert decoder.feed(b"data: a\r\n") == []
    assert decoder.feed(b"\r") == [b"a"]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: b\n\n") == [b"b"]


def test_an_unended_event_waits_for_its_end():
    assert decode(b"data: a\n") == []


@pytest.mark.parametrize("stream", [b"data: [DONE]", b"data: [DONE]\n", b"data: [DONE]\r"])
def test_a_last_event_without_a_blank_line_counts(stream):
    assert decode(stream, ended=True) == [b"[DONE]"]


def test_nothing_is_left_to_give_at_the_end_of_a_whole_stream():
    assert decode(b"data: a\n\n", b"", ended=True) == [b"a"]


def test_a_frame_beyond_the_limit_is_refused():
    decoder = SseDecoder(max_frame=100)
    assert decoder.feed(b"data: " + b"x" * 90 + b"\n\n") == [b"x" * 90]

    with pytest.raises(FrameTooLarge, match="100 bytes"):
        decoder.feed(b"data: " + b"x" * 100 + b"\n\n")


@pytest.mark.parametrize("piece", [b"x" * 10, b"data:\n", b"data: x\n", b":" * 10])
def test_a_frame_that_never_ends_is_refused_near_the_limit(piece):
    decoder = SseDecoder(max_frame=1000)

    with pytest.raises(FrameTooLarge):
        for _ in range(1100):
            decoder.feed(piece)


def test_comments_without_end_are_no_frame():
    decoder = SseDecoder(max_frame=100)

    assert [event for _ in range(1000) for event in decoder.feed(b": still here\n\n")] == []


def test_bytes_are_copied_a_fixed_number_of_times_however_small_the_reads():
    # Joining at every read would hold, at the end, one piece instead of all of them.
    decoder = SseDecoder()
    pieces = cut(b"data: " + b"x" * 5_000_000, 65_536)
    for piece in pieces:
        decoder.feed(piece)

    assert len(decoder._line) == len(pieces)
    assert decoder.feed(b"\n\n") == [b"x" * 5_000_000]


LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20).map(
    str.encode
)
EVENTS = st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=6)
NOISE = st.sampled_from([b"", b": comment", b"event: x", b":", b"id: 1", b"retry: 5"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A valid stream in any mix of line ends, and its events."""
    ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
    stream, events = b"", []
    for lines in draw(EVENTS):
        end = draw(ends)
        noise = draw(NOISE)
        stream += noise + end if noise else b""
        stream += b"".join(b"data: " + line + end for line in lines) + end
        events.append(b"\n".join(lines))
    return stream, events


@given(streams(), st.lists(st.integers(min_value=0, max_value=400)))
def test_any_split_of_a_stream_gives_its_events(stream, cuts):
    data, events = stream
    places = sorted({0, len(data), *(at for at in cuts if at < len(data))})
    reads = [data[start:end] for start, end in pairwise(places)]

    assert decode(*reads) == events
    assert decode(*cut(data, 1)) == events


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_bytes_decode_as_in_one_piece(reads):
    assert decode(*reads, ended=True) == decode(b"".join(reads), ended=True)
