"""The command line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant

from custom_components.network_logging.cli import CliClient, find_program
from custom_components.network_logging.errors import (
    ConnectionFailed,
    DocumentError,
    ProgramMissing,
    Refused,
)

from .conftest import FakeFolder, SetUp
from .fake_server import ANALYSIS, DOWN, document, outage

FAULT = {key: value for key, value in DOWN.items() if key != "state"}
MINUTE = timedelta(minutes=1)


def stamp(ago: timedelta) -> str:
    """Returns a past time as the program writes it."""
    return (datetime.now(UTC) - ago).isoformat(timespec="milliseconds")


def say_state(folder: FakeFolder, name: str = "status.out", **changes: Any) -> None:
    """Sets the state that the program prints."""
    folder.write(name, json.dumps({**document(**changes), "pid": 1, "log_dir": "/logs"}))


def stopped(ago: timedelta, **changes: Any) -> dict[str, Any]:
    """Returns the state without a monitor, last tested some time ago."""
    return {
        "running": False,
        "state": "not_monitored",
        "not_monitored_reason": "not_running",
        "started": None,
        "last_check": stamp(ago),
        **changes,
    }


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Returns the state of an entity, None if there is no such entity."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state


@pytest.mark.parametrize("place", ["netlog", "target/release/netlog", "bin/netlog"])
def test_places_of_the_program(tmp_path: Path, place: str) -> None:
    program = tmp_path / place
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_program(str(tmp_path)) == (program, tmp_path)
    assert find_program(str(program)) == (program, program.parent)


def test_what_may_not_be_executed_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "netlog").write_text("text")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/netlog").mkdir()
    with pytest.raises(ProgramMissing):
        find_program(str(tmp_path))


async def test_the_state_of_a_running_monitor(folder: FakeFolder) -> None:
    say_state(folder)
    assert (await CliClient(str(folder.path), MINUTE).state()).internet_ok is True
    assert folder.calls == ["status --json"]


async def test_an_outage_is_no_failure(folder: FakeFolder) -> None:
    say_state(folder, **DOWN)
    folder.write("status.code", "1")
    assert (await CliClient(str(folder.path), MINUTE).state()).internet_ok is False


async def test_without_a_monitor_the_line_is_tested(folder: FakeFolder) -> None:
    say_state(folder, **stopped(MINUTE))
    say_state(folder, "status.after", **stopped(timedelta(0), **FAULT))
    found = await CliClient(str(folder.path), MINUTE).state()
    assert found.internet_ok is False
    assert folder.calls == ["status --json", "once --json", "status --json"]


async def test_a_test_of_late_is_not_repeated(folder: FakeFolder) -> None:
    say_state(folder, **stopped(timedelta(seconds=30)))
    await CliClient(str(folder.path), MINUTE).state()
    assert folder.calls == ["status --json"]


async def test_the_first_test_of_a_new_folder(folder: FakeFolder) -> None:
    folder.write("status.code", "2")
    folder.write("status.err", "netlog: there is no log yet")
    say_state(folder, "status.after", **stopped(timedelta(0)))
    assert (await CliClient(str(folder.path), MINUTE).state()).gateway_ok is True


async def test_a_monitor_that_never_measured(folder: FakeFolder) -> None:
    say_state(folder, **{**stopped(MINUTE), "last_check": None})
    await CliClient(str(folder.path), MINUTE).state()
    assert "once --json" in folder.calls


@pytest.mark.parametrize("output", ["", "text", "[]"])
async def test_output_that_is_no_state(folder: FakeFolder, output: str) -> None:
    folder.write("status.out", output)
    with pytest.raises(DocumentError):
        await CliClient(str(folder.path), MINUTE).state()


async def test_a_failure_tells_the_last_line(folder: FakeFolder) -> None:
    folder.write("status.code", "2")
    folder.write("once.code", "2")
    folder.write("once.err", "netlog: first\nnetlog: nothing could be measured\n")
    with pytest.raises(Refused) as caught:
        await CliClient(str(folder.path), MINUTE).state()
    detail = "netlog: nothing could be measured"
    assert caught.value.translation_placeholders == {"detail": detail}
    (folder.path / "once.err").unlink()
    with pytest.raises(Refused) as caught:
        await CliClient(str(folder.path), MINUTE).state()
    assert caught.value.translation_placeholders == {"detail": "exit code 2"}


async def test_a_program_that_hangs_is_killed(folder: FakeFolder) -> None:
    folder.write("status.pid", "")
    with (
        patch("custom_components.network_logging.cli.ANSWER_TIMEOUT", 0.5),
        pytest.raises(ConnectionFailed) as caught,
    ):
        await CliClient(str(folder.path), MINUTE).state()
    assert caught.value.translation_placeholders == {"detail": "no answer within 0.5 s"}
    pid = int((folder.path / "status.pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_program_that_cannot_start(folder: FakeFolder) -> None:
    folder.program.write_bytes(b"\x00\x01")
    with pytest.raises(ConnectionFailed):
        await CliClient(str(folder.path), MINUTE).state()


async def test_nothing_is_pushed(folder: FakeFolder) -> None:
    client = CliClient(str(folder.path), MINUTE)
    assert [event async for event in client.events()] == []


async def test_entities(hass: HomeAssistant, folder: FakeFolder, set_up: SetUp) -> None:
    say_state(folder)
    entry = await set_up({"project_path": str(folder.path)})
    assert entry.state is ConfigEntryState.LOADED
    assert state(hass, "binary_sensor.internet_connection") == "on"
    assert state(hass, "sensor.average_latency") == "13.4"
    folder.write("status.code", "2")
    folder.write("once.code", "2")
    await entry.runtime_data.async_refresh()
    assert state(hass, "binary_sensor.internet_connection") == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (stopped(timedelta(0)), "on"),
        (stopped(timedelta(seconds=40)), "on"),
        (stopped(timedelta(minutes=10)), STATE_UNKNOWN),
        (stopped(timedelta(0), last_check=None), STATE_UNKNOWN),
        (stopped(timedelta(0), not_monitored_reason="paused"), STATE_UNKNOWN),
    ],
)
async def test_a_test_of_late_is_the_present_state(
    hass: HomeAssistant,
    folder: FakeFolder,
    set_up: SetUp,
    changes: dict[str, Any],
    expected: str,
) -> None:
    say_state(folder, **changes)
    await set_up({"project_path": str(folder.path)}, {"scan_interval": 60})
    assert state(hass, "binary_sensor.internet_connection") == expected


async def test_events_between_two_polls(
    hass: HomeAssistant, folder: FakeFolder, set_up: SetUp
) -> None:
    say_state(folder)
    entry = await set_up({"project_path": str(folder.path)})
    told: list[tuple[str, Any]] = []
    entry.runtime_data.async_add_event_listener(
        lambda kind, attributes: told.append((kind, attributes.get("fault_domain")))
    )
    start = "2026-11-29T01:00:00.000Z"
    say_state(folder, **DOWN, outage={"start": start, "duration_s": 3, "fault_domain": "isp"})
    await entry.runtime_data.async_refresh()
    say_state(folder, last_outage=outage(start, "2026-11-29T01:01:34.200Z"))
    await entry.runtime_data.async_refresh()
    await entry.runtime_data.async_refresh()
    assert told == [("outage_started", "isp"), ("outage_ended", "access")]


async def test_actions(hass: HomeAssistant, folder: FakeFolder, set_up: SetUp) -> None:
    say_state(folder)
    folder.write("analyze.out", json.dumps(ANALYSIS))
    folder.write("analyze.code", "1")
    entry = await set_up({"project_path": str(folder.path)})
    told: list[tuple[str, Any]] = []
    entry.runtime_data.async_add_event_listener(lambda *event: told.append(event))
    say_state(folder, "status.after", **DOWN)

    async def call(action: str, **data: Any) -> Any:
        return await hass.services.async_call(
            "network_logging", action, data, blocking=True, return_response=True
        )

    fault = {
        "ok": False,
        "status": "wan_down",
        "root_cause": "transport",
        "fault_domain": "access",
    }
    assert await call("run_test") == fault
    assert state(hass, "binary_sensor.internet_connection") == "off"
    assert await call("analyze_logs", **{"from": "2026-11-01", "to": "2026-12-01"}) == ANALYSIS
    assert folder.calls[-1] == "analyze --json --from 2026-11-01 --to 2026-12-01"
    assert await call("analyze_logs") == ANALYSIS
    assert folder.calls[-1] == "analyze --json --last 7d"
    period = ANALYSIS["period"]
    figures = {"period": period, "availability_pct": 99.5, "outages": 1}
    assert told == [
        ("test_finished", fault),
        ("analysis_finished", figures),
        ("analysis_finished", figures),
    ]
    folder.write("analyze.out", "{}")
    assert await call("analyze_logs") == {}
    await asyncio.sleep(0)
