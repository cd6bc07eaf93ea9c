"""Ways out of an artifact's folder, as they were found in other servers: none is a way here.

The shapes are those of public advisories: CVE-2023-1177, -2356, -2780, -6015, -6018, -6753, -6831,
-6909, -6977, CVE-2024-1483, -1558, -1560, -1593, -1594, -2928, -3573, -3848, -8859, CVE-2026-2614.
"""

from urllib.parse import quote

import pytest

from tests.application import ALICE
from tests.security.home import House

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
GOOD = "model/MLmodel"

TRICKS = [
    "../../../../etc/passwd",
    "model/../../../../etc/passwd",
    "model/../MLmodel",
    "..",
    "model/..",
    "model/.",
    "./model/MLmodel",
    "model/./MLmodel",
    "model//MLmodel",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "%25252e%25252e%25252fetc",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "%2f%2fproc/self/root/etc/passwd",
    "file:///etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "http://169.254.169.254/latest",
    "s3:%2f%2fbucket/../x",
    "C:/Windows/win.ini",
    "C:%5cWindows%5cwin.ini",
    "model/C:%5cWindows",
    "%5c%5cserver%5cshare",
    "..%5c..%5c..%5cetc%5cpasswd",
    "model%5c..%5c..%5cetc",
    ";/../../../etc/passwd",
    "model;/../../etc/passwd",
    "model/MLmodel;x=y",
    "model/MLmodel%23",
    "%23/../../../etc/passwd",
    "model/MLmodel%3fx",
    "%3f/../../../etc/passwd",
    "model/MLmodel%00",
    "model/MLmodel%00.txt",
    "%00",
    "model/MLmodel%0a",
    "model/%0d%0aSet-Cookie:x",
    "model/.../x",
    "model/..%20/x",
    "model/%20/x",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "%ff%fe",
    "model/%e2%80%aeledomLM",
    "model/%cd%bex",
    "x" * 1100,
    "a/" * 600 + "b",
]

LOCATIONS = [
    "/etc",
    "//etc",
    "//proc/self/root",
    "etc",
    "..",
    "../../etc",
    "file:/etc",
    "file:///etc",
    "FILE:///etc",
    "file://localhost/etc",
    "file://evil.example/etc",
    "file:///\\..\\..\\etc",
    "\\\\server\\share",
    "C:\\Windows",
    "C:/Windows",
    "http:///#/../../../../../../../../etc/",
    "http:///?/../../../../../../../../etc/",
    "http://169.254.169.254/latest/meta-data",
    "http://evil.example/../../etc",
    "https://evil.example/",
    "s3://bucket/../..",
    "dbfs:/etc",
    "gopher://evil.example/",
    "mlflow-artifacts:/../../../etc",
    "mlflow-artifacts://evil.example:80/../../../etc",
    "mlflow-artifacts:/1/;/../../../etc",
    "mlflow-artifacts:/1/%2e%2e/%2e%2e/etc",
    "mlflow-artifacts:/1/#/../../etc",
    "runs:/../../etc",
    "runs:/{run}/../../etc",
    "runs:/{run}/..%2f..%2fetc",
    "runs:/{run}/model/../../../etc",
    "runs:/{run}/\\..\\..\\etc",
    "runs://evil.example/{run}/model",
    "models:/{model}/../../etc",
    "models:/{model}/1/../../../etc",
    "models:/m-../../../etc",
    " file:///etc",
    "\tfile:///etc",
    "file:///etc\0",
    "x" * 10_000,
]

READERS = [
    ("GET", FILES + "/{exp}/{run}/artifacts/{path}"),
    ("GET", "/get-artifact?run_id={run}&path={path}"),
    ("GET", "/model-versions/get-artifact?name={model}&version=1&path={version_path}"),
    ("GET", "/runs/{run}/files/{path}"),
    ("GET", API + "/logged-models/{lm}/artifacts/files?artifact_file_path={path}"),
]
LISTERS = [
    ("GET", API + "/artifacts/list?run_id={run}&path={path}"),
    ("GET", FILES + "?path={exp}/{run}/artifacts/{path}"),
    ("GET", API + "/logged-models/{lm}/artifacts/directories?artifact_directory_path={path}"),
]
WRITERS = [
    ("PUT", FILES + "/{exp}/{run}/artifacts/{path}"),
    ("DELETE", FILES + "/{exp}/{run}/artifacts/{path}"),
    ("PUT", FILES + "/{path}"),
    ("PUT", FILES + "/{exp}/{path}"),
    ("PUT", FILES + "/{exp}/models/{lm}/artifacts/{path}"),
    ("DELETE", FILES + "/{exp}/models/{lm}/artifacts/{path}"),
    ("DELETE", FILES + "/{path}"),
    ("DELETE", FILES + "/{exp}/{run}/{path}"),
]


@pytest.fixture(scope="module")
def furnished(shared_house: House) -> House:
    """The logged model has a file of the run's name."""
    address = f"{FILES}/{{exp}}/models/{{lm}}/artifacts/{GOOD}".format(**shared_house.names)
    assert shared_house.person(ALICE).send("PUT", address, data=b"flavors").status_code == 200
    return shared_house


def send(house: House, method: str, address: str, path: str) -> tuple[int, bytes]:
    names = {**house.names, "path": path, "version_path": path.removeprefix("model/")}
    data = b"PLANTED" if method == "PUT" else None
    with house.person(ALICE).send(method, address.format(**names), data=data) as answer:
        return answer.status_code, answer.get_data()


@pytest.mark.parametrize("method,address", READERS + LISTERS)
def test_no_trick_reads_what_is_elsewhere(furnished: House, method: str, address: str):
    good = GOOD if (method, address) in READERS else "model"
    status, content = send(furnished, method, address, good)
    assert (status, b"MLmodel" in content or b"flavors" in content) == (200, True)
    wrong = []
    for trick in TRICKS:
        status, content = send(furnished, method, address, trick)
        if not 400 <= status < 500 or b"root:" in content or b"flavors" in content:
            wrong.append(f"{trick[:60]}: {status} {content[:100]!r}")
    assert wrong == []


@pytest.mark.parametrize("method,address", WRITERS)
def test_no_trick_writes_or_deletes_what_is_elsewhere(furnished: House, method: str, address: str):
    before = (furnished.digest(), sorted(furnished.folder.rglob("*")))
    wrong = []
    for trick in TRICKS:
        status, content = send(furnished, method, address, trick)
        if not 400 <= status < 500:
            wrong.append(f"{trick[:60]}: {status} {content[:100]!r}")
    assert wrong == []
    assert (furnished.digest(), sorted(furnished.folder.rglob("*"))) == before


@pytest.mark.parametrize("method,address", WRITERS[:2])
def test_a_path_that_is_one_is_written_and_deleted(house: House, method: str, address: str):
    assert send(house, method, address, GOOD)[0] == 200


def test_an_odd_name_is_no_trick(house: House):
    for name in ("a..b", "..a", "a b", "ä/ö", "a%b", "~root", "etc/passwd", "a+b", "a&b", "@", "-"):
        path = quote(name)
        assert send(house, *WRITERS[0], path)[0] == 200, name
        assert send(house, *READERS[0], path) == (200, b"PLANTED"), name


def test_no_experiment_keeps_its_files_elsewhere(shared_house: House):
    before = shared_house.digest()
    alice = shared_house.person(ALICE)
    wrong = []
    for number, location in enumerate(LOCATIONS):
        place = location.replace("{run}", shared_house.names["run"])
        message = {"name": f"ml.prod.x{number}", "artifact_location": place}
        answer = alice.post(f"{API}/experiments/create", **message)
        if not 400 <= answer.status_code < 500:
            wrong.append(f"{location[:60]}: {answer.status_code}")
    assert wrong == []
    assert shared_house.digest() == before


PROMPT = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
TEXT = [*PROMPT, {"key": "mlflow.prompt.text", "value": "hello"}]


@pytest.mark.parametrize("tags", [[], PROMPT, TEXT], ids=["plain", "flagged", "prompt"])
@pytest.mark.parametrize("run_id", ["", "{run}"])
def test_no_version_comes_from_elsewhere(
    shared_house: House, tags: list[dict[str, str]], run_id: str
):
    before = shared_house.digest()
    alice = shared_house.person(ALICE)
    wrong = []
    for location in LOCATIONS:
        source = location.replace("{run}", shared_house.names["run"])
        source = source.replace("{model}", shared_house.names["model"])
        message = {"name": shared_house.names["model"], "source": source, "tags": tags}
        if run_id:
            message["run_id"] = shared_house.names["run"]
        answer = alice.post(f"{API}/model-versions/create", **message)
        if not 400 <= answer.status_code < 500:
            wrong.append(f"{location[:60]}: {answer.status_code}")
    assert wrong == []
    assert shared_house.digest() == before


def test_a_version_comes_from_a_run(house: House):
    message = {
        "name": house.names["model"],
        "source": f"runs:/{house.names['run']}/model",
        "run_id": house.names["run"],
    }
    alice = house.person(ALICE)
    assert alice.post(f"{API}/model-versions/create", **message).status_code == 200


@pytest.mark.parametrize("flag", [PROMPT, TEXT])
def test_a_caller_cannot_switch_the_check_off_by_saying_that_a_model_is_a_prompt(
    house: House, flag: list[dict[str, str]]
):
    """CVE-2026-2614: the tag may be on the model, on the version, or on both."""
    alice = house.person(ALICE)
    assert alice.post(f"{API}/registered-models/create", name="poc", tags=flag).status_code == 200
    for source in ("/etc", "file:///etc", "../../../../etc"):
        alice.post(f"{API}/model-versions/create", name="poc", source=source, tags=flag)
    for version in ("1", "2", "3"):
        query = {"name": "poc", "version": version, "path": "passwd"}
        answer = alice.get("/model-versions/get-artifact", **query)
        assert 400 <= answer.status_code < 500
        assert "root:" not in answer.text
