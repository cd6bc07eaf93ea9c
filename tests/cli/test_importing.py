"""``muniment import mlflow`` from a server that is odd, hostile, or not there."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.cli.command import Command
from tests.cli.other_server import (
    BYTES,
    EXPERIMENTS,
    FILES,
    HISTORY,
    LOGGED_MODELS,
    MODELS,
    RUN,
    RUNS,
    TRACES,
    VERSIONS,
    OtherServer,
    other_server,
)


@pytest.fixture
def there() -> Iterator[OtherServer]:
    with other_server() as server:
        yield server


def bring(command: Command, there: OtherServer, *more: str, code: int = 0) -> dict[str, Any]:
    """Import, and return (there, here) of each count, with the problems."""
    arguments = ("import", "mlflow", "--from", there.address, "--user", "alice", "--json", *more)
    result = command.run(*arguments)
    assert result.exit_code == code, result.output
    report = orjson.loads(result.stdout)
    pairs = {name: (n["there"], n["here"]) for name, n in report["counts"].items()}
    return pairs | {"problems": report["problems"]}


def refused(command: Command, there: str, *more: str) -> str:
    return command.fails("import", "mlflow", "--from", there, "--user", "alice", *more)


def run_with(**parts: Any) -> dict[str, Any]:
    info = {"run_id": RUN, "experiment_id": "7", "status": "FINISHED", "start_time": "5"}
    return {"runs": [{"info": info | parts.pop("info", {}), **parts}]}


def test_a_file_comes_as_it_is(command: Command, there: OtherServer):
    there.says[FILES] = {"files": [{"path": "a", "is_dir": True}]}
    there.says[f"{FILES} a"] = {"files": [{"path": "a/b.txt", "file_size": "5"}]}
    there.says[BYTES] = b"grape"
    found = bring(command, there)
    assert found["files"] == (1, 1)
    assert found["bytes"] == (5, 5)
    assert bring(command, there)["files"] == (1, 1)
    assert len([path for path in there.asked if path.startswith(BYTES)]) == 1


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "..", "a/b", "", "c:\\x", "a\x00b", "%2e%2e", "x" * 2000],
)
def test_a_path_that_leads_elsewhere_is_left_out(command: Command, there: OtherServer, path: str):
    there.says[FILES] = {"files": [{"path": path, "file_size": 1}, {"path": "b", "file_size": 1}]}
    there.says[BYTES] = b"x"
    found = bring(command, there, code=1)
    assert found["files"] == (2, 1)
    assert len(found["problems"]) == 1


def test_what_cannot_be_stored_does_not_keep_the_rest_away(command: Command, there: OtherServer):
    spoiled = [{"key": "told", "value": "a\x00b"}]
    there.says[RUNS] = run_with(
        info={"run_name": "a\x00b"}, data={"params": spoiled, "tags": spoiled}
    )
    found = bring(command, there)
    assert (found["runs"], found["params"]) == ((1, 1), (1, 1))


@pytest.mark.parametrize("path", ["", ".", "..", "/"])
def test_a_folder_that_leads_back_is_not_walked(command: Command, there: OtherServer, path: str):
    there.says[FILES] = {"files": [{"path": path, "is_dir": True}]}
    assert len(bring(command, there, code=1)["problems"]) == 1


@pytest.mark.parametrize("size", [4, 6, -1, 2**60, 10**30])
def test_a_file_of_another_size_than_listed_is_left_out(
    command: Command, there: OtherServer, size: int
):
    there.says[FILES] = {"files": [{"path": "b", "file_size": size}]}
    there.says[BYTES] = b"grape"
    found = bring(command, there, code=1)
    assert found["files"] == (1, 0)
    assert found["runs"] == (1, 1)


@pytest.mark.parametrize("size", [4, 6])
def test_a_body_of_another_size_than_listed_is_left_out(
    command: Command, there: OtherServer, size: int
):
    there.says[FILES] = {"files": [{"path": "b", "file_size": size}]}
    chunked = b"5\r\ngrape\r\n0\r\n\r\n"
    there.says[BYTES] = (200, {"Transfer-Encoding": "chunked"}, chunked)
    assert bring(command, there, code=1)["files"] == (1, 0)


@pytest.mark.parametrize("body", [b"5\r\ngra", b"5\r\ngrape\r\n", b"nonsense\r\n"])
def test_a_body_that_breaks_off_is_left_out(command: Command, there: OtherServer, body: bytes):
    there.says[FILES] = {"files": [{"path": "b", "file_size": 5}]}
    there.says[BYTES] = (200, {"Transfer-Encoding": "chunked", "Connection": "close"}, body)
    assert bring(command, there, code=1)["files"] == (1, 0)


def test_many_files_come_over_one_connection(command: Command, there: OtherServer):
    names = [f"{number}.txt" for number in range(20)]
    there.says[FILES] = {"files": [{"path": name, "file_size": 5} for name in names]}
    there.says[BYTES] = b"grape"
    assert bring(command, there)["files"] == (20, 20)
    assert there.connections == 1


def test_what_was_left_out_comes_once_it_can(command: Command, there: OtherServer):
    there.says[FILES] = {"files": [{"path": "b", "file_size": 5}]}
    bring(command, there, code=1)
    there.says[BYTES] = b"grape"
    assert bring(command, there)["files"] == (1, 1)


def test_a_redirect_is_not_followed(command: Command, there: OtherServer):
    there.says[EXPERIMENTS] = (302, {"Location": "http://127.0.0.2/steal"}, b"")
    assert "not followed" in refused(command, there.address)


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"[]", b'{"experiments": 3}', b'{"experiments": [{}]}', b"[" * 100_000],
    ids=["a page", "a list", "a number", "nothing in it", "depth"],
)
def test_an_answer_that_is_none_ends_it(command: Command, there: OtherServer, answer: bytes):
    there.says[EXPERIMENTS] = answer
    assert "answers what is no Experiments" in refused(command, there.address)


def test_a_page_that_follows_itself_ends_its_list(command: Command, there: OtherServer):
    there.says[RUNS] = run_with() | {"next_page_token": "again"}
    assert "round in circles" in bring(command, there, code=1)["problems"][0]


def test_no_numbers_stay_none(command: Command, there: OtherServer):
    points = [{"key": "m", "value": value, "timestamp": 1} for value in ("NaN", 1.5, "-Infinity")]
    there.says[RUNS] = run_with(data={"metrics": points[:1]})
    there.says[HISTORY] = {"metrics": points}
    assert bring(command, there)["points"] == (3, 3)


@pytest.mark.parametrize(
    "info", [{"status": "LOST"}, {"start_time": -1}, {"start_time": 2**70}, {"end_time": "soon"}]
)
def test_a_run_that_cannot_be_is_left_out(
    command: Command, there: OtherServer, info: dict[str, Any]
):
    there.says[RUNS] = run_with(info=info)
    assert bring(command, there, code=1)["runs"][1] == 0


def test_a_run_that_goes_on_there_is_looked_at_again(command: Command, there: OtherServer):
    there.says[RUNS] = run_with(info={"status": "RUNNING"})
    assert bring(command, there)["params"] == (0, 0)
    there.says[RUNS] = run_with(data={"params": [{"key": "lr", "value": "1"}]})
    assert bring(command, there)["params"] == (1, 1)
    there.says[RUNS] = run_with(data={"params": [{"key": "lr", "value": "2"}]})
    assert bring(command, there)["params"] == (1, 1)


def test_an_older_server_has_neither_logged_models_nor_traces(command: Command, there: OtherServer):
    del there.says[LOGGED_MODELS], there.says[TRACES]
    assert bring(command, there)["runs"] == (1, 1)


def test_a_model_whose_name_is_taken_is_left_out(command: Command, there: OtherServer):
    there.says[MODELS] = {"registered_models": [{"name": "wine"}]}
    there.says[f"{MODELS} tags.`mlflow.prompt.is_prompt` = 'true'"] = {}
    assert bring(command, there)["registered_models"] == (1, 1)
    with other_server() as another:
        another.says |= {name: there.says[name] for name in there.says if MODELS in name}
        assert "already exists" in bring(command, another, code=1)["problems"][0]


def test_a_version_without_a_source_here_has_no_files(command: Command, there: OtherServer):
    there.says[MODELS] = {"registered_models": [{"name": "wine"}]}
    there.says[f"{MODELS} tags.`mlflow.prompt.is_prompt` = 'true'"] = {}
    version = {"name": "wine", "version": "3", "source": "file:///etc", "creation_timestamp": 1}
    there.says[VERSIONS] = {"model_versions": [version]}
    there.says[f"{VERSIONS} tags.`mlflow.prompt.is_prompt` = 'true'"] = {}
    assert bring(command, there)["versions"] == (1, 1)


def test_a_name_in_three_parts_needs_its_schema(command: Command, there: OtherServer):
    there.says[EXPERIMENTS] = {"experiments": [{"experiment_id": "7", "name": "a.b.c"}]}
    found = bring(command, there, code=1)
    assert found["experiments"] == (1, 0)
    there.says[EXPERIMENTS] = {"experiments": [{"experiment_id": "7", "name": "ml.prod.c"}]}
    assert bring(command, there)["experiments"] == (1, 1)


def test_nobody_brings_runs_into_what_is_anothers(command: Command, there: OtherServer):
    place = ("--catalog", "ml", "--schema", "prod")
    bring(command, there, *place)
    command.says("grant", "CREATE EXPERIMENT", "on", "schema", "ml.prod", "to", "bob")
    with other_server() as another:
        found = command.run(
            "import", "mlflow", "--from", another.address, "--user", "bob", "--json", *place
        )
    assert found.exit_code == 1
    report = orjson.loads(found.stdout)
    assert report["counts"]["experiments"] == {"there": 1, "here": 0}
    assert "LOG RUN" in report["problems"][0]


def test_the_token_goes_by_environment(
    command: Command, there: OtherServer, started: Any, home: Any
):
    there.token = "the other server's"
    assert "refuses the credentials" in refused(command, there.address)
    knowing = Command(command.environ | {"MLFLOW_TRACKING_TOKEN": there.token})
    assert bring(knowing, there)["runs"] == (1, 1)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc",
        "mlflow",
        "http://",
        "http://x:port",
        "http://x:99999",
        "http://[x",
        "http://ann:secret@127.0.0.1",
        "ftp://x/y",
    ],
)
def test_what_is_no_address_is_refused(command: Command, address: str):
    assert "address" in refused(command, address).lower()


def test_a_server_that_is_not_there_is_named(command: Command, there: OtherServer):
    there.shutdown()
    there.server_close()
    assert f"{there.address} does not answer" in refused(command, there.address)


def test_every_thing_is_one_event(command: Command, there: OtherServer):
    bring(command, there)
    lines = command.json("audit", "list", "--operation", "import.*", "--limit", "50")
    assert {line["operation"] for line in lines} >= {
        "import.start",
        "import.experiment",
        "import.run",
        "import.read",
    }
    assert {line["principal"] for line in lines} == {"alice"}


def test_what_the_other_server_says_does_not_speak_to_the_terminal(
    command: Command, there: OtherServer
):
    named = {"experiment_id": "7", "name": "\x1b[2Jharvest"}
    there.says[EXPERIMENTS] = {"experiments": [named, {"experiment_id": "8", "name": "ok"}]}
    there.says[RUNS] = run_with(info={"run_id": "\x1b]0;mine\x07", "status": "\x1b[2J"})
    result = command.run("import", "mlflow", "--from", there.address, "--user", "alice")
    assert result.exit_code == 1
    assert "\x1b" not in result.output


@pytest.mark.parametrize("token", ["secret\n", "secret\r\nX-Admin: 1", "s\u0101cret"])
def test_a_token_that_no_header_carries_is_not_shown(
    command: Command, there: OtherServer, token: str
):
    command.environ["MLFLOW_TRACKING_TOKEN"] = token
    said = refused(command, there.address)
    assert "MLFLOW_TRACKING_TOKEN" in said
    assert "cret" not in said
    assert there.asked == []


@pytest.mark.parametrize(
    "address", ["http://a..b", "http://" + "x" * 70 + ".example", "http://127.0.0.1:1/\u0101"]
)
def test_an_address_that_nothing_can_be_sent_to_ends_it(command: Command, address: str):
    assert refused(command, address).startswith("Error: ")


def test_pages_that_never_end_end_it(command: Command, there: OtherServer):
    there.says[f"{MODELS} a"] = {"next_page_token": "b"}
    there.says[f"{MODELS} b"] = {"next_page_token": "a"}
    there.says[MODELS] = {"next_page_token": "a"}
    found = bring(command, there, code=1)
    assert "round in circles" in found["problems"][0]


def test_empty_pages_without_an_end_end_it(command: Command, there: OtherServer):
    there.says[MODELS] = lambda: {"next_page_token": str(len(there.asked))}
    found = bring(command, there, code=1)
    assert "pages are empty" in found["problems"][0]
    assert len(there.asked) < 500


def test_a_connection_that_breaks_in_a_file_leaves_that_file_out(
    command: Command, there: OtherServer
):
    there.says[FILES] = {"files": [{"path": "a", "file_size": 9}, {"path": "b", "file_size": 5}]}
    there.says[f"{BYTES} a"] = ConnectionResetError
    there.says[f"{BYTES} b"] = b"grape"
    found = bring(command, there, code=1)
    assert found["files"] == (2, 1)
    assert "broke off" in found["problems"][0]
