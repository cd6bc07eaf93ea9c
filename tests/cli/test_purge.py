"""``muniment purge``: what was in the trash is gone for good, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.other_server import (
    BYTES,
    EXPERIMENTS,
    FILES,
    HISTORY,
    RUN,
    RUNS,
    OtherServer,
    other_server,
)

KEPT = "f" * 32


@pytest.fixture
def there() -> Iterator[OtherServer]:
    """A server with a deleted run beside one that is not, each with a point and a file."""
    with other_server() as server:
        info = {"experiment_id": "7", "status": "FINISHED"}
        data = {"metrics": [{"key": "m", "value": 1}], "params": [{"key": "p", "value": "1"}]}
        gone = {"info": info | {"run_id": RUN, "lifecycle_stage": "deleted"}, "data": data}
        kept = {"info": info | {"run_id": KEPT}, "data": data}
        server.says[RUNS] = {"runs": [gone, kept]}
        server.says[HISTORY] = {"metrics": [{"key": "m", "value": 1, "timestamp": 1}]}
        server.says[FILES] = {"files": [{"path": "a.txt", "file_size": 5}]}
        server.says[BYTES] = b"grape"
        yield server


def bring(command: Command, there: OtherServer) -> None:
    command.says("import", "mlflow", "--from", there.address, "--user", "alice")


def purge(command: Command, age: str = "0m") -> dict[str, int]:
    return dict(command.json("purge", "--older-than", age, "--confirm"))


def blobs(home: Path) -> int:
    return sum(path.is_file() for path in (home / "blobs").rglob("*"))


def test_a_run_in_the_trash_goes_with_its_files(command: Command, home: Path, there: OtherServer):
    before = blobs(home)
    bring(command, there)
    assert purge(command) == {"runs": 1}
    assert blobs(home) == before + 1
    assert purge(command) == {}


def test_what_has_not_been_there_long_enough_stays(command: Command, there: OtherServer):
    bring(command, there)
    assert purge(command, "1d") == {}


def test_an_experiment_goes_with_all_that_is_in_it_and_its_name_is_free(
    command: Command, home: Path, there: OtherServer
):
    before = blobs(home)
    trashed = [{"experiment_id": "7", "name": "harvest", "lifecycle_stage": "deleted"}]
    there.says[EXPERIMENTS] = {"experiments": trashed}
    bring(command, there)
    assert purge(command) == {"runs": 2, "experiments": 1}
    assert blobs(home) == before
    with other_server() as another:
        bring(command, another)


def test_it_is_the_administrators_and_has_to_be_confirmed(command: Command):
    assert "MANAGE" in command.fails("purge", "--older-than", "1d", "--confirm", "--as", "alice")
    assert "--confirm" in command.fails("purge", "--older-than", "1d", code=2)


def test_the_log_tells_what_went(command: Command, there: OtherServer):
    bring(command, there)
    purge(command)
    events = command.json("audit", "list", "--operation", "trash.purge")
    assert [RUN] in [event["details"].get("ids") for event in events]
