"""The servers of one namespace: DNS over UDP and TCP, and with "all" also HTTP and HTTPS. Prints "ready"."""

import pathlib
import socket
import socketserver
import ssl
import struct
import sys
import threading

from topology import HOSTS, NAMES, ROUTER


def answer(query: bytes) -> bytes:
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace").lower())
        at += 1 + query[at]
    kind = struct.unpack_from("!H", query, at + 1)[0]
    question = query[12 : at + 5]
    address = NAMES.get(".".join(labels))
    code = 0 if address else 3
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address) if address and kind == 1 else b""
    return query[:2] + bytes([0x81, 0x80 | code, 0, 1, 0, 1 if record else 0, 0, 0, 0, 0]) + question + record


def serve_dns(address: str):
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind((address, 53))

    def work():
        while True:
            try:
                query, peer = door.recvfrom(1500)
                door.sendto(answer(query), peer)
            except (OSError, IndexError, struct.error):
                pass

    threading.Thread(target=work, daemon=True).start()


class Dns(socketserver.BaseRequestHandler):
    def handle(self):
        length = self.request.recv(2)
        if len(length) == 2:
            reply = answer(self.request.recv(struct.unpack("!H", length)[0]))
            self.request.sendall(struct.pack("!H", len(reply)) + reply)


class Web(socketserver.BaseRequestHandler):
    tls = None

    def handle(self):
        stream = self.request
        stream.settimeout(10)
        try:
            if self.tls:
                stream = self.tls.wrap_socket(stream, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                more = stream.recv(4096)
                if not more:
                    return
                request += more
            body = b"success\n" if b"/success.txt" in request else b"<html>hello</html>\n" * 40
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            stream.sendall(head.encode() + body)
        except OSError:
            pass


class SecureWeb(Web):
    pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


def main():
    what, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
    for address in HOSTS if what == "all" else [ROUTER]:
        serve_dns(address)
    doors = [(53, Dns)]
    if what == "all":
        SecureWeb.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        SecureWeb.tls.load_cert_chain(scratch / "site.pem", scratch / "site.key")
        doors += [(80, Web), (443, SecureWeb)]
    for port, handler in doors:
        threading.Thread(target=Server(("", port), handler).serve_forever, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
