"""Prints the packages that a core needs at run time, one requirement a line.

The wheel of Home Assistant depends on none of the packages of its integrations: a running core
installs them itself. A core started with `--skip-pip` needs them beforehand.

    python requirements.py DOMAIN...
"""

from __future__ import annotations

import json
from pathlib import Path
import sys

from homeassistant import bootstrap, components


def needed(domains: list[str]) -> set[str]:
    """Returns the requirements of the domains, of their dependencies and of the default set."""
    root = Path(components.__file__).parent
    todo = [*domains, *bootstrap.CORE_INTEGRATIONS, *bootstrap.DEFAULT_INTEGRATIONS]
    seen: set[str] = set()
    requirements: set[str] = set()
    while todo:
        domain = todo.pop()
        path = root / domain / "manifest.json"
        if domain in seen or not path.exists():
            continue
        seen.add(domain)
        manifest = json.loads(path.read_text(encoding="utf-8"))
        requirements.update(manifest.get("requirements", []))
        todo += manifest.get("dependencies", [])
        todo += manifest.get("after_dependencies", []) if domain == "mqtt" else []
    return requirements


if __name__ == "__main__":
    for line in sorted(needed(sys.argv[1:])):
        print(line)
