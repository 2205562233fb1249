#!/usr/bin/env bash
# Topics of a broker's own figures against a filter that begins with a wildcard.
#
# Guess: aiomqtt matches topics as paho-mqtt does, on which it is built: "#" and "+/..." leave topics that begin with "$"
# out (MQTT 3.1.1 section 4.7.2, MQTT 5.0 section 4.7.2).
# Seen with aiomqtt 2.5.1 on paho-mqtt 2.2.0: paho-mqtt's topic_matches_sub says no, aiomqtt's Topic.matches says yes. A
# client that subscribes to "$SYS/#" and to "#" and sorts messages by Topic.matches takes the broker's figures for others.
#
# Needs python3 with venv, and PyPI. Uses no network once the packages are here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiomqtt==2.5.1 paho-mqtt==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

from aiomqtt import Topic
from paho.mqtt.client import topic_matches_sub

seen = {}
for topic, pattern in [("$SYS/broker/uptime", "#"), ("$SYS/uptime", "+/uptime"), ("$SYS/uptime", "$SYS/#"), ("home/up", "#")]:
    seen[topic, pattern] = (topic_matches_sub(pattern, topic), Topic(topic).matches(pattern))
    print(f"{topic} against {pattern}: paho-mqtt {seen[topic, pattern][0]}, aiomqtt {seen[topic, pattern][1]}")
if list(seen.values()) != [(False, True), (False, True), (True, True), (True, True)]:
    sys.exit("this has changed")
PYTHON
