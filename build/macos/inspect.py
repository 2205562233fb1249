"""Looks into an application for macOS: what it says of itself, its icon and its programs.

inspect.py "Network Logging.app" VERSION
"""

import pathlib
import plistlib
import struct
import sys

app, version = pathlib.Path(sys.argv[1]), sys.argv[2]
contents = app / "Contents"
told = plistlib.loads((contents / "Info.plist").read_bytes())
assert told["CFBundleShortVersionString"] == version.split("-")[0], told
assert told["CFBundlePackageType"] == "APPL" and told["NSHighResolutionCapable"] is True, told
assert not [value for value in told.values() if isinstance(value, str) and ("@" in value or not value)], told
# Without a reason macOS 15 does not ask, and the home router never answers.
assert len(told["NSLocalNetworkUsageDescription"]) > 20, told

icon = (contents / "Resources" / told["CFBundleIconFile"]).read_bytes()
magic, length = struct.unpack(">4sI", icon[:8])
assert magic == b"icns" and length == len(icon), "the icon is damaged"
at, kinds = 8, {}
while at < len(icon):
    kind, length = struct.unpack(">4sI", icon[at : at + 8])
    picture = icon[at + 8 : at + length]
    assert picture[:8] == b"\x89PNG\r\n\x1a\n", kind
    kinds[kind.decode()] = struct.unpack(">I", picture[16:20])[0]
    at += length
expected = {"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}
assert kinds == expected, kinds

# Mach-O for one processor, or a file of several.
PROCESSORS = {0x0100000C: "arm64", 0x01000007: "x86_64"}
for name in (told["CFBundleExecutable"], "netlog"):
    program = contents / "MacOS" / name
    data = program.read_bytes()
    assert program.stat().st_mode & 0o111, f"{name} cannot be started"
    if data[:4] == b"\xca\xfe\xba\xbe":
        n = struct.unpack(">I", data[4:8])[0]
        found = [struct.unpack(">I", data[8 + 20 * i : 12 + 20 * i])[0] for i in range(n)]
    elif data[:4] == b"\xcf\xfa\xed\xfe":
        found = [struct.unpack("<I", data[4:8])[0]]
    else:
        raise SystemExit(f"{name} is no program for macOS")
    print(f"{name}: {', '.join(PROCESSORS.get(one, hex(one)) for one in found)}, {len(data) / 1e6:.1f} MB")
