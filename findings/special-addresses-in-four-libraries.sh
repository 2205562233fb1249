#!/usr/bin/env bash
# Addresses of IANA's special-purpose registries in four libraries, those of the last years among them: local-use NAT64
# (RFC 8215), documentation (RFC 9637), segment routing (RFC 9602).
#
# Guess: netaddr counts none of the three as global; the npm packages know none of them.
# Seen: netaddr 1.3.0 counts 3fff::1 and 5f00::1 as global, and 64:ff9b:1::1 as both not global and reserved.
# ipaddr.js 2.5.0 has a name for each, that of the well-known NAT64 prefix for the local one. ip-address 10.7.6 knows two
# and calls 5f00::1 global unicast. private-ip 3.0.2 takes all three for public, and 2001:2::1 of RFC 5180, too.
#
# Needs python3 with venv, node with npm, PyPI and npm's registry.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netaddr==1.3.0
npm install --silent --no-audit --no-fund --prefix "$folder" ipaddr.js@2.5.0 ip-address@10.7.6 private-ip@3.0.2
"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
from netaddr import IPAddress

for text in ("64:ff9b:1::1", "3fff::1", "5f00::1", "2001:2::1"):
    address = IPAddress(text)
    print(f"netaddr {text}: global {address.is_global()}, reserved {address.is_reserved()}")
PYTHON
cat >"$folder/ask.mjs" <<'JAVASCRIPT'
import ipaddr from "ipaddr.js";
import { Address6 } from "ip-address";
import isPrivate from "private-ip";

for (const text of ["64:ff9b:1::1", "3fff::1", "5f00::1", "2001:2::1"]) {
    const words = [ipaddr.parse(text).range(), new Address6(text).getType(), isPrivate(text)];
    console.log(`npm ${text}: ${words.join(", ")}`);
}
JAVASCRIPT
node "$folder/ask.mjs" >>"$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'SEEN'
netaddr 64:ff9b:1::1: global False, reserved True
netaddr 3fff::1: global True, reserved False
netaddr 5f00::1: global True, reserved True
netaddr 2001:2::1: global False, reserved False
npm 64:ff9b:1::1: rfc6052, NAT64 (local-use), false
npm 3fff::1: reserved, Documentation, false
npm 5f00::1: segmentRouting, Global unicast, false
npm 2001:2::1: benchmarking, Benchmarking, false
SEEN
