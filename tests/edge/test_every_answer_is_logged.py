"""Each answer of each route has its events: who got something, and who was refused."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.application import ALICE, BOB, CHARLIE, ROOT, Template
from tests.policies import routes
from tests.policies.routes import Row
from tests.policies.routes.row import fill, options_of
from tests.policies.test_every_route_is_covered import PUBLIC
from tests.security.home import House, identified, opened

ROWS = [(row, True) for row in routes.PAGES] + [(row, False) for row in routes.MLFLOW]
# Whoever may not create a model is told if it is there already and theirs to see, as clients ask.
LOOKS_TWICE = "registered-models/create"
SIGNED_IN = (CHARLIE, BOB, ALICE, ROOT)
# An address that no operation stands behind: there is nothing that could be decided.
UNDECIDED = ("/nothing/here", "/v1/traces", "/mpu/", "/presigned", "-url")


def is_decided(path: str, method: str) -> bool:
    is_public = any((method, path.partition("?")[0]) == rule for rule in PUBLIC)
    return (
        not is_public
        and not path.startswith(("/static/", "/mlflow/static-files/"))
        and not any(part in path for part in UNDECIDED)
    )


@pytest.fixture(scope="module")
def streets(
    everything: tuple[Template, Mapping[str, str]],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, House]]:
    """A house for each of the cast, so that what one changes the next still finds."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(opened(request, everything, tmp_path_factory.mktemp(name)))
            for name in SIGNED_IN
        }


@pytest.mark.parametrize("name", SIGNED_IN)
def test_every_answer_to_somebody_known_is_in_the_log(streets: Mapping[str, House], name: str):
    house = streets[name]
    wrong = [
        found
        for row, is_form in ROWS
        if is_decided(row[1], row[0]) and (found := unlogged(house, name, row, is_form=is_form))
    ]
    assert wrong == []


def unlogged(house: House, name: str, row: Row, *, is_form: bool) -> str:
    """Return what is amiss in the log after one request; nothing, if all is well."""
    method, path, body, _ = row
    request_id, header = identified()
    options = options_of(fill(body, house.names), is_form=is_form)
    options["headers"] = options.get("headers", {}) | header
    with house.person(name).send(method, path.format(**house.names), **options) as answer:
        status = answer.status_code
    outcomes = [str(event.outcome) for event in house.events(request_id)]
    refused = [outcome for outcome in outcomes if outcome in {"denied", "hidden"}]
    if path.endswith(LOOKS_TWICE):
        refused = refused[:1]
    is_well = {
        403: refused == ["denied"],
        404: len(refused) == 1 or outcomes == ["failed"],  # allowed, and then nothing was there
    }.get(status, "allowed" in outcomes if status < 400 else True)
    return "" if is_well else f"{method} {path}: {status} {outcomes}"
