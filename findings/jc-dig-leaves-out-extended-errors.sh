#!/usr/bin/env bash
# Extended DNS errors (RFC 8914) in the JSON that jc makes of dig.
#
# Guess: the line "EDE: 22 (No Reachable Authority)" of the OPT section is in opt_pseudosection, as COOKIE and NSID are.
# Seen in jc 1.26.1: it is left out, and with it the one word that tells a dead line behind a resolver from a broken zone:
# both are SERVFAIL.
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

ANSWER = """
; <<>> DiG 9.18.33 <<>> example.com
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1
;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; COOKIE: 1cbc06703eaef210 (good)
; EDE: 22 (No Reachable Authority): (delegation example.com)
;; QUESTION SECTION:
;example.com.			IN	A

;; Query time: 12 msec
;; SERVER: 127.0.0.1#53(127.0.0.1) (UDP)
;; WHEN: Mon Nov 30 15:00:00 UTC 2026
;; MSG SIZE  rcvd: 70
"""
[answer] = jc.parse("dig", ANSWER, quiet=True)
print(f"{answer['status']}, opt_pseudosection: {answer['opt_pseudosection']}")
options = answer["opt_pseudosection"]
if "cookie" not in options or "22" in str(answer) and "Reachable" in str(answer):
    sys.exit("this has changed")
PYTHON
