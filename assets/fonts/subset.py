"""Cuts fonts down to the characters we use, with tabular figures by default, and writes them as TTF.

Usage: subset.py FOLDER NAME=FILE...
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x017F),  # Latin-1 Supplement, Latin Extended-A
    (0x0218, 0x021B),  # Romanian letters with comma below
    (0x02C6, 0x02C7),  # spacing accents
    (0x02D8, 0x02DD),
    (0x0300, 0x030C),  # combining accents
    (0x0327, 0x0328),
    (0x0384, 0x03CE),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x0490, 0x0491),
    (0x1EA0, 0x1EF9),  # Vietnamese
]
SINGLES = (
    "ẞ\u2002\u2003\u2007\u2009\u200A\u202F‐‑‒–—―‘’‚“”„†‡•…‰′″‹›⁄⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉€₿№™Ωµ"
    "←↑→↓↔↕↖↗↘↙↩↪⇄⇧⌘⌃⌥⏎⌫⎋⇥−×÷±√∞∑∆≈≠≤≥∙·½¼¾⅓⅔⅛"
    "■□▪▫▲△▴▶▷▸►▼▽▾◀◁◂◆◇○●◐◯★☆☑☐✓✔✗✘✕⚠"
)


def cut(source: Path, target: Path) -> None:
    """Writes the part of `source` we use to `target`."""
    font = TTFont(source)
    if "glyf" not in font:
        sys.exit(f"{source}: no TrueType outlines")
    freeze_tabular_figures(font)
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "STAT", "MVAR", "HVAR"]
    options.flavor = None
    wanted = {ord(character) for character in SINGLES}
    for first, last in RANGES:
        wanted.update(range(first, last + 1))
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = None
    # The same input gives the same bytes, whenever it is made.
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(target)
    print(f"{target.name}: {target.stat().st_size} bytes, {len(font.getBestCmap())} characters")


def freeze_tabular_figures(font: TTFont) -> None:
    """Maps the digits to glyphs that are all equally wide, for programs that know no font features."""
    if "GSUB" not in font:
        return
    gsub = font["GSUB"].table
    replaced = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for part in gsub.LookupList.Lookup[index].SubTable:
                part = getattr(part, "ExtSubTable", part)
                replaced.update(getattr(part, "mapping", {}))
    for table in font["cmap"].tables:
        if table.isUnicode():
            for digit in range(ord("0"), ord("9") + 1):
                table.cmap[digit] = replaced.get(table.cmap.get(digit), table.cmap.get(digit))
    widths = {font["hmtx"][font.getBestCmap()[digit]][0] for digit in range(ord("0"), ord("9") + 1)}
    if len(widths) != 1:
        sys.exit("the digits are not equally wide")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for argument in sys.argv[2:]:
        name, _, file = argument.partition("=")
        cut(Path(file), folder / f"{name}.ttf")
