#!/usr/bin/env bash
# Server-sent events that two clients read differently from the standard, and from each other.
#
# Guess: both do what the HTML standard says (section 9.2.6): one byte order mark before the stream is left out, an event
# without data is not given to the program, an event that the end of the stream cuts off is dropped, an id with a NUL is
# ignored, and retry is a number.
# Seen in httpx-sse 0.4.3 and sseclient-py 1.9.0: both lose the first event after a byte order mark, since its field is not
# "data" then. httpx-sse gives events without data. sseclient-py gives the event that was cut off, whose data may be half
# of what was sent, takes an id with a NUL, and gives retry as a text.
#
# Needs python3 with venv, and PyPI. Uses no network once the packages are here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check httpx==0.28.1 httpx-sse==0.4.3 sseclient-py==1.9.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import httpx
from httpx_sse import EventSource
from sseclient import SSEClient

STREAMS = {
    "byte order mark": "\ufeffdata: x\n\n",
    "no data": "event: e\n\n",
    "cut off": "data: ha",
    "id with NUL": "id: a\0b\ndata: x\n\n",
    "retry": "retry: 5\ndata: x\n\n",
}


def by_httpx_sse(stream):
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter([stream]))
    return [(event.data, event.id or None, event.retry) for event in EventSource(response).iter_sse()]


def by_sseclient(stream):
    return [(event.data, event.id, event.retry) for event in SSEClient(iter([stream])).events()]


seen = {name: (by_httpx_sse(text.encode()), by_sseclient(text.encode())) for name, text in STREAMS.items()}
for name, (first, second) in seen.items():
    print(f"{name}: httpx-sse {first}, sseclient-py {second}")
expected = {
    "byte order mark": ([], []),
    "no data": ([("", None, None)], []),
    "cut off": ([], [("ha", None, None)]),
    "id with NUL": ([("x", None, None)], [("x", "a\0b", None)]),
    "retry": ([("x", None, 5)], [("x", None, "5")]),
}
if seen != expected:
    sys.exit("this has changed")
PYTHON
