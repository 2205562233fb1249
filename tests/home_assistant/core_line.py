"""The monitored line of the real core: namespaces, and the program that measures it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
from typing import Any

from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

HERE = Path(__file__).parent
GATEWAY = "192.0.2.1"
# Address of the home computer in its network.
OWN = "192.0.2.10"
HOSTS = ("1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4")


def ip(*arguments: str, pid: int | None = None) -> None:
    """Runs ip, in the network namespace of a process if one is given."""
    command = ["ip", *arguments]
    if pid is not None:
        command = ["nsenter", "--target", str(pid), "--net", *command]
    subprocess.run(command, check=True)


class Line:
    """This namespace is the home. A second one is the router and everything beyond it."""

    def __init__(self) -> None:
        """Connect the two."""
        self.beyond = subprocess.Popen(
            ["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL
        )
        self._wait_for_namespace()
        pid = self.beyond.pid
        ip("link", "set", "lo", "up")
        ip("link", "add", "home0", "type", "veth", "peer", "name", "router0", "netns", str(pid))
        ip("addr", "add", f"{OWN}/24", "dev", "home0")
        ip("link", "set", "home0", "up")
        ip("link", "set", "lo", "up", pid=pid)
        ip("addr", "add", f"{GATEWAY}/24", "dev", "router0", pid=pid)
        ip("link", "set", "router0", "up", pid=pid)
        ip("route", "add", "default", "via", GATEWAY)
        self.mend()
        self.servers = subprocess.Popen(
            ["nsenter", "--target", str(pid), "--net"]
            + [sys.executable, str(HERE / "core_beyond.py"), *HOSTS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self.servers.stdout is not None
        assert self.servers.stdout.readline() == b"ready\n"

    def _wait_for_namespace(self) -> None:
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self.beyond.pid}/ns/net") == own:
            if self.beyond.poll() is not None:
                raise RuntimeError("no second network namespace")

    def cut(self) -> None:
        """Takes the far hosts away; the router stays."""
        for host in HOSTS:
            ip("addr", "del", f"{host}/32", "dev", "lo", pid=self.beyond.pid)

    def mend(self) -> None:
        """Brings the far hosts."""
        for host in HOSTS:
            ip("addr", "add", f"{host}/32", "dev", "lo", pid=self.beyond.pid)

    def close(self) -> None:
        """Ends the second namespace."""
        for process in (self.servers, self.beyond):
            process.kill()
            process.wait()


class Program:
    """A running program with a local API."""

    def __init__(self, folder: Path, port: int, site: str, token: str | None = None) -> None:
        """Write the settings into the folder. With a token it listens to the home network."""
        self.folder, self.port, self.site, self.token = folder, port, site, token
        self.host = "127.0.0.1" if token is None else OWN
        self.process: asyncio.subprocess.Process | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """Returns the base address."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Start it and wait until its port is open."""
        raise NotImplementedError

    async def kill(self) -> None:
        """Kill it with signal 9."""
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
            await self.process.wait()

    async def _wait(self) -> None:
        async with asyncio.timeout(30):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection(self.host, self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)


class RealProgram(Program):
    """The program of this project."""

    def __init__(self, binary: Path, *arguments: Any, **named: Any) -> None:
        """Write its settings and secrets."""
        super().__init__(*arguments, **named)
        settings = {
            "site": self.site,
            "gateway": "auto",
            "targets": list(HOSTS),
            "log_dir": str(self.folder / "logs"),
            "ping_interval_sec": 5,
            "dns_servers": ["9.9.9.9"],
            "public_resolvers": ["1.1.1.1", "8.8.8.8"],
            "http_url": "http://example.com",
            "http_urls": ["http://a.example/", "http://b.example/"],
            "http_ip_url": "http://1.1.1.1",
            "captive_portal_url": "http://portal.example/success.txt",
            "api_enabled": True,
            "api_listen": f"{self.host}:{self.port}",
        }
        (self.folder / "config.json").write_text(json.dumps(settings))
        if self.token is not None:
            secrets = self.folder / "secrets.json"
            secrets.write_text(json.dumps({"api_token": self.token}))
            secrets.chmod(0o600)
        (self.folder / "netlog").symlink_to(binary)

    async def start(self) -> None:
        """Start the monitor."""
        with (self.folder / "output").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                self.folder / "netlog",
                "monitor",
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        await self._wait()


CLI = """#!{python}
# Has the command line of the program, and answers from the local API.
import sys, urllib.request
paths = {{"status": "state", "once": "test", "analyze": "analyze"}}
body = None if sys.argv[1] == "status" else b"{{}}"
request = urllib.request.Request("{url}/api/v1/" + paths[sys.argv[1]], body)
request.add_header("Content-Type", "application/json")
print(urllib.request.urlopen(request, timeout=10).read().decode())
"""


class FakeProgram(Program):
    """A small program with the same API. Its state is set by the test."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Write a command line that answers from the API."""
        super().__init__(*arguments, **named)
        self._zeroconf: AsyncZeroconf | None = None
        program = self.folder / "netlog"
        program.write_text(CLI.format(python=sys.executable, url=self.url))
        program.chmod(0o755)

    async def start(self) -> None:
        """Start it."""
        arguments = [self.host, str(self.port), *([self.token] if self.token else [])]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            HERE / "fake_server.py",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await self._wait()
        await self.tell(state={"site": self.site, "gateway_ip": GATEWAY})
        if self.token is not None:
            await self._announce()

    async def _announce(self) -> None:
        """Announces it as the real program announces itself."""
        self._zeroconf = AsyncZeroconf(interfaces=[self.host])
        kind = "_netlog._tcp.local."
        service = AsyncServiceInfo(
            kind,
            f"Network Logging {self.site}.{kind}",
            addresses=[socket.inet_aton(self.host)],
            port=self.port,
            properties={"site": self.site, "version": "0.1.0", "path": "/api/v1"},
        )
        await self._zeroconf.async_register_service(service)

    async def kill(self) -> None:
        """Kill it with signal 9, and end the announcement."""
        await super().kill()
        if self._zeroconf is not None:
            await self._zeroconf.async_close()
            self._zeroconf = None

    async def tell(self, **change: Any) -> None:
        """Changes the state, or sends an event."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(change).encode() + b"\n")
        await self.process.stdin.drain()
