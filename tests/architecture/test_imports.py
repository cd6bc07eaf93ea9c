"""The floors and the locks, as import-linter reads them from pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_imports_point_down_the_floors():
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run(
        [linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
