#!/usr/bin/env bash
# Keys of TXT records in two readers of DNS service discovery (RFC 6763, section 6.4: case means nothing, of one key the
# first one counts, and "key=" is a key with an empty value).
#
# Guess: zeroconf and bonjour-service keep the first of the keys that differ by case alone.
# Seen in zeroconf 0.154.0: each spelling is a key of its own; of one spelling the first one counts. A reader that asks
# for "path" gets the second value, and nothing where the record says "Path" alone.
# Seen in bonjour-service 1.4.4: the same, but of one spelling the last one counts; and "key=" becomes the key "key=",
# with its sign and without a value.
#
# Needs python3 with venv, node with npm, PyPI and npm's registry.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check zeroconf==0.154.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

from zeroconf import ServiceInfo

items = [b"Path=/one", b"path=/two", b"path=/three"]
record = b"".join(bytes([len(item)]) + item for item in items)
found = ServiceInfo("_http._tcp.local.", "a._http._tcp.local.", port=80, properties=record, server="a.local.").properties
print(f"zeroconf: {found}")
if found != {b"Path": b"/one", b"path": b"/two"}:
    sys.exit("this has changed")
PYTHON
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" bonjour-service@1.4.4
node - <<'JAVASCRIPT'
const { DnsTxt } = require("bonjour-service/dist/lib/dns-txt");

const items = ["Path=/one", "path=/two", "path=/three", "empty="].map((item) => Buffer.from(item));
const found = new DnsTxt().decodeAll(items);
console.log("bonjour-service:", found);
const expected = { Path: "/one", path: "/three", "empty=": undefined };
const seen = (object) => JSON.stringify(Object.entries(object).map(([key, value]) => [key, value ?? null]));
if (seen(found) !== seen(expected)) {
    console.error("this has changed");
    process.exit(1);
}
JAVASCRIPT
