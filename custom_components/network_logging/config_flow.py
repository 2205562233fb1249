"""Set-up in the user interface, by configuration.yaml and by discovery."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import TYPE_CHECKING, Any

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_IMPORT,
    SOURCE_ZEROCONF,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_SCAN_INTERVAL, CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers import selector
from homeassistant.util import slugify

from .client import parse_url
from .const import (
    CONF_PROJECT_PATH,
    CONF_TARGETS,
    DEFAULT_SCAN_INTERVAL,
    DEFAULT_URL,
    DOMAIN,
    HOME_SITE,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .coordinator import NetlogConfigEntry, make_client
from .document import StateDocument
from .errors import NetlogError

if TYPE_CHECKING:
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

_LOGGER = logging.getLogger(__name__)

TEXT = selector.TextSelector()
PASSWORD = selector.TextSelector(
    selector.TextSelectorConfig(type=selector.TextSelectorType.PASSWORD)
)
HTTP_SCHEMA = vol.Schema(
    {vol.Required(CONF_URL, default=DEFAULT_URL): TEXT, vol.Optional(CONF_TOKEN): PASSWORD}
)
TOKEN_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): PASSWORD})
CLI_SCHEMA = vol.Schema({vol.Required(CONF_PROJECT_PATH): TEXT})
SECONDS = selector.NumberSelector(
    selector.NumberSelectorConfig(
        min=MIN_SCAN_INTERVAL,
        max=MAX_SCAN_INTERVAL,
        step=1,
        mode=selector.NumberSelectorMode.BOX,
        unit_of_measurement="s",
    )
)


def site_title(site: str) -> str:
    """Returns the title of an entry."""
    return "Network" if slugify(site) == HOME_SITE else f"Network ({site})"


class NetlogConfigFlow(ConfigFlow, domain=DOMAIN):
    """Makes and corrects the entry of a line."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin without a discovered address."""
        self._url = DEFAULT_URL

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry[Any]) -> NetlogOptionsFlow:
        """Return the flow of the options."""
        return NetlogOptionsFlow()

    # -- by hand -------------------------------------------------------------------------------

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the kind of access."""
        return self.async_show_menu(step_id="user", menu_options=["http", "cli"])

    async def async_step_http(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for address and token of the local API."""
        return await self._step("http", HTTP_SCHEMA, user_input)

    async def async_step_cli(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the folder of the program."""
        return await self._step("cli", CLI_SCHEMA, user_input)

    async def _step(
        self, step_id: str, schema: vol.Schema, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Show a form until the program answers, and make the entry."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        if user_input is not None:
            data = self._data(user_input, errors)
            document = await self._ask(data, errors, placeholders) if data else None
            if data and document:
                return await self._create(document, data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {}),
            errors=errors,
            description_placeholders={"url": self._url, "detail": "", **placeholders},
        )

    @staticmethod
    def _data(user_input: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
        """Returns the data of an entry, empty after an error."""
        data = {key: value for key, value in user_input.items() if value}
        if CONF_URL in data:
            url = parse_url(data[CONF_URL])
            if url is None:
                errors[CONF_URL] = "invalid_url"
                return {}
            data[CONF_URL] = str(url)
        return data

    async def _ask(
        self, data: Mapping[str, Any], errors: dict[str, str], placeholders: dict[str, str]
    ) -> StateDocument | None:
        """Returns the state document, None after an error."""
        try:
            return await make_client(self.hass, data).state()
        except NetlogError as err:
            errors["base"] = err.key
            placeholders.update(err.translation_placeholders or {})
            placeholders.setdefault("detail", "")
        except Exception:
            _LOGGER.exception("Unexpected error")
            errors["base"] = "unknown"
        return None

    async def _create(self, document: StateDocument, data: dict[str, Any]) -> ConfigFlowResult:
        await self.async_set_unique_id(document.site_slug, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(
            title=site_title(document.site),
            data=data,
            options={CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL, CONF_TARGETS: []},
        )

    # -- configuration.yaml --------------------------------------------------------------------

    async def async_step_import(self, import_data: dict[str, Any]) -> ConfigFlowResult:
        """Make or update the one entry of configuration.yaml.

        The program need not run yet: the entry waits for it.
        """
        options = {key: import_data[key] for key in (CONF_SCAN_INTERVAL, CONF_TARGETS)}
        data = {key: value for key, value in import_data.items() if key not in options}
        if CONF_PROJECT_PATH not in data:
            url = parse_url(data.get(CONF_URL, DEFAULT_URL))
            if url is None:
                return self.async_abort(reason="invalid_url")
            data[CONF_URL] = str(url)
        for entry in self._async_current_entries():
            if entry.source != SOURCE_IMPORT:
                continue
            if self.hass.config_entries.async_update_entry(entry, data=data, options=options):
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return self.async_abort(reason="already_configured")
        errors: dict[str, str] = {}
        document = await self._ask(data, errors, {})
        if document is not None:
            await self.async_set_unique_id(document.site_slug)
            self._abort_if_unique_id_configured()
        title = site_title(document.site if document is not None else HOME_SITE)
        return self.async_create_entry(title=title, data=data, options=options)

    # -- discovery -----------------------------------------------------------------------------

    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Take a program that announces itself by mDNS."""
        properties = {key.lower(): value for key, value in discovery_info.properties.items()}
        site = str(properties.get("site") or HOME_SITE)
        host = discovery_info.host
        url = parse_url(f"http://{f'[{host}]' if ':' in host else host}:{discovery_info.port}")
        if url is None:
            return self.async_abort(reason="invalid_url")
        self._url = str(url)
        entry = await self.async_set_unique_id(slugify(site))
        # The announcement is not authenticated: it must not redirect the token of an address
        # that the user typed.
        is_discovered = entry is not None and entry.source == SOURCE_ZEROCONF
        self._abort_if_unique_id_configured(
            updates={CONF_URL: self._url} if is_discovered else None
        )
        self.context["title_placeholders"] = {"name": site_title(site)}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the token of the discovered program."""
        if user_input is not None:
            user_input = {**user_input, CONF_URL: self._url}
        return await self._step("discovery_confirm", TOKEN_SCHEMA, user_input)

    # -- corrections ---------------------------------------------------------------------------

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to replace a token that is no longer accepted."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the new token."""
        return await self._correct(
            "reauth_confirm", TOKEN_SCHEMA, self._get_reauth_entry(), user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address or folder of the same line."""
        entry = self._get_reconfigure_entry()
        if entry.source == SOURCE_IMPORT:
            return self.async_abort(reason="managed_by_yaml")
        schema = CLI_SCHEMA if CONF_PROJECT_PATH in entry.data else HTTP_SCHEMA
        return await self._correct("reconfigure", schema, entry, user_input)

    async def _correct(
        self,
        step_id: str,
        schema: vol.Schema,
        entry: NetlogConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Show a form until the program answers, and update the entry."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        kept = {CONF_URL: entry.data[CONF_URL]} if step_id == "reauth_confirm" else {}
        if user_input is not None:
            data = self._data({**kept, **user_input}, errors)
            document = await self._ask(data, errors, placeholders) if data else None
            if data and document:
                await self.async_set_unique_id(document.site_slug)
                if entry.unique_id is not None:
                    self._abort_if_unique_id_mismatch(reason="other_site")
                return self.async_update_reload_and_abort(entry, data=data)
        shown = {key: value for key, value in entry.data.items() if key != CONF_TOKEN}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, shown | (user_input or {})),
            errors=errors,
            description_placeholders={"name": entry.title, "detail": "", **placeholders},
        )


class NetlogOptionsFlow(OptionsFlow):
    """Changes the polling interval and the choice of targets."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        entry: NetlogConfigEntry = self.config_entry
        if entry.source == SOURCE_IMPORT:
            return self.async_abort(reason="managed_by_yaml")
        if user_input is not None:
            options = {
                CONF_SCAN_INTERVAL: int(user_input[CONF_SCAN_INTERVAL]),
                CONF_TARGETS: user_input.get(CONF_TARGETS, []),
            }
            if self.hass.config_entries.async_update_entry(entry, options=options):
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return self.async_create_entry(data=options)
        chosen = entry.options.get(CONF_TARGETS, [])
        coordinator = getattr(entry, "runtime_data", None)
        watched = [] if coordinator is None else [t.host for t in coordinator.data.targets]
        schema = vol.Schema(
            {
                vol.Required(CONF_SCAN_INTERVAL): SECONDS,
                vol.Optional(CONF_TARGETS): selector.SelectSelector(
                    selector.SelectSelectorConfig(
                        options=list(dict.fromkeys([*watched, *chosen])),
                        multiple=True,
                        custom_value=True,
                    )
                ),
            }
        )
        shown = {
            CONF_SCAN_INTERVAL: entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL),
            CONF_TARGETS: chosen,
        }
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(schema, shown)
        )
