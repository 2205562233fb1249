"""Looks into the app for Home Assistant: python3 check_app.py APP-FOLDER NETLOG VERSION. Needs PyYAML.

The facts are those of the Supervisor of August 2026 (supervisor/apps/validate.py and options.py).
"""

import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

# Keys that this app may use; the Supervisor drops unknown ones without an error.
KEYS = {"name", "version", "slug", "description", "arch", "startup", "boot", "init", "host_network", "timeout", "map",
        "options", "schema"}
REQUIRED = {"name", "version", "slug", "description", "arch"}
ELEMENT = re.compile(
    r"(bool|email|url|port|str(\(\d*,\d*\))?|password(\(\d*,\d*\))?|int(\(-?\d*,-?\d*\))?"
    r"|float(\([-.\d]*,[-.\d]*\))?|match\(.*\)|list\(.+\))\??")
failures = []


def check(ok, text):
    if not ok:
        failures.append(text)
        print(f"FAILED: app: {text}")


def settings(netlog):
    shown = subprocess.run([netlog, "config", "show", "--json", "--defaults"], capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)


def problems(netlog, options):
    """What the program says of these options as its configuration."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "options.json"
        file.write_text(json.dumps(options))
        checked = subprocess.run([netlog, "--config", str(file), "config", "check", "--json"], capture_output=True, text=True, check=False)
        return checked.stdout.strip()


def main(app, netlog, version):
    config = yaml.safe_load((app / "config.yaml").read_text())
    check(REQUIRED <= set(config), f"keys are missing: {REQUIRED - set(config)}")
    check(set(config) <= KEYS, f"unknown keys: {set(config) - KEYS}")
    check(re.fullmatch("[-_.A-Za-z0-9]+", config["slug"]), "the slug")
    check(str(config["version"]) == version, f"the version is {config['version']}, not {version}")
    check(f"## {version}\n" in (app / "CHANGELOG.md").read_text(), f"CHANGELOG.md has no {version}")
    check(set(config["arch"]) <= {"aarch64", "amd64"}, "a processor that the Supervisor no longer knows")
    schema = config["schema"]
    known = settings(netlog)
    for key, kind in schema.items():
        check(key in known, f"option {key} is no setting")
        for element in kind if isinstance(kind, list) else [kind]:
            check(ELEMENT.fullmatch(element), f"type of option {key}: {element}")
            needed = not element.endswith("?")
            check(not needed or key in config["options"], f"option {key} is required and has no value")
        check(isinstance(kind, list) == isinstance(known.get(key), list), f"option {key} is not what the setting is")
        choice = re.fullmatch(r"list\((.+)\)\??", kind) if isinstance(kind, str) else None
        for word in choice.group(1).split("|") if choice else []:
            found = problems(netlog, {**config["options"], key: word})
            check(found == "[]", f"option {key}={word}: {found}")
    found = problems(netlog, config["options"])
    check(found == "[]", f"options as they come: {found}")
    for language in ("en", "de"):
        texts = yaml.safe_load((app / "translations" / f"{language}.yaml").read_text())["configuration"]
        check(set(texts) == set(schema), f"{language}.yaml: {sorted(set(texts) ^ set(schema))}")
        check(all(text.get("name") for text in texts.values()), f"{language}.yaml: a name is missing")
    table = set(re.findall(r"`([a-z_]+)`", "\n".join(
        line.split("|")[1] for line in (app / "DOCS.md").read_text().splitlines() if line.startswith("| `"))))
    check(table == set(schema), f"DOCS.md: {sorted(table ^ set(schema))}")
    icon = (app / "icon.png").read_bytes()
    check(icon[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", icon[16:24]) == (128, 128), "icon.png is not 128 x 128")
    for arch in config["arch"]:
        check((app / f"root-{arch}" / "netlog").is_file(), f"no program for {arch}")
    return 1 if failures else 0


sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
