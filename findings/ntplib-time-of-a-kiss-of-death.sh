#!/usr/bin/env bash
# Answers of time servers that carry no time.
#
# Guess: ntplib refuses an answer of stratum 0, whose reference identifier tells the client to ask less often or not at all
# (RFC 5905 section 7.4), one without a time of sending (RFC 4330 section 5), and one whose clock is not synchronised (leap
# 3).
# Seen in ntplib 0.4.0: none is refused. The offset is computed as from any other answer, and is minus a century and more
# where the server has left its time out. Of such an answer stratum_to_text raises TypeError, since the text for 0 has
# no place for the number that is put into it.
#
# Needs python3 with venv, and PyPI. Uses loopback alone once the package is here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ntplib==0.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import struct
import sys
import threading
import time

import ntplib


def asked(stratum, reference, has_time):
    """Answer of a server on loopback whose clock is not synchronised."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer():
        request, client = server.recvfrom(512)
        now = int((time.time() + 2_208_988_800) * 2**32) if has_time else 0
        # Leap 3, version 4, server; poll, precision, root delay and dispersion.
        head = struct.pack("!BBbbII4sQ", 3 << 6 | 4 << 3 | 4, stratum, 6, -20, 0, 0, reference, 0)
        server.sendto(head + request[40:48] + struct.pack("!QQ", now, now), client)

    threading.Thread(target=answer, daemon=True).start()
    return ntplib.NTPClient().request("127.0.0.1", port=server.getsockname()[1], version=4, timeout=2)


rate, deny, unsynchronised = asked(0, b"RATE", True), asked(0, b"DENY", False), asked(16, bytes(4), True)
print(f"offset: RATE {rate.offset:.3f} s, DENY without a time {deny.offset:.0f} s, leap 3 {unsynchronised.offset:.3f} s")
try:
    text = ntplib.stratum_to_text(rate.stratum)
except TypeError as error:
    text = f"TypeError: {error}"
print(f"stratum_to_text(0): {text}")
is_known = abs(rate.offset) < 1 and abs(unsynchronised.offset) < 1 and deny.offset < -3e9 and text.startswith("TypeError")
if not is_known:
    sys.exit("this has changed")
PYTHON
