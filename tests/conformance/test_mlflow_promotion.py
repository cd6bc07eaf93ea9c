"""A version goes to another catalog by copying it: under another key, and without another byte."""

import sqlite3
import uuid
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.application import Template
from tests.conformance.conftest import Operator, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def catalogs(operator: Operator) -> tuple[str, str]:
    """Two catalogs where alice contributes, the second of them under a key of its own."""
    names = (f"from-{uuid.uuid4().hex[:8]}", f"to-{uuid.uuid4().hex[:8]}")
    for name in names:
        operator.does(f"catalog create {name}")
        operator.does(f"schema create {name}.s")
        operator.does(f"grant role:contributor on catalog {name} to alice")
    operator.does(f"key create {names[1]}")
    operator.does(f"key bind {names[1]} {names[1]}")
    return names


@pytest.fixture
def source(catalogs: tuple[str, str], sign_in: SignIn) -> str:
    """A model of alice's in the first catalog, with one version of a few bytes."""
    client = MlflowClient()
    name = f"{catalogs[0]}.s.wine-{uuid.uuid4().hex[:8]}"
    run = client.create_run(client.create_experiment(f"{name}-trial"))
    client.log_text(run.info.run_id, "wine", "model/MLmodel")
    client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.set_registered_model_alias(name, "champion", "1")
    return name


@pytest.fixture
def target(catalogs: tuple[str, str]) -> str:
    """The name of a model to be in the second catalog."""
    return f"{catalogs[1]}.s.wine-{uuid.uuid4().hex[:8]}"


def read(model: str, folder: Path) -> str:
    uri = f"models:/{model}/1/MLmodel"
    return Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder))).read_text()


def blobs(template: Template) -> int:
    return sum(path.is_file() for path in (template.home / "blobs").rglob("*"))


def query(template: Template, sql: str, *values: str) -> list[Any]:
    with sqlite3.connect(template.home / "muniment.db", timeout=5) as database:
        return database.execute(sql, values).fetchall()


def test_a_copy_shares_the_bytes_under_a_key_of_its_own(
    source: str, target: str, operator: Operator, template: Template, tmp_path: Path
) -> None:
    before = blobs(template)
    copied = MlflowClient().copy_model_version(f"models:/{source}@champion", target)
    assert (copied.name, copied.version) == (target, "1")
    assert blobs(template) == before
    assert read(target, tmp_path / "copy") == "wine"
    key = target.partition(".")[0]
    operator.does(f"key disable {key}")
    with pytest.raises(MlflowException):
        read(target, tmp_path / "disabled")
    assert read(source, tmp_path / "source") == "wine"
    operator.does(f"key enable {key}")


def test_a_copy_outlives_what_it_was_made_of_and_lineage_knows(
    source: str, target: str, template: Template, tmp_path: Path
) -> None:
    client = MlflowClient()
    client.copy_model_version(f"models:/{source}/1", target)
    client.delete_model_version(source, "1")
    assert read(target, tmp_path) == "wine"
    edges = query(
        template,
        "SELECT s.label, t.label FROM lineage_edges e JOIN lineage_nodes s ON s.pk = e.source_pk"
        " JOIN lineage_nodes t ON t.pk = e.target_pk WHERE e.kind = 'copied' AND t.label = ?",
        f"{target}/1",
    )
    assert edges == [(f"{source}/1", f"{target}/1")]


def refused(source: str, target: str) -> str:
    with pytest.raises(MlflowException) as caught:
        MlflowClient().copy_model_version(f"models:/{source}/1", target)
    return str(caught.value)


def test_a_reader_of_the_source_may_not_write_the_target(
    source: str, target: str, operator: Operator, sign_in: SignIn
) -> None:
    for name in (source, target):
        operator.does(f"grant role:reader on catalog {name.partition('.')[0]} to bob")
    sign_in("bob")
    words = refused(source, target)
    assert "PERMISSION_DENIED" in words
    assert "CREATE MODEL" in words


def test_who_writes_the_target_alone_learns_nothing_of_the_source(
    source: str, target: str, operator: Operator, sign_in: SignIn
) -> None:
    operator.does(f"grant role:contributor on catalog {target.partition('.')[0]} to charlie")
    sign_in("charlie")
    assert refused(source, target).replace(source, "no.such.m") == refused("no.such.m", target)
    assert MlflowClient().search_model_versions(f"name = '{target}'") == []
    operator.does(f"revoke role:contributor on catalog {target.partition('.')[0]} from charlie")


def test_a_stranger_copies_nothing(source: str, target: str, sign_in: SignIn) -> None:
    sign_in("charlie")
    assert refused(source, target).replace(source, "no.such.m") == refused("no.such.m", target)
