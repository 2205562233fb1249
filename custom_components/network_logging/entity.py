"""What all entities have in common: the device, ids and availability."""

from __future__ import annotations

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN, HOME_SITE
from .coordinator import NetlogCoordinator


class NetlogEntity(CoordinatorEntity[NetlogCoordinator]):
    """An entity of one monitored line."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: NetlogCoordinator, platform: str, key: str, object_id: str
    ) -> None:
        """Take the key, unique within the line, and the object id of the site "home"."""
        super().__init__(coordinator)
        site = coordinator.site
        self._attr_unique_id = f"{site}_{key}"
        # Automations name these ids, so they do not depend on names and languages.
        prefix = "" if site == HOME_SITE else f"{site}_"
        self.entity_id = f"{platform}.{prefix}{object_id}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, site)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer="Network Logging",
            model="Network monitor",
            name="Network" if site == HOME_SITE else f"Network ({coordinator.data.site})",
            sw_version=coordinator.data.monitor_version,
        )


class DescribedEntity(NetlogEntity):
    """An entity that a description defines."""

    def __init__(
        self,
        coordinator: NetlogCoordinator,
        platform: str,
        description: EntityDescription,
        object_id: str,
    ) -> None:
        """Take the description; its key is the translation key too."""
        super().__init__(coordinator, platform, description.key, object_id)
        self.entity_description = description
        self._attr_translation_key = description.key
