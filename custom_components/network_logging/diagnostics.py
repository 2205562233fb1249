"""Diagnostics for a bug report, without the token and without addresses."""

from __future__ import annotations

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .const import CONF_PROJECT_PATH, CONF_TARGETS
from .coordinator import NetlogConfigEntry

SECRET = {CONF_TOKEN, CONF_URL, CONF_PROJECT_PATH, CONF_TARGETS}
PERSONAL = {"gateway_ip", "host", "slug", "detail", "site", "log_dir"}
# Keys of the state document, version 1. Others may name this computer.
KNOWN = {
    "version", "site", "time", "running", "monitor_version", "started", "last_check", "state",
    "since", "not_monitored_reason", "status", "root_cause", "fault_domain", "charged",
    "confidence", "evidence", "gateway_ok", "gateway_ip", "gateway_ms", "internet_ok", "isp_ok",
    "dns_ok", "http_ok", "ipv6_ok", "latency_avg_ms", "latency_p95_ms", "jitter_ms", "loss_pct",
    "targets", "resolvers", "today", "outage", "last_outage", "notices",
}  # fmt: skip


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: NetlogConfigEntry
) -> dict[str, Any]:
    """Return the settings and the latest state of an entry."""
    coordinator = entry.runtime_data
    document = {key: value for key, value in coordinator.data.raw.items() if key in KNOWN}
    return {
        "entry": {
            "source": entry.source,
            "data": async_redact_data(dict(entry.data), SECRET),
            "options": async_redact_data(dict(entry.options), SECRET),
        },
        "pushed": coordinator.client.pushes,
        "available": coordinator.last_update_success,
        "last_error": type(coordinator.last_exception).__name__
        if coordinator.last_exception
        else None,
        "state": async_redact_data(document, PERSONAL),
    }
