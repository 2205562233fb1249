"""A small program with the local API of Network Logging, for the tests of the component.

It has the routes and the guards of the real one (Host, Origin, token, content type), and a state
that the test sets. As a program it takes changes of the state on its standard input:

    python fake_server.py HOST PORT [TOKEN]
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
import json
import sys
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEEP_ALIVE = 15


def now() -> str:
    """Returns the present time as the program writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def target(host: str, ok: bool | None = True, rtt_ms: float | None = 12.1) -> dict[str, Any]:
    """Returns a target of the state document."""
    slug = "".join(char if char.isalnum() else "_" for char in host)
    return {"host": host, "slug": slug, "ok": ok, "rtt_ms": rtt_ms}


def outage(start: str, end: str | None = None, **changes: Any) -> dict[str, Any]:
    """Returns an outage of the state document."""
    return {
        "start": start,
        "end": end,
        "duration_s": 94.2,
        "uncertainty_s": 1.0,
        "fault_domain": "access",
        "charged": "provider",
        "confidence": "high",
        "segments": [{"start": start, "fault_domain": "access", "charged": "provider"}],
        **changes,
    }


def document(**changes: Any) -> dict[str, Any]:
    """Returns a state document, version 1, of a line that works."""
    return {
        "version": 1,
        "site": "home",
        "time": now(),
        "running": True,
        "monitor_version": "0.1.0",
        "started": now(),
        "last_check": now(),
        "state": "up",
        "since": now(),
        "not_monitored_reason": None,
        "status": "ok",
        "root_cause": "none",
        "fault_domain": None,
        "charged": None,
        "confidence": "high",
        "evidence": ["gateway_alive"],
        "gateway_ok": True,
        "gateway_ip": "192.168.1.1",
        "gateway_ms": 1.2,
        "internet_ok": True,
        "isp_ok": None,
        "dns_ok": True,
        "http_ok": True,
        "ipv6_ok": None,
        "latency_avg_ms": 13.4,
        "latency_p95_ms": 20.1,
        "jitter_ms": 0.7,
        "loss_pct": 0.0,
        "targets": [target("1.1.1.1"), target("8.8.8.8")],
        "resolvers": [{"host": "192.168.1.1", "slug": "192_168_1_1", "ok": True, "detail": "ok"}],
        "today": {
            "date": "2026-11-29",
            "checks": 180,
            "success_rate_pct": 99.18,
            "availability_pct": 99.9,
            "coverage_pct": 12.5,
            "outages": 2,
            "outage_s": 94.0,
            "micro_interruptions": 0,
        },
        "outage": None,
        "last_outage": None,
        "notices": [],
        **changes,
    }


DOWN: dict[str, Any] = {
    "state": "down",
    "status": "wan_down",
    "root_cause": "transport",
    "fault_domain": "access",
    "charged": "provider",
    "internet_ok": False,
    "dns_ok": False,
    "latency_avg_ms": None,
    "loss_pct": 100.0,
    "targets": [target("1.1.1.1", False, None), target("8.8.8.8", False, None)],
}

ANALYSIS: dict[str, Any] = {
    "period": {"from": "2026-11-01T00:00:00.000Z", "to": "2026-12-01T00:00:00.000Z"},
    "availability": {"percent": 99.5, "lower": 99.4, "upper": 99.6, "by_rows_percent": 99.5},
    "coverage": {"percent": 98.0},
    "outages": [outage("2026-11-03T04:05:06.000Z", "2026-11-03T04:06:40.200Z")],
    "charged": {"medium_or_high_confidence": {"provider": {"outages": 1, "outages_s": 94.2}}},
}


class FakeProgram:
    """A program that answers as the state that the test sets tells."""

    def __init__(self, token: str | None = None, **changes: Any) -> None:
        """Take the token, and the changes to a line that works."""
        self.token = token
        self.state = document(**changes)
        self.tests = 0
        self.scopes: list[dict[str, Any]] = []
        # Answers in place of the real one, by path: status and body.
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.stream_type = "text/event-stream"
        self._streams: list[asyncio.Queue[bytes]] = []
        self._runner: web.AppRunner | None = None
        self.host = "127.0.0.1"
        self.port = 0

    @property
    def url(self) -> str:
        """Returns the base address."""
        return f"http://{self.host}:{self.port}"

    @property
    def streams(self) -> int:
        """Returns the number of open event streams."""
        return len(self._streams)

    async def start(self) -> None:
        """Listens; after a stop on the same port as before."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/v1/state", self._state)
        app.router.add_get("/api/v1/events", self._events)
        app.router.add_post("/api/v1/test", self._test)
        app.router.add_post("/api/v1/analyze", self._analyze)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Closes the port and every connection."""
        if self._runner is not None:
            for connection in list(self._runner.server.connections if self._runner.server else []):
                if connection.transport is not None:
                    connection.transport.abort()
            await self._runner.cleanup()
            self._runner = None

    def set(self, **changes: Any) -> None:
        """Changes the state without telling anybody."""
        self.state = {**self.state, "time": now(), "last_check": now(), **changes}

    def push(self, **changes: Any) -> None:
        """Changes the state and sends it to every stream."""
        self.set(**changes)
        self.emit("state", self.state)

    def emit(self, event: str, data: Any) -> None:
        """Sends an event to every stream."""
        self.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    def write(self, chunk: bytes) -> None:
        """Sends bytes to every stream."""
        for stream in self._streams:
            stream.put_nowait(chunk)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "").rpartition(":")[0]
        if host not in (self.host, "localhost"):
            return refusal(421, "host not allowed", "add it to api_hosts")
        if "Origin" in request.headers:
            return refusal(403, "foreign origin", "call the API from a program")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return refusal(401, "token missing or wrong", "send Authorization: Bearer TOKEN")
        if request.method == "POST" and request.content_type != "application/json":
            return refusal(415, "not JSON", "send application/json")
        if request.path in self.answers:
            status, body = self.answers[request.path]
            return web.Response(status=status, body=body, content_type="application/json")
        return await handler(request)

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self.state)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": self.stream_type})
        await response.prepare(request)
        stream: asyncio.Queue[bytes] = asyncio.Queue()
        await response.write(f"event: state\ndata: {json.dumps(self.state)}\n\n".encode())
        self._streams.append(stream)
        try:
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE):
                        chunk = await stream.get()
                except TimeoutError:
                    chunk = b": keep-alive\n\n"
                if not chunk:
                    return response
                await response.write(chunk)
        finally:
            self._streams.remove(stream)

    async def _test(self, request: web.Request) -> web.StreamResponse:
        if await request.json() != {}:
            return refusal(400, "unknown field", "send {}")
        self.tests += 1
        self.set()
        keys = ("status", "root_cause", "fault_domain")
        result = {"ok": self.state["status"] == "ok"} | {key: self.state[key] for key in keys}
        self.emit("state", self.state)
        self.emit(
            "test_finished", {"event_type": "test_finished", "time": now(), "result": result}
        )
        return web.json_response({**result, "state": self.state})

    async def _analyze(self, request: web.Request) -> web.StreamResponse:
        self.scopes.append(await request.json())
        result = {"outages": 1, "availability_pct": 99.5}
        self.emit(
            "analysis_finished",
            {"event_type": "analysis_finished", "time": now(), "result": result},
        )
        return web.json_response(ANALYSIS)


def refusal(status: int, error: str, remedy: str) -> web.Response:
    """Returns the answer to a request that is refused."""
    return web.json_response({"error": error, "remedy": remedy}, status=status)


async def main(host: str, port: int, token: str | None) -> None:
    """Serve until the standard input ends. Each line is `{"state": {...}, "event": {...}}`."""
    program = FakeProgram(token)
    program.host, program.port = host, port
    await program.start()
    print(program.port, flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        change = json.loads(line)
        if "state" in change:
            program.push(**change["state"])
        if "event" in change:
            program.emit(change["event"]["event_type"], change["event"])
    await program.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), next(iter(sys.argv[3:]), None)))
