"""Echo requests and replies out of a capture file, with the kernel's time stamps."""

import socket
import struct


def echoes(path):
    """(type, time in ns, source, destination, identifier, sequence, length of the payload) of each echo packet."""
    data = open(path, "rb").read()
    if struct.unpack_from("<I", data)[0] != 0xA1B23C4D:
        raise ValueError(f"{path} is not a capture with nanoseconds")
    found, at = [], 24
    while at + 16 <= len(data):
        sec, nsec, length, _ = struct.unpack_from("<IIII", data, at)
        frame, at = data[at + 16 : at + 16 + length], at + 16 + length
        if frame[12:14] != b"\x08\x00" or frame[23] != 1:
            continue
        header = 14 + (frame[14] & 15) * 4
        kind, _, _, ident, seq = struct.unpack_from("!BBHHH", frame, header)
        if kind in (0, 8):
            total = struct.unpack_from("!H", frame, 16)[0]
            source, to = socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
            found.append((kind, sec * 10**9 + nsec, source, to, ident, seq, total - (header - 14) - 8))
    return found


def wire_rtts(path, payload):
    """By host, in the order of sending: (sent, RTT) in ns of each echo with this payload; RTT `None` without a reply."""
    order, replies = {}, {}
    for kind, at, source, to, ident, seq, length in echoes(path):
        if length == payload and kind == 8:
            order.setdefault(to, []).append((at, (to, ident, seq)))
        elif length == payload:
            replies[source, ident, seq] = at
    return {host: [(at, replies[key] - at if key in replies else None) for at, key in sent] for host, sent in order.items()}
