"""Data sets by full names, from the client that knows nothing of them."""

import json
import uuid

import mlflow
import pandas as pd
import pytest
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Dataset

from tests.conformance.conftest import Operator, SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

FRAME = pd.DataFrame(
    {
        "sugar": [1.5, None],
        "label": ["red", None],
        "picked": pd.to_datetime(["2026-01-01", "2026-01-02"]),
        "notes": [["dry"], ["ripe", "sweet"]],
    }
)


def log(name: str) -> Dataset:
    """Log the frame as the input of a new run; return what the run says of it."""
    mlflow.set_experiment(f"e-{uuid.uuid4().hex}")
    with mlflow.start_run() as run:
        mlflow.log_input(from_pandas(FRAME, name=name), context="training")
    inputs = mlflow.get_run(run.info.run_id).inputs
    assert inputs is not None
    return inputs.dataset_inputs[0].dataset


def test_a_data_set_logged_by_a_full_name_is_registered_with_its_columns(
    sign_in: SignIn, operator: Operator
):
    name = f"ml.prod.grapes-{uuid.uuid4().hex}"
    used = log(name)
    assert used.name == name
    shown = operator.json("dataset", "show", name, "--as", "bob")
    assert shown["owner"] == "alice"
    assert shown["digest"] == used.digest
    assert {one["column"]: (one["type"], one["nullable"]) for one in shown["columns"]} == {
        "sugar": ("double", True),
        "label": ("string", True),
        "picked": ("datetime", False),
        "notes": ("array<string>", False),
    }


def test_a_data_set_logged_by_a_short_name_is_registered_nowhere(
    sign_in: SignIn, operator: Operator
):
    before = operator.json("dataset", "list", "ml.prod")
    assert log("grapes").name == "grapes"
    assert operator.json("dataset", "list", "ml.prod") == before


def test_who_may_neither_see_nor_register_logs_the_name_all_the_same(
    sign_in: SignIn, operator: Operator, dora: str
):
    hidden = f"ml.prod.hidden-{uuid.uuid4().hex}"
    log(hidden)
    operator.does(f"workspace create elsewhere --member {dora}")
    sign_in(dora)
    absent = f"ml.prod.absent-{uuid.uuid4().hex}"
    of_hidden, of_absent = (
        json.dumps(log(name).to_dictionary()).replace(name, "NAME") for name in (hidden, absent)
    )
    assert of_hidden == of_absent
    listed = [one["name"] for one in operator.json("dataset", "list", "ml.prod")]
    assert hidden in listed
    assert absent not in listed


def test_a_file_name_in_three_parts_is_only_a_name(sign_in: SignIn):
    assert log("train.csv.gz").name == "train.csv.gz"
