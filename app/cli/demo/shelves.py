"""Register what was trained, and say which version is the best."""

from __future__ import annotations

from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO

import mlflow
from mlflow.exceptions import MlflowException

from app.cli.demo.cast import JONAS, MARA, TOM, Person
from app.cli.demo.client import Client
from app.cli.demo.stage import check, step, told
from app.cli.demo.training import model_name, runs_by_name

CHAMPION = "champion"
CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A registered model, and the runs that its versions come from, the best one last."""

    person: Person
    name: str
    description: str
    experiment: str
    dataset: str
    runs: tuple[str, ...]

    @property
    def by_alias(self) -> str:
        """How a script asks for the version in use."""
        return f"models:/{self.name}@{CHAMPION}"


QUALITY = Shelf(
    MARA,
    "prod.wine.quality",
    "Tells three cultivars of wine apart by chemical analysis",
    "wine quality",
    "wine",
    ("linear-1", "forest-4", "linear-0.1"),
)
TUMOUR = Shelf(
    TOM,
    "prod.care.tumour",
    "Tells malignant from benign tumours by measurements of cell nuclei",
    "tumours",
    "breast_cancer",
    ("linear-1", "forest-6", "linear-0.01"),
)
DIGITS = Shelf(
    JONAS,
    "digits",
    "Reads a digit of 8 by 8 pixels; a short name, at home in the workspace",
    "digits",
    "digits",
    ("linear-0.001", "network-64"),
)
SHELVES = (QUALITY, TUMOUR, DIGITS)


def register_all(client: Client) -> None:
    """Register the versions that are not there yet, and point the aliases at the last two."""
    for shelf in SHELVES:
        with step(f"registering {shelf.name}"):
            numbers = _register(client.become(shelf.person), shelf)
        told(
            f"{shelf.person.first_name} registered {shelf.name}, {len(numbers)} versions: "
            f"{CHALLENGER} is {numbers[-2]}, {CHAMPION} is {numbers[-1]}."
        )


def _register(calls: mlflow.MlflowClient, shelf: Shelf) -> list[int]:
    runs = runs_by_name(calls, shelf.experiment)
    if not _is_there(calls, shelf):
        calls.create_registered_model(shelf.name, description=shelf.description)
    calls.set_registered_model_tag(shelf.name, "team", str(shelf.person.workspace))
    found = calls.search_model_versions(f"name = '{shelf.name}'")
    known = {version.run_id: version for version in found}
    numbers = []
    for name in shelf.runs:
        run = runs[name]
        version = known.get(run.info.run_id)
        if version is None:
            with redirect_stderr(StringIO()):  # it tells as well, and the story does
                source = f"runs:/{run.info.run_id}/{model_name(shelf.dataset)}"
                version = mlflow.register_model(source, shelf.name)
        if not version.description:
            calls.set_model_version_tag(shelf.name, version.version, "family", name.split("-")[0])
            accuracy = f"{run.data.metrics['accuracy']:.3f}"
            calls.update_model_version(shelf.name, version.version, f"{name}, accuracy {accuracy}")
        check(version.name == shelf.name, f"{shelf.name} came back as {version.name}")
        numbers.append(int(version.version))
    for alias, number in ((CHALLENGER, numbers[-2]), (CHAMPION, numbers[-1])):
        calls.set_registered_model_alias(shelf.name, alias, str(number))
        pointed = calls.get_model_version_by_alias(shelf.name, alias)
        check(int(pointed.version) == number, f"{alias} is {pointed.version}, and not {number}")
    return numbers


def _is_there(calls: mlflow.MlflowClient, shelf: Shelf) -> bool:
    try:
        calls.get_registered_model(shelf.name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise
    return True
