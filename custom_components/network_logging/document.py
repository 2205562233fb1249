"""The state document of the program, version 1, as typed values.

The same JSON comes from `GET /api/v1/state`, from the event stream and from
`netlog status --json`. A value of a wrong type or outside its closed set reads as None, which
means "not measured".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util, slugify

from .const import CHARGED, DOCUMENT_VERSION, FAULT_DOMAINS, HOME_SITE, ROOT_CAUSES, STATUSES
from .errors import DocumentError, VersionError

# Limits of what a core can show.
MAX_TEXT = 255
MAX_TARGETS = 200
LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Target:
    """A far host that the program probes."""

    host: str
    slug: str
    ok: bool | None
    rtt_ms: float | None


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage; `end` is None while it is open."""

    start: datetime
    end: datetime | None
    duration_s: float | None
    fault_domain: str | None
    charged: str | None
    confidence: str | None


@dataclass(frozen=True, slots=True)
class StateDocument:
    """State of one monitored line. Lengths in ms or s, shares in percent."""

    site: str
    time: datetime
    running: bool
    monitor_version: str | None
    last_check: datetime | None
    state: str
    not_monitored_reason: str | None
    status: str
    root_cause: str
    fault_domain: str | None
    gateway_ok: bool | None
    gateway_ip: str | None
    gateway_ms: float | None
    internet_ok: bool | None
    dns_ok: bool | None
    ipv6_ok: bool | None
    latency_avg_ms: float | None
    loss_pct: float | None
    targets: tuple[Target, ...]
    success_rate_pct: float | None
    outages_today: int | None
    outage: Outage | None
    last_outage: Outage | None
    raw: Mapping[str, Any]

    @property
    def site_slug(self) -> str:
        """Returns the site in the form of an entity id."""
        return slugify(self.site)

    def target(self, slug: str) -> Target | None:
        """Returns the target of this slug, None if it is not watched."""
        return next((target for target in self.targets if target.slug == slug), None)


def parse(value: object) -> StateDocument:
    """Returns the typed document.

    Raises VersionError for a document of another version, DocumentError for anything that is no
    state document.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("version"), int):
        raise DocumentError
    if value["version"] != DOCUMENT_VERSION:
        raise VersionError(value["version"])
    time = _time(value.get("time"))
    running = _bool(value.get("running"))
    state = _text(value.get("state"))
    if time is None or running is None or state is None:
        raise DocumentError
    today = value.get("today")
    if not isinstance(today, Mapping):
        today = {}
    return StateDocument(
        site=_text(value.get("site")) or HOME_SITE,
        time=time,
        running=running,
        monitor_version=_text(value.get("monitor_version")),
        last_check=_time(value.get("last_check")),
        state=state,
        not_monitored_reason=_text(value.get("not_monitored_reason")),
        status=_one_of(value.get("status"), STATUSES) or "unknown",
        root_cause=_one_of(value.get("root_cause"), ROOT_CAUSES) or "unknown",
        fault_domain=_one_of(value.get("fault_domain"), FAULT_DOMAINS),
        gateway_ok=_bool(value.get("gateway_ok")),
        gateway_ip=_text(value.get("gateway_ip")),
        gateway_ms=_number(value.get("gateway_ms")),
        internet_ok=_bool(value.get("internet_ok")),
        dns_ok=_bool(value.get("dns_ok")),
        ipv6_ok=_bool(value.get("ipv6_ok")),
        latency_avg_ms=_number(value.get("latency_avg_ms")),
        loss_pct=_number(value.get("loss_pct")),
        targets=_targets(value.get("targets")),
        success_rate_pct=_number(today.get("success_rate_pct")),
        outages_today=_count(today.get("outages")),
        outage=_outage(value.get("outage")),
        last_outage=_outage(value.get("last_outage")),
        raw=value,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT else None


def _bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -LARGEST <= value <= LARGEST else None


def _count(value: object) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) else None


def _one_of(value: object, allowed: list[str]) -> str | None:
    return value if isinstance(value, str) and value in allowed else None


def _time(value: object) -> datetime | None:
    try:
        time = dt_util.parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None


def _targets(value: object) -> tuple[Target, ...]:
    found: dict[str, Target] = {}
    for item in value if isinstance(value, list) else []:
        if not isinstance(item, Mapping) or (host := _text(item.get("host"))) is None:
            continue
        slug = slugify(_text(item.get("slug")) or host)
        found[slug] = Target(host, slug, _bool(item.get("ok")), _number(item.get("rtt_ms")))
        if len(found) == MAX_TARGETS:
            break
    return tuple(found.values())


def _outage(value: object) -> Outage | None:
    if not isinstance(value, Mapping) or (start := _time(value.get("start"))) is None:
        return None
    return Outage(
        start=start,
        end=_time(value.get("end")),
        duration_s=_number(value.get("duration_s")),
        fault_domain=_one_of(value.get("fault_domain"), FAULT_DOMAINS),
        charged=_one_of(value.get("charged"), CHARGED),
        confidence=_text(value.get("confidence")),
    )
