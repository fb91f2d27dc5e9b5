"""Copies the browser's third-party files, and the text cards' fonts, to static/vendor.

`python -m console.web.assets` is run by `make setup`, after `npm ci`. Nothing is built or changed:
the files are the packages' own, so their hashes can be compared with package-lock.json.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"

FONT = "@fontsource-variable/overpass"
CARD = "@expo-google-fonts"
CARD_FONTS = {
    "overpass/400Regular/Overpass_400Regular.ttf": "overpass-400.ttf",
    "overpass/700Bold/Overpass_700Bold.ttf": "overpass-700.ttf",
    "overpass/800ExtraBold/Overpass_800ExtraBold.ttf": "overpass-800.ttf",
    "overpass/LICENSE_FONT": "overpass.LICENSE",
    "noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf": "arabic-400.ttf",
    "noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf": "arabic-700.ttf",
    "noto-sans-arabic/LICENSE_FONT": "arabic.LICENSE",
    "noto-emoji/700Bold/NotoEmoji_700Bold.ttf": "emoji-700.ttf",
    "noto-emoji/LICENSE_FONT": "emoji.LICENSE",
}
"""What text cards are set in (`console.pictures`): typst reads no WOFF2."""
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "socket.io-client/dist/socket.io.min.js": "socket.io.min.js",
    "socket.io-client/LICENSE": "socket.io.LICENSE",
    f"{FONT}/files/overpass-latin-wght-normal.woff2": "overpass-latin.woff2",
    f"{FONT}/files/overpass-latin-ext-wght-normal.woff2": "overpass-latin-ext.woff2",
    f"{FONT}/files/overpass-cyrillic-wght-normal.woff2": "overpass-cyrillic.woff2",
    f"{FONT}/LICENSE": "overpass.LICENSE",
    **{f"{CARD}/{path}": f"card-{name}" for path, name in CARD_FONTS.items()},
}
"""Path in node_modules → file name in static/vendor."""


def copy(node_modules: Path, vendor: Path = VENDOR) -> None:
    """Copy the files that pages ask for, replacing what lies there.

    Raises:
        FileNotFoundError: a package is missing; the message says what to run.
    """
    missing = [source for source in FILES if not (node_modules / source).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{node_modules / missing[0]} is missing. Run `npm ci` first (or `make setup`)."
        )
    vendor.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(node_modules / source, vendor / name)


def main() -> int:
    try:
        copy(ROOT / "node_modules")
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(FILES)} files copied to {VENDOR.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
