"""Bad input to every endpoint: a 4xx in MLflow's form, at once, and no row other than before."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from werkzeug import Response

from app.protocols.mlflow.evaluation_datasets import MAX_RECORDS_BYTES
from tests.application import ALICE, ROOT, Person
from tests.policies.routes import MLFLOW
from tests.policies.routes.row import A3, fill
from tests.security.home import House
from tests.security.messages import BY_ROOT, MESSAGES, SEARCHES, WITHOUT_MESSAGE, Endpoint

JSON = "application/json"
ENDPOINTS = MESSAGES + SEARCHES + BY_ROOT
NAMES = [f"{method} {path}" for method, path, _ in ENDPOINTS]
MEGABYTE = 1_000_000
LARGER = {f"{A3}/datasets/{{ds}}/records": MAX_RECORDS_BYTES}
CUT_SHORT = {
    "create": ("run_name", "user_id", "value"),
    "update": ("run_name",),
    "log-parameter": ("value",),
    "log-batch": ("value",),
    "set-tag": ("value",),
    "log-inputs": ("schema", "profile", "source"),
    "logged-models": ("value",),
    "params": ("value",),
    "search": ("dataset_name", "dataset_digest"),
    "tags": ("value",),
    "traces": ("shade", "mlflow.user", "value"),
    "{trace}": ("value",),
    "assessments": ("judge",),
    "{feedback}": ("judge",),
}


Place = tuple[str | int, ...]
"""The names and numbers that lead to a field."""


def bad_bodies(
    message: Mapping[str, Any], most: int = MEGABYTE
) -> Iterator[tuple[str, bytes, str | None]]:
    """Yield what is wrong, the body and its content type; ``most`` bytes are taken."""
    good = orjson.dumps(message)
    deep = b'{"a":' * 60 + b"1" + b"}" * 60
    yield "not JSON", b"{", JSON
    yield "a list", b"[" + good + b"]", JSON
    yield "a number", b"5", JSON
    yield "a text that is no JSON", b'"a"', JSON
    yield "two values", good + good, JSON
    yield "too deep", good[:-1] + b',"deeper":' + deep + b"}", JSON
    yield "far too deep", b"[" * 100_000, JSON
    yield "twice too much", good[:-1] + b',"x":"' + b"x" * 2 * most + b'"}', JSON
    yield "text", good, "text/plain"
    yield "a form", b"name=x", "application/x-www-form-urlencoded"
    yield "a script", good, "<script>alert(1)</script>"
    yield "no content type", good, None
    yield "not UTF-8", good[:-1] + b',"x":"\xff\xfe"}', JSON
    yield "UTF-16", good.decode().encode("utf-16"), JSON
    yield "half a pair", good[:-1] + b',"x":"\\ud800"}', JSON
    yield "NaN", good[:-1] + b',"x":NaN}', JSON
    yield "Infinity", good[:-1] + b',"x":-Infinity}', JSON
    for name, value in message.items():
        head, *rest = name.split("_")
        camel = head + "".join(part.title() for part in rest)
        if camel != name:
            twice = orjson.dumps({camel: value, name: value})
            yield f"{name} in both spellings", good[:-1] + b"," + twice[1:], JSON


def bad_values(value: Any) -> Iterator[Any]:
    """Yield what a field must not hold that holds ``value``."""
    if isinstance(value, bool):
        yield from ("perhaps", 5, [], {})
    elif isinstance(value, str):
        yield from ("a\0b", "x" * 300_000, 5, 1.5, True, [], {}, ["a"], {"a": "b"})
    elif isinstance(value, int | float):
        yield from ("many", "", "1,5", "0x10", "9" * 5000, True, [], {}, "\0", "٣")
        if isinstance(value, int):
            yield from (1.5, 1 << 63, -(1 << 64), 1e300, str(1 << 63))
    elif isinstance(value, list):
        yield from ("many", 5, True, {}, [[]], [5], [True], ["\0"])
        yield [value[:1]]
    else:
        yield from ("many", 5, True, [])


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the way to every field of a message, and to the fields of what is in it."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*place, number))


def at(message: Any, place: Place) -> Any:
    for step in place:
        message = message[step]
    return message


def changed(message: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    copy: Any = dict(message) if isinstance(message, dict) else list(message)
    copy[place[0]] = changed(message[place[0]], place[1:], value)
    return copy


def complaint(answer: Response, seconds: float) -> str:
    """Return what is amiss about a refusal; nothing, if all is well."""
    if not 400 <= answer.status_code < 500:
        return f"{answer.status_code} {answer.get_data()[:200]!r}"
    message = json.loads(answer.get_data())
    if set(message) != {"error_code", "message"} or not all(message.values()):
        return f"not MLflow's form: {answer.get_data()[:200]!r}"
    if len(answer.data) > 4000:
        return f"{len(answer.data)} bytes"
    return f"{seconds} s" if seconds > 1 else ""


def is_cut_short(path: str, place: Place) -> bool:
    """Tell whether a long text is no mistake: MLflow cuts it, or takes a megabyte of it."""
    ends = path.rpartition("/")[2]
    return place[-1] in CUT_SHORT.get(ends, ()) and place != ("key",)


def as_json(message: Any) -> dict[str, Any]:
    """Return a request's body; unlike the application's own encoder, this writes any number."""
    return {"data": json.dumps(message), "headers": {"Content-Type": JSON}}


def send(person: Person, endpoint: Endpoint, names: Mapping[str, str], **options: Any) -> str:
    method, path, _ = endpoint
    begun = time.thread_time()
    answer = person.send(method, path.format(**names), **options)
    return complaint(answer, time.thread_time() - begun)


def sender(house: House, endpoint: Endpoint) -> Person:
    return house.person(ROOT if endpoint in BY_ROOT else ALICE)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=NAMES)
def test_no_bad_body_is_taken(shared_house: House, endpoint: Endpoint):
    before = shared_house.digest()
    person = sender(shared_house, endpoint)
    message = fill(endpoint[2], shared_house.names)
    complaints = []
    for what, body, content_type in bad_bodies(message, LARGER.get(endpoint[1], MEGABYTE)):
        headers = {} if content_type is None else {"Content-Type": content_type}
        found = send(person, endpoint, shared_house.names, data=body, headers=headers)
        complaints += [f"{what}: {found}"] if found else []
    assert complaints == []
    assert shared_house.digest() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=NAMES)
def test_no_bad_field_is_taken(shared_house: House, endpoint: Endpoint):
    before = shared_house.digest()
    person = sender(shared_house, endpoint)
    message = fill(endpoint[2], shared_house.names)
    complaints = []
    for place in places(message):
        for value in bad_values(at(message, place)):
            bad = changed(message, place, value)
            if is_cut_short(endpoint[1], place) and isinstance(value, str) and "\0" not in value:
                continue
            found = send(person, endpoint, shared_house.names, **as_json(bad))
            complaints += [f"{place} {str(value)[:40]!r}: {found}"] if found else []
    assert complaints == []
    assert shared_house.digest() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=NAMES)
def test_a_scripts_content_type_is_not_echoed(shared_house: House, endpoint: Endpoint):
    method, path, _ = endpoint
    headers = {"Content-Type": "<script>alert(1)</script>"}
    person = sender(shared_house, endpoint)
    answer = person.send(
        method, path.format(**shared_house.names), data=b"<script>", headers=headers
    )
    assert answer.mimetype == "application/json"
    assert "<script" not in answer.text


@pytest.mark.parametrize("token", ["guess", "\0", "AAAA", "eyJhIjoxfQ==", "x" * 50_000, "-1", "'"])
def test_no_page_token_is_taken_that_was_not_given(shared_house: House, token: str):
    person = shared_house.person(ALICE)
    for endpoint in SEARCHES:
        message = fill(endpoint[2], shared_house.names)
        if "page_token" in message:
            bad = message | {"page_token": token}
            assert send(person, endpoint, shared_house.names, json=bad) == ""
    for path in ("registered-models/search", "model-versions/search", "experiments/search"):
        answer = person.get(f"/api/2.0/mlflow/{path}", page_token=token)
        assert complaint(answer, 0) == ""


QUERIES = [row[1] for row in MLFLOW if row[0] == "GET" and "?" in row[1]]


@pytest.mark.parametrize("path", QUERIES)
def test_no_bad_query_is_taken(shared_house: House, path: str):
    person = shared_house.person(ALICE)
    bare, _, query = path.format(**shared_house.names).partition("?")
    parameters = dict(pair.split("=") for pair in query.split("&"))
    complaints = []
    for name in parameters:
        for value in ("%00", "x" * 5000, "%ff%fe", "%ed%a0%80", "", "%F0%9F", "a%0d%0ab"):
            rest = [f"{key}={old}" for key, old in parameters.items() if key != name]
            bad = f"{bare}?{'&'.join([*rest, f'{name}={value}'])}"
            with person.send("GET", bad) as answer:
                is_listing = name == "path" and not value and "list" in bare
                if not is_listing and (found := complaint(answer, 0)):
                    complaints.append(f"{name}={value[:20]}: {found}")
        with person.send("GET", f"{path.format(**shared_house.names)}&{name}=second") as answer:
            is_repeated = name == "trace_ids" and answer.status_code == 200
            if not is_repeated and not 400 <= answer.status_code < 500:
                complaints.append(f"{name} twice: {answer.status_code}")
    assert complaints == []


def test_every_endpoint_that_takes_a_message_is_here():
    here = {(method, path) for method, path, _ in ENDPOINTS} | WITHOUT_MESSAGE
    known = {
        (method, path)
        for method, path, body, answers in MLFLOW
        if method in {"POST", "PATCH", "DELETE"}
        and isinstance(body, dict | None)
        and not {"404", "501"} >= set(answers.split()[2:])
        and "/nothing/here" not in path
        and "/artifacts/" not in path
    }
    assert known <= here, known - here
