"""The far hosts of the line of the real core: a resolver, web pages and open ports.

    python core_beyond.py ADDRESS...
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
import socket
import struct
import sys
from typing import cast

NAMES = {
    b"dns.google": ("8.8.8.8", "8.8.4.4"),
    b"example.com": ("8.8.4.4",),
    b"a.example": ("8.8.8.8",),
    b"b.example": ("9.9.9.9",),
    b"portal.example": ("8.8.4.4",),
}
TYPE_A = 1
NXDOMAIN = 3


class Resolver(asyncio.DatagramProtocol):
    """Answers questions for addresses (RFC 1035)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        # Python 3.11 has another class here, of the same methods.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question."""
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        question = data[12 : at + 5]
        (kind,) = struct.unpack(">H", data[at + 1 : at + 3])
        name = b".".join(labels).lower()
        found = NAMES.get(name, ()) if kind == TYPE_A else ()
        code = 0 if name in NAMES else NXDOMAIN
        head = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        records = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, 1, 60, 4) + socket.inet_aton(address)
            for address in found
        )
        self.transport.sendto(head + question + records, addr)


async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a request with the page of a portal check."""
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
    body = b"success\n"
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
    writer.write(body)
    with suppress(OSError):
        await writer.drain()
    writer.close()


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a connection and closes it when the other side does."""
    with suppress(OSError):
        await reader.read()
    writer.close()


async def main(addresses: list[str]) -> None:
    """Serve until the process is killed."""
    loop = asyncio.get_running_loop()
    for address in addresses:
        await loop.create_datagram_endpoint(Resolver, local_addr=(address, 53))
    await asyncio.start_server(page, "0.0.0.0", 80)
    await asyncio.start_server(nothing, "0.0.0.0", 443)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
