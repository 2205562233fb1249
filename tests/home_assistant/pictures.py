"""Takes pictures of the dashboard. Run by `pictures`, in a namespace of its own."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import json
import math
from pathlib import Path
import random
import sqlite3
import sys
import tempfile
from typing import Any

import aiohttp
from core import House
from core_client import BASE
from core_line import FakeProgram
from fake_server import outage, target

SIZE = {"width": 1600, "height": 1000}
DEBUG_PORT = 9333
# Logs the browser in as the only user.
ZONE = "  time_zone: UTC\n"
LOGIN = """\
  auth_providers:
    - {type: trusted_networks, trusted_networks: [127.0.0.1], allow_bypass_login: true}
    - {type: homeassistant}
"""
DAY = 24 * 3600


def history(folder: Path, now: float) -> None:
    """Writes a day of latency and two outages into the recorder."""
    dice = random.Random(1)
    outages = [(now - 15 * 3600, 94), (now - 5 * 3600, 1500)]
    with sqlite3.connect(folder / "home-assistant_v2.db") as database:
        ids = dict(database.execute("select entity_id, metadata_id from states_meta"))

        def write(entity_id: str, value: str, at: float) -> None:
            database.execute(
                "insert into states (metadata_id, state, last_updated_ts, last_changed_ts)"
                " values (?, ?, ?, ?)",
                (ids[entity_id], value, at, at),
            )

        connection = ("binary_sensor.internet_connection", "binary_sensor.network_dns")
        for entity_id in (*connection, "binary_sensor.network_gateway"):
            write(entity_id, "on", now - DAY - 60)
        for start, length in outages:
            for entity_id in connection:
                write(entity_id, "off", start)
                write(entity_id, "on", start + length)
        for at in range(int(now - DAY), int(now), 120):
            if any(start <= at < start + length for start, length in outages):
                value = "unknown"
            else:
                evening = 6 * math.exp(-(((at - now + 4 * 3600) / 5000) ** 2))
                value = f"{12 + evening + dice.expovariate(0.9):.1f}"
            write("sensor.average_latency", value, at)


class Browser:
    """A headless browser, by the protocol of its developer tools."""

    def __init__(self, folder: Path) -> None:
        """Keep its profile in the folder."""
        self.folder = folder
        self._n = 0

    async def __aenter__(self) -> Browser:
        """Start it."""
        self.process = await asyncio.create_subprocess_exec(
            "chromium",
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            f"--user-data-dir={self.folder}",
            f"--remote-debugging-port={DEBUG_PORT}",
            f"--window-size={SIZE['width']},{SIZE['height']}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self.session = aiohttp.ClientSession()
        url = f"http://127.0.0.1:{DEBUG_PORT}/json/list"
        async with asyncio.timeout(60):
            while True:
                with suppress(aiohttp.ClientError, StopIteration):
                    async with self.session.get(url) as response:
                        pages = await response.json()
                    page = next(page for page in pages if page["type"] == "page")
                    break
                await asyncio.sleep(0.2)
        self.socket = await self.session.ws_connect(
            page["webSocketDebuggerUrl"], max_msg_size=1 << 26
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        await self.session.close()
        self.process.terminate()
        await self.process.wait()

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends one command and returns its result."""
        self._n += 1
        await self.socket.send_json({"id": self._n, "method": method, "params": parameters})
        while True:
            answer = await self.socket.receive_json()
            if answer.get("id") == self._n:
                assert "error" not in answer, answer
                return dict(answer.get("result", {}))


async def main(folder: Path) -> None:
    """Take the pictures."""
    with tempfile.TemporaryDirectory(prefix="netlog-pictures-") as temporary:
        house = House(Path(temporary))
        core = house.core
        try:
            house.configure("network_logging:\n  scan_interval: 300\n")
            path = core.folder / "configuration.yaml"
            path.write_text(path.read_text().replace(ZONE, ZONE + LOGIN))
            await house.home.start()
            assert isinstance(house.home, FakeProgram)
            now = datetime.now(UTC)
            last = now - timedelta(hours=5)
            finished = outage(
                last.isoformat(), (last + timedelta(minutes=25)).isoformat(), duration_s=1500.0
            )
            state = {
                "last_outage": finished,
                "targets": [target("1.1.1.1"), target("8.8.8.8")],
                "ipv6_ok": True,
            }
            await house.home.tell(state=state)
            await core.start()
            await core.wait("sensor.average_latency", "13.4", 60)
            await core.stop()
            history(core.folder, now.timestamp())
            # The front end shows no dashboard before the onboarding is over.
            onboarding = core.folder / ".storage" / "onboarding"
            stored = json.loads(onboarding.read_text())
            stored["data"]["done"] = ["user", "core_config", "analytics", "integration"]
            onboarding.write_text(json.dumps(stored))
            await core.start()
            await core.wait("sensor.average_latency", "13.4", 60)
            # The events of that outage, so that the logbook has some.
            for kind in ("outage_started", "outage_ended"):
                event = {"event_type": kind, "time": now.isoformat(), "outage": finished}
                await house.home.tell(event=event)
                await asyncio.sleep(2)
            async with Browser(Path(temporary) / "browser") as browser:
                await browser.send("Page.enable")
                await browser.send(
                    "Emulation.setDeviceMetricsOverride",
                    **SIZE,
                    deviceScaleFactor=1,
                    mobile=False,
                )
                for theme in ("light", "dark"):
                    feature = {"name": "prefers-color-scheme", "value": theme}
                    await browser.send("Emulation.setEmulatedMedia", features=[feature])
                    url = f"{BASE}/network-logging/internet"
                    await browser.send("Page.navigate", url=url)
                    await asyncio.sleep(25 if theme == "light" else 12)
                    picture = await browser.send("Page.captureScreenshot", format="png")
                    name = folder / f"home-assistant-{theme}.png"
                    name.write_bytes(base64.b64decode(picture["data"]))
                    print(name)
        finally:
            await house.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
