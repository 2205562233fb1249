"""Binary sensors: which part of the line works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import NetlogConfigEntry, NetlogCoordinator
from .document import StateDocument, Target
from .entity import DescribedEntity, NetlogEntity
from .targets import follow_targets, target_key

# The coordinator feeds every entity.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class NetlogBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of the line."""

    object_id: str
    value: Callable[[StateDocument], bool | None]


def _has_problem(document: StateDocument) -> bool | None:
    return None if document.status == "unknown" else document.status != "ok"


CONNECTIVITY = BinarySensorDeviceClass.CONNECTIVITY

DESCRIPTIONS = (
    NetlogBinarySensorDescription(
        key="gateway",
        object_id="network_gateway",
        device_class=CONNECTIVITY,
        value=lambda document: document.gateway_ok,
    ),
    NetlogBinarySensorDescription(
        key="internet",
        object_id="internet_connection",
        device_class=CONNECTIVITY,
        value=lambda document: document.internet_ok,
    ),
    # The same value under the other id that the first manual used in its examples.
    NetlogBinarySensorDescription(
        key="internet_connected",
        object_id="network_internet_connected",
        device_class=CONNECTIVITY,
        value=lambda document: document.internet_ok,
    ),
    NetlogBinarySensorDescription(
        key="dns",
        object_id="network_dns",
        device_class=CONNECTIVITY,
        value=lambda document: document.dns_ok,
    ),
    NetlogBinarySensorDescription(
        key="ipv6",
        object_id="network_ipv6",
        device_class=CONNECTIVITY,
        value=lambda document: document.ipv6_ok,
    ),
    NetlogBinarySensorDescription(
        key="problem",
        object_id="network_problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value=_has_problem,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NetlogConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    """Add the binary sensors of an entry."""
    coordinator = entry.runtime_data
    async_add_entities(NetlogBinarySensor(coordinator, item) for item in DESCRIPTIONS)
    follow_targets(
        entry,
        Platform.BINARY_SENSOR,
        "",
        lambda target: [TargetBinarySensor(coordinator, target)],
        async_add_entities,
    )


class NetlogBinarySensor(DescribedEntity, BinarySensorEntity):
    """A part of the line, or the line as a whole."""

    entity_description: NetlogBinarySensorDescription

    def __init__(
        self, coordinator: NetlogCoordinator, description: NetlogBinarySensorDescription
    ) -> None:
        """Take the description."""
        super().__init__(coordinator, Platform.BINARY_SENSOR, description, description.object_id)

    @property
    def is_on(self) -> bool | None:
        """Return the state, None while the line is not measured."""
        if not self.coordinator.is_measured:
            return None
        return self.entity_description.value(self.coordinator.data)


class TargetBinarySensor(NetlogEntity, BinarySensorEntity):
    """One far host."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "target"

    def __init__(self, coordinator: NetlogCoordinator, target: Target) -> None:
        """Take the target."""
        super().__init__(
            coordinator, Platform.BINARY_SENSOR, target_key(target.slug), f"internet_{target.slug}"
        )
        self._attr_translation_placeholders = {"host": target.host}
        self._slug = target.slug

    @property
    def is_on(self) -> bool | None:
        """Return whether the host answers, None while it is not measured."""
        target = self.coordinator.data.target(self._slug)
        return target.ok if target is not None and self.coordinator.is_measured else None
