"""Names of what is hidden: in no answer to a stranger, nor to somebody who may only browse."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app import accounts
from app.access.grants import grant
from app.db.metadata import new_id
from app.edge.work import unit_of_work
from app.namespace import create_catalog, create_schema
from app.namespace.steward import steward
from app.securables import FullName, Kind
from tests.application import ALICE, CHARLIE, Person, Template
from tests.policies import routes
from tests.policies.routes.row import A3, fill
from tests.security.home import House, opened

API = "/api/2.0/mlflow"
PARTS = ("", "/records", "/experiment-ids")
FILES = "/api/2.0/mlflow-artifacts/artifacts"
WORD = "zanzibar"
"""What every name, tag, file and value of the hidden world has in it, and nothing else has."""

CAT, SCHEMA = f"{WORD}cat", f"{WORD}schema"
BROWSER, DISTANT = "brenda", "diana"


def hidden_name(leaf: str) -> str:
    return f"{CAT}.{SCHEMA}.{WORD}{leaf}"


class World:
    """A house with a hidden catalog; its ids and names fill the places of the route tables."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.tokens = dict(house.template.tokens)
        with unit_of_work(house.services, steward(house.database.session())) as caller:
            create_catalog(caller, CAT, comment=WORD)
            create_schema(caller, CAT, SCHEMA, comment=WORD)
            grant(caller, FullName.of(CAT), ALICE, "role:manager", kind=Kind.CATALOG)
            grant(caller, FullName.of(CAT), ALICE, "role:contributor", kind=Kind.CATALOG)
            for name in (BROWSER, DISTANT):
                accounts.create_user(caller, name)
                self.tokens[name] = accounts.create_token(caller, principal=name).secret
            grant(caller, FullName.of("ml"), DISTANT, "role:reader", kind=Kind.CATALOG)
        self.alice = self.person(ALICE)
        self.names = {**house.names, **self.fill()}

    def person(self, name: str) -> Person:
        return Person(self.house.app.test_client(use_cookies=False), self.tokens[name])

    def fill(self) -> dict[str, str]:
        tag = {"key": f"{WORD}-key", "value": f"{WORD}-value"}
        made = {"model": hidden_name("model"), "spare": hidden_name("spare")}
        exp = self._ok("experiments/create", name=hidden_name("exp"), tags=[tag])
        made["exp"] = exp["experiment_id"]
        run = self._ok("runs/create", experiment_id=made["exp"], run_name=f"{WORD}-run", tags=[tag])
        made["run"] = made["dead"] = run["run"]["info"]["run_id"]
        metric = {"key": f"{WORD}-metric", "value": 1, "timestamp": 1}
        param = {"key": f"{WORD}-param", "value": WORD}
        self._ok("runs/log-batch", run_id=made["run"], metrics=[metric], params=[param])
        dataset = {"name": f"{WORD}-data", "digest": "d", "source_type": "s", "source": WORD}
        made |= {"table": hidden_name("table"), "spare_table": hidden_name("table2")}
        names = (dataset["name"], made["table"], made["spare_table"])
        used = [{"dataset": dataset | {"name": name}} for name in names]
        self._ok("runs/log-inputs", run_id=made["run"], datasets=used)
        folder = f"{FILES}/{made['exp']}/{made['run']}/artifacts"
        sent = self.alice.send("PUT", f"{folder}/model/{WORD}.txt", data=WORD.encode())
        assert sent.status_code == 200, sent.text
        self._ok("registered-models/create", name=made["model"], description=WORD, tags=[tag])
        source = {"source": f"runs:/{made['run']}/model", "run_id": made["run"]}
        self._ok("model-versions/create", name=made["model"], description=WORD, **source)
        self._ok("registered-models/alias", name=made["model"], alias=f"{WORD}a", version="1")
        logged = self._ok("logged-models", experiment_id=made["exp"], name=f"{WORD}lm")
        made["lm"] = logged["model"]["info"]["model_id"]
        self._evaluate(made)
        self._copy_to_the_open(made)
        return made

    def _evaluate(self, made: dict[str, str]) -> None:
        new = {"name": f"{WORD}-ds", "experiment_ids": [made["exp"]], "tags": f'{{"{WORD}": "x"}}'}
        dataset = self.alice.post(f"{A3}/datasets/create", **new).get_json()["dataset"]
        made["ds"] = dataset["dataset_id"]
        records = f'[{{"inputs": {{"{WORD}": "{WORD}"}}}}]'
        sent = self.alice.post(f"{A3}/datasets/{made['ds']}/records", records=records)
        assert sent.status_code == 200, sent.text

        place = {"experiment_id": made["exp"]}
        scorer = {"name": f"{WORD}-scorer", "serialized_scorer": f'{{"{WORD}": 1}}'}
        sent = self.alice.post(f"{A3}/scorers/register", **place, **scorer)
        assert sent.status_code == 200, sent.text
        label = {"name": f"{WORD}?", "type": "FEEDBACK", "input": {"text": {}}}
        sent = self.alice.post(f"{A3}/label-schemas/create", **place, **label)
        made["question"] = sent.get_json()["label_schema"]["schema_id"]
        queue = {"name": f"{WORD}-queue", "queue_type": "CUSTOM", "users": [WORD]}
        sent = self.alice.post(f"{A3}/review-queues/create", **place, **queue)
        made["queue"] = sent.get_json()["review_queue"]["queue_id"]

    def _copy_to_the_open(self, made: Mapping[str, str]) -> None:
        """Let lineage lead from what a reader of ``ml`` sees into the hidden catalog."""
        source = {"source": f"models:/{made['model']}/1"}
        self._ok("model-versions/create", name="ml.prod.wine", **source)

    def _ok(self, path: str, **message: Any) -> Any:
        answer = self.alice.post(f"{API}/{path}", **message)
        assert answer.status_code == 200, (path, answer.text)
        return answer.get_json()


@pytest.fixture(scope="module")
def world(
    everything: tuple[Template, Mapping[str, str]],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    with opened(request, everything, tmp_path_factory.mktemp("leaks")) as house:
        yield World(house)


ROWS = [row for row in routes.MLFLOW + routes.PAGES if "sign" not in row[1]]


def answers(world: World, name: str, *, methods: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield what somebody asked without saying a secret word, and the answer."""
    person = world.person(name)
    forms = {path for _, path, *_ in routes.PAGES}
    for method, path, body, _ in ROWS:
        if method not in methods:
            continue
        address = path.format(**world.names).replace("ml.prod.tasting", hidden_name("exp"))
        options: dict[str, Any] = {}
        if isinstance(body, dict):
            options = {"data" if path in forms else "json": fill(body, world.names)}
        with person.send(method, address, **options) as answer:
            text = answer.get_data(as_text=True) + str(answer.headers)
        said = f"{address} {options}"
        # What the asker said may come back to them, as they said it, or but the schema of it.
        for word in re.findall(rf"[\w.\-]*{WORD}[\w.\-]*", said):
            text = text.replace(word, "").replace(word.rpartition(".")[0] or word, "")
        yield f"{method} {address}", text


SEARCHES = [
    f"{API}/registered-models/search?filter=name LIKE '%25z%25'",
    f"{API}/registered-models/search",
    f"{API}/model-versions/search",
    f"{API}/model-versions/search?filter=run_id='{{run}}'",
    f"{API}/experiments/search?max_results=100&view_type=ALL",
    f"{A3}/datasets/search?max_results=100",
    f"{A3}/datasets/search?experiment_ids={{exp}}",
    f"{A3}/scorers/list",
    f"{A3}/scorers/list?experiment_ids={{exp}}",
    f"{API}/registered-models/get?name=ml.prod.wine",
    f"{API}/model-versions/get?name=ml.prod.wine&version=3",
    "/search?q=z",
    "/search?q=cat",
    "/catalogs",
    "/experiments",
    "/experiments/{exp}/evaluation",
    "/evaluation-datasets/{ds}",
    "/experiments/{exp}/issues",
    "/experiments/{exp}/reviews",
    "/review-queues/{queue}",
    "/models/ml.prod.wine",
    "/models/ml.prod.wine/versions",
    "/models/ml.prod.wine/lineage",
    "/models/ml.prod.wine/lineage?depth=5&direction=both",
    "/models/ml.prod.wine/permissions",
    "/access-requests",
    "/keys",
    "/profile",
    "/",
]


@pytest.mark.parametrize("name", [CHARLIE, DISTANT, BROWSER])
def test_no_answer_names_what_is_hidden(world: World, name: str):
    found = [
        asked
        for asked, text in answers(world, name, methods=("GET", "POST", "PATCH", "DELETE"))
        if WORD in text
    ]
    assert found == []


@pytest.mark.parametrize("name", [CHARLIE, DISTANT, BROWSER])
def test_no_search_list_or_lineage_names_what_is_hidden(world: World, name: str):
    person = world.person(name)
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("runs/search", {"experiment_ids": [world.names["exp"], world.house.names["exp"]]}),
        ("logged-models/search", {"experiment_ids": [world.names["exp"]]}),
        ("experiments/search", {"max_results": 100, "view_type": "ALL"}),
    ]
    texts = {path: person.post(f"{API}/{path}", **body).text for path, body in bodies}
    for path in SEARCHES:
        with person.send("GET", path.format(**world.names)) as answer:
            texts[path] = answer.get_data(as_text=True)
    assert [path for path, text in texts.items() if WORD in text] == []


def test_the_owner_does_find_it(world: World):
    """The words are there to be found: who may see them gets them from the same addresses."""
    for path in (f"{API}/registered-models/search", "/search?q=z", "/catalogs", "/experiments"):
        assert WORD in world.alice.send("GET", path).text, path
    lineage = world.alice.get("/models/ml.prod.wine/lineage", depth=5)
    assert WORD in lineage.text


@pytest.mark.parametrize("name", [CHARLIE, DISTANT])
def test_hidden_and_absent_get_the_same_answer(world: World, name: str):
    person = world.person(name)
    pairs = [
        ("registered-models/get?name={}", hidden_name("model"), hidden_name("none")),
        ("experiments/get-by-name?experiment_name={}", hidden_name("exp"), hidden_name("none")),
        ("experiments/get?experiment_id={}", world.names["exp"], "987654"),
        ("runs/get?run_id={}", world.names["run"], new_id()),
        ("logged-models/{}", world.names["lm"], f"m-{new_id()}"),
        ("model-versions/get?version=1&name={}", hidden_name("model"), hidden_name("none")),
        ("model-versions/get?name={}&version=1", f"{CAT}.{SCHEMA}.x", "nowhere.nothing.x"),
    ]
    newer = [
        *((f"{A3}/datasets/{{}}{end}", world.names["ds"], f"d-{new_id()}") for end in PARTS),
        (f"{A3}/label-schemas/get?schema_id={{}}", world.names["question"], f"ls-{new_id()}"),
        (f"{A3}/review-queues/get?queue_id={{}}", world.names["queue"], f"rq-{new_id()}"),
    ]
    for path, hidden, absent in [(f"{API}/{path}", *two) for path, *two in pairs] + newer:
        one = person.send("GET", path.format(hidden))
        two = person.send("GET", path.format(absent))
        assert one.status_code == two.status_code == 404
        assert one.text.replace(hidden, "") == two.text.replace(absent, "")


def test_a_taken_name_is_not_told_to_whoever_may_not_see_it(world: World):
    person = world.person(CHARLIE)
    for path, message in (
        ("registered-models/create", {"name": hidden_name("model")}),
        ("registered-models/create", {"name": hidden_name("none")}),
        ("experiments/create", {"name": hidden_name("exp")}),
        ("experiments/create", {"name": hidden_name("none")}),
    ):
        assert person.post(f"{API}/{path}", **message).status_code == 404


@pytest.mark.parametrize("name", [BROWSER])
def test_somebody_who_may_only_browse_sees_names_and_no_content(world: World, name: str):
    with unit_of_work(world.house.services, steward(world.house.database.session())) as caller:
        grant(caller, FullName.of("ml"), name, "BROWSE", kind=Kind.CATALOG)
    person = world.person(name)
    assert "ml.prod.wine" in person.get("/search", q="wine").text
    names = world.house.names
    run, exp, model = names["run"], names["exp"], names["model"]
    for path in (
        f"{FILES}/{exp}/{run}/artifacts/model/MLmodel",
        f"/get-artifact?run_id={run}&path=model/MLmodel",
        f"/model-versions/get-artifact?name={model}&version=1&path=MLmodel",
        f"/runs/{run}/files/model/MLmodel",
        f"{API}/artifacts/list?run_id={run}",
    ):
        with person.send("GET", path) as answer:
            assert answer.status_code in {403, 404}, path
            assert b"flavors" not in answer.get_data()
    found = [
        path for path in SEARCHES if WORD in person.send("GET", path.format(**world.names)).text
    ]
    assert found == []
