#!/usr/bin/env bash
# The two formats of Snappy under one name.
#
# Guess: compress() of cramjam's snappy makes the block format, as compress() of python-snappy does, which is a cover of
# cramjam; Prometheus remote write 1.0 wants the block format.
# Seen in cramjam 2.14.0 and python-snappy 0.7.3: cramjam's compress() makes the framed format, which begins with a chunk
# "sNaPpY" and has checksums, and compress_raw() the block format; neither decompress() reads what the other compress() made.
#
# Needs python3 with venv, and PyPI. Uses no network once the packages are here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cramjam==2.14.0 python-snappy==0.7.3
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import cramjam
import snappy

text = b"netlog_up netlog_up netlog_up"


def reads(decompress, data):
    """True if `data` gives the text; an error is a no."""
    try:
        return bytes(decompress(data)) == text
    except Exception:
        return False


framed, raw, block = bytes(cramjam.snappy.compress(text)), bytes(cramjam.snappy.compress_raw(text)), snappy.compress(text)
print(f"cramjam.snappy.compress: {framed[:10]}; compress_raw: {raw[:6]}; python-snappy's compress: {block[:6]}")
crossed = (reads(snappy.decompress, framed), reads(cramjam.snappy.decompress, block))
print(f"read by the other one's decompress(): {crossed}")
if framed[4:10] != b"sNaPpY" or raw != block or crossed != (False, False):
    sys.exit("this has changed")
PYTHON
