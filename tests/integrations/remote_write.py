"""Prometheus remote write 1.0: protobuf and snappy by hand, so that nothing need be installed.

https://prometheus.io/docs/specs/prw/remote_write_spec/
https://github.com/google/snappy/blob/main/format_description.txt
"""

import struct
import urllib.error
import urllib.request

# Bits of the one NaN that means "this series has ended or was not measured". Bytes, because a float loses them where a
# processor makes signalling NaNs quiet.
STALE = struct.pack("<Q", 0x7FF0000000000002)


def varint(number):
    """Number of at most 64 bits as a base-128 varint."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, data):
    """Length-delimited field."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def encode(series):
    """WriteRequest of `{labels: [(milliseconds, value)]}`; labels are a tuple of (name, value), sorted by name.

    A value is a number, or STALE.
    """
    request = bytearray()
    for labels, samples in series.items():
        body = bytearray()
        for name, value in labels:
            body += field(1, field(1, name.encode()) + field(2, value.encode()))
        for milliseconds, value in samples:
            bits = value if isinstance(value, bytes) else struct.pack("<d", value)
            body += field(2, b"\x09" + bits + b"\x10" + varint(milliseconds))
        request += field(1, bytes(body))
    return bytes(request)


def snappy(data):
    """Block format with literals only."""
    out = bytearray(varint(len(data)))
    for start in range(0, len(data), 65536):
        chunk = data[start : start + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(chunk) - 1) + chunk
    return bytes(out)


def labels(name, **others):
    """Labels of a series in the order that receivers expect."""
    return tuple(sorted({"__name__": name, **others}.items()))


def push(url, series):
    """Sends one request.

    Raises RuntimeError with the text of the answer unless it is 2xx.
    """
    request = urllib.request.Request(
        url,
        data=snappy(encode(series)),
        headers={
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{url}: {error.code} {error.read().decode(errors='replace').strip()}") from error
