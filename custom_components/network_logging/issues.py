"""Repair issues: what the user has to set right outside of Home Assistant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOCUMENTATION, DOMAIN
from .document import StateDocument
from .errors import HostRefused, NetlogError, OtherSite, ProgramMissing, VersionError

MONITOR_NOT_RUNNING = "monitor_not_running"
NO_PERMISSION = "no_permission"
TARGETS_NOT_WATCHED = "targets_not_watched"

# Errors that do not pass by themselves, by their translation keys.
LASTING = (VersionError, HostRefused, OtherSite, ProgramMissing)

ALL = (
    MONITOR_NOT_RUNNING,
    NO_PERMISSION,
    TARGETS_NOT_WATCHED,
    *(error.key for error in LASTING),
)


@callback
def update(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    document: StateDocument,
    wanted_targets: Sequence[str],
) -> None:
    """Raises and withdraws the issues that an accepted document tells."""
    for error in LASTING:
        _set(hass, entry, error.key, False)
    by_api = CONF_URL in entry.data
    reason = document.not_monitored_reason
    _set(hass, entry, MONITOR_NOT_RUNNING, by_api and not document.running)
    _set(hass, entry, NO_PERMISSION, reason == "no_permission")
    watched = {target.host for target in document.targets}
    missing = [host for host in wanted_targets if host not in watched]
    is_amiss = bool(missing) and document.last_check is not None
    _set(hass, entry, TARGETS_NOT_WATCHED, is_amiss, targets=", ".join(missing))


@callback
def failed(hass: HomeAssistant, entry: ConfigEntry[Any], error: NetlogError) -> None:
    """Raises the issue of an error that does not pass by itself."""
    if isinstance(error, LASTING):
        _set(hass, entry, error.key, True, **(error.translation_placeholders or {}))


@callback
def clear(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Withdraws every issue of an entry."""
    for key in ALL:
        _set(hass, entry, key, False)


@callback
def _set(
    hass: HomeAssistant, entry: ConfigEntry[Any], key: str, is_active: bool, **placeholders: str
) -> None:
    issue_id = f"{key}_{entry.entry_id}"
    if not is_active:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        learn_more_url=f"{DOCUMENTATION}#troubleshooting",
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"name": entry.title, **placeholders},
    )
