"""The parser of server-sent events."""

from __future__ import annotations

import pytest

from custom_components.network_logging.sse import (
    MAX_EVENT_BYTES,
    EventParser,
    EventTooLongError,
    ServerEvent,
)

STREAM = (
    b": comment\n\n"
    b"event: state\ndata: {}\n\n"
    b"data:one\r\ndata: two\r\nid: 7\r\n\r\n"
    b"event: lonely\n\n"
    b"event: caf\xc3\xa9\ndata\ndata: \xe2\x82\xac\n\n"
    b"data: unfinished\n"
)
EVENTS = [
    ServerEvent("state", "{}"),
    ServerEvent("message", "one\ntwo"),
    ServerEvent("café", "\n€"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_the_stream_is_cut(size: int) -> None:
    parser = EventParser()
    chunks = [STREAM[begin : begin + size] for begin in range(0, len(STREAM), size)]
    assert [event for chunk in chunks for event in parser.feed(chunk)] == EVENTS


def test_an_endless_line_is_refused() -> None:
    parser = EventParser()
    with pytest.raises(EventTooLongError):
        parser.feed(b"data: " + b"x" * (MAX_EVENT_BYTES + 1))


def test_an_endless_event_is_refused() -> None:
    parser = EventParser()
    chunk = b"data: " + b"x" * 999 + b"\n"
    with pytest.raises(EventTooLongError):
        for _ in range(MAX_EVENT_BYTES // 999 + 1):
            parser.feed(chunk)


def test_long_events_in_a_row_are_accepted() -> None:
    parser = EventParser()
    chunk = b"data: " + b"x" * (MAX_EVENT_BYTES // 2) + b"\n\n"
    assert sum(len(parser.feed(chunk)) for _ in range(5)) == 5
