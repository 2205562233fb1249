#!/usr/bin/env python3
"""Makes the icon fonts and src/gui/icons.rs from the npm package @phosphor-icons/web (MIT).

    npm pack @phosphor-icons/web@2.1.2 && tar xzf phosphor-icons-web-2.1.2.tgz
    pip install fonttools
    assets/icons/make.py package

To add an icon, add its name from https://phosphoricons.com to one of the lists and run this again.
"""
import pathlib
import re
import subprocess
import sys

REGULAR = """
    gauge lightning-slash list-bullets file-text seal-check path gear clock-countdown desktop wifi-high
    cell-tower globe signpost house pause play stop arrow-clockwise magnifying-glass sun moon monitor copy check
    check-circle x x-circle warning info question caret-down caret-up caret-right caret-left folder-open
    download-simple upload-simple trash note-pencil eye plus floppy-disk arrow-counter-clockwise
    calendar-blank clock funnel export ticket share-network pulse hourglass sliders-horizontal bell
    arrow-square-out command translate crosshair code plugs-connected
""".split()
FILL = "gauge lightning-slash check-circle x-circle warning info pause path gear file-text seal-check cell-tower globe signpost house".split()


def main():
    package = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).resolve().parent
    css = (package / "src/regular/style.css").read_text()
    codes = dict(re.findall(r'\.ph\.ph-([a-z0-9-]+):before\s*{\s*content:\s*"\\([0-9a-f]+)"', css))
    for names, style, font in [(REGULAR, "regular", "Phosphor.ttf"), (FILL, "fill", "Phosphor-Fill.ttf")]:
        unicodes = ",".join("U+" + codes[name] for name in names)
        subprocess.run(
            [sys.executable, "-m", "fontTools.subset", package / "src" / style / font, f"--unicodes={unicodes}",
             f"--output-file={here / f'phosphor-{style}.ttf'}", "--no-hinting", "--layout-features=",
             "--notdef-outline", "--drop-tables+=GSUB,GPOS,DSIG", "--name-IDs=0,1,2,13,14"],
            check=True)
    lines = ["//! Icons by name. Made by `assets/icons/make.py`, which knows how to add one.", "",
             '#![expect(dead_code, reason = "a set to choose from")]', ""]
    for name in sorted(set(REGULAR + FILL)):
        lines.append(f"pub(crate) const {name.upper().replace('-', '_')}: &str = \"\\u{{{codes[name]}}}\";")
    (here.parents[1] / "src/gui/icons.rs").write_text("\n".join(lines) + "\n")


main()
