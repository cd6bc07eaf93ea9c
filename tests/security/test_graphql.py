"""Queries that ask too much, or for nothing: each is refused at once, before anything is read."""

import time
from typing import Any

import pytest

from tests.application import ALICE
from tests.security.home import House, said

PAGE = '{ mlflowGetRun(input: {runId: "x"}) { apiError { code } } }'
ONE = 'mlflowGetRun(input: {runId: "x"}) { apiError { code } }'
HALVES = [f"fragment F{n} on MlflowRunExtension {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40)]
NESTED = "{run" * 12 + "{info{runId}}" + "}" * 12

TOO_MUCH = {
    "aliases": "{" + " ".join(f"a{n}: {ONE}" for n in range(11)) + "}",
    "aliases below": "{ mlflowGetRun { run { info { "
    + " ".join(f"a{n}: runId" for n in range(11))
    + " } } } }",
    "aliases in fragments": "{ mlflowGetRun { run { ...A ...B } } }"
    "fragment A on MlflowRunExtension { info { "
    + " ".join(f"a{n}: runId" for n in range(6))
    + " } } fragment B on MlflowRunExtension { info { "
    + " ".join(f"b{n}: runId" for n in range(6))
    + " } }",
    "roots": "{" + " ".join([ONE] * 11) + "}",
    "fields": "{ mlflowGetRun { run { info {" + " runId" * 501 + "} } } }",
    "depth": "{ mlflowGetRun { run " + NESTED + " } }",
    "brackets": "{" * 5000,
    "brackets hidden in text": 'query Q($a: String = "' + "}" * 5000 + '") ' + "{a" * 400,
    "brackets hidden in a comment": "# " + "}" * 500 + "\n" + "{a" * 400,
    "lists": "{ mlflowGetRun(input: " + "[" * 900 + "]" * 900 + ") { apiError { code } } }",
    "list types": "query Q($a: " + "[" * 900 + "Int" + "]" * 900 + ") " + PAGE,
    "words": "{" + "a " * 3000 + "}",
    "characters": "{" + " " * 30_000 + "}",
    "fragments that double": PAGE
    + " ".join(HALVES)
    + "fragment F40 on MlflowRunExtension { info {runId} }",
    "a ring of fragments": "{ mlflowGetRun { run { ...A } } }"
    "fragment A on MlflowRunExtension { ...B } fragment B on MlflowRunExtension { ...A }",
    "a ring that nobody spreads": PAGE + "fragment A on MlflowRunExtension { ...A }",
    "operations": " ".join(f"query Q{n} {{ {ONE} }}" for n in range(300)),
    "an unknown fragment": "{ mlflowGetRun { run { ...Nowhere } } }",
    "directives": "{ mlflowGetRun" + ' @include(if: "x")' * 300 + " { apiError { code } } }",
}
NOTHING = {
    "its own type": "{ __typename }",
    "the schema": "{ __schema { types { name fields { name type { name } } } } }",
    "a type": '{ __type(name: "MlflowRun") { name } }',
    "what is skipped": "{ " + ONE.replace(") {", ") @skip(if: true) {") + " }",
    "what is not included": "{ " + ONE.replace(") {", ") @include(if: false) {") + " }",
}
WRONG = {
    "an unknown field": "{ mlflowDropEverything { apiError { code } } }",
    "an unknown argument": '{ mlflowGetRun(id: "x") { apiError { code } } }',
    "a subscription": "subscription { mlflowGetRun { apiError { code } } }",
    "a definition": "type Query { x: Int }",
    "an empty query": "",
    "no query": "fragment A on MlflowRunExtension { info { runId } }",
    "half a query": "{ mlflowGetRun",
    "a variable that is not given": (
        "query Q($a: MlflowGetRunInput!) { mlflowGetRun(input: $a) { apiError { code } } }"
    ),
    "two operations and no name": f"query A {PAGE} query B {PAGE}",
}
ALL = TOO_MUCH | NOTHING | WRONG


@pytest.mark.parametrize("query", ALL.values(), ids=ALL.keys())
def test_no_such_query_is_answered(shared_house: House, query: str):
    before = shared_house.digest()
    begun = time.thread_time()
    answer = shared_house.person(ALICE).post("/graphql", query=query)
    assert time.thread_time() - begun < 1
    assert answer.status_code == 400, answer.text[:500]
    assert said(answer)["error_code"] == "INVALID_PARAMETER_VALUE"
    assert len(answer.data) < 2000
    assert shared_house.digest() == before


@pytest.mark.parametrize("variables", ["x", 5, [], {"data": {"runId": [[["x"]]]}}, {"data": 5}])
def test_no_such_variables_are_taken(shared_house: House, variables: Any):
    query = "query Q($data: MlflowGetRunInput!) { mlflowGetRun(input: $data) { apiError { code }}}"
    answer = shared_house.person(ALICE).post("/graphql", query=query, variables=variables)
    assert answer.status_code == 400, answer.text[:500]


def test_as_much_as_is_allowed_is_answered(shared_house: House):
    query = "{" + " ".join(f"a{n}: {ONE}" for n in range(10)) + "}"
    answer = shared_house.person(ALICE).post("/graphql", query=query)
    assert answer.status_code == 200
    assert len(said(answer)["data"]) == 10


def test_a_query_is_a_message_and_nothing_else(shared_house: House):
    person = shared_house.person(ALICE)
    assert person.get("/graphql", query=PAGE).status_code == 405
    batch = person.send("POST", "/graphql", json=[{"query": PAGE}])
    assert batch.status_code == 400
    form = person.send("POST", "/graphql", data={"query": PAGE})
    assert form.status_code == 400
