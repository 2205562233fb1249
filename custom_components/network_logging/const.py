"""Names and limits of the component."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

DOMAIN: Final = "network_logging"
DOCUMENTATION: Final = (
    "https://github.com/connyTheOne/network-logging/blob/main/"
    "custom_components/network_logging/README.md"
)

CONF_PROJECT_PATH: Final = "project_path"
CONF_TARGETS: Final = "targets"
CONF_CONFIG_ENTRY_ID: Final = "config_entry_id"

DEFAULT_URL: Final = "http://127.0.0.1:8787"
DEFAULT_SCAN_INTERVAL: Final = 60
MIN_SCAN_INTERVAL: Final = 10
MAX_SCAN_INTERVAL: Final = 86_400

# The site that has the entity ids without a prefix.
HOME_SITE: Final = "home"

# Version of the state document that this component reads.
DOCUMENT_VERSION: Final = 1

# Pauses between two attempts to open the event stream.
RECONNECT_FIRST: Final = timedelta(seconds=0.5)
RECONNECT_LONGEST: Final = timedelta(seconds=10)

EVENT_OUTAGE_STARTED: Final = "outage_started"
EVENT_OUTAGE_ENDED: Final = "outage_ended"
EVENT_TEST_FINISHED: Final = "test_finished"
EVENT_ANALYSIS_FINISHED: Final = "analysis_finished"
EVENT_TYPES: Final = [
    EVENT_OUTAGE_STARTED,
    EVENT_OUTAGE_ENDED,
    EVENT_TEST_FINISHED,
    EVENT_ANALYSIS_FINISHED,
]

# Closed sets of the state document. "none" stands for "no fault" where the document has null.
STATUSES: Final = ["ok", "lan_down", "wan_down", "dns_app_fail", "app_layer_fail", "unknown"]
ROOT_CAUSES: Final = ["none", "lan", "transport", "dns", "icmp_only", "mixed", "unknown"]
FAULT_DOMAINS: Final = [
    "none",
    "host",
    "lan",
    "access",
    "isp",
    "upstream",
    "dns",
    "app",
    "captive_portal",
    "mtu",
    "filtering",
    "destination",
    "ipv6",
    "self_load",
]
CHARGED: Final = ["home", "provider", "beyond", "other"]
