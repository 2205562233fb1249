#!/usr/bin/env bash
# A login that an authenticator of aiosmtpd refuses.
#
# Guess: the server answers 535 by itself when the authenticator returns AuthResult(success=False) (RFC 4954 section 6).
# Seen in aiosmtpd 1.4.6: nothing is sent, and the client waits until it gives up: `handled` is True unless it is said
# otherwise, which means that the authenticator has answered. With AuthResult(success=False, handled=False) 535 comes.
#
# Needs python3 with venv, and PyPI. Uses loopback alone once the package is here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiosmtpd==1.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import smtplib
import socket
import sys

from aiosmtpd import __version__
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult


def answer(**result):
    """Answer to a wrong password; None where none comes within 3 s."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port, auth_require_tls=False,
                        authenticator=lambda *_: AuthResult(success=False, **result))
    server.start()
    client = smtplib.SMTP("127.0.0.1", port, timeout=3)
    try:
        client.login("somebody", "wrong")
        return "accepted"
    except smtplib.SMTPAuthenticationError as error:
        return error.smtp_code
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        return None
    finally:
        client.close()
        server.stop()


default, unhandled = answer(), answer(handled=False)
print(f"aiosmtpd {__version__}: AuthResult(success=False): {default}; with handled=False: {unhandled}")
if (default, unhandled) != (None, 535):
    sys.exit("this has changed")
PYTHON
