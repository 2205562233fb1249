"""Server-sent events, as the WHATWG HTML standard defines the stream (section 9.2.6)."""

from __future__ import annotations

from dataclasses import dataclass

# Longest event that is kept; a longer one ends the stream.
MAX_EVENT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: type and data."""

    type: str
    data: str


class EventTooLongError(ValueError):
    """An event is longer than the limit."""


class EventParser:
    """Turns the bytes of a stream into events, however they are cut."""

    def __init__(self) -> None:
        """Begin at the start of a stream."""
        self._rest = b""
        self._type = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Returns the events that this chunk completes."""
        *lines, self._rest = (self._rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        events = []
        for line in lines:
            event = self._line(line.decode(errors="replace"))
            if event is not None:
                events.append(event)
        if self._size + len(self._rest) > MAX_EVENT_BYTES:
            raise EventTooLongError
        return events

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._type = value
        elif field == "data":
            self._data.append(value)
            self._size += len(line)
        return None

    def _dispatch(self) -> ServerEvent | None:
        event = ServerEvent(self._type or "message", "\n".join(self._data)) if self._data else None
        self._type, self._data, self._size = "", [], 0
        return event
