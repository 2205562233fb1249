"""Set-up, push, loss and return of the program."""

from __future__ import annotations

import asyncio
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util

from custom_components.network_logging.const import DOMAIN

from .conftest import Eventually, SetUp
from .fake_server import DOWN, FakeProgram, document, outage, target

PROMISED = {
    "binary_sensor.network_gateway": "on",
    "binary_sensor.internet_connection": "on",
    "binary_sensor.network_internet_connected": "on",
    "binary_sensor.network_dns": "on",
    "binary_sensor.network_ipv6": STATE_UNKNOWN,
    "binary_sensor.network_problem": "off",
    "binary_sensor.internet_1_1_1_1": "on",
    "binary_sensor.internet_8_8_8_8": "on",
    "sensor.gateway_ip": "192.168.1.1",
    "sensor.success_rate_today": "99.18",
    "sensor.average_latency": "13.4",
    "sensor.packet_loss": "0.0",
    "sensor.network_status": "ok",
    "sensor.network_root_cause": "none",
    "sensor.network_fault_domain": "none",
    "sensor.last_outage_start": STATE_UNKNOWN,
    "sensor.last_outage_duration": STATE_UNKNOWN,
    "sensor.last_outage_charged": STATE_UNKNOWN,
    "sensor.outages_today": "2",
    "button.network_run_test": STATE_UNKNOWN,
    "button.network_analyze_logs": STATE_UNKNOWN,
    "button.network_check_gateway": STATE_UNKNOWN,
    "event.network_outage": STATE_UNKNOWN,
}


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Returns the state of an entity, None if there is no such entity."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state


async def test_every_promised_entity(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": program.url})
    assert entry.state is ConfigEntryState.LOADED
    assert {item.entity_id: item.state for item in hass.states.async_all()} == PROMISED


async def test_entities_off_by_default(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url})
    registry = er.async_get(hass)
    disabled = {item.entity_id for item in registry.entities.values() if item.disabled}
    assert disabled == {
        "sensor.network_last_check",
        "sensor.internet_1_1_1_1_latency",
        "sensor.internet_8_8_8_8_latency",
    }


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_values_of_entities_off_by_default(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    program.set(last_check="2026-11-29T00:59:41.000Z")
    await set_up({"url": program.url})
    assert state(hass, "sensor.network_last_check") == "2026-11-29T00:59:41+00:00"
    assert state(hass, "sensor.internet_1_1_1_1_latency") == "12.1"


async def test_the_device(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    await set_up({"url": program.url})
    device = dr.async_get(hass).async_get_device({(DOMAIN, "home")})
    assert device is not None
    assert (device.name, device.sw_version) == ("Network", "0.1.0")


async def test_names_are_translated(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url})
    names = {
        entity_id: item.name
        for entity_id in PROMISED
        if (item := hass.states.get(entity_id)) is not None
    }
    assert names["binary_sensor.internet_connection"] == "Network Internet connection"
    assert names["binary_sensor.internet_1_1_1_1"] == "Network Internet 1.1.1.1"
    assert names["button.network_run_test"] == "Network Run test"


async def test_another_site_has_its_own_ids(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    office = FakeProgram(site="Büro 2")
    await office.start()
    try:
        await set_up({"url": program.url})
        await set_up({"url": office.url}, unique_id="buro_2", title="Network (Büro 2)")
        assert state(hass, "sensor.gateway_ip") == "192.168.1.1"
        assert state(hass, "sensor.buro_2_gateway_ip") == "192.168.1.1"
        assert state(hass, "binary_sensor.buro_2_internet_1_1_1_1") == "on"
        assert not [item for item in hass.states.async_entity_ids() if item.endswith("ip_2")]
        device = dr.async_get(hass).async_get_device({(DOMAIN, "buro_2")})
        assert device is not None
        assert device.name == "Network (Büro 2)"
    finally:
        await office.stop()


async def test_an_outage_is_pushed(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(**DOWN)
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == "off")
    assert state(hass, "binary_sensor.network_internet_connected") == "off"
    assert state(hass, "binary_sensor.internet_1_1_1_1") == "off"
    assert state(hass, "binary_sensor.network_problem") == "on"
    assert state(hass, "sensor.network_fault_domain") == "access"
    assert state(hass, "sensor.network_status") == "wan_down"
    assert state(hass, "sensor.average_latency") == STATE_UNKNOWN


async def test_nothing_is_known_while_the_line_is_not_monitored(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(state="not_monitored", not_monitored_reason="paused")
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == STATE_UNKNOWN)
    assert state(hass, "sensor.network_status") == STATE_UNKNOWN
    assert state(hass, "binary_sensor.internet_1_1_1_1") == STATE_UNKNOWN
    assert state(hass, "sensor.gateway_ip") == "192.168.1.1"
    assert state(hass, "sensor.outages_today") == "2"


async def test_an_unknown_status_is_neither_problem_nor_fault(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    program.set(status="unknown", root_cause="unknown")
    await set_up({"url": program.url})
    assert state(hass, "binary_sensor.network_problem") == STATE_UNKNOWN
    assert state(hass, "sensor.network_fault_domain") == STATE_UNKNOWN
    assert state(hass, "sensor.network_status") == "unknown"


async def test_targets_come_and_go(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    registry = er.async_get(hass)
    await eventually(lambda: program.streams == 1)
    program.push(targets=[target("1.1.1.1"), target("2001:db8::1")])
    await eventually(lambda: state(hass, "binary_sensor.internet_2001_db8_1") is not None)
    assert registry.async_get("binary_sensor.internet_8_8_8_8") is None
    assert registry.async_get("sensor.internet_8_8_8_8_latency") is None
    assert state(hass, "binary_sensor.internet_8_8_8_8") is None
    assert state(hass, "binary_sensor.internet_1_1_1_1") == "on"
    program.push(targets=[target("1.1.1.1"), target("8.8.8.8", False)])
    await eventually(lambda: state(hass, "binary_sensor.internet_8_8_8_8") == "off")
    assert registry.async_get("sensor.internet_8_8_8_8_latency") is not None


async def test_targets_stay_until_the_first_cycle(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(targets=[], last_check=None)
    await eventually(lambda: state(hass, "binary_sensor.internet_1_1_1_1") == STATE_UNKNOWN)
    assert er.async_get(hass).async_get("binary_sensor.internet_8_8_8_8") is not None


async def test_targets_that_went_while_home_assistant_was_down(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": program.url})
    await hass.config_entries.async_unload(entry.entry_id)
    program.set(targets=[target("1.1.1.1")])
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert er.async_get(hass).async_get("binary_sensor.internet_8_8_8_8") is None
    assert state(hass, "binary_sensor.internet_1_1_1_1") == "on"


async def test_only_wanted_targets(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url}, {"targets": ["8.8.8.8"]})
    assert state(hass, "binary_sensor.internet_8_8_8_8") == "on"
    assert state(hass, "binary_sensor.internet_1_1_1_1") is None


@pytest.mark.usefixtures("short_pauses")
async def test_a_killed_program_is_unavailable_at_once_and_comes_back(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    eventually: Eventually,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    loop = asyncio.get_running_loop()
    await program.stop()
    killed = loop.time()
    unavailable = [entity_id for entity_id in PROMISED]
    await eventually(
        lambda: all(state(hass, entity_id) == STATE_UNAVAILABLE for entity_id in unavailable)
    )
    assert loop.time() - killed < 1
    await asyncio.sleep(0.3)
    complaints = [line for line in caplog.messages if "Network data" in line]
    assert len(complaints) == 1, caplog.messages
    await program.start()
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == "on")
    assert "Connection to Network is back" in caplog.messages


async def test_a_poll_that_succeeds_opens_the_stream_again(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    eventually: Eventually,
) -> None:
    base = "custom_components.network_logging.coordinator"
    with patch(f"{base}.RECONNECT_FIRST", timedelta(hours=1)):
        entry = await set_up({"url": program.url})
        await eventually(lambda: program.streams == 1)
        await program.stop()
        await eventually(
            lambda: state(hass, "binary_sensor.internet_connection") == STATE_UNAVAILABLE
        )
        await program.start()
        await entry.runtime_data.async_refresh()
        assert state(hass, "binary_sensor.internet_connection") == "on"
        await eventually(lambda: program.streams == 1)


async def test_the_safety_poll(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    eventually: Eventually,
) -> None:
    await set_up({"url": program.url}, {"scan_interval": 30})
    await eventually(lambda: program.streams == 1)
    program.set(**DOWN)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=32))
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == "off")


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize(
    "chunk",
    [
        b"event: state\ndata: no json\n\n",
        b"event: state\ndata: " + b"[" * 100_000 + b"\n\n",
        b"event: state\ndata: {}\n\n",
        b"event: outage_ended\ndata: []\n\n",
        b"event: outage_ended\ndata: {}\n\n",
        b"data: " + b"x" * (1 << 20) + b"xx",
        b"",
    ],
)
async def test_a_malformed_stream_is_opened_again(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    eventually: Eventually,
    chunk: bytes,
) -> None:
    entry = await set_up({"url": program.url})
    seen: list[bool] = []
    entry.runtime_data.async_add_listener(
        lambda: seen.append(entry.runtime_data.last_update_success)
    )
    await eventually(lambda: program.streams == 1)
    program.write(chunk)
    await eventually(lambda: False in seen and entry.runtime_data.last_update_success)
    assert state(hass, "binary_sensor.internet_connection") == "on"


@pytest.mark.usefixtures("short_pauses")
async def test_what_is_no_stream(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    program.stream_type = "text/plain"
    await set_up({"url": program.url})
    await eventually(
        lambda: state(hass, "binary_sensor.internet_connection") == STATE_UNAVAILABLE
    )


async def test_unknown_events_are_ignored(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.emit("novelty", "?")
    program.push(**DOWN)
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == "off")


async def test_a_program_that_does_not_run_is_tried_again(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await program.stop()
    entry = await set_up({"url": program.url})
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await program.start()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "answer",
    [(200, b"no json"), (200, b"[]"), (200, b"{}"), (503, b"busy"), (500, b'{"error":"broken"}')],
)
async def test_a_wrong_answer_is_tried_again(
    program: FakeProgram, set_up: SetUp, answer: tuple[int, bytes]
) -> None:
    program.answers["/api/v1/state"] = answer
    entry = await set_up({"url": program.url})
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_an_answer_without_end_is_refused(program: FakeProgram, set_up: SetUp) -> None:
    program.answers["/api/v1/state"] = (200, b" " * 2000)
    with patch("custom_components.network_logging.client.MAX_ANSWER_BYTES", 1000):
        entry = await set_up({"url": program.url})
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason is not None
    assert "not from Network Logging" in entry.reason


async def test_the_token_goes_in_the_header(set_up: SetUp) -> None:
    program = FakeProgram(token="secret")
    await program.start()
    try:
        entry = await set_up({"url": program.url, "token": "secret"})
        assert entry.state is ConfigEntryState.LOADED
    finally:
        await program.stop()


async def test_a_wrong_token_at_the_start(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    program.token = "secret"
    entry = await set_up({"url": program.url, "token": "old"})
    assert entry.state is ConfigEntryState.SETUP_ERROR
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


@pytest.mark.usefixtures("short_pauses")
async def test_a_token_that_is_changed_while_running(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url, "token": "old"})
    await eventually(lambda: program.streams == 1)
    program.token = "new"
    await program.stop()
    await program.start()
    await eventually(lambda: bool(hass.config_entries.flow.async_progress()))
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    assert state(hass, "sensor.gateway_ip") == STATE_UNAVAILABLE


@pytest.mark.usefixtures("short_pauses")
async def test_a_program_that_became_another_site(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(site="office")
    await eventually(
        lambda: state(hass, "binary_sensor.internet_connection") == STATE_UNAVAILABLE
    )
    program.push(site="home")
    await eventually(lambda: state(hass, "binary_sensor.internet_connection") == "on")


async def test_unloading_closes_the_stream(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    entry = await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await eventually(lambda: program.streams == 0)
    assert state(hass, "sensor.gateway_ip") == STATE_UNAVAILABLE
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert state(hass, "sensor.gateway_ip") is None


EVENT = "event.network_outage"


def event(hass: HomeAssistant) -> dict[str, Any]:
    """Returns the attributes of the event entity."""
    found = hass.states.get(EVENT)
    assert found is not None
    return dict(found.attributes)


async def test_events_of_the_stream(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    start = "2026-11-29T01:00:00.000Z"
    open_outage = {"start": start, "duration_s": 10.0, "fault_domain": "access"}
    told = {"event_type": "outage_started", "time": start, "outage": open_outage}
    program.emit("outage_started", told)
    await eventually(lambda: event(hass).get("event_type") == "outage_started")
    assert event(hass)["fault_domain"] == "access"
    ended = outage(start, "2026-11-29T01:01:34.200Z")
    program.emit("outage_ended", {"event_type": "outage_ended", "time": start, "outage": ended})
    await eventually(lambda: event(hass).get("event_type") == "outage_ended")
    assert (event(hass)["duration_s"], event(hass)["charged"]) == (94.2, "provider")
    program.emit("test_finished", {"result": {"ok": False, "status": "wan_down"}})
    await eventually(lambda: event(hass).get("event_type") == "test_finished")
    assert event(hass)["ok"] is False
    program.emit("analysis_finished", {"event_type": "analysis_finished"})
    await eventually(lambda: event(hass).get("event_type") == "analysis_finished")


async def test_each_outage_is_told_once(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    entry = await set_up({"url": program.url})
    told: list[str] = []
    entry.runtime_data.async_add_event_listener(lambda kind, _: told.append(kind))
    await eventually(lambda: program.streams == 1)
    start = "2026-11-29T01:00:00.000Z"
    open_outage = {"start": start, "duration_s": 10.0, "fault_domain": "access"}
    for _ in range(2):
        program.push(**DOWN, outage=open_outage)
        program.emit("outage_started", {"outage": open_outage})
    ended = outage(start, "2026-11-29T01:01:34.200Z")
    for _ in range(2):
        program.emit("outage_ended", {"outage": ended})
        program.push(**document(last_outage=ended))
    program.push(status="unknown")
    await eventually(lambda: state(hass, "sensor.network_status") == "unknown")
    assert told == ["outage_started", "outage_ended"]


@pytest.mark.usefixtures("short_pauses")
async def test_an_outage_that_ended_while_the_stream_was_broken_is_told(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    await program.stop()
    program.set(last_outage=outage("2026-11-29T01:00:00.000Z", "2026-11-29T01:01:34.200Z"))
    await program.start()
    await eventually(lambda: event(hass).get("event_type") == "outage_ended")
    assert event(hass)["charged"] == "provider"
    assert state(hass, "sensor.last_outage_start") == "2026-11-29T01:00:00+00:00"
    assert state(hass, "sensor.last_outage_duration") == "94.2"
    assert state(hass, "sensor.last_outage_charged") == "provider"


async def test_an_outage_of_the_past_is_not_told_at_the_start(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    program.set(last_outage=outage("2026-11-29T01:00:00.000Z", "2026-11-29T01:01:34.200Z"))
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    assert state(hass, EVENT) == STATE_UNKNOWN
