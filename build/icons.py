"""Puts the pictures that build/icons drew into the icon files of Windows and macOS."""

import pathlib
import struct
import sys
import zlib

OUT = pathlib.Path(sys.argv[1])


def png(size):
    """One picture as it was drawn."""
    path = OUT / "1024.png" if size == 1024 else OUT / f"hicolor/{size}x{size}/apps/network-logging.png"
    return path.read_bytes()


def pixels(picture):
    """Width and rows of a PNG with eight bits each of red, green, blue and alpha, not interlaced."""
    at, data, width, height = 8, b"", 0, 0
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        body = picture[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            if (depth, colour, interlaced) != (8, 6, 0):
                raise SystemExit("rsvg-convert drew another kind of PNG than RGBA")
        elif kind == b"IDAT":
            data += body
    data = zlib.decompress(data)
    rows, above, stride = [], bytearray(width * 4), width * 4
    for y in range(height):
        start = y * (stride + 1)
        rule, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for x in range(stride):
            left = row[x - 4] if x >= 4 else 0
            up = above[x]
            corner = above[x - 4] if x >= 4 else 0
            if rule == 4:
                guess = left + up - corner
                near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            else:
                near = (0, left, up, (left + up) // 2)[rule]
            row[x] = (row[x] + near) & 255
        rows.append(row)
        above = row
    return width, rows


def bitmap(picture):
    """The same as a bitmap of an .ico: from the bottom up, blue first, and a mask that nothing new looks at."""
    size, rows = pixels(picture)
    colours = b"".join(
        bytes((row[x + 2], row[x + 1], row[x], row[x + 3])) for row in reversed(rows) for x in range(0, size * 4, 4)
    )
    masks = b""
    for row in reversed(rows):
        bits = "".join("0" if row[x * 4 + 3] else "1" for x in range(size)).ljust((size + 31) // 32 * 32, "0")
        masks += int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack("<IiiHHIIiiII", 40, size, size * 2, 1, 32, 0, len(colours) + len(masks), 0, 0, 0, 0)
    return header + colours + masks


# Small sizes are bitmaps, which everything that reads an .ico knows; large ones are PNG.
ico_sizes = [16, 24, 32, 48, 64, 128, 256]
pictures = [png(size) if size >= 128 else bitmap(png(size)) for size in ico_sizes]
at = 6 + 16 * len(ico_sizes)
entries = b""
for size, picture in zip(ico_sizes, pictures):
    entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), at)
    at += len(picture)
ico = struct.pack("<HHH", 0, 1, len(ico_sizes)) + entries + b"".join(pictures)
(OUT / "network-logging.ico").write_bytes(ico)

# macOS takes PNG for all of these; those of double density have types of their own.
icns_types = [
    (b"ic11", 32), (b"ic12", 64), (b"ic07", 128),
    (b"ic13", 256), (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024),
]
parts = [kind + struct.pack(">I", len(png(size)) + 8) + png(size) for kind, size in icns_types]
icns = b"".join(parts)
(OUT / "network-logging.icns").write_bytes(b"icns" + struct.pack(">I", len(icns) + 8) + icns)
