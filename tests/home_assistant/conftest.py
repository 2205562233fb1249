"""Fixtures: a fake program, entries for it, and waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import pytest_socket
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.network_logging.const import DOMAIN

from .fake_server import FakeProgram

WAIT = 5

Eventually = Callable[[Callable[[], bool]], Awaitable[None]]
SetUp = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture(autouse=True)
def _component(enable_custom_integrations: None, socket_enabled: None) -> Iterator[None]:
    """The component can be loaded; sockets are for loopback alone."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    yield


@pytest.fixture
async def program() -> AsyncIterator[FakeProgram]:
    """A running program without a token."""
    fake = FakeProgram()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def eventually(hass: HomeAssistant) -> Eventually:
    """Waits until a condition holds, and fails after some seconds."""

    async def wait(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT):
            while not condition():
                await asyncio.sleep(0.01)
                await hass.async_block_till_done(wait_background_tasks=False)

    return wait


@pytest.fixture
async def set_up(hass: HomeAssistant) -> AsyncIterator[SetUp]:
    """Sets up an entry, and unloads it after the test."""
    made: list[MockConfigEntry] = []

    async def make(
        data: dict[str, Any], options: dict[str, Any] | None = None, **changes: Any
    ) -> MockConfigEntry:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=changes.pop("title", "Network"),
            data=data,
            options=options or {},
            unique_id=changes.pop("unique_id", "home"),
            **changes,
        )
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=False)
        made.append(entry)
        return entry

    yield make
    for entry in made:
        if hass.config_entries.async_get_entry(entry.entry_id) is not None:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)


PROGRAM = """#!/bin/sh
# A program with the command line of netlog. Its answers are files beside it.
cd "$(dirname "$0")"
echo "$*" >>calls
[ -e "$1.pid" ] && echo $$ >"$1.pid" && exec sleep 60
if [ "$1" = once ] && [ -e status.after ]; then cp status.after status.out; rm -f status.code; fi
cat "$1.out" 2>/dev/null
cat "$1.err" >&2 2>/dev/null
exit "$(cat "$1.code" 2>/dev/null || echo 0)"
"""


class FakeFolder:
    """A folder with a program that prints the files of the test."""

    def __init__(self, path: Path) -> None:
        """Write the program."""
        self.path = path
        self.program = path / "netlog"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def write(self, name: str, text: str) -> None:
        """Sets what a command prints (out, err), or its exit code (code)."""
        (self.path / name).write_text(text)

    @property
    def calls(self) -> list[str]:
        """Returns the command lines so far."""
        path = self.path / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def folder(tmp_path: Path) -> FakeFolder:
    """A folder of the project."""
    return FakeFolder(tmp_path)


@pytest.fixture
def short_pauses() -> Iterator[None]:
    """Connects again at once."""
    base = "custom_components.network_logging.coordinator"
    with (
        patch(f"{base}.RECONNECT_FIRST", timedelta(seconds=0.02)),
        patch(f"{base}.RECONNECT_LONGEST", timedelta(seconds=0.05)),
    ):
        yield


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Entities that are off by default are on."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", True
    ):
        yield
