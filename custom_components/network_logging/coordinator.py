"""Coordinator: the latest state document, and the events of the program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL, CONF_TOKEN, CONF_URL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from . import issues
from .cli import CliClient
from .client import Client, HttpClient, json_object
from .const import (
    CONF_PROJECT_PATH,
    CONF_TARGETS,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    EVENT_ANALYSIS_FINISHED,
    EVENT_OUTAGE_ENDED,
    EVENT_OUTAGE_STARTED,
    EVENT_TEST_FINISHED,
    EVENT_TYPES,
    RECONNECT_FIRST,
    RECONNECT_LONGEST,
)
from .document import StateDocument, parse
from .errors import AuthError, ConnectionFailed, DocumentError, NetlogError, OtherSite
from .sse import ServerEvent

_LOGGER = logging.getLogger(__name__)

type NetlogConfigEntry = ConfigEntry[NetlogCoordinator]
type EventListener = Callable[[str, Mapping[str, Any]], None]

# A test of the command line counts as the present state for this many intervals.
FRESH_INTERVALS = 2.5


def scan_interval(entry: ConfigEntry[Any]) -> timedelta:
    """Returns the time between two polls of an entry."""
    return timedelta(seconds=entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL))


def make_client(
    hass: HomeAssistant, data: Mapping[str, Any], interval: timedelta | None = None
) -> Client:
    """Returns the client for the data of an entry."""
    if path := data.get(CONF_PROJECT_PATH):
        return CliClient(path, interval or timedelta(seconds=DEFAULT_SCAN_INTERVAL))
    return HttpClient(async_get_clientsession(hass), data[CONF_URL], data.get(CONF_TOKEN))


class NetlogCoordinator(DataUpdateCoordinator[StateDocument]):
    """Holds the state of one line, pushed by the API or polled from the command line."""

    config_entry: NetlogConfigEntry

    def __init__(self, hass: HomeAssistant, entry: NetlogConfigEntry) -> None:
        """Make the client of the entry."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=scan_interval(entry),
        )
        self.client = make_client(hass, entry.data, scan_interval(entry))
        self.wanted_targets: list[str] = entry.options.get(CONF_TARGETS, [])
        self._event_listeners: list[EventListener] = []
        self._previous: StateDocument | None = None
        self._announced: set[tuple[str, str]] = set()
        self._reachable_again = asyncio.Event()

    @property
    def site(self) -> str:
        """Returns the site as part of an id."""
        return self.config_entry.unique_id or self.data.site_slug

    @property
    def is_measured(self) -> bool:
        """Returns whether the document tells the present state of the line."""
        document = self.data
        if document.state != "not_monitored":
            return True
        if self.client.pushes or document.not_monitored_reason != "not_running":
            return False
        # The tests that this component starts itself need no running monitor.
        if document.last_check is None:
            return False
        return document.time - document.last_check <= FRESH_INTERVALS * scan_interval(
            self.config_entry
        )

    def is_wanted(self, host: str) -> bool:
        """Returns whether the target gets entities."""
        return not self.wanted_targets or host in self.wanted_targets

    # -- state ---------------------------------------------------------------------------------

    async def _async_update_data(self) -> StateDocument:
        try:
            document = await self.client.state()
            self._check(document)
        except AuthError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=err.key
            ) from err
        except NetlogError as err:
            issues.failed(self.hass, self.config_entry, err)
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=err.key,
                translation_placeholders=err.translation_placeholders,
            ) from err
        self._accepted(document)
        self._reachable_again.set()
        return document

    def _check(self, document: StateDocument) -> None:
        """Raises OtherSite for the state of another line than the one set up."""
        expected = self.config_entry.unique_id
        if expected is not None and document.site_slug != expected:
            raise OtherSite(document.site, expected)

    @callback
    def _push(self, document: StateDocument) -> None:
        self._check(document)
        if not self.last_update_success:
            _LOGGER.info("Connection to %s is back", self.name)
        self._accepted(document)
        self.async_set_updated_data(document)

    @callback
    def _accepted(self, document: StateDocument) -> None:
        issues.update(self.hass, self.config_entry, document, self.wanted_targets)
        previous, self._previous = self._previous, document
        if previous is not None:
            self._announce_changes(previous, document)

    # -- events --------------------------------------------------------------------------------

    @callback
    def async_add_event_listener(self, listener: EventListener) -> CALLBACK_TYPE:
        """Calls the listener with the type and the attributes of each event."""
        self._event_listeners.append(listener)
        return lambda: self._event_listeners.remove(listener)

    @callback
    def _announce(self, event_type: str, attributes: Mapping[str, Any]) -> None:
        for listener in list(self._event_listeners):
            listener(event_type, attributes)

    @callback
    def _announce_outage(self, event_type: str, outage: Mapping[str, Any]) -> None:
        """Announces each outage's start and end once, from whichever source tells it first."""
        key = (event_type, str(outage.get("start")))
        if key not in self._announced:
            self._announced.add(key)
            self._announce(event_type, outage)

    @callback
    def _announce_changes(self, previous: StateDocument, document: StateDocument) -> None:
        """Announces the outages that began or ended between two documents.

        The stream announces them itself; this serves the command line, and an outage that ended
        while the stream was broken.
        """
        if document.outage is not None and previous.outage is None:
            self._announce_outage(EVENT_OUTAGE_STARTED, document.raw["outage"])
        last, before = document.last_outage, previous.last_outage
        if last is not None and (before is None or last.start > before.start):
            self._announce_outage(EVENT_OUTAGE_ENDED, document.raw["last_outage"])

    @callback
    def _handle(self, event: ServerEvent) -> None:
        """Takes one event of the stream. Raises NetlogError for one that is malformed."""
        if event.type != "state" and event.type not in EVENT_TYPES:
            return
        data = json_object(event.data)
        if event.type == "state":
            self._push(parse(data))
            return
        if event.type in (EVENT_OUTAGE_STARTED, EVENT_OUTAGE_ENDED):
            outage = data.get("outage")
            if not isinstance(outage, dict):
                raise DocumentError
            self._announce_outage(event.type, outage)
        else:
            result = data.get("result")
            self._announce(event.type, result if isinstance(result, dict) else {})

    async def async_listen(self) -> None:
        """Follows the event stream for as long as the entry is loaded."""
        pause = RECONNECT_FIRST
        while True:
            try:
                async for event in self.client.events():
                    self._handle(event)
                    pause = RECONNECT_FIRST
                error: NetlogError = ConnectionFailed("the program ended the event stream")
            except NetlogError as err:
                error = err
            issues.failed(self.hass, self.config_entry, error)
            self.async_set_update_error(error)
            if isinstance(error, AuthError):
                self.config_entry.async_start_reauth(self.hass)
                pause = RECONNECT_LONGEST
            self._reachable_again.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause.total_seconds()):
                    await self._reachable_again.wait()
            pause = min(2 * pause, RECONNECT_LONGEST)

    # -- actions -------------------------------------------------------------------------------

    async def async_test(self) -> Mapping[str, Any]:
        """Runs one cycle now and returns its outcome, with the new state under "state"."""
        outcome = await self.client.test()
        self._push(parse(outcome.get("state")))
        if not self.client.pushes:
            self._announce(EVENT_TEST_FINISHED, short(outcome))
        return outcome

    async def async_analyze(self, scope: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns the analysis of the logs within the scope."""
        analysis = await self.client.analyze(scope)
        if not self.client.pushes:
            self._announce(EVENT_ANALYSIS_FINISHED, figures(analysis))
        return analysis


def short(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the outcome of a test without the state."""
    return {key: outcome.get(key) for key in ("ok", "status", "root_cause", "fault_domain")}


def figures(analysis: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the short figures of an analysis."""
    availability, outages = analysis.get("availability"), analysis.get("outages")
    return {
        "period": analysis.get("period"),
        "availability_pct": availability.get("percent")
        if isinstance(availability, dict)
        else None,
        "outages": len(outages) if isinstance(outages, list) else None,
    }
