"""Files of runs and logged models, through the proxy and by the listings and downloads."""

from io import BytesIO
from pathlib import Path

import orjson
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.tables import audit_events
from app.edge import Services
from tests.application import BOB, Person
from tests.protocols.mlflow.calls import API, PROXY, answer, create_experiment, refusal, start_run

_ABSENT = "RESOURCE_DOES_NOT_EXIST"
_INVALID = "INVALID_PARAMETER_VALUE"


def root_of(person: Person) -> str:
    """Return where a new run's files are, below the proxy."""
    uri: str = start_run(person)["artifact_uri"]
    return uri.removeprefix("mlflow-artifacts:/")


def put(person: Person, path: str, content: bytes = b"bytes", kind: str = "") -> TestResponse:
    headers = {"Content-Type": kind} if kind else {}
    return person.send("PUT", f"{PROXY}/{path}", data=content, headers=headers)


def names(person: Person, path: str) -> list[tuple[str, bool]]:
    found = answer(person.get(PROXY, path=path)).get("files", [])
    return [(one["path"], one["is_dir"]) for one in found]


@pytest.mark.parametrize("name", ["model.pkl", "a/b c/d.txt", "dossier é/файл 1.txt", "50%.csv"])
def test_a_file_comes_back_as_it_went_in(alice: Person, name: str) -> None:
    root = root_of(alice)
    path = f"{root}/{name}".replace("%", "%25")
    answer(put(alice, path, b"\x00\xff" * 1000))
    response = alice.get(f"{PROXY}/{path}")
    assert response.status_code == 200
    assert response.data == b"\x00\xff" * 1000
    assert response.content_length == 2000
    assert response.headers["Accept-Ranges"] == "bytes"


def test_a_file_may_be_looked_at_without_its_bytes(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/file"
    answer(alice.send("PUT", path, data=b"bytes"))
    response = alice.send("HEAD", path)
    assert (response.status_code, response.content_length, response.data) == (200, 5, b"")


def test_a_page_stores_a_file_of_a_run(alice: Person, charlie: Person) -> None:
    run_id = start_run(alice)["run_id"]
    here = f"{API}/upload-artifact?run_uuid={run_id}&path=notes/how.txt"
    answer(alice.send("POST", here, data=b"well"))
    found = alice.get("/get-artifact", run_uuid=run_id, path="notes/how.txt")
    assert found.data == b"well"
    refusal(charlie.send("POST", here, data=b"ill"), 404, _ABSENT)
    outside = here.replace("notes/", "../")
    refusal(alice.send("POST", outside, data=b"x"), 400, _INVALID)
    refusal(alice.send("POST", f"{API}/upload-artifact?path=x", data=b"x"), 400, _INVALID)


def test_an_empty_file_is_a_file(alice: Person) -> None:
    root = root_of(alice)
    answer(put(alice, f"{root}/__init__.py", b""))
    assert alice.get(f"{PROXY}/{root}/__init__.py").data == b""


def test_an_empty_file_may_come_in_chunks_as_requests_sends_it(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/empty"
    answer(_send_in_chunks(alice, path, b""))
    assert alice.get(path).data == b""


def test_any_other_body_has_to_announce_its_length(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/file"
    refusal(_send_in_chunks(alice, path, b"bytes"), 411, "BAD_REQUEST")
    refusal(alice.get(path), 404, _ABSENT)


def test_a_body_shorter_than_announced_leaves_nothing(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/file"
    announced = {"CONTENT_LENGTH": "5"}
    response = alice.send("PUT", path, data=b"by", environ_overrides=announced)
    refusal(response, 400, "BAD_REQUEST")
    refusal(alice.get(path), 404, _ABSENT)


def test_a_compressed_body_is_refused(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/file"
    response = alice.send("PUT", path, data=b"x", headers={"Content-Encoding": "gzip"})
    refusal(response, 400, _INVALID)
    answer(alice.send("PUT", path, data=b"x", headers={"Content-Encoding": "Identity"}))


@pytest.mark.parametrize(
    "claimed, sent",
    [
        ("text/html", "text/plain; charset=utf-8"),
        ("image/svg+xml", "text/plain; charset=utf-8"),
        ("application/javascript", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
        ("image/png", "image/png"),
        ("nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_no_browser_makes_more_of_a_file_than_bytes(alice: Person, claimed: str, sent: str) -> None:
    path = f"{root_of(alice)}/naïve.html"
    answer(put(alice, path, kind=claimed))
    response = alice.get(f"{PROXY}/{path}")
    assert response.data == b"bytes"
    headers = response.headers
    assert headers["Content-Type"] == sent
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''na%C3%AFve.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    "asked, start, end",
    [("bytes=0-3", 0, 4), ("bytes=4-", 4, 10), ("bytes=-3", 7, 10), ("bytes=8-99", 8, 10)],
)
def test_a_range_is_answered_with_its_bytes(
    alice: Person, asked: str, start: int, end: int
) -> None:
    path = f"{root_of(alice)}/file"
    answer(put(alice, path, b"0123456789"))
    response = alice.send("GET", f"{PROXY}/{path}", headers={"Range": asked})
    assert response.status_code == 206
    assert response.data == b"0123456789"[start:end]
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/10"


def test_a_range_outside_the_file_is_refused_with_its_size(alice: Person) -> None:
    path = f"{root_of(alice)}/file"
    answer(put(alice, path, b"0123456789"))
    response = alice.send("GET", f"{PROXY}/{path}", headers={"Range": "bytes=10-"})
    refusal(response, 416, _INVALID)
    assert response.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=0-1", "bytes=x"])
def test_a_range_that_is_not_understood_is_ignored(alice: Person, asked: str) -> None:
    path = f"{root_of(alice)}/file"
    answer(put(alice, path, b"0123456789"))
    response = alice.send("GET", f"{PROXY}/{path}", headers={"Range": asked})
    assert (response.status_code, response.data) == (200, b"0123456789")


def test_a_range_of_another_file_than_meant_is_the_whole_file(alice: Person) -> None:
    path = f"{PROXY}/{root_of(alice)}/file"
    answer(alice.send("PUT", path, data=b"first"))
    whole = alice.get(path)
    assert whole.data == b"first"
    headers = {"Range": "bytes=0-1", "If-Range": whole.headers["ETag"]}
    assert alice.send("GET", path, headers=headers).data == b"fi"
    answer(alice.send("PUT", path, data=b"second"))
    assert alice.send("GET", path, headers=headers).data == b"second"


def test_the_proxy_lists_names_and_the_run_lists_paths(alice: Person) -> None:
    root = root_of(alice)
    for path in ("a.txt", "model/MLmodel", "model/data/x.bin"):
        answer(put(alice, f"{root}/{path}"))
    assert names(alice, root) == [("a.txt", False), ("model", True)]
    assert names(alice, f"{root}/model") == [("MLmodel", False), ("data", True)]
    assert names(alice, f"{root}/none") == []
    run_id = root.split("/")[1]
    listed = answer(alice.get(f"{API}/artifacts/list", run_id=run_id, path="model"))
    assert listed["root_uri"] == f"mlflow-artifacts:/{root}"
    assert listed["files"] == [
        {"path": "model/MLmodel", "is_dir": False, "file_size": 5},
        {"path": "model/data", "is_dir": True},
    ]


def test_a_folder_is_deleted_with_all_in_it(alice: Person) -> None:
    root = root_of(alice)
    for path in ("a.txt", "model/MLmodel", "model/data/x.bin"):
        answer(put(alice, f"{root}/{path}"))
    answer(alice.send("DELETE", f"{PROXY}/{root}/model"))
    assert names(alice, root) == [("a.txt", False)]


def test_a_run_s_file_is_downloaded_by_the_id_of_the_run(alice: Person) -> None:
    root = root_of(alice)
    answer(put(alice, f"{root}/a/b.txt", b"here"))
    response = alice.get("/get-artifact", run_uuid=root.split("/")[1], path="a/b.txt")
    assert response.data == b"here"


def test_a_logged_model_has_files_of_its_own(alice: Person) -> None:
    number = create_experiment(alice)
    made = answer(alice.post(f"{API}/logged-models", experiment_id=number, name="tree"))
    info = made["model"]["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    answer(put(alice, f"{root}/data/model.pkl", b"tree"))
    here = f"{API}/logged-models/{info['model_id']}/artifacts"
    listed = answer(alice.get(f"{here}/directories", artifact_directory_path="data"))
    assert listed["files"] == [{"path": "data/model.pkl", "is_dir": False, "file_size": 4}]
    ajax = here.replace("/api/", "/ajax-api/")
    assert alice.get(f"{ajax}/files", artifact_file_path="data/model.pkl").data == b"tree"


def test_files_of_a_logged_model_in_the_trash_are_read_and_never_changed(alice: Person) -> None:
    number = create_experiment(alice)
    made = answer(alice.post(f"{API}/logged-models", experiment_id=number, name="tree"))
    root = made["model"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
    answer(put(alice, f"{root}/model.pkl", b"tree"))
    answer(alice.post(f"{API}/experiments/delete", experiment_id=number))
    refusal(put(alice, f"{root}/model.pkl", b"other"), 400, _INVALID)
    refusal(alice.delete(f"{PROXY}/{root}/model.pkl"), 400, _INVALID)
    assert alice.get(f"{PROXY}/{root}/model.pkl").data == b"tree"


@pytest.mark.parametrize(
    "path",
    [
        "file",
        "1/file",
        f"1/{'0' * 32}/file",
        f"workspaces/x/1/{'0' * 32}/artifacts/f",
        "1/models/x",
    ],
)
def test_nothing_is_stored_where_nobody_holds_files(alice: Person, path: str) -> None:
    assert "files belong to a run" in refusal(put(alice, path), 404, _ABSENT)


def test_nothing_is_stored_with_a_run_that_does_not_exist(alice: Person) -> None:
    refusal(put(alice, f"1/{'0' * 32}/artifacts/file"), 404, _ABSENT)


def test_a_run_is_only_in_its_own_experiment(alice: Person) -> None:
    root = root_of(alice)
    other = create_experiment(alice, "other")
    _, _, below = root.partition("/")
    refusal(put(alice, f"{other}/{below}/file"), 404, _ABSENT)


@pytest.mark.parametrize(
    "trick",
    [
        "../file",
        "a/../../file",
        "%2e%2e/file",
        "%252e%252e%252ffile",
        "a%5c..%5cfile",
        "%2Fetc%2Fpasswd",
        "C:%5Cfile",
        "a//b",
        "a%00b",
        "a%0ab",
        "a%23b",
        "file%ff",
        "a" * 1001,
        "...%20/file",
    ],
)
def test_a_path_that_means_another_is_refused_and_nothing_stored(alice: Person, trick: str) -> None:
    root = root_of(alice)
    for method in ("PUT", "GET", "DELETE"):
        response = alice.send(method, f"{PROXY}/{root}/{trick}", data=b"x")
        assert 400 <= response.status_code < 500, (method, response.status_code)
        assert set(response.get_json()) == {"error_code", "message"}
    assert names(alice, root) == []


def test_bob_reads_files_and_may_not_change_them(alice: Person, bob: Person) -> None:
    root = root_of(alice)
    answer(put(alice, f"{root}/file", b"first"))
    assert bob.get(f"{PROXY}/{root}/file").data == b"first"
    assert names(bob, root) == [("file", False)]
    refusal(put(bob, f"{root}/file", b"second"), 403, "PERMISSION_DENIED")
    refusal(bob.send("DELETE", f"{PROXY}/{root}/file"), 403, "PERMISSION_DENIED")
    assert alice.get(f"{PROXY}/{root}/file").data == b"first"


def test_the_log_tells_who_read_which_file(application: Flask, alice: Person, bob: Person) -> None:
    root = root_of(alice)
    answer(put(alice, f"{root}/a/file"))
    assert bob.get(f"{PROXY}/{root}/a/file").data == b"bytes"
    services: Services = application.extensions["muniment"]
    with services.database.session() as session:
        read = select(audit_events).where(audit_events.c.operation == "artifact.read")
        (event,) = session.execute(read).all()
    assert event.principal_name == BOB
    assert orjson.loads(event.details)["path"] == "a/file"


def test_a_file_that_was_altered_is_told_once(
    application: Flask, alice: Person, tmp_path: Path
) -> None:
    path = root_of(alice)
    answer(put(alice, f"{path}/file", b"x" * 1000))
    (stored,) = (one for one in (tmp_path / "blobs").rglob("*") if one.is_file())
    content = bytearray(stored.read_bytes())
    content[-1] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(content)
    # No 500, which MLflow's client would ask for again and again.
    refusal(alice.get(f"{PROXY}/{path}/file"), 410, "DATA_LOSS")


def test_charlie_cannot_tell_hidden_files_from_none(alice: Person, charlie: Person) -> None:
    root = root_of(alice)
    answer(put(alice, f"{root}/file"))
    run_id, none = root.split("/")[1], "0" * 32
    for method in ("PUT", "GET", "DELETE"):
        hidden = charlie.send(method, f"{PROXY}/{root}/file", data=b"x")
        absent = charlie.send(method, f"{PROXY}/{root}/file".replace(run_id, none), data=b"x")
        words = refusal(hidden, 404, _ABSENT)
        assert words.replace(run_id, none) == refusal(absent, 404, _ABSENT)


def _send_in_chunks(person: Person, path: str, content: bytes) -> TestResponse:
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return person.send("PUT", path, input_stream=BytesIO(content), environ_overrides=environ)
