"""MQTT discovery in a real core. Run by `mqtt`, in a network namespace of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
import json
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from typing import Any

from core_client import Core
from mqtt_cases import PROMISED, Broker, Room, Sink, Watcher

CONFIGURATION = """
homeassistant: {name: test, latitude: 0, longitude: 0, elevation: 0, unit_system: metric, time_zone: UTC}
http: {server_host: 127.0.0.1, server_port: 8124}
api:
config:
websocket_api:
onboarding:
diagnostics:
logger: {default: warning, logs: {homeassistant.components.mqtt: info}}
"""
# Changes with each cycle, and is off until somebody wants it.
OFF = {"sensor.network_last_check"}

results: list[str | None] = []


@asynccontextmanager
async def check(name: str) -> AsyncIterator[None]:
    """Counts what stands below as one test, and goes on after a failure."""
    begin = time.monotonic()
    try:
        yield
    except Exception as err:
        traceback.print_exc()
        results.append(name)
        print(f"FAILED {name}: {err}", flush=True)
    else:
        results.append(None)
        print(f"ok     {name} ({time.monotonic() - begin:.2f} s)", flush=True)


async def wait_event(core: Core, kind: str, seconds: float) -> float:
    """Waits for an event of the line and returns the seconds it took. It follows the state in a message of its own."""
    begin = time.monotonic()
    while (event := (await core.states())["event.network_outage"])["attributes"]["event_type"] != kind:
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"no event {kind} after {seconds} s: {event}")
        await asyncio.sleep(0.02)
    return time.monotonic() - begin


def make_network() -> None:
    """Makes the network that a core wants at least: a link with an address."""
    for line in (
        "link set lo up",
        "link add v0 type veth peer name v1",
        "addr add 192.0.2.10/24 dev v0",
        "link set v0 up",
        "link set v1 up",
    ):
        subprocess.run(["ip", *line.split()], check=True)


async def entities(core: Core) -> dict[str, dict[str, Any]]:
    """Returns the entries of the registry by their entity ids."""
    found = await core.ws("config/entity_registry/list")
    return {entry["entity_id"]: entry for entry in found if entry["platform"] == "mqtt"}


async def wait_entities(core: Core, wanted: Iterable[str], seconds: float = 20) -> None:
    """Waits until these are the entities of the line."""
    end = time.monotonic() + seconds
    wanted = set(wanted)
    while (found := set(await entities(core))) != wanted:
        if time.monotonic() > end:
            raise AssertionError(f"missing {wanted - found}, too many {found - wanted}")
        await asyncio.sleep(0.1)


def after(target: str) -> set[str]:
    """Returns the promised entities with another far host than 1.1.1.1."""
    return {name.replace("1_1_1_1", target) for name in PROMISED}


async def connect(core: Core, broker: Broker) -> None:
    """Sets the MQTT integration up."""
    step = await core.flow("mqtt")
    if step["type"] == "menu":
        path = f"/api/config/config_entries/flow/{step['flow_id']}"
        step = await core.rest("POST", path, {"next_step_id": "broker"})
    answer: dict[str, Any] = {"broker": "127.0.0.1", "port": broker.port}
    if any(item["name"] == "other_settings" for item in step["data_schema"]):
        answer["other_settings"] = {"set_client_cert": False, "set_ca_cert": "off"}
    path = f"/api/config/config_entries/flow/{step['flow_id']}"
    step = await core.rest("POST", path, answer)
    assert step["type"] == "create_entry", step


async def device_form(core: Core, broker: Broker, room: Room) -> Sink:
    """The form of today: everything that happens to a line."""
    sink = Sink(room, broker)
    async with check("every promised entity is there under its id"):
        await wait_entities(core, PROMISED)
        disabled = {name for name, entry in (await entities(core)).items() if entry["disabled_by"]}
        assert disabled == OFF, disabled
    async with check("values come, and what is not measured is unknown"):
        await core.wait("binary_sensor.internet_connection", "on", 5)
        states = await core.states()
        expected = {
            "binary_sensor.network_internet_connected": "on",
            "binary_sensor.network_gateway": "on",
            "binary_sensor.internet_1_1_1_1": "on",
            "binary_sensor.network_dns": "unknown",
            "binary_sensor.network_ipv6": "unknown",
            "binary_sensor.network_problem": "off",
            "sensor.gateway_ip": "192.0.2.1",
            "sensor.success_rate_today": "unknown",
            "sensor.average_latency": "unknown",
            "sensor.network_status": "ok",
            "sensor.network_root_cause": "none",
            "sensor.network_fault_domain": "none",
            "sensor.last_outage_start": "unknown",
            "sensor.last_outage_duration": "unknown",
            "sensor.last_outage_charged": "unknown",
            "sensor.outages_today": "0",
        }
        found = {name: states[name]["state"] for name in expected}
        assert found == expected, {name: found[name] for name in found if found[name] != expected[name]}
    async with check("an outage shows at once, and its end is an event"):
        sink.tell("down 1.1.1.1")
        await core.wait("binary_sensor.internet_connection", "off", 2)
        states = await core.states()
        assert states["sensor.network_fault_domain"]["state"] == "access"
        assert states["sensor.network_status"]["state"] == "wan_down"
        assert states["binary_sensor.network_problem"]["attributes"]["fault_domain"] == "access"
        sink.tell("hosts 1.1.1.1")
        sink.event("a")
        await core.wait("binary_sensor.internet_connection", "on", 2)
        print(f"       event after {await wait_event(core, 'outage_ended', 2):.2f} s")
    for button, kind in (
        ("network_run_test", "test_finished"),
        ("network_analyze_logs", "analysis_finished"),
        ("network_check_gateway", "test_finished"),
    ):
        async with check(f"the button {button} reaches the program"):
            await core.press(button)
            await wait_event(core, kind, 5)
    return sink


async def failures(core: Core, broker: Broker, room: Room, sink: Sink) -> Sink:
    """Program, broker and core end and come back, in any order."""
    internet = "binary_sensor.internet_connection"
    async with check("kill -9 of the program shows within a second, and so does its return"):
        sink.kill()
        print(f"       unavailable after {await core.wait(internet, 'unavailable', 1):.2f} s")
        sink = Sink(room, broker)
        print(f"       on after {await core.wait(internet, 'on', 10):.2f} s")
    async with check("kill -9 of the broker, which forgets everything"):
        broker.end(signal.SIGKILL)
        await core.wait(internet, "unavailable", 20)
        broker.start()
        print(f"       on after {await core.wait(internet, 'on', 60):.2f} s")
    async with check("a restart of the core"):
        await core.stop()
        await core.start()
        await core.wait(internet, "on", 20)
        await wait_entities(core, PROMISED)
    async with check("the program dies while the broker is away and the core restarts"):
        broker.end(signal.SIGKILL)
        sink.kill()
        await core.stop()
        broker.start()
        await core.start()
        sink = Sink(room, broker)
        await core.wait(internet, "on", 60)
        await wait_entities(core, PROMISED)
    return sink


async def changes(core: Core, broker: Broker, room: Room, sink: Sink) -> None:
    """Far hosts, the form of discovery and the site change."""
    async with check("a far host that is gone leaves, a new one comes"):
        sink.tell("hosts 9.9.9.9")
        await wait_entities(core, after("9_9_9_9"))
        sink.tell("hosts 1.1.1.1")
        await wait_entities(core, PROMISED)
    async with check("a form of discovery follows the other, and names of the user stay"):
        fields = {"entity_id": "sensor.packet_loss", "name": "my loss"}
        await core.ws("config/entity_registry/update", **fields)
        watcher = Watcher(room, broker)
        for form in ("component", "device"):
            sink.stop()
            sink = Sink(room, broker, mqtt_discovery=form)
            gateway = "homeassistant/binary_sensor/netlog_home/gateway/config"
            device = "homeassistant/device/netlog_home/config"
            empty, full = (device, gateway) if form == "component" else (gateway, device)
            for _ in range(200):
                if watcher.last(empty) == "" and watcher.last(full):
                    break
                await asyncio.sleep(0.05)
            await asyncio.sleep(2)
            await wait_entities(core, PROMISED)
            await core.wait("binary_sensor.internet_connection", "on", 10)
            assert (await entities(core))["sensor.packet_loss"]["name"] == "my loss"
    async with check("a second line has ids of its own"):
        other = Sink(room, broker, site="site-a")
        second = {name.replace(".", ".site_a_", 1) for name in PROMISED}
        await wait_entities(core, {*PROMISED, *second})
        other.stop()
        other = Sink(room, broker, site="site-a", mqtt_discovery="off")
        await wait_entities(core, PROMISED)
        other.stop()
    async with check("the device leaves when discovery is switched off"):
        sink.stop()
        Sink(room, broker, mqtt_discovery="off")
        await wait_entities(core, [])
    async with check("the core complains of nothing"):
        output = (core.folder / "output").read_text()
        assert " INFO " in output and "homeassistant.components.mqtt" in output, "no log of the core"
        bad = [
            line
            for line in output.splitlines()
            if "mqtt" in line
            and (" ERROR " in line or " WARNING " in line)
            # Expected: the broker is killed, and messages of both forms meet while one follows the other.
            and not any(word in line for word in ("onnect", "conflict", "migrat", "Migrat", "cleanup"))
        ]
        assert not bad, json.dumps(bad, indent=1)


async def main(helper: str, mosquitto: Path) -> None:
    """Runs everything in one core."""
    make_network()
    with tempfile.TemporaryDirectory() as name:
        room = Room(helper, mosquitto, Path(name))
        core = Core(room.folder / "core")
        (core.folder / "configuration.yaml").write_text(CONFIGURATION)
        try:
            broker = Broker(room)
            print(f"       the core runs after {await core.start():.1f} s")
            await connect(core, broker)
            sink = await device_form(core, broker, room)
            sink = await failures(core, broker, room, sink)
            await changes(core, broker, room, sink)
        except Exception:
            traceback.print_exc()
            results.append("the run")
        finally:
            await core.close()
            room.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
    failed = sum(result is not None for result in results)
    word = "FAILED" if failed else "ok"
    print(f"test result: {word}. {len(results) - failed} passed; {failed} failed; 0 ignored")
    sys.exit(1 if failed or not results else 0)
