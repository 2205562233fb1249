#!/usr/bin/env bash
# Byte counters of a network interface that was removed and made again under its name, as a VPN or a USB modem is.
#
# Guess: psutil's net_io_counters begin at zero with the new interface, as the kernel's do.
# Seen in psutil 7.2.2: by default they go on from where the old interface stood. A counter that falls is taken for one
# that wrapped, and the last value before is added for ever. With nowrap=False they are the kernel's.
#
# Needs Linux with unshare and ip, python3 with venv, and PyPI. Uses a network namespace of its own once the package is
# here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check psutil==7.2.2
cat >"$folder/count.py" <<'PYTHON'
import socket
import subprocess
import sys

import psutil


def make():
    for command in (
        "link add tunnel type veth peer name end",
        "address add 192.0.2.1/24 dev tunnel",
        "link set tunnel up",
        "link set end up",
    ):
        subprocess.run(["ip", *command.split()], check=True)


def sent(nowrap):
    return psutil.net_io_counters(pernic=True, nowrap=nowrap)["tunnel"].bytes_sent


make()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    for _ in range(50):
        sender.sendto(bytes(1000), ("192.0.2.255", 9))
    before = sent(nowrap=True)
    subprocess.run(["ip", "link", "delete", "tunnel"], check=True)
    make()
    sender.sendto(bytes(1000), ("192.0.2.255", 9))
default, kernel = sent(nowrap=True), sent(nowrap=False)
print(f"before {before}; made again: {default} by default, {kernel} with nowrap=False")
if before < 50_000 or default < before + 1000 or not 1000 <= kernel < 10_000:
    sys.exit("this has changed")
PYTHON
export folder
unshare --user --map-root-user --net bash -eu <<'NAMESPACE'
ip link set lo up
"$folder/venv/bin/python" "$folder/count.py"
NAMESPACE
