"""Sensors: figures, verdict and last outage of the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, Platform, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .const import CHARGED, FAULT_DOMAINS, ROOT_CAUSES, STATUSES
from .coordinator import NetlogConfigEntry, NetlogCoordinator
from .document import StateDocument, Target
from .entity import DescribedEntity, NetlogEntity
from .targets import follow_targets, target_key

# The coordinator feeds every entity.
PARALLEL_UPDATES = 0

LATENCY_SUFFIX = "_latency"

type SensorValue = str | int | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class NetlogSensorDescription(SensorEntityDescription):
    """A sensor of the line."""

    object_id: str
    value: Callable[[StateDocument], SensorValue]
    # The value is of the present moment, and unknown while the line is not measured.
    is_present: bool = False


def _fault_domain(document: StateDocument) -> str | None:
    if document.fault_domain is not None:
        return document.fault_domain
    return None if document.status == "unknown" else "none"


def _of_last_outage(field: str) -> Callable[[StateDocument], SensorValue]:
    """Returns the getter of a field of the last finished outage."""

    def value(document: StateDocument) -> SensorValue:
        result: SensorValue = getattr(document.last_outage, field, None)
        return result

    return value


DESCRIPTIONS = (
    NetlogSensorDescription(
        key="gateway_ip",
        object_id="gateway_ip",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda document: document.gateway_ip,
    ),
    NetlogSensorDescription(
        key="success_rate_today",
        object_id="success_rate_today",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        value=lambda document: document.success_rate_pct,
    ),
    NetlogSensorDescription(
        key="average_latency",
        object_id="average_latency",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        is_present=True,
        value=lambda document: document.latency_avg_ms,
    ),
    NetlogSensorDescription(
        key="packet_loss",
        object_id="packet_loss",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        is_present=True,
        value=lambda document: document.loss_pct,
    ),
    NetlogSensorDescription(
        key="status",
        object_id="network_status",
        device_class=SensorDeviceClass.ENUM,
        options=STATUSES,
        is_present=True,
        value=lambda document: document.status,
    ),
    NetlogSensorDescription(
        key="root_cause",
        object_id="network_root_cause",
        device_class=SensorDeviceClass.ENUM,
        options=ROOT_CAUSES,
        is_present=True,
        value=lambda document: document.root_cause,
    ),
    NetlogSensorDescription(
        key="fault_domain",
        object_id="network_fault_domain",
        device_class=SensorDeviceClass.ENUM,
        options=FAULT_DOMAINS,
        is_present=True,
        value=_fault_domain,
    ),
    NetlogSensorDescription(
        key="last_outage_start",
        object_id="last_outage_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=_of_last_outage("start"),
    ),
    NetlogSensorDescription(
        key="last_outage_duration",
        object_id="last_outage_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        value=_of_last_outage("duration_s"),
    ),
    NetlogSensorDescription(
        key="last_outage_charged",
        object_id="last_outage_charged",
        device_class=SensorDeviceClass.ENUM,
        options=CHARGED,
        value=_of_last_outage("charged"),
    ),
    NetlogSensorDescription(
        key="outages_today",
        object_id="outages_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda document: document.outages_today,
    ),
    NetlogSensorDescription(
        key="last_check",
        object_id="network_last_check",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # Changes with each cycle.
        entity_registry_enabled_default=False,
        value=lambda document: document.last_check,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: NetlogConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    """Add the sensors of an entry."""
    coordinator = entry.runtime_data
    async_add_entities(NetlogSensor(coordinator, item) for item in DESCRIPTIONS)
    follow_targets(
        entry,
        Platform.SENSOR,
        LATENCY_SUFFIX,
        lambda target: [TargetLatency(coordinator, target)],
        async_add_entities,
    )


class NetlogSensor(DescribedEntity, SensorEntity):
    """A value of the state document."""

    entity_description: NetlogSensorDescription

    def __init__(
        self, coordinator: NetlogCoordinator, description: NetlogSensorDescription
    ) -> None:
        """Take the description."""
        super().__init__(coordinator, Platform.SENSOR, description, description.object_id)

    @property
    def native_value(self) -> SensorValue:
        """Return the value, None where it is not measured."""
        if self.entity_description.is_present and not self.coordinator.is_measured:
            return None
        return self.entity_description.value(self.coordinator.data)


class TargetLatency(NetlogEntity, SensorEntity):
    """RTT of one far host."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    # Changes with each cycle.
    _attr_entity_registry_enabled_default = False
    _attr_native_unit_of_measurement = UnitOfTime.MILLISECONDS
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 1
    _attr_translation_key = "target_latency"

    def __init__(self, coordinator: NetlogCoordinator, target: Target) -> None:
        """Take the target."""
        key = target_key(target.slug, LATENCY_SUFFIX)
        object_id = f"internet_{target.slug}{LATENCY_SUFFIX}"
        super().__init__(coordinator, Platform.SENSOR, key, object_id)
        self._attr_translation_placeholders = {"host": target.host}
        self._slug = target.slug

    @property
    def native_value(self) -> float | None:
        """Return the RTT in ms, None while it is not measured."""
        target = self.coordinator.data.target(self._slug)
        return target.rtt_ms if target is not None and self.coordinator.is_measured else None
