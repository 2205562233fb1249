#!/usr/bin/env bash
# Round-trip times of probes that nobody answered.
#
# Guess: pythonping's rtt_avg_ms, rtt_min_ms and rtt_max_ms are those of the answers, as ping's are, and without an answer
# there are none.
# Seen in pythonping 1.1.4: a lost probe counts with the time that was waited for it. Where nothing answers, all three are
# the timeout; on a line with 1 % of loss and the usual timeout of 2 s, 20 ms are added to the average.
#
# Needs Linux with unshare and ip, python3 with venv, and PyPI. Uses a network namespace of its own once the package is
# here, with an interface that leads nowhere.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pythonping==1.1.4
cat >"$folder/ask.py" <<'PYTHON'
import sys

from pythonping import ping

seen = ping("192.0.2.1", count=2, timeout=0.4, interval=0)
times = (seen.rtt_min_ms, seen.rtt_avg_ms, seen.rtt_max_ms)
print(f"{seen.stats_packets_returned} of {seen.stats_packets_sent} answered; least, mean and greatest RTT: {times} ms")
if seen.stats_packets_returned != 0 or any(abs(time - 400) > 40 for time in times):
    sys.exit("this has changed")
PYTHON
export folder
unshare --user --map-root-user --net bash -eu <<'NAMESPACE'
ip link add nowhere type veth peer name end
ip address add 192.0.2.2/24 dev nowhere
ip link set nowhere up
ip link set end up
ip neighbour add 192.0.2.1 lladdr 00:53:00:00:00:01 dev nowhere
"$folder/venv/bin/python" "$folder/ask.py"
NAMESPACE
