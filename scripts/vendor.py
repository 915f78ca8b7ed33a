"""Fetch the browser libraries we ship into `src/contenthub/web/static/vendor`.

    python scripts/vendor.py           # needs npm once; verifies tarballs against the lock
    python scripts/vendor.py --check   # no network: do the committed files match the lock?
    python scripts/vendor.py --upgrade # after changing a version below: accept new tarballs

Users never run this: the minified files, their licences and `vendor.lock.json`
(sha256 of every file and of the tarball it came from) are committed. The lock
names packages and versions, never an address, so any registry mirror will do.
Icons are cut from @tabler/icons: those named in a template or a page module (any
quoted word that is an icon's name), and a palette that spares page authors a run
of this script for common ones.
"""

import argparse
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WEB = ROOT / "src" / "contenthub" / "web"
VENDOR = WEB / "static" / "vendor"
LOCK = WEB / "static" / "vendor.lock.json"

# package@version -> (path in the tarball -> name in static/vendor)
PACKAGES: dict[str, dict[str, str]] = {
    "bootstrap@5.3.8": {
        "dist/css/bootstrap.min.css": "bootstrap.min.css",
        "dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
        "LICENSE": "licences/bootstrap.txt",
    },
    "htmx.org@2.0.11": {
        "dist/htmx.min.js": "htmx.min.js",
        "LICENSE": "licences/htmx.txt",
    },
    "idiomorph@0.8.0": {
        "dist/idiomorph-ext.min.js": "idiomorph-ext.min.js",
        "LICENSE": "licences/idiomorph.txt",
    },
    "htmx-ext-sse@2.2.4": {
        "dist/sse.min.js": "htmx-ext-sse.min.js",
        "LICENSE": "licences/htmx-ext-sse.txt",
    },
    "weui@2.6.26": {
        "dist/style/weui.min.css": "weui.min.css",
        "LICENSE.txt": "licences/weui.txt",
    },
    "jodit@4.15.13": {
        "es2015/jodit.min.js": "jodit.min.js",
        "es2015/jodit.min.css": "jodit.min.css",
        "LICENSE.txt": "licences/jodit.txt",
    },
    "cropperjs@1.6.3": {
        "dist/cropper.min.js": "cropper.min.js",
        "dist/cropper.min.css": "cropper.min.css",
        "LICENSE": "licences/cropperjs.txt",
    },
    "konva@10.9.1": {
        "konva.min.js": "konva.min.js",
        "LICENSE": "licences/konva.txt",
    },
    "@wecom/jssdk@2.4.4": {
        "dist/wecom.global.prod.js": "wecom-jssdk.min.js",
        "package.json": "licences/wecom-jssdk.json",
    },
    "@tabler/icons@3.51.0": {
        "LICENSE": "licences/tabler-icons.txt",
    },
}

ICON_PACKAGE = "@tabler/icons@3.51.0"
ICON_CALL = re.compile(r"""\bicon(?:_name)?\s*(?:\(|=)\s*["']([a-z0-9-]+)["']""")
QUOTED = re.compile(r"""["']([a-z][a-z0-9-]+)["']""")
# Icons that macros pick by state, and those page authors reach for most.
PALETTE = """
affiliate alert-circle alert-triangle aperture archive arrow-back-up arrow-down arrow-left
arrow-right arrow-up ban bell bolt book books bookmark brand-wechat building building-bank cake
calendar calendar-event calendar-off calendar-stats camera cards chart-bar chart-funnel
chart-line check checklist checks chevron-down chevron-left chevron-right chevron-up
circle-check circle-dashed circle-minus circle-x click clipboard-check clipboard-list clock coin
copy credit-card database device-floppy device-mobile dots download edit external-link eye
eye-off file file-export file-import file-spreadsheet filter flag folder folder-open gift
git-branch hand-stop heart help-circle history home hourglass id info-circle key language
layout-dashboard link list-check loader lock login logout mail map-pin maximize menu-2 message
message-circle message-question moon news note package password pencil phone phone-call photo
photo-edit photo-plus pig-money player-pause player-play plug-connected plus printer qrcode
receipt refresh replace rocket rotate route scan search send send-off settings share share-2
shield-check shield-lock shopping-bag speakerphone stack-2 star sun table tag tags target
template trash trending-up trophy upload user user-check user-heart user-minus user-off
user-plus users users-group wallet world x zoom-in
arrow-forward-up blur box-multiple braces circle color-swatch crop focus-centered frame grid-dots
grip-vertical layout-align-bottom layout-align-center layout-align-left layout-align-middle
layout-align-right layout-align-top layout-distribute-horizontal layout-distribute-vertical line
lock-open palette polygon ruler-2 section shape square typography variable zoom-out
""".split()


def digest(data: bytes) -> str:
    """Return the sha256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


def named_icons(pattern: re.Pattern[str]) -> set[str]:
    """Return the words that `pattern` finds in templates and page modules."""
    names: set[str] = set()
    for path in [*WEB.rglob("*.html"), *WEB.rglob("*.py")]:
        names |= set(pattern.findall(path.read_text("utf-8")))
    return names


def pack(spec: str, folder: str) -> bytes:
    """Return the registry's tarball of `spec`, fetched by the ordinary npm client."""
    name = subprocess.run(
        ["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    return (pathlib.Path(folder) / name).read_bytes()


def member(archive: tarfile.TarFile, path: str) -> bytes | None:
    """Return one file of an npm tarball, or None when it is not there."""
    try:
        stream = archive.extractfile(f"package/{path}")
    except KeyError:
        return None
    return stream.read() if stream else None


def sprite(archive: tarfile.TarFile, names: set[str]) -> bytes:
    """Return one SVG with a <symbol> for each name; exits when an icon does not exist."""
    symbols = []
    for name in sorted(names):
        svg = member(archive, f"icons/outline/{name}.svg")
        if svg is None:
            sys.exit(f"no icon called {name} in {ICON_PACKAGE}")
        found = re.search(r"<svg[^>]*>(.*)</svg>", svg.decode(), re.S)
        body = re.sub(r'<path stroke="none"[^>]*/>', "", found.group(1) if found else "")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(body.split())}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n").encode()


def wanted_icons(archive: tarfile.TarFile) -> set[str]:
    """Return the palette, the icons called by name, and quoted words that are icons."""
    known = set(archive.getnames())
    maybe = {n for n in named_icons(QUOTED) if f"package/icons/outline/{n}.svg" in known}
    return named_icons(ICON_CALL) | set(PALETTE) | maybe


def fetch(upgrade: bool) -> None:
    """Write every vendor file and the lock; exits when a tarball differs from the lock."""
    known = json.loads(LOCK.read_text("utf-8"))["packages"] if LOCK.exists() else {}
    packages: dict[str, str] = {}
    files: dict[str, dict[str, object]] = {}
    for spec, wanted in PACKAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            tarball = pack(spec, folder)
            packages[spec] = digest(tarball)
            if not upgrade and known.get(spec, packages[spec]) != packages[spec]:
                sys.exit(f"{spec}: the registry's tarball is not the one in the lock")
            with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
                contents = {name: member(archive, path) for path, name in wanted.items()}
                if spec == ICON_PACKAGE:
                    contents["icons.svg"] = sprite(archive, wanted_icons(archive))
        for name, data in contents.items():
            if data is None:
                sys.exit(f"{spec}: the tarball has no file for {name}")
            (VENDOR / name).parent.mkdir(parents=True, exist_ok=True)
            (VENDOR / name).write_bytes(data)
            files[name] = {"package": spec, "sha256": digest(data), "bytes": len(data)}
    lock = {"packages": packages, "files": dict(sorted(files.items()))}
    LOCK.write_text(json.dumps(lock, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{len(files)} files from {len(packages)} packages")


def check() -> None:
    """Exit with the names of committed files that differ from the lock."""
    files = json.loads(LOCK.read_text("utf-8"))["files"]
    present = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()}
    wrong = sorted(present ^ set(files)) + [
        name
        for name, entry in files.items()
        if name in present and digest((VENDOR / name).read_bytes()) != entry["sha256"]
    ]
    if wrong:
        sys.exit("not as locked: " + ", ".join(wrong))
    print(f"{len(files)} files as locked")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="verify without network")
    parser.add_argument("--upgrade", action="store_true", help="accept tarballs not in the lock")
    options = parser.parse_args()
    check() if options.check else fetch(options.upgrade)
