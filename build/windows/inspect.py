"""Looks into a program for Windows: icon, version, manifest, subsystem, imported libraries and size.

inspect.py PROGRAM.exe VERSION window|console LARGEST_SIZE_IN_BYTES
"""

import pathlib
import re
import struct
import sys

path, version, kind, largest = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
data = path.read_bytes()
faults = []


def u16(at):
    return struct.unpack_from("<H", data, at)[0]


def u32(at):
    return struct.unpack_from("<I", data, at)[0]


pe = u32(0x3C)
assert data[pe : pe + 4] == b"PE\0\0", f"{path} is no program for Windows"
n_sections, optional = u16(pe + 6), pe + 24
assert u16(optional) == 0x20B, f"{path} is not for 64 bits"
subsystem = {2: "window", 3: "console"}.get(u16(optional + 68), "another")
if subsystem != kind:
    faults.append(f"its subsystem is {subsystem}, not {kind}")
sections = [
    struct.unpack_from("<IIII", data, optional + u16(pe + 20) + 40 * number + 8) for number in range(n_sections)
]


def offset(address):
    """Where in the file lies what is loaded to this address."""
    for size, start, raw_size, raw in sections:
        if start <= address < start + max(size, raw_size):
            return address - start + raw
    raise SystemExit(f"{path}: nothing is loaded to {address:#x}")


def text(at):
    return data[at : data.index(b"\0", at)].decode("ascii")


# Imported libraries: all of them come with Windows.
at, libraries = offset(u32(optional + 112 + 8)), []
while u32(at + 12):
    libraries.append(text(offset(u32(at + 12))).lower())
    at += 20
foreign = [name for name in libraries if re.match(r"lib.*|.*(vcruntime|msvcp|pthread).*", name)]
if foreign:
    faults.append(f"it needs libraries that do not come with Windows: {foreign}")

resources = {}
if u32(optional + 112 + 16):
    base = offset(u32(optional + 112 + 16))

    def leaf(at):
        """The first resource below a folder."""
        while at & 0x80000000:
            folder = base + (at & 0x7FFFFFFF)
            at = u32(folder + 16 + 4)
        start, size = u32(base + at), u32(base + at + 4)
        return data[offset(start) : offset(start) + size]

    for number in range(u16(base + 12) + u16(base + 14)):
        resources[u32(base + 16 + 8 * number)] = leaf(u32(base + 16 + 8 * number + 4))
if 3 not in resources or 14 not in resources:
    faults.append("it has no icon")
if version.encode("utf-16-le") not in resources.get(16, b""):
    faults.append(f"it does not say that it is version {version}")
for word in (b"longPathAware", b"PerMonitorV2", b"asInvoker"):
    if word not in resources.get(24, b""):
        faults.append(f"its manifest lacks {word.decode()}")
if len(data) > largest:
    faults.append(f"it has {len(data)} bytes, more than {largest}")
for fault in faults:
    print(f"{path.name}: {fault}", file=sys.stderr)
print(f"{path.name}: {kind}, {len(data) / 1e6:.1f} MB, imports {' '.join(sorted(set(libraries)))}")
sys.exit(bool(faults))
