"""What docs/running.md says of backups, done to a server that runs."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import click
import pytest

from app.cli.main import main as command_line
from app.config import load_settings
from tests.serving import MUNIMENT, Served

PAGE = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
BLOCKS: list[str] = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
(BLOCK,) = (block for block in BLOCKS if "BACKUP" in block)
_API = "/api/2.0/mlflow"
_FILES = "/api/2.0/mlflow-artifacts/artifacts"
CONTENT = os.urandom(200_000)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A home that went on after its backup, the backup, and the address of a file in both."""
    folder = tmp_path_factory.mktemp("backup")
    home, backup = folder / "home", folder / "saved"
    with Served(home) as server:
        made = server.ok("POST", f"{_API}/runs/create", {"experiment_id": "0"})
        file = f"{_FILES}/0/{made['run']['info']['run_id']}/artifacts/weights"
        server.ok("PUT", file, CONTENT)
        _wait_for(home / "checkpoints")
        environment = os.environ | {"DIR": str(home), "BACKUP": str(backup)}
        subprocess.run(["sh", "-ec", BLOCK], env=environment, check=True)
        server.ok("POST", f"{_API}/runs/create", {"experiment_id": "0"})
    return home, backup, file


def _wait_for(sealed: Path) -> None:
    """A server seals within a second of its first start."""
    until = time.monotonic() + 10
    while not sealed.exists() and time.monotonic() < until:
        time.sleep(0.05)


def verify(home: Path) -> subprocess.CompletedProcess[str]:
    command = [MUNIMENT, "audit", "verify", "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_restored_backup_has_every_byte_and_a_sound_log(
    saved: tuple[Path, Path, str], tmp_path: Path
):
    _, backup, file = saved
    restored = shutil.copytree(backup, tmp_path / "restored")
    with Served(restored) as server:
        assert server.call("GET", file).content == CONTENT
    ended = verify(restored)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_backup_beside_newer_checkpoints_is_called_rolled_back(
    saved: tuple[Path, Path, str], tmp_path: Path
):
    home, backup, _ = saved
    restored = shutil.copytree(backup, tmp_path / "restored")
    shutil.copytree(home / "checkpoints", restored / "checkpoints", dirs_exist_ok=True)
    ended = verify(restored)
    assert ended.returncode == 1
    assert "rolled back" in ended.stdout, ended.stdout


def test_every_command_and_setting_of_the_page_exists(tmp_path: Path):
    for group, name in re.findall(r"`muniment ([a-z]+) ([a-z]+)", PAGE):
        command = command_line.get_command(click.Context(command_line), group)
        assert isinstance(command, click.Group), group
        assert name in command.commands, (group, name)
    named = set(re.findall(r"\bMUNIMENT_[A-Z]+_[A-Z_]+[A-Z]\b", PAGE))
    chosen = {"MUNIMENT_SECURITY_SECURE_COOKIES": "always", "MUNIMENT_WEBHOOKS_SCHEMES": "https"}
    texts = dict.fromkeys(named, "5") | chosen
    load_settings(tmp_path, texts)
