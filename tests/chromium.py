"""Finds the Chromium that the browser tests drive, and installs one where that needs no question.

``python -m tests.chromium`` is a step of ``make test``.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
ADVICE = "The browser tests need Chromium: install it (apt-get install chromium) or set CHROMIUM."


def find_chromium() -> str | None:
    """Return the path of the Chromium named by $CHROMIUM, or of one on PATH."""
    candidates = (os.environ.get("CHROMIUM") or "", *NAMES, MACOS)
    return next(filter(None, map(shutil.which, candidates)), None)


def install_chromium() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(ADVICE)
    print("Installing Chromium for the browser tests …", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        outcome = subprocess.run(
            ["apt-get", "--quiet", "--quiet", *arguments],
            env=environ,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if outcome.returncode != 0:
            sys.exit(ADVICE)


if __name__ == "__main__":
    if not find_chromium():
        install_chromium()
    print(find_chromium() or sys.exit(ADVICE))
