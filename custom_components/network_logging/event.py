"""Event entity: outages, tests and analyses as they happen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.components.event import EventEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import EVENT_TYPES
from .coordinator import NetlogConfigEntry, NetlogCoordinator
from .entity import NetlogEntity

# The coordinator feeds the entity.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: NetlogConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    """Add the event entity of an entry."""
    async_add_entities([OutageEvent(entry.runtime_data)])


class OutageEvent(NetlogEntity, EventEntity):
    """The latest event of the line. The attributes are those of the outage or result."""

    _attr_event_types = EVENT_TYPES
    _attr_translation_key = "outage"

    def __init__(self, coordinator: NetlogCoordinator) -> None:
        """Take the coordinator."""
        super().__init__(coordinator, Platform.EVENT, "outage", "network_outage")

    async def async_added_to_hass(self) -> None:
        """Follow the events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_event_listener(self._handle_event))

    @callback
    def _handle_event(self, event_type: str, attributes: Mapping[str, Any]) -> None:
        self._trigger_event(event_type, dict(attributes))
        self.async_write_ha_state()
