"""The files beside the code: manifest, translations, icons, rules."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Any
import zipfile

import pytest
import yaml

from custom_components.network_logging import const, issues
from custom_components.network_logging.errors import NetlogError

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components" / "network_logging"

RULES = {
    "bronze": [
        "action-setup", "appropriate-polling", "brands", "common-modules",
        "config-flow-test-coverage", "config-flow", "dependency-transparency", "docs-actions",
        "docs-conditions", "docs-high-level-description", "docs-installation-instructions",
        "docs-removal-instructions", "docs-triggers", "entity-event-setup", "entity-unique-id",
        "has-entity-name", "runtime-data", "test-before-configure", "test-before-setup",
        "unique-config-entry",
    ],
    "silver": [
        "action-exceptions", "config-entry-unloading", "docs-configuration-parameters",
        "docs-installation-parameters", "entity-unavailable", "integration-owner",
        "log-when-unavailable", "parallel-updates", "reauthentication-flow", "test-coverage",
    ],
    "gold": [
        "devices", "diagnostics", "discovery-update-info", "discovery", "docs-data-update",
        "docs-examples", "docs-known-limitations", "docs-supported-devices",
        "docs-supported-functions", "docs-troubleshooting", "docs-use-cases", "dynamic-devices",
        "entity-category", "entity-device-class", "entity-disabled-by-default",
        "entity-translations", "exception-translations", "icon-translations",
        "reconfiguration-flow", "repair-issues", "stale-devices",
    ],
    "platinum": ["async-dependency", "inject-websession", "strict-typing"],
}  # fmt: skip


def load(name: str) -> Any:
    """Returns a JSON file of the component."""
    return json.loads((COMPONENT / name).read_text(encoding="utf-8"))


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yields the path and the text of every string."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def test_the_manifest_is_in_the_order_that_hassfest_wants() -> None:
    manifest = load("manifest.json")
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert manifest["domain"] == const.DOMAIN == COMPONENT.name
    for key in ("codeowners", "documentation", "issue_tracker", "version", "iot_class"):
        assert manifest[key]
    assert manifest["requirements"] == []


def test_the_version_is_that_of_the_program() -> None:
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', cargo, re.MULTILINE)
    assert found is not None
    assert load("manifest.json")["version"] == found[1]


def test_hacs() -> None:
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    known = {"name", "homeassistant", "filename", "zip_release", "render_readme"}
    assert set(hacs) <= known
    assert hacs["name"] == load("manifest.json")["name"]
    assert (hacs["zip_release"], hacs["filename"]) == (True, "network_logging.zip")
    assert (COMPONENT / "brand" / "icon.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_archive_of_a_release(tmp_path: Path) -> None:
    make = [sys.executable, str(ROOT / "build" / "home-assistant"), str(tmp_path)]
    archive = tmp_path / "network_logging.zip"
    subprocess.run(make, check=True, capture_output=True)
    first = archive.read_bytes()
    subprocess.run(make, check=True, capture_output=True)
    assert archive.read_bytes() == first
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        assert json.loads(opened.read("manifest.json")) == load("manifest.json")
    assert {"__init__.py", "translations/de.json", "brand/icon.png", "py.typed"} <= names
    assert not [name for name in names if "__pycache__" in name]


def test_english_is_what_the_code_says() -> None:
    assert load("strings.json") == load("translations/en.json")


def test_german_has_every_text_and_placeholder() -> None:
    english = dict(leaves(load("strings.json")))
    german = dict(leaves(load("translations/de.json")))
    assert english.keys() == german.keys()
    for path, text in english.items():
        wanted = sorted(re.findall(r"{\w+}", text))
        assert sorted(re.findall(r"{\w+}", german[path])) == wanted, path
        assert german[path].strip()


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("status", const.STATUSES),
        ("root_cause", const.ROOT_CAUSES),
        ("fault_domain", const.FAULT_DOMAINS),
        ("last_outage_charged", const.CHARGED),
    ],
)
def test_every_state_has_a_text(key: str, options: list[str]) -> None:
    assert list(load("strings.json")["entity"]["sensor"][key]["state"]) == options


def test_every_event_has_a_text() -> None:
    outage = load("strings.json")["entity"]["event"]["outage"]
    assert list(outage["state_attributes"]["event_type"]["state"]) == const.EVENT_TYPES


def test_every_entity_has_an_icon_and_a_name() -> None:
    icons, texts = load("icons.json"), load("strings.json")
    for platform, entities in texts["entity"].items():
        assert icons["entity"][platform].keys() == entities.keys(), platform
    assert icons["services"].keys() == texts["services"].keys()


def test_every_error_has_a_text() -> None:
    def below(error: type[NetlogError]) -> Iterator[str]:
        yield error.key
        for child in error.__subclasses__():
            yield from below(child)

    texts = load("strings.json")
    for key in below(NetlogError):
        assert key in texts["exceptions"], key
        assert key in texts["config"]["error"] or key == "other_site", key
    assert texts["issues"].keys() == set(issues.ALL)


def test_every_action_is_described() -> None:
    services = yaml.safe_load((COMPONENT / "services.yaml").read_text(encoding="utf-8"))
    texts = load("strings.json")["services"]
    assert services.keys() == texts.keys()
    for name, service in services.items():
        assert service["fields"].keys() == texts[name]["fields"].keys()


def test_every_rule_of_the_quality_scale_is_answered() -> None:
    text = (COMPONENT / "quality_scale.yaml").read_text(encoding="utf-8")
    rules = yaml.safe_load(text)["rules"]
    assert list(rules) == [rule for tier in RULES.values() for rule in tier]
    for rule, answer in rules.items():
        if isinstance(answer, dict):
            assert answer["status"] in ("done", "exempt"), rule
            assert answer["comment"], rule
        else:
            assert answer == "done", rule


def test_the_manual_has_every_rule() -> None:
    manual = (COMPONENT / "README.md").read_text(encoding="utf-8")
    for rule in (rule for tier in RULES.values() for rule in tier):
        assert f"| `{rule}` |" in manual, rule
