"""The state document."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.network_logging.document import parse
from custom_components.network_logging.errors import DocumentError, VersionError

from .fake_server import document, outage


def test_a_whole_document() -> None:
    start = "2026-11-29T01:00:00.000Z"
    state = parse(document(last_outage=outage(start, "2026-11-29T01:01:34.200Z")))
    assert state.site_slug == "home"
    assert state.gateway_ip == "192.168.1.1"
    assert state.outages_today == 2
    assert [target.slug for target in state.targets] == ["1_1_1_1", "8_8_8_8"]
    assert state.last_outage is not None
    assert state.last_outage.start.isoformat() == "2026-11-29T01:00:00+00:00"
    assert state.last_outage.duration_s == 94.2
    assert state.last_outage.charged == "provider"


@pytest.mark.parametrize("value", [None, [], "x", {}, {"version": "1"}, {"version": 1}])
def test_what_is_no_document(value: Any) -> None:
    with pytest.raises(DocumentError):
        parse(value)


@pytest.mark.parametrize(
    "changes", [{"time": "yesterday"}, {"time": "2026-11-29T01:00:00"}, {"running": 1}, {"state": 3}]
)
def test_a_document_without_what_every_one_has(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        parse(document(**changes))


def test_another_version_is_named() -> None:
    with pytest.raises(VersionError) as caught:
        parse(document(version=2))
    assert caught.value.version == 2
    assert caught.value.translation_placeholders == {"version": "2"}


@pytest.mark.parametrize(
    ("key", "attribute", "value"),
    [
        ("latency_avg_ms", "latency_avg_ms", float("nan")),
        ("latency_avg_ms", "latency_avg_ms", float("inf")),
        ("loss_pct", "loss_pct", True),
        ("loss_pct", "loss_pct", "3"),
        ("internet_ok", "internet_ok", 1),
        ("gateway_ip", "gateway_ip", ""),
        ("fault_domain", "fault_domain", "moon"),
        ("last_check", "last_check", 12),
        ("last_outage", "last_outage", {"start": None}),
        ("outage", "outage", []),
        ("today", "outages_today", None),
        ("today", "outages_today", {"outages": True}),
        ("today", "outages_today", {"outages": 10**400}),
        ("latency_avg_ms", "latency_avg_ms", 10**400),
        ("last_check", "last_check", "2026-13-40T99:00:00Z"),
        ("gateway_ip", "gateway_ip", "1" * 256),
    ],
)
def test_a_wrong_value_is_not_measured(key: str, attribute: str, value: Any) -> None:
    assert getattr(parse(document(**{key: value})), attribute) is None


def test_unknown_codes_are_unknown() -> None:
    state = parse(document(status="odd", root_cause=None))
    assert (state.status, state.root_cause) == ("unknown", "unknown")


def test_targets_are_cleaned() -> None:
    targets: Any = [
        {"host": "a.example", "ok": True},
        {"host": "A.example", "slug": "a_example", "ok": False},
        {"slug": "nameless"},
        "text",
    ]
    state = parse(document(targets=targets))
    assert [(target.slug, target.ok) for target in state.targets] == [("a_example", False)]
    assert parse(document(targets={})).targets == ()
    assert state.target("none") is None


def test_no_value_breaks_the_reader() -> None:
    odd: list[Any] = [None, True, -1, 10**400, 1e308, float("nan"), "", "x", "é" * 300, [], {}]
    odd += [[None], [{}], {"start": "2026-99-01T00:00:00Z"}, {"start": "x"}, [{"host": "_"}]]
    n_read = 0
    for key in document():
        for value in odd:
            try:
                parse(document(**{key: value}))
                n_read += 1
            except (DocumentError, VersionError):
                assert key in ("version", "time", "running", "state")
    assert n_read > 400


def test_a_list_without_end_is_cut() -> None:
    state = parse(document(targets=[{"host": f"h{number}"} for number in range(1000)]))
    assert len(state.targets) == 200
