"""Set-up by hand, by YAML and by discovery; reauth, reconfigure and options."""

from __future__ import annotations

from ipaddress import ip_address
import json
from typing import Any
from unittest.mock import patch

import pytest

from homeassistant.config_entries import (
    SOURCE_IMPORT,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
try:
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
except ImportError:  # before 2025.2
    from homeassistant.components.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component

from custom_components.network_logging.client import parse_url
from custom_components.network_logging.const import DOMAIN

from .conftest import Eventually, FakeFolder, SetUp
from .fake_server import FakeProgram, document
from .test_cli import say_state

Result = Any


async def choose(hass: HomeAssistant, kind: str) -> Result:
    """Starts the flow of a user and chooses the kind of access."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.MENU
    return await answer(hass, result, {"next_step_id": kind})


async def answer(hass: HomeAssistant, result: Result, user_input: dict[str, Any]) -> Result:
    """Fills in a form."""
    result = await hass.config_entries.flow.async_configure(result["flow_id"], user_input)
    await hass.async_block_till_done(wait_background_tasks=False)
    return result


async def unload(hass: HomeAssistant) -> None:
    """Unloads every entry that a flow made."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        (" 192.0.2.7:8787 ", "http://192.0.2.7:8787"),
        ("https://a.example/api/v1/state?x=1", "https://a.example"),
        ("http://[::1]:8787/", "http://[::1]:8787"),
        ("", None),
        ("ftp://a.example", None),
        ("http://user:pass@a.example", None),
        ("http://a.example:99999", None),
        ("http://", None),
    ],
)
def test_addresses(text: str, url: str | None) -> None:
    found = parse_url(text)
    assert (None if found is None else str(found)) == url


async def test_the_local_api(hass: HomeAssistant, program: FakeProgram) -> None:
    program.token = "secret"
    result = await choose(hass, "http")
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "http")
    result = await answer(hass, result, {"url": program.url + "/", "token": "secret"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (result["title"], result["result"].unique_id) == ("Network", "home")
    assert result["data"] == {"url": program.url, "token": "secret"}
    assert result["result"].state is ConfigEntryState.LOADED
    await unload(hass)


async def test_another_site(hass: HomeAssistant, program: FakeProgram) -> None:
    program.set(site="Office")
    result = await answer(hass, await choose(hass, "http"), {"url": program.url})
    assert (result["title"], result["result"].unique_id) == ("Network (Office)", "office")
    assert result["data"] == {"url": program.url}
    await unload(hass)


async def test_the_command_line(hass: HomeAssistant, folder: FakeFolder) -> None:
    say_state(folder)
    result = await answer(hass, await choose(hass, "cli"), {"project_path": str(folder.path)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {"project_path": str(folder.path)}
    await unload(hass)


async def test_errors_of_the_address_can_be_corrected(
    hass: HomeAssistant, program: FakeProgram
) -> None:
    result = await choose(hass, "http")
    result = await answer(hass, result, {"url": "ftp://x"})
    assert result["errors"] == {"url": "invalid_url"}
    port = program.port
    await program.stop()
    result = await answer(hass, result, {"url": program.url})
    assert result["errors"] == {"base": "cannot_connect"}
    assert str(port) in result["description_placeholders"]["detail"]
    program.token = "secret"
    await program.start()
    result = await answer(hass, result, {"url": program.url})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await answer(hass, result, {"url": program.url, "token": "secret"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, document(version=2), "unsupported_version"),
        (200, {}, "invalid_document"),
        (302, {}, "refused"),
        (421, {"error": "host"}, "host_refused"),
        (503, {"error": "starting", "remedy": "wait"}, "refused"),
    ],
)
async def test_answers_of_the_program(
    hass: HomeAssistant, program: FakeProgram, status: int, body: dict[str, Any], error: str
) -> None:
    program.answers["/api/v1/state"] = (status, json.dumps(body).encode())
    result = await answer(hass, await choose(hass, "http"), {"url": program.url})
    assert result["errors"] == {"base": error}
    if status == 503:
        assert result["description_placeholders"]["detail"] == "starting: wait"
    del program.answers["/api/v1/state"]
    result = await answer(hass, result, {"url": program.url})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await unload(hass)


async def test_an_unexpected_error(hass: HomeAssistant, program: FakeProgram) -> None:
    result = await choose(hass, "http")
    with patch(
        "custom_components.network_logging.client.HttpClient.state", side_effect=KeyError
    ):
        result = await answer(hass, result, {"url": program.url})
    assert result["errors"] == {"base": "unknown"}


async def test_a_folder_without_the_program(hass: HomeAssistant, folder: FakeFolder) -> None:
    folder.program.unlink()
    result = await answer(hass, await choose(hass, "cli"), {"project_path": str(folder.path)})
    assert result["errors"] == {"base": "program_missing"}


async def test_a_site_is_set_up_once(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url})
    result = await answer(hass, await choose(hass, "http"), {"url": program.url})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


# -- configuration.yaml --------------------------------------------------------------------------


async def test_yaml_with_the_folder(hass: HomeAssistant, folder: FakeFolder) -> None:
    say_state(folder)
    yaml = {"project_path": str(folder.path), "scan_interval": 60, "targets": ["1.1.1.1"]}
    assert await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})
    await hass.async_block_till_done(wait_background_tasks=False)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert (entry.source, entry.state) == (SOURCE_IMPORT, ConfigEntryState.LOADED)
    assert entry.data == {"project_path": str(folder.path)}
    assert entry.options == {"scan_interval": 60, "targets": ["1.1.1.1"]}
    assert hass.states.get("binary_sensor.internet_1_1_1_1") is not None
    assert hass.states.get("binary_sensor.internet_8_8_8_8") is None
    await unload(hass)


async def test_yaml_without_the_folder_means_this_computer(
    hass: HomeAssistant, program: FakeProgram
) -> None:
    base = "custom_components.network_logging.config_flow.DEFAULT_URL"
    with patch(base, program.url):
        yaml = {"scan_interval": 300, "targets": ["1.1.1.1", "8.8.8.8"]}
        assert await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})
        await hass.async_block_till_done(wait_background_tasks=False)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert (entry.unique_id, entry.data) == ("home", {"url": program.url})
    state = hass.states.get("binary_sensor.network_internet_connected")
    assert state is not None
    assert state.state == "on"
    await unload(hass)


@pytest.mark.parametrize("yaml", [None, {}, {"scan_interval": "00:01:00", "targets": "1.1.1.1"}])
async def test_short_yaml(hass: HomeAssistant, program: FakeProgram, yaml: Any) -> None:
    with patch("custom_components.network_logging.config_flow.DEFAULT_URL", program.url):
        assert await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})
        await hass.async_block_till_done(wait_background_tasks=False)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.options["scan_interval"] == 60
    await unload(hass)


@pytest.mark.parametrize(
    "yaml",
    [
        {"scan_interval": 5},
        {"scan_interval": "often"},
        {"project_path": ""},
        {"project_path": "/opt/netlog", "url": "http://127.0.0.1:8787"},
        {"unknown": 1},
    ],
)
async def test_wrong_yaml(hass: HomeAssistant, yaml: dict[str, Any]) -> None:
    assert not await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})


async def test_wrong_address_in_yaml(hass: HomeAssistant) -> None:
    yaml = {"url": "http://user:secret@a.example"}
    assert await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})
    await hass.async_block_till_done(wait_background_tasks=False)
    assert hass.config_entries.async_entries(DOMAIN) == []


async def test_yaml_before_the_program_runs(hass: HomeAssistant, program: FakeProgram) -> None:
    await program.stop()
    yaml = {"url": program.url, "scan_interval": 60, "targets": []}
    assert await async_setup_component(hass, DOMAIN, {DOMAIN: yaml})
    await hass.async_block_till_done(wait_background_tasks=False)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert (entry.state, entry.unique_id) == (ConfigEntryState.SETUP_RETRY, None)
    await program.start()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)
    assert (entry.state, entry.unique_id) == (ConfigEntryState.LOADED, "home")
    assert hass.states.get("binary_sensor.internet_connection") is not None
    await unload(hass)


async def test_changed_yaml_changes_its_entry(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    entry = await set_up(
        {"url": program.url}, {"scan_interval": 60, "targets": []}, source=SOURCE_IMPORT
    )
    for _ in range(2):
        result = await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_IMPORT},
            data={"url": program.url, "scan_interval": 90, "targets": ["8.8.8.8"]},
        )
        assert result["reason"] == "already_configured"
    assert entry.options == {"scan_interval": 90, "targets": ["8.8.8.8"]}
    await eventually(lambda: hass.states.get("binary_sensor.internet_1_1_1_1") is None)


async def test_yaml_of_a_site_that_was_set_up_by_hand(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await set_up({"url": program.url})
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IMPORT},
        data={"url": program.url, "scan_interval": 60, "targets": []},
    )
    assert result["reason"] == "already_configured"


# -- discovery -----------------------------------------------------------------------------------


def announcement(port: int | None, site: str = "home", host: str = "127.0.0.1") -> Any:
    """Returns what a program announces by mDNS."""
    return ZeroconfServiceInfo(
        ip_address=ip_address(host),
        ip_addresses=[ip_address(host)],
        port=port,
        hostname="netlog.local.",
        type="_netlog._tcp.local.",
        name=f"{site}._netlog._tcp.local.",
        properties={"site": site, "version": "0.1.0", "path": "/api/v1"},
    )


async def discover(hass: HomeAssistant, info: Any) -> Result:
    """Starts the flow of a discovery."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info
    )


async def test_discovery(hass: HomeAssistant, program: FakeProgram) -> None:
    program.token = "secret"
    program.set(site="Office")
    result = await discover(hass, announcement(program.port, "Office"))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "discovery_confirm")
    assert result["description_placeholders"]["url"] == program.url
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["title_placeholders"] == {"name": "Network (Office)"}
    result = await answer(hass, result, {"token": "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await answer(hass, result, {"token": "secret"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {"url": program.url, "token": "secret"}
    assert result["result"].unique_id == "office"
    await unload(hass)


async def test_discovery_by_ipv6(hass: HomeAssistant) -> None:
    result = await discover(hass, announcement(8787, host="2001:db8::1"))
    assert result["description_placeholders"]["url"] == "http://[2001:db8::1]:8787"


async def test_discovery_without_a_port(hass: HomeAssistant) -> None:
    result = await discover(hass, announcement(None))
    assert result["reason"] == "invalid_url"


async def test_discovery_updates_a_discovered_address(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": "http://127.0.0.1:1"}, source=SOURCE_ZEROCONF)
    result = await discover(hass, announcement(program.port))
    assert result["reason"] == "already_configured"
    assert entry.data["url"] == program.url
    await hass.async_block_till_done(wait_background_tasks=False)


async def test_discovery_leaves_an_address_that_was_typed(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": program.url, "token": "secret"})
    result = await discover(hass, announcement(1))
    assert result["reason"] == "already_configured"
    assert entry.data["url"] == program.url


# -- corrections ---------------------------------------------------------------------------------


async def test_reauth(hass: HomeAssistant, program: FakeProgram, set_up: SetUp) -> None:
    program.token = "new"
    entry = await set_up({"url": program.url, "token": "old"})
    [flow] = hass.config_entries.flow.async_progress()
    result: Result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert result["step_id"] == "reauth_confirm"
    result = await answer(hass, result, {"token": "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await answer(hass, result, {"token": "new"})
    assert result["reason"] == "reauth_successful"
    assert entry.data == {"url": program.url, "token": "new"}
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_the_address(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": "http://127.0.0.1:1", "token": "old"})
    result: Result = await entry.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    result = await answer(hass, result, {"url": "http://127.0.0.1:1"})
    assert result["errors"] == {"base": "cannot_connect"}
    result = await answer(hass, result, {"url": program.url})
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {"url": program.url}
    assert entry.state is ConfigEntryState.LOADED


async def test_reconfigure_to_another_site(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": program.url})
    program.set(site="office")
    result: Result = await entry.start_reconfigure_flow(hass)
    result = await answer(hass, result, {"url": program.url})
    assert result["reason"] == "other_site"


async def test_reconfigure_the_folder(
    hass: HomeAssistant, folder: FakeFolder, set_up: SetUp
) -> None:
    say_state(folder)
    entry = await set_up({"project_path": "/nonexistent"})
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result: Result = await entry.start_reconfigure_flow(hass)
    result = await answer(hass, result, {"project_path": str(folder.path)})
    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED


async def test_yaml_is_changed_in_yaml(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    entry = await set_up({"url": program.url}, source=SOURCE_IMPORT)
    result: Result = await entry.start_reconfigure_flow(hass)
    assert result["reason"] == "managed_by_yaml"
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["reason"] == "managed_by_yaml"


async def test_options(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp, eventually: Eventually
) -> None:
    entry = await set_up({"url": program.url}, {"scan_interval": 60, "targets": []})
    result: Result = await hass.config_entries.options.async_init(entry.entry_id)
    selectors = {str(key): value for key, value in result["data_schema"].schema.items()}
    assert selectors["targets"].config["options"] == ["1.1.1.1", "8.8.8.8"]
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"scan_interval": 120.0, "targets": ["8.8.8.8"]}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"scan_interval": 120, "targets": ["8.8.8.8"]}
    await eventually(lambda: hass.states.get("binary_sensor.internet_1_1_1_1") is None)
    assert hass.states.get("binary_sensor.internet_8_8_8_8") is not None


async def test_options_before_the_program_answered(
    hass: HomeAssistant, program: FakeProgram, set_up: SetUp
) -> None:
    await program.stop()
    entry = await set_up({"url": program.url}, {"scan_interval": 60, "targets": ["8.8.8.8"]})
    result: Result = await hass.config_entries.options.async_init(entry.entry_id)
    selectors = {str(key): value for key, value in result["data_schema"].schema.items()}
    assert selectors["targets"].config["options"] == ["8.8.8.8"]
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"scan_interval": 60, "targets": ["8.8.8.8"]}
    )
    assert entry.options == {"scan_interval": 60, "targets": ["8.8.8.8"]}
