"""Actions: run a test, analyse the logs, check the gateway. Each returns a response."""

from __future__ import annotations

from datetime import date
from functools import partial
import re
from typing import cast

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .const import CONF_CONFIG_ENTRY_ID, DOMAIN, HOME_SITE
from .coordinator import NetlogConfigEntry, NetlogCoordinator, short
from .document import parse

SERVICE_RUN_TEST = "run_test"
SERVICE_ANALYZE_LOGS = "analyze_logs"
SERVICE_CHECK_GATEWAY = "check_gateway"

ATTR_LAST = "last"
ATTR_FROM = "from"
ATTR_TO = "to"
DEFAULT_LAST = "7d"

ENTRY_SCHEMA = {vol.Optional(CONF_CONFIG_ENTRY_ID): cv.string}
# Lengths as the program reads them: a number and a unit.
LENGTH = cv.matches_regex(r"^[1-9][0-9]{0,4}[mhdw]$")
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _time(value: object) -> str:
    """Returns the text of a date or a time as the program reads it.

    YAML without quotation marks makes dates of them. A time without an offset is local.
    """
    text = value.isoformat() if isinstance(value, date) else cv.string(value)
    if DATE.fullmatch(text) and dt_util.parse_date(text) is not None:
        return text
    time = dt_util.parse_datetime(text)
    if time is None:
        raise vol.Invalid("expected a date, or a date and time")
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt_util.get_default_time_zone())
    return time.isoformat()


ANALYZE_SCHEMA = vol.Schema(
    {
        **ENTRY_SCHEMA,
        vol.Optional(ATTR_LAST): LENGTH,
        vol.Optional(ATTR_FROM): _time,
        vol.Optional(ATTR_TO): _time,
    }
)


@callback
def register_services(hass: HomeAssistant) -> None:
    """Register the actions of the component."""
    # A call itself names its core only from 2025.1 on.
    for name, action, schema in (
        (SERVICE_RUN_TEST, _run_test, vol.Schema(ENTRY_SCHEMA)),
        (SERVICE_ANALYZE_LOGS, _analyze_logs, ANALYZE_SCHEMA),
        (SERVICE_CHECK_GATEWAY, _check_gateway, vol.Schema(ENTRY_SCHEMA)),
    ):
        hass.services.async_register(
            DOMAIN, name, partial(action, hass), schema, SupportsResponse.OPTIONAL
        )


def _coordinator(hass: HomeAssistant, call: ServiceCall) -> NetlogCoordinator:
    """Returns the line that a call names; without a name the only one, or the site "home"."""
    entries = cast(
        list[NetlogConfigEntry], hass.config_entries.async_loaded_entries(DOMAIN)
    )
    if (entry_id := call.data.get(CONF_CONFIG_ENTRY_ID)) is not None:
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="entry_not_found"
            )
        if entry.state is not ConfigEntryState.LOADED:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="entry_not_loaded",
                translation_placeholders={"name": entry.title},
            )
        return cast(NetlogConfigEntry, entry).runtime_data
    if not entries:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_entry")
    if len(entries) > 1:
        entries = [entry for entry in entries if entry.unique_id == HOME_SITE]
        if not entries:
            raise ServiceValidationError(
                translation_domain=DOMAIN, translation_key="several_entries"
            )
    return entries[0].runtime_data


async def _run_test(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    return short(await _coordinator(hass, call).async_test())


async def _analyze_logs(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    scope = {key: value for key, value in call.data.items() if key != CONF_CONFIG_ENTRY_ID}
    if ATTR_LAST in scope and len(scope) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="two_periods")
    return dict(await _coordinator(hass, call).async_analyze(scope or {ATTR_LAST: DEFAULT_LAST}))


async def _check_gateway(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    outcome = await _coordinator(hass, call).async_test()
    document = parse(outcome.get("state"))
    return {
        "gateway_ok": document.gateway_ok,
        "gateway_ip": document.gateway_ip,
        "gateway_ms": document.gateway_ms,
    }
