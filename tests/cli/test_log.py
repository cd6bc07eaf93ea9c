"""The log: read, verified and written out."""

import csv
from pathlib import Path

import orjson
import pytest

from tests.cli.command import Command


def test_events_come_newest_first_and_narrowed(command: Command):
    for name in ("one", "two"):
        command.says("catalog", "create", name)
    found = command.json("audit", "list", "--operation", "catalog.*", "--principal", "admin")
    assert [one["on"] for one in found[:2]] == ["two", "one"]
    found = command.json("audit", "list", "--on", "two", "--outcome", "allowed", "--since", "1h")
    assert {one["on"] for one in found} == {"two"}
    assert len(command.json("audit", "list", "--limit", "1")) == 1


def test_who_may_not_read_the_log_is_refused(command: Command):
    assert command.fails("audit", "list", "--as", "alice")
    assert command.fails("audit", "export", "--as", "alice")


def test_a_sound_log_is_verified(command: Command):
    command.says("catalog", "create", "one")
    verdict = command.json("audit", "verify")
    assert (verdict["sound"], verdict["unsealed"], verdict["flaw"]) == (True, 0, None)
    assert verdict["sealed"] > 0
    assert command.says("audit", "verify").startswith("Sound: ")


def test_an_export_is_verified_by_itself(command: Command, tmp_path: Path):
    file = tmp_path / "log.jsonl"
    written = command.json("audit", "export", "--output", str(file))
    assert len(file.read_bytes().splitlines()) == written["lines"]
    nowhere = Command({"MUNIMENT_HOME": str(tmp_path / "nowhere")})
    found = nowhere.json(
        "audit", "verify", "--export", str(file), "--public-key", written["public_key"]
    )
    assert found["sound"] is True
    assert not (tmp_path / "nowhere").exists()
    assert command.json("audit", "verify", "--export", str(file))["sound"] is True


def test_an_altered_export_is_found_out(command: Command, tmp_path: Path):
    command.says("catalog", "create", "one")
    file = tmp_path / "log.jsonl"
    command.says("audit", "export", "--output", str(file))
    file.write_bytes(file.read_bytes().replace(b'"one"', b'"two"', 1))
    result = command.run("audit", "verify", "--export", str(file))
    assert result.exit_code == 1
    assert "NOT sound" in result.stdout


@pytest.mark.parametrize("export_format", ["csv", "ocsf", "jsonl"])
def test_the_log_is_written_to_standard_output(command: Command, export_format: str):
    command.says("catalog", "create", "one")
    lines = command.says("audit", "export", "--format", export_format).splitlines()
    if export_format == "csv":
        assert "catalog.create" in {row["operation"] for row in csv.DictReader(lines)}
    else:
        assert all(isinstance(orjson.loads(line), dict) for line in lines)


@pytest.mark.parametrize("key", ["xyz", "", "ab", "0" * 66])
def test_a_public_key_is_hexadecimal(command: Command, tmp_path: Path, key: str):
    file = tmp_path / "log.jsonl"
    file.touch()
    said = command.fails("audit", "verify", "--export", str(file), "--public-key", key, code=2)
    assert "--public-key" in said


def test_a_public_key_without_an_export_is_not_passed_over(command: Command):
    said = command.fails("audit", "verify", "--public-key", "0" * 64, code=2)
    assert "--export" in said
