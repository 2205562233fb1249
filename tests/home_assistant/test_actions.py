"""Actions and buttons by the local API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.network_logging.const import DOMAIN

from .conftest import Eventually, SetUp
from .fake_server import ANALYSIS, DOWN, FakeProgram


async def call(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Calls an action and returns its response."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )


async def press(hass: HomeAssistant, button: str) -> None:
    """Presses a button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": f"button.{button}"}, blocking=True
    )


async def test_run_test(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    await set_up({"url": program.url})
    program.set(**DOWN)
    assert await call(hass, "run_test") == {
        "ok": False,
        "status": "wan_down",
        "root_cause": "transport",
        "fault_domain": "access",
    }
    state = hass.states.get("binary_sensor.internet_connection")
    assert state is not None
    assert state.state == "off"


async def test_check_gateway(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    await set_up({"url": program.url})
    assert await call(hass, "check_gateway") == {
        "gateway_ok": True,
        "gateway_ip": "192.168.1.1",
        "gateway_ms": 1.2,
    }
    assert program.tests == 1


@pytest.mark.parametrize(
    ("data", "scope"),
    [
        ({}, {"last": "7d"}),
        ({"last": "24h"}, {"last": "24h"}),
        ({"last": "4w"}, {"last": "4w"}),
        ({"from": "2026-11-01"}, {"from": "2026-11-01"}),
        ({"from": date(2026, 11, 1)}, {"from": "2026-11-01"}),
        # The tests' core is in California.
        ({"to": datetime(2026, 11, 1, 8, 30)}, {"to": "2026-11-01T08:30:00-08:00"}),
        ({"to": "2026-10-01 08:30"}, {"to": "2026-10-01T08:30:00-07:00"}),
        (
            {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00+01:00"},
            {"from": "2026-11-01T00:00:00+00:00", "to": "2026-11-02T00:00:00+01:00"},
        ),
    ],
)
async def test_analyze_logs(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    data: dict[str, Any],
    scope: dict[str, str],
) -> None:
    await set_up({"url": program.url})
    assert await call(hass, "analyze_logs", **data) == ANALYSIS
    assert program.scopes == [scope]


@pytest.mark.parametrize(
    "data",
    [
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"to": 7},
        {"last": "--help"}, {"last": "0d"}, {"last": "7"}, {"last": "9s"},
        {"hours": 3},
    ],
)
async def test_wrong_periods(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, data: dict[str, Any]
) -> None:
    await set_up({"url": program.url})
    with pytest.raises(vol.Invalid):
        await call(hass, "analyze_logs", **data)
    assert program.scopes == []


async def test_two_periods(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    await set_up({"url": program.url})
    with pytest.raises(ServiceValidationError, match="from and to"):
        await call(hass, "analyze_logs", last="7d", to="2026-11-01")


async def test_buttons(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    await press(hass, "network_run_test")
    await press(hass, "network_check_gateway")
    assert program.tests == 2
    event = "event.network_outage"
    await eventually(lambda: _type(hass, event) == "test_finished")
    await press(hass, "network_analyze_logs")
    assert program.scopes == [{"last": "7d"}]
    await eventually(lambda: _type(hass, event) == "analysis_finished")


def _type(hass: HomeAssistant, entity_id: str) -> Any:
    state = hass.states.get(entity_id)
    return None if state is None else state.attributes.get("event_type")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((409, b'{"error":"a test is running"}'), "A test is running"),
        ((503, b'{"error":"no monitor","remedy":"start it"}'), "no monitor: start it"),
        ((401, b""), "token"),
        ((500, b"x"), "HTTP 500"),
    ],
)
async def test_a_refused_action_says_why(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    answer: tuple[int, bytes],
    words: str,
) -> None:
    await set_up({"url": program.url})
    program.answers["/api/v1/test"] = answer
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "network_run_test")
    assert words in str(caught.value)


async def test_which_line_is_meant(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    office, shop = FakeProgram(site="office"), FakeProgram(site="shop")
    await office.start()
    await shop.start()
    try:
        of_office = await set_up({"url": office.url}, unique_id="office")
        await call(hass, "run_test")
        assert office.tests == 1
        of_shop = await set_up({"url": shop.url}, unique_id="shop")
        with pytest.raises(ServiceValidationError, match="Several"):
            await call(hass, "run_test")
        await call(hass, "run_test", config_entry_id=of_shop.entry_id)
        assert shop.tests == 1
        await set_up({"url": program.url})
        await call(hass, "run_test")
        assert program.tests == 1
        await hass.config_entries.async_unload(of_office.entry_id)
        with pytest.raises(ServiceValidationError, match="not loaded"):
            await call(hass, "run_test", config_entry_id=of_office.entry_id)
        with pytest.raises(ServiceValidationError, match="no such entry"):
            await call(hass, "run_test", config_entry_id="x")
    finally:
        await office.stop()
        await shop.stop()


async def test_no_line(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    await program.stop()
    await set_up({"url": program.url})
    with pytest.raises(ServiceValidationError, match="No entry"):
        await call(hass, "run_test")
