"""Tries the component in a real core. Run by `core`, in namespaces of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import sys
import tempfile
import time
import traceback
from typing import Any

from core_client import Core
from core_line import FakeProgram, Line, Program, RealProgram
from fake_server import DOWN, document, outage

QUICK = "quick" in sys.argv[1:]
REAL = os.environ.get("NETLOG_PROGRAM")
# Time within which the program must know of a cut or of its end.
KNOWN_WITHIN = 60 if REAL else 5
OFFICE_TOKEN = "0123456789abcdef0123456789abcdef"

DOMAIN = "network_logging"

SEED = (
    "binary_sensor.network_gateway",
    "binary_sensor.internet_connection",
    "binary_sensor.network_internet_connected",
    "binary_sensor.internet_1_1_1_1",
    "binary_sensor.internet_8_8_8_8",
    "sensor.gateway_ip",
    "sensor.success_rate_today",
    "sensor.average_latency",
    "sensor.packet_loss",
)
MORE = (
    "binary_sensor.network_dns",
    "binary_sensor.network_ipv6",
    "binary_sensor.network_problem",
    "sensor.network_status",
    "sensor.network_root_cause",
    "sensor.network_fault_domain",
    "sensor.last_outage_start",
    "sensor.last_outage_duration",
    "sensor.last_outage_charged",
    "sensor.outages_today",
    "button.network_run_test",
    "button.network_analyze_logs",
    "button.network_check_gateway",
    "event.network_outage",
)

CONFIGURATION = """\
homeassistant:
  name: Home
  latitude: 0
  longitude: 0
  elevation: 0
  unit_system: metric
  country: DE
  time_zone: UTC
http: {server_host: 127.0.0.1, server_port: 8124}
api:
config:
websocket_api:
onboarding:
diagnostics:
frontend:
zeroconf:
repairs:
history:
logbook:
recorder: {commit_interval: 1}
lovelace:
  dashboards:
    network-logging: {mode: yaml, title: Network, filename: dashboard.yaml}
logger: {default: warning, logs: {custom_components.network_logging: info}}
input_boolean: {plug: {name: plug, initial: true}}
template:
  - switch:
      - name: plug
        state: "{{ is_state('input_boolean.plug', 'on') }}"
        turn_on: {action: input_boolean.turn_on, target: {entity_id: input_boolean.plug}}
        turn_off: {action: input_boolean.turn_off, target: {entity_id: input_boolean.plug}}
notify:
  - {platform: group, name: notify, services: [{action: persistent_notification}]}
  - {platform: group, name: mobile_app, services: [{action: persistent_notification}]}
"""

# The two examples of the first manual, as they stand there, and the blueprints.
AUTOMATIONS = """
automation first:
  - alias: "Internet Down Alert"
    trigger:
      - platform: state
        entity_id: binary_sensor.network_internet_connected
        to: "off"
        for: "00:02:00"
    action:
      - service: notify.mobile_app
        data:
          title: "Network Alert"
          message: "Internet connection lost!"

automation second:
  - alias: "Internet Down Alert 2"
    trigger:
      platform: state
      entity_id: binary_sensor.internet_connection
      from: "on"
      to: "off"
    action:
      service: notify.notify
      data:
        title: "Internet Outage"
        message: "Internet connection lost!"

automation blueprints:
  - alias: was down
    use_blueprint: {path: network_logging/internet_was_down.yaml, input: {min_duration: 0}}
  - alias: restart
    use_blueprint:
      path: network_logging/restart_modem.yaml
      input: {plug: switch.plug, minutes: 1, off_seconds: 2}
  - alias: report
    use_blueprint: {path: network_logging/monthly_report.yaml}
"""

results: list[tuple[str, str | None]] = []


@asynccontextmanager
async def check(name: str) -> AsyncIterator[None]:
    """Counts what stands below as one test, and goes on after a failure."""
    begin = time.monotonic()
    try:
        yield
    except Exception as err:
        traceback.print_exc()
        results.append((name, f"{type(err).__name__}: {err}"))
        print(f"FAILED {name}: {err}", flush=True)
    else:
        results.append((name, None))
        print(f"ok     {name} ({time.monotonic() - begin:.2f} s)", flush=True)


class House:
    """The core with its two programs."""

    def __init__(self, folder: Path) -> None:
        """Make everything in a folder."""
        self.line = Line()
        self.core = Core(folder / "core")
        self.home = self._program(folder / "home", 8787, "home")
        self.office = self._program(folder / "office", 8788, "office", OFFICE_TOKEN)

    @staticmethod
    def _program(folder: Path, port: int, site: str, token: str | None = None) -> Program:
        if REAL:
            return RealProgram(Path(REAL).resolve(), folder, port, site, token)
        return FakeProgram(folder, port, site, token)

    def configure(self, of_component: str) -> None:
        """Write configuration.yaml."""
        path = self.core.folder / "configuration.yaml"
        path.write_text(CONFIGURATION + AUTOMATIONS + of_component)

    async def cut(self) -> None:
        """Cuts the line."""
        self.line.cut()
        self._since = datetime.now(UTC)
        if isinstance(self.home, FakeProgram):
            await self.home.tell(state={**DOWN, "outage": outage(self._start)})

    async def mend(self) -> None:
        """Brings the line back."""
        self.line.mend()
        if isinstance(self.home, FakeProgram):
            end = datetime.now(UTC)
            finished = outage(
                self._start, end.isoformat(), duration_s=(end - self._since).total_seconds()
            )
            event = {"event_type": "outage_ended", "time": end.isoformat(), "outage": finished}
            await self.home.tell(event=event)
            state = document(site="home", last_outage=finished, gateway_ip="192.0.2.1")
            await self.home.tell(state=state)

    @property
    def _start(self) -> str:
        return self._since.isoformat(timespec="milliseconds")

    async def close(self) -> None:
        """End everything that was started."""
        await self.core.close()
        await self.home.kill()
        await self.office.kill()
        self.line.close()


async def first_start(house: House) -> None:
    """YAML of the first manual without a folder, the program running."""
    core = house.core
    house.configure("network_logging:\n  scan_interval: 300\n  targets: [1.1.1.1, 8.8.8.8]\n")
    await house.home.start()
    async with check("the core starts with the YAML of the manual"):
        print(f"       running after {await core.start():.1f} s")
    async with check("every entity id of the first manual"):
        await core.wait("binary_sensor.internet_connection", "on", 60)
        states = await core.states()
        missing = [entity_id for entity_id in (*SEED, *MORE) if entity_id not in states]
        assert not missing, missing
    async with check("their values"):
        await core.wait("sensor.gateway_ip", "192.0.2.1", 20)
        await core.wait("binary_sensor.network_gateway", "on", 20)
        await core.wait("binary_sensor.internet_1_1_1_1", "on", 20)
        states = await core.states()
        for entity_id in ("success_rate_today", "average_latency", "packet_loss"):
            assert 0 <= float(states[f"sensor.{entity_id}"]["state"]) <= 100, entity_id
    async with check("both automations of the manual and the blueprints are loaded"):
        states = await core.states()
        alerts = ("internet_down_alert", "internet_down_alert_2")
        for name in (*alerts, "was_down", "restart", "report"):
            assert states[f"automation.{name}"]["state"] == "on", name
    async with check("the core finds no error in the blueprints"):
        found = await core.ws("blueprint/list", domain="automation")
        ours = {path: item for path, item in found.items() if path.startswith("network_logging/")}
        assert len(ours) == 3, ours
        assert all("metadata" in item for item in ours.values()), ours
    async with check("no repair issue"):
        found = (await core.ws("repairs/list_issues"))["issues"]
        others = [f"{item['domain']}: {item['issue_id']}" for item in found]
        print(f"       of others: {others}")
        assert not [issue for issue in found if issue["domain"] == DOMAIN], found
    async with check("the core reads the dashboard, and has each of its entities"):
        board = await core.ws("lovelace/config", url_path="network-logging")
        wanted = set(entities(board))
        missing = sorted(wanted - (await core.states()).keys())
        assert len(wanted) > 14, wanted
        assert not missing, missing


def entities(card: Any) -> list[str]:
    """Returns the entity ids that a dashboard names."""
    if isinstance(card, dict):
        own = [card[key] for key in ("entity", "entity_id") if isinstance(card.get(key), str)]
        if isinstance(card.get("entity_id"), list):
            own += card["entity_id"]
        return own + [name for item in card.values() for name in entities(item)]
    if isinstance(card, list):
        return [name for item in card for name in entities(item)]
    return []


async def config_flow(house: House) -> None:
    """A second line, set up by hand."""
    core = house.core
    await house.office.start()
    menu = {"next_step_id": "http"}
    async with check("config flow: a wrong port"):
        step = await core.flow("network_logging", menu, {"url": "http://127.0.0.1:1"})
        assert step["errors"] == {"base": "cannot_connect"}, step
    async with check("config flow: no token"):
        step = await core.flow("network_logging", menu, {"url": house.office.url})
        assert step["errors"] == {"base": "invalid_auth"}, step
    async with check("the second program is discovered by mDNS, and asks for its token"):

        async def is_discovered() -> bool:
            return bool(await core.discovered(DOMAIN))

        await until(is_discovered, 20)
        [flow] = await core.discovered(DOMAIN)
        assert flow["context"]["title_placeholders"] == {"name": "Network (office)"}, flow
        step = await core.answer(flow, {"token": "wrong"})
        assert step["errors"] == {"base": "invalid_auth"}, step
        step = await core.answer(flow, {"token": OFFICE_TOKEN})
        assert step["type"] == "create_entry", step
        await core.wait("binary_sensor.office_internet_connection", "on", 60)
        entry = step["result"]["entry_id"]
        await core.rest("DELETE", f"/api/config/config_entries/entry/{entry}")
        await core.wait("sensor.office_gateway_ip", None, 10)
    async with check("config flow: a second site, with ids of its own"):
        answer = {"url": house.office.url, "token": OFFICE_TOKEN}
        step = await core.flow("network_logging", menu, answer)
        assert step["type"] == "create_entry", step
        await core.wait("binary_sensor.office_internet_connection", "on", 60)
        states = await core.states()
        missing = [
            entity_id
            for entity_id in (*SEED, *MORE)
            if entity_id.replace(".", ".office_", 1) not in states
        ]
        assert not missing, missing
        assert not [name for name in states if name.endswith("_2") and "automation" not in name]
    async with check("diagnostics name no address and no token"):
        entry = step["result"]["entry_id"]
        text = json.dumps(await core.rest("GET", f"/api/diagnostics/config_entry/{entry}"))
        data = json.dumps(json.loads(text)["data"])
        for secret in (OFFICE_TOKEN, "127.0.0.1", "192.0.2.", "8.8.8.8"):
            assert secret not in data, secret
    async with check("a deleted entry takes its entities along, without a restart"):
        await core.rest("DELETE", f"/api/config/config_entries/entry/{entry}")
        await core.wait("sensor.office_gateway_ip", None, 10)
    await house.office.kill()


async def a_cut(house: House) -> None:
    """The line is cut for two minutes; meanwhile the actions."""
    core = house.core
    begin = time.monotonic()
    await house.cut()
    async with check("a cut of the line is shown"):
        await core.wait("binary_sensor.internet_connection", "off", KNOWN_WITHIN)
        down = time.monotonic()
        print(f"       {down - begin:.2f} s after the cut")
        for entity_id in ("network_internet_connected", "internet_1_1_1_1"):
            await core.wait(f"binary_sensor.{entity_id}", "off", 30)
        await core.wait("sensor.network_fault_domain", "access", 30)
        await core.wait("binary_sensor.network_gateway", "on", 1)
    async with check("the second automation of the manual has fired"):
        await until(lambda: core.fired("internet_down_alert_2"), 5)
        assert "Internet Outage: Internet connection lost!" in await core.notifications()
    await actions(house)
    if REAL:
        # An outage has at least ten bad seconds.
        await asyncio.sleep(max(0.0, 15 - (time.monotonic() - begin)))
    if QUICK:
        print("LEFT OUT: the automation that waits two minutes, as asked", flush=True)
    else:
        async with check("the modem is restarted after a minute"):
            await core.wait("input_boolean.plug", "off", 90)
            await core.wait("input_boolean.plug", "on", 10)
        async with check("the first automation of the manual has fired after two minutes"):
            await until(lambda: core.fired("internet_down_alert"), 125)
            assert "Network Alert: Internet connection lost!" in await core.notifications()
    await house.mend()
    async with check("the end of the cut is shown, and told with its length"):
        await core.wait("binary_sensor.internet_connection", "on", KNOWN_WITHIN)
        await until(lambda: core.fired("was_down"), 60)
        await asyncio.sleep(0.3)
        [told] = [text for text in await core.notifications() if text.startswith("Internet was")]
        print(f"       {told}")
        assert "Part at fault: access line. Charged to: provider" in told, told
        states = await core.states()
        assert states["sensor.last_outage_charged"]["state"] == "provider"
        assert float(states["sensor.last_outage_duration"]["state"]) > 0
        start = datetime.fromisoformat(states["sensor.last_outage_start"]["state"])
        assert datetime.now(UTC) - start < timedelta(minutes=10), start


async def actions(house: House) -> None:
    """Actions and buttons, while the line is down."""
    core = house.core
    async with check("the action run_test"):
        answer = await core.call("run_test")
        assert answer["ok"] is False, answer
        assert answer["fault_domain"] == "access", answer
    async with check("the action check_gateway"):
        answer = await core.call("check_gateway")
        assert (answer["gateway_ok"], answer["gateway_ip"]) == (True, "192.0.2.1"), answer
    async with check("the action analyze_logs"):
        answer = await core.call("analyze_logs", last="24h")
        assert "availability" in answer, answer
    async with check("a wrong period is refused"):
        path = "/api/services/network_logging/analyze_logs"
        try:
            await core.rest("POST", path, {"last": "--help"})
        except AssertionError as err:
            assert " 400 " in str(err), err
        else:
            raise AssertionError("accepted")
    for button in ("network_run_test", "network_check_gateway", "network_analyze_logs"):
        async with check(f"button.{button}"):
            await core.press(button)
            state = await core.state(f"button.{button}")
            assert state not in (None, "unknown", "unavailable"), state

    async def last_event() -> bool:
        event = (await core.states())["event.network_outage"]["attributes"]
        return bool(event.get("event_type") == "analysis_finished")

    async with check("the events of the tests arrive"):
        await until(last_event, 5)
    async with check("the monthly report is sent"):
        body = {"entity_id": "automation.report", "skip_condition": True}
        await core.rest("POST", "/api/services/automation/trigger", body)

        async def is_sent() -> bool:
            return any(text.startswith("Internet, 20") for text in await core.notifications())

        await until(is_sent, 20)
        [report] = [
            text for text in await core.notifications() if text.startswith("Internet, 20")
        ]
        print(f"       {report}")
        # The month before is one in which the real program had not begun.
        wanted = "Nothing was measured" if REAL else "Charged to the provider: 1 outages, 1.6 min"
        assert wanted in report, report


async def until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Waits for a condition."""
    begin = time.monotonic()
    while not await condition():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"not within {seconds} s")
        await asyncio.sleep(0.05)


async def restarts(house: House) -> None:
    """Program and core are restarted in any order."""
    core = house.core
    connection = "binary_sensor.internet_connection"
    async with check("kill -9 of the program: unavailable within 1 s"):
        begin = time.monotonic()
        await house.home.kill()
        await core.wait(connection, "unavailable", 1)
        print(f"       {time.monotonic() - begin:.2f} s after the signal")
        await core.wait("sensor.gateway_ip", "unavailable", 1)
    async with check("the program is back: so are the entities"):
        await house.home.start()
        took = await core.wait(connection, "on", 30)
        print(f"       {took:.2f} s after its port was open")
    async with check("the core restarts, with the folder in its YAML: the same ids"):
        folder = house.home.folder
        house.configure(
            f'network_logging:\n  project_path: "{folder}"\n  scan_interval: 60\n'
            "  targets: [1.1.1.1, 8.8.8.8]\n"
        )
        await core.stop()
        await core.start()
        await core.wait(connection, "on", 30)
        states = await core.states()
        missing = [entity_id for entity_id in (*SEED, *MORE) if entity_id not in states]
        assert not missing, missing
        entries = await core.rest("GET", "/api/config/config_entries/entry?domain=network_logging")
        assert [entry["source"] for entry in entries] == ["import"], entries
    async with check("the actions by command line"):
        assert (await core.call("run_test"))["ok"] is not None
        assert "availability" in await core.call("analyze_logs", last="24h")
    async with check("the core starts before the program: the entry waits for it"):
        house.configure("network_logging:\n")
        await core.stop()
        await house.home.kill()
        await core.start()
        assert await core.state(connection) in (None, "unavailable")
        await house.home.start()
        await core.wait(connection, "on", 60)
    async with check("no complaint in the log of the core"):
        text = (core.folder / "home-assistant.log").read_text()
        text += (core.folder / "output").read_text()
        ours = ("network_logging", "components.automation", "components.blueprint")
        levels = ("ERROR", "WARNING")
        bad = [
            line
            for line in text.splitlines()
            if line.startswith("  File") and "custom_components/network_logging" in line
            or any(level in line for level in levels) and any(name in line for name in ours)
        ]
        # Every custom integration is warned of at each start.
        bad = [line for line in bad if "We found a custom integration" not in line]
        # The loss of the program is told once each time, by the coordinator.
        bad = [line for line in bad if "Error requesting" not in line]
        # So is an entry that waits for its program.
        bad = [line for line in bad if "Retrying" not in line and "not ready yet" not in line]
        assert not bad, "\n".join(bad)


async def main() -> int:
    """Run all checks and return the exit code."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="netlog-core-") as folder:
        house = House(Path(folder))
        try:
            await first_start(house)
            await config_flow(house)
            await a_cut(house)
            await restarts(house)
        except Exception as err:
            traceback.print_exc()
            results.append(("the run as a whole", str(err)))
        finally:
            if any(error for _, error in results):
                for name in ("core/output", "home/output"):
                    path = Path(folder) / name
                    print(f"--- {name}\n{path.read_text()[-6000:]}" if path.exists() else "")
            await house.close()
    failed = [name for name, error in results if error is not None]
    word = "FAILED" if failed else "ok"
    print(f"took {time.monotonic() - begin:.0f} s, {'netlog' if REAL else 'a small program'}")
    n_failed = len(failed)
    print(f"test result: {word}. {len(results) - n_failed} passed; {n_failed} failed; 0 ignored")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
