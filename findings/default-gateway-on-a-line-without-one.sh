#!/usr/bin/env bash
# Default routes without a gateway in npm's default-gateway: of a PPP line, and one that refuses all packets.
#
# Guess: on a PPP line ("default dev ppp0") it gives the own address, as its source means to, or says that it cannot tell;
# of two default routes it tells of the one in force.
# Seen in default-gateway 7.2.2 on Linux: on a PPP line it fails with a TypeError, "family.substring is not a function".
# Where "unreachable default metric 10" refuses every packet, as a VPN's kill switch does, it names the gateway of the
# route of metric 100 that no packet takes.
#
# Needs Linux with unshare and ip, node with npm, and npm's registry. Uses a network namespace of its own once the
# package is here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" default-gateway@7.2.2
cat >"$folder/ask.mjs" <<'JAVASCRIPT'
import { gateway4sync } from "default-gateway";

let seen;
try {
    seen = gateway4sync().gateway;
} catch (error) {
    seen = `${error.name}: ${error.message}`;
}
console.log(seen);
if (seen !== process.argv[2]) {
    console.error(`this has changed from ${process.argv[2]}`);
    process.exit(1);
}
JAVASCRIPT
export folder
unshare --user --map-root-user --net bash -eu <<'NAMESPACE'
ip link add name ppp0 type veth peer name other
ip link set ppp0 up
ip link set other up
ip address add 192.0.2.2 peer 192.0.2.1/32 dev ppp0
ip route add default dev ppp0
node "$folder/ask.mjs" "TypeError: family.substring is not a function"
ip route delete default
ip route add default via 192.0.2.1 dev ppp0 metric 100
ip route add unreachable default metric 10
if ip route get 198.51.100.1 2>/dev/null; then exit 1; fi
node "$folder/ask.mjs" 192.0.2.1
NAMESPACE
