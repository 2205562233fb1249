#!/usr/bin/env bash
# Routes and neighbours of rarer kinds in the JSON that jc makes of ip route and arp.
#
# Guess: a route of a kind of its own (unreachable, blackhole) has its destination and the kind; the ways of a route with
# several belong to it; a gateway of the other family (RFC 8950) is an address; an entry of arp that does not expire is on
# its interface.
# Seen in jc 1.26.1: the kind stands in the place of the destination, which is nowhere; each way is a route to "nexthop"; the
# gateway is "inet6"; the interface is "on". An unreachable default route is no default route to a program that looks for
# one.
#
# Needs python3 with venv, and PyPI. Uses no network once the package is here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jc==1.26.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import jc

ROUTES = """\
default via inet6 fe80::1 dev eth1 metric 200
unreachable default metric 4278198272
blackhole 192.0.2.0/24
198.51.100.0/24 proto static
\tnexthop via 192.168.1.2 dev eth0 weight 1
\tnexthop via 192.168.1.3 dev eth0 weight 2
"""
ARP = "? (192.168.1.1) at 00:53:00:00:00:01 [ether] on eth0\n? (192.168.1.9) at 00:53:00:00:00:02 [ether] PERM on eth0\n"
routes = [(route["ip"], route.get("via")) for route in jc.parse("ip_route", ROUTES, quiet=True)]
interfaces = [entry["iface"] for entry in jc.parse("arp", ARP, quiet=True)]
print(f"ip route, destination and gateway: {routes}")
print(f"arp, interfaces: {interfaces}")
expected = [
    ("default", "inet6"),
    ("unreachable", None),
    ("blackhole", None),
    ("198.51.100.0/24", None),
    ("nexthop", "192.168.1.2"),
    ("nexthop", "192.168.1.3"),
]
if routes != expected or interfaces != ["eth0", "on"]:
    sys.exit("this has changed")
PYTHON
