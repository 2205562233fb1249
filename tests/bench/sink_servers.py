"""The other ends of the sinks of one monitor: receivers of a webhook, a heartbeat and mails, and clients of its API.

    sink_servers.py ADDRESS WEB_PORT MAIL_PORT CERTIFICATE KEY TLS API TOKEN COUNTS

Needs aiosmtpd. Prints "ready", and writes once a second to the file COUNTS how often each of them was served.
"""

import http.client
import http.server
import json
import os
import ssl
import sys
import threading
import time

from aiosmtpd.controller import Controller

SCRAPE_EVERY = 15
counts = {"webhook": 0, "heartbeat": 0, "mail": 0, "scrape": 0, "state": 0, "scrape_bytes": 0}


class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        counts["heartbeat" if self.path.startswith("/hc/") else "webhook"] += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def log_message(self, *arguments):
        pass


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        counts["mail"] += 1
        return "250 OK"


def forever(work):
    """Does it again and again; while the monitor is not up yet, or is gone, a second later."""

    def repeat():
        while True:
            try:
                work()
            except (OSError, http.client.HTTPException):
                time.sleep(1)

    threading.Thread(target=repeat, daemon=True).start()


def main():
    address, web_port, mail_port, certificate, key, tls, api, token, path = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    web = http.server.ThreadingHTTPServer((address, int(web_port)), Web)
    if tls == "yes":
        web.socket = context.wrap_socket(web.socket, server_side=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    mail = Controller(Mailbox(), hostname=address, port=int(mail_port), ssl_context=context)
    mail.start()
    authorized = {"Authorization": f"Bearer {token}"}

    def follow():
        connection = http.client.HTTPConnection(api, timeout=60)
        connection.request("GET", "/api/v1/events", headers=authorized)
        response = connection.getresponse()
        if response.status != 200:
            raise OSError(response.status)
        while line := response.readline():
            counts["state"] += line.startswith(b"event: state")
        raise OSError("the stream ended")

    def scrape():
        # One connection, as Prometheus keeps it.
        connection = http.client.HTTPConnection(api, timeout=10)
        while True:
            connection.request("GET", "/metrics", headers=authorized)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise OSError(response.status)
            counts["scrape"] += 1
            counts["scrape_bytes"] += len(body)
            time.sleep(SCRAPE_EVERY)

    forever(follow)
    forever(scrape)
    print("ready", flush=True)
    while True:
        with open(path + ".new", "w") as file:
            json.dump(counts, file)
        os.replace(path + ".new", path)
        time.sleep(1)


if __name__ == "__main__":
    main()
