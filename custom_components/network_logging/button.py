"""Buttons: the actions of the component for dashboards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import NetlogConfigEntry, NetlogCoordinator
from .entity import DescribedEntity

# The program runs one test at a time.
PARALLEL_UPDATES = 1

# The period that the button analyses.
BUTTON_SCOPE = {"last": "7d"}


@dataclass(frozen=True, kw_only=True)
class NetlogButtonDescription(ButtonEntityDescription):
    """A button of the line."""

    object_id: str
    press: Callable[[NetlogCoordinator], Awaitable[Any]]


DESCRIPTIONS = (
    NetlogButtonDescription(
        key="run_test",
        object_id="network_run_test",
        press=lambda coordinator: coordinator.async_test(),
    ),
    NetlogButtonDescription(
        key="analyze_logs",
        object_id="network_analyze_logs",
        entity_category=EntityCategory.DIAGNOSTIC,
        press=lambda coordinator: coordinator.async_analyze(BUTTON_SCOPE),
    ),
    NetlogButtonDescription(
        key="check_gateway",
        object_id="network_check_gateway",
        entity_category=EntityCategory.DIAGNOSTIC,
        press=lambda coordinator: coordinator.async_test(),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NetlogConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    """Add the buttons of an entry."""
    async_add_entities(NetlogButton(entry.runtime_data, item) for item in DESCRIPTIONS)


class NetlogButton(DescribedEntity, ButtonEntity):
    """Starts an action of the program."""

    entity_description: NetlogButtonDescription

    def __init__(
        self, coordinator: NetlogCoordinator, description: NetlogButtonDescription
    ) -> None:
        """Take the description."""
        super().__init__(coordinator, Platform.BUTTON, description, description.object_id)

    async def async_press(self) -> None:
        """Start the action and wait for its end."""
        await self.entity_description.press(self.coordinator)
