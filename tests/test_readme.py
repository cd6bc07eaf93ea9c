"""What README.md tells a reader to type does what it says."""

import contextlib
import re
import shlex
import subprocess
from pathlib import Path

from app.cli.main import COMMANDS
from app.config import load_settings
from tests.cli.command import Command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMAND = ".venv/bin/muniment "
LINES = [line for block in BLOCKS for line in block.splitlines() if line.startswith(COMMAND)]


def test_the_commands_of_the_blocks_run_one_after_another_on_a_fresh_home(tmp_path: Path):
    # Each in a process would cost a second; what they print is looked at by tests of their own.
    command = Command({"MUNIMENT_HOME": str(tmp_path / "home")})
    assert len(LINES) > 10
    with contextlib.chdir(tmp_path):
        for line in LINES:
            result = command.run(*shlex.split(line.removeprefix(COMMAND)))
            assert result.exit_code == 0, f"{line}\n{result.output}"


def test_a_command_runs_as_the_reader_types_it(tmp_path: Path):
    ended = subprocess.run(
        ["sh", "-ec", LINES[0]],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "MUNIMENT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("mun_")


def test_every_make_target_that_is_named_exists():
    named = set(re.findall(r"`make ([a-z-]+)", README)) | {
        target for block in BLOCKS for target in re.findall(r"(?m)^make ([a-z-]+)", block)
    }
    targets = set(re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text()))
    assert {"demo", "serve", "test"} <= named
    assert named <= targets


def test_every_command_that_is_named_in_a_sentence_exists():
    named = set(re.findall(r"`muniment ([a-z]+)", README))
    assert named <= set(COMMANDS)


def test_every_setting_that_is_named_exists(tmp_path: Path):
    named = set(re.findall(r"\bMUNIMENT_[A-Z]+_[A-Z_]+[A-Z]\b", README))
    load_settings(tmp_path, dict.fromkeys(named, ""))


def test_every_file_that_is_named_exists():
    named = re.findall(r"`((?:app|policies|config|docs|tests|migrations)/[\w./]+)`", README)
    named += re.findall(r"\]\((docs/[\w./-]+)\)", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
