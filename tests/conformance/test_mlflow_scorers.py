"""Scorers through the unmodified client."""

import uuid
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.genai.scorers import (
    Guidelines,
    Scorer,
    ScorerSamplingConfig,
    delete_scorer,
    get_scorer,
    list_scorers,
    scorer,
)
from mlflow.genai.scorers.registry import list_scorer_versions

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def experiment(sign_in: SignIn) -> str:
    """An experiment of alice's in ``ml.prod``, which bob may read, made the active one."""
    made = mlflow.set_experiment(f"ml.prod.scored-{uuid.uuid4().hex}")
    return str(made.experiment_id)


def judge(text: str = "Be polite.") -> Scorer:
    return Guidelines(name="polite", guidelines=text, model="openai:/gpt-4o")


def test_a_scorer_is_registered_listed_fetched_and_deleted(experiment: str):
    judge().register()
    judge("Be brief.").register()
    latest: Any = get_scorer(name="polite")
    assert latest.guidelines == "Be brief."
    first: Any = get_scorer(name="polite", version=1)
    assert first.guidelines == "Be polite."
    assert [one.name for one in list_scorers(experiment_id=experiment)] == ["polite"]
    versions = list_scorer_versions(name="polite", experiment_id=experiment)
    assert [version for _, version in versions] == [1, 2]
    delete_scorer(name="polite", experiment_id=experiment, version=2)
    left: Any = get_scorer(name="polite")
    assert left.guidelines == "Be polite."
    delete_scorer(name="polite", experiment_id=experiment, version="all")
    assert list_scorers(experiment_id=experiment) == []


def test_a_scorer_does_not_run_here(experiment: str):
    registered = judge().register()
    with pytest.raises(MlflowException, match="runs no jobs"):
        registered.start(sampling_config=ScorerSamplingConfig(sample_rate=0.5))


def test_a_function_stays_with_its_program(experiment: str):
    @scorer
    def is_long(outputs) -> bool:
        return len(outputs) > 5

    with pytest.raises(MlflowException):
        is_long.register()


def test_a_reader_reads_scorers_and_a_stranger_finds_none(experiment: str, sign_in: SignIn):
    judge().register()
    for name, code in (("bob", "PERMISSION_DENIED"), ("charlie", "RESOURCE_DOES_NOT_EXIST")):
        sign_in(name)
        for change in (
            lambda: judge().register(experiment_id=experiment),
            lambda: delete_scorer(name="polite", experiment_id=experiment, version="all"),
        ):
            with pytest.raises(MlflowException) as refused:
                change()
            assert refused.value.error_code == code
    with pytest.raises(MlflowException) as refused:
        get_scorer(name="polite", experiment_id=experiment)
    assert refused.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    sign_in("bob")
    assert get_scorer(name="polite", experiment_id=experiment).name == "polite"
