#!/usr/bin/env bash
# A package that pip takes for compatible.
#
# Home Assistant 2025.4 pins aiodns 3.2.0, which asks for pycares >= 4.0.0 without an upper bound.
# Guess: pycares 5 keeps the calls that aiodns makes, or `pip check` tells that the two do not fit.
# Seen with aiodns 3.2.0 and pycares 5.2.1: `pip check` finds nothing wrong, the import works, and every lookup ends in a
# TypeError or an AttributeError, since pycares 5 takes a callback by name alone. With pycares 4.11.0 a lookup that reaches
# no server ends in aiodns.error.DNSError, as it should.
#
# Needs python3 with venv, and PyPI. Uses loopback alone once the packages are here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cat >"$folder/lookup.py" <<'PYTHON'
import asyncio
import socket

import aiodns


async def main():
    # A port of this computer at which nothing listens.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    resolver = aiodns.DNSResolver(nameservers=["127.0.0.1"], udp_port=port, tcp_port=port, timeout=1, tries=1)
    seen = []
    for lookup in (lambda: resolver.query("host.example", "A"), lambda: resolver.gethostbyname("host.example", socket.AF_INET)):
        try:
            await lookup()
            seen.append("answer")
        except Exception as error:
            seen.append(type(error).__name__)
    print(*seen)


asyncio.run(main())
PYTHON

# seen PYCARES: what pip says of the two, and how two kinds of lookups end.
seen() {
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiodns==3.2.0 "pycares==$1"
    local check=wrong
    "$folder/venv/bin/pip" check --disable-pip-version-check >/dev/null 2>&1 && check=fits
    echo "$check $("$folder/venv/bin/python" -W ignore "$folder/lookup.py")"
}

older=$(seen 4.11.0)
newer=$(seen 5.2.1)
printf 'aiodns 3.2.0 with pycares 4.11.0: %s\naiodns 3.2.0 with pycares 5.2.1: %s\n' "$older" "$newer"
[[ $older = "fits DNSError DNSError" && $newer = "fits TypeError AttributeError" ]] || { echo "this has changed" >&2; exit 1; }
