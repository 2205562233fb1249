#!/usr/bin/env bash
# Lost and late probes in the JSON that jc makes of ping and traceroute.
#
# Guess: a "*" of traceroute is an entry without an RTT, so that the loss of a hop can be counted; a probe of ping is one
# entry, which is an answer if one came at last.
# Seen in jc 1.26.1: a "*" leaves no entry. A hop that lost one probe of three looks like one that was asked twice, and one
# that lost all has an empty list however often it was asked. In ping with -O, a probe that is answered after the next one
# has left is two entries, a timeout and a reply; and a line "Destination Host Unreachable" is in the sum of errors alone.
# Entries of the kind timeout are therefore neither the lost probes nor a part of them.
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

TRACEROUTE = """\
traceroute to 192.0.2.9 (192.0.2.9), 30 hops max, 60 byte packets
 1  192.168.1.1 (192.168.1.1)  0.400 ms  0.300 ms  0.310 ms
 2  10.0.0.1 (10.0.0.1)  5.1 ms *  5.2 ms
 3  * * *
 4  192.0.2.9 (192.0.2.9)  9.0 ms  9.1 ms  9.2 ms
"""
PING = """\
PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.10 ms
From 192.0.2.254 icmp_seq=2 Destination Host Unreachable
no answer yet for icmp_seq=3
64 bytes from 192.0.2.1: icmp_seq=3 ttl=64 time=1500 ms
64 bytes from 192.0.2.1: icmp_seq=4 ttl=64 time=0.30 ms

--- 192.0.2.1 ping statistics ---
4 packets transmitted, 3 received, +1 errors, 25% packet loss, time 3050ms
rtt min/avg/max/mdev = 0.100/500.133/1500.000/707.000 ms, pipe 2
"""
hops = [len(hop["probes"]) for hop in jc.parse("traceroute", TRACEROUTE, quiet=True)["hops"]]
ping = jc.parse("ping", PING, quiet=True)
entries = [(entry["type"], entry["icmp_seq"]) for entry in ping["responses"]]
print(f"traceroute with three probes a hop, entries by hop: {hops}")
print(f"ping, entries: {entries}; errors {ping['errors']}, lost {ping['packet_loss_percent']} %")
if hops != [3, 2, 0, 3] or entries != [("reply", 1), ("timeout", 3), ("reply", 3), ("reply", 4)]:
    sys.exit("this has changed")
PYTHON
