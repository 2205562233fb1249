"""Repair issues and diagnostics."""

from __future__ import annotations

from datetime import timedelta
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.network_logging.const import DOMAIN

from .conftest import Eventually, FakeFolder, SetUp
from .fake_server import FakeProgram, document
from .test_cli import say_state, stopped


def issues(hass: HomeAssistant) -> dict[str, Any]:
    """Returns the issues by their translation key, with their placeholders."""
    found = ir.async_get(hass).issues.values()
    return {
        str(issue.translation_key): issue.translation_placeholders
        for issue in found
        if issue.domain == DOMAIN
    }


async def test_no_issue_while_all_is_well(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url})
    assert issues(hass) == {}


async def test_a_monitor_that_does_not_run(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    entry = await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(**stopped(timedelta(0)))
    await eventually(lambda: issues(hass) == {"monitor_not_running": {"name": "Network"}})
    program.push(**document())
    await eventually(lambda: issues(hass) == {})
    program.push(**stopped(timedelta(0)))
    await eventually(lambda: bool(issues(hass)))
    await hass.config_entries.async_unload(entry.entry_id)
    assert issues(hass) == {}


async def test_no_permission(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    program.set(state="not_monitored", not_monitored_reason="no_permission")
    await set_up({"url": program.url})
    assert list(issues(hass)) == ["no_permission"]


async def test_targets_that_are_not_watched(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url}, {"targets": ["1.1.1.1", "192.0.2.1", "192.0.2.2"]})
    assert issues(hass) == {
        "targets_not_watched": {"name": "Network", "targets": "192.0.2.1, 192.0.2.2"}
    }


async def test_the_command_line_needs_no_monitor(
    hass: HomeAssistant, folder: FakeFolder, set_up: SetUp
) -> None:
    say_state(folder, **stopped(timedelta(0)))
    await set_up({"project_path": str(folder.path)})
    assert issues(hass) == {}


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ((200, json.dumps(document(version=9)).encode()), "unsupported_version"),
        ((200, json.dumps(document(site="office")).encode()), "other_site"),
        ((421, b""), "host_refused"),
    ],
)
async def test_errors_that_do_not_pass(
    hass: HomeAssistant,
    program: FakeProgram,
    set_up: SetUp,
    answer: tuple[int, bytes],
    key: str,
) -> None:
    program.answers["/api/v1/state"] = answer
    entry = await set_up({"url": program.url})
    assert list(issues(hass)) == [key]
    del program.answers["/api/v1/state"]
    await hass.config_entries.async_reload(entry.entry_id)
    assert issues(hass) == {}


async def test_a_program_that_is_missing(
    hass: HomeAssistant, folder: FakeFolder, set_up: SetUp
) -> None:
    folder.program.unlink()
    await set_up({"project_path": str(folder.path)})
    path = str(folder.path)
    assert issues(hass) == {"program_missing": {"name": "Network", "path": path}}


@pytest.mark.usefixtures("short_pauses")
async def test_the_stream_raises_issues_too(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    await set_up({"url": program.url})
    await eventually(lambda: program.streams == 1)
    program.push(version=2)
    await eventually(
        lambda: issues(hass) == {"unsupported_version": {"name": "Network", "version": "2"}}
    )


async def test_diagnostics_name_no_address(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    program: FakeProgram,
    set_up: SetUp,
) -> None:
    program.set(log_dir="/home/alice/logs", site="home")
    program.token = "secret"
    await async_setup_component(hass, "diagnostics", {})
    entry = await set_up({"url": program.url, "token": "secret"}, {"targets": ["1.1.1.1"]})
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["state"]["status"] == "ok"
    assert found["pushed"] is True
    assert found["last_error"] is None
    text = json.dumps(found)
    for secret in ("secret", "127.0.0.1", "192.168", "1.1.1.1", "1_1_1_1", "alice", "home"):
        assert secret not in text.replace('"home"', ""), secret


async def test_diagnostics_of_the_command_line(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    folder: FakeFolder,
    set_up: SetUp,
) -> None:
    say_state(folder)
    await async_setup_component(hass, "diagnostics", {})
    entry = await set_up({"project_path": str(folder.path)})
    folder.write("status.code", "7")
    folder.write("once.code", "7")
    await entry.runtime_data.async_refresh()
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert str(folder.path) not in json.dumps(found)
    assert (found["available"], found["last_error"]) == (False, "UpdateFailed")
