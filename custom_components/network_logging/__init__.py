"""Network Logging: state of the internet line, and whose fault each outage is."""

from __future__ import annotations

from typing import Any

import voluptuous as vol

from homeassistant.config_entries import SOURCE_IMPORT
from homeassistant.const import CONF_SCAN_INTERVAL, CONF_TOKEN, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import issues
from .const import (
    CONF_PROJECT_PATH,
    CONF_TARGETS,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .coordinator import NetlogConfigEntry, NetlogCoordinator
from .services import register_services

PLATFORMS = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR]


def _seconds(value: Any) -> int:
    """Returns the seconds of a number or of a time such as "00:01:00"."""
    return int(cv.time_period(value).total_seconds())


YAML_SCHEMA = vol.Schema(
    {
        vol.Exclusive(CONF_PROJECT_PATH, "access"): vol.All(cv.string, vol.Length(min=1)),
        vol.Exclusive(CONF_URL, "access"): cv.url,
        vol.Optional(CONF_TOKEN): cv.string,
        vol.Optional(CONF_SCAN_INTERVAL, default=DEFAULT_SCAN_INTERVAL): vol.All(
            _seconds, vol.Range(min=MIN_SCAN_INTERVAL, max=MAX_SCAN_INTERVAL)
        ),
        vol.Optional(CONF_TARGETS, default=list): vol.All(cv.ensure_list, [cv.string]),
    }
)
# The key alone is enough: the program runs on the same computer then.
CONFIG_SCHEMA = vol.Schema(
    {vol.Optional(DOMAIN): vol.All(vol.DefaultTo({}), YAML_SCHEMA)}, extra=vol.ALLOW_EXTRA
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, and take over the settings of configuration.yaml."""
    register_services(hass)
    if DOMAIN in config:
        hass.async_create_task(
            hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_IMPORT}, data=config[DOMAIN]
            )
        )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: NetlogConfigEntry) -> bool:
    """Set up one line."""
    coordinator = NetlogCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    if entry.unique_id is None:
        # An entry of configuration.yaml, made before the program could be asked.
        hass.config_entries.async_update_entry(entry, unique_id=coordinator.data.site_slug)
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    if coordinator.client.pushes:
        entry.async_create_background_task(
            hass, coordinator.async_listen(), f"{DOMAIN} events of {entry.title}"
        )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: NetlogConfigEntry) -> bool:
    """Unload one line; its background task ends with it."""
    issues.clear(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
