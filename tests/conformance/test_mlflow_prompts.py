"""Prompts, by ``mlflow.genai``: register, load, point, find, tag and delete."""

import uuid
from collections.abc import Callable

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.conformance.conftest import SignIn

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

TEMPLATE = "Describe {{wine}} in {{words}} words."


@pytest.fixture
def prompt(sign_in: SignIn) -> str:
    """The name of a prompt of alice's with two versions, the first of them ``prod``."""
    name = f"ml.prod.describe-{uuid.uuid4().hex[:12]}"
    mlflow.genai.register_prompt(name, TEMPLATE, commit_message="first", tags={"tone": "dry"})
    mlflow.genai.register_prompt(name, [{"role": "user", "content": "{{wine}}?"}])
    mlflow.genai.set_prompt_alias(name, "prod", 1)
    return name


def refused(asked: Callable[[], object]) -> str:
    with pytest.raises(MlflowException) as caught:
        asked()
    return str(caught.value)


def test_a_prompt_is_loaded_by_version_alias_and_as_the_latest(prompt: str) -> None:
    first = mlflow.genai.load_prompt(f"prompts:/{prompt}/1")
    assert first.format(wine="Riesling", words=3) == "Describe Riesling in 3 words."
    assert (first.commit_message, first.tags["tone"]) == ("first", "dry")
    assert mlflow.genai.load_prompt(f"prompts:/{prompt}@prod", cache_ttl_seconds=0).version == 1
    latest = mlflow.genai.load_prompt(f"prompts:/{prompt}@latest", cache_ttl_seconds=0)
    assert latest.version == 2
    assert latest.format(wine="Port") == [{"role": "user", "content": "Port?"}]


def test_an_alias_moves_and_goes(prompt: str) -> None:
    mlflow.genai.set_prompt_alias(prompt, "prod", 2)
    assert mlflow.genai.load_prompt(f"prompts:/{prompt}@prod", cache_ttl_seconds=0).version == 2
    mlflow.genai.delete_prompt_alias(prompt, "prod")
    refused(lambda: mlflow.genai.load_prompt(f"prompts:/{prompt}@prod", cache_ttl_seconds=0))


def test_prompts_are_found_apart_from_models(prompt: str) -> None:
    leaf = prompt.rpartition(".")[2]
    assert prompt in [one.name for one in mlflow.genai.search_prompts()]
    found = mlflow.genai.search_prompts(f"name LIKE '%{leaf}%'")
    assert [one.name for one in found] == [prompt]
    assert prompt not in [one.name for one in MlflowClient().search_registered_models()]
    versions = MlflowClient().search_prompt_versions(prompt)
    assert sorted(one.version for one in versions) == [1, 2]


def test_prompts_and_their_versions_are_tagged(prompt: str) -> None:
    mlflow.genai.set_prompt_tag(prompt, "team", "cellar")
    assert mlflow.genai.get_prompt_tags(prompt)["team"] == "cellar"
    mlflow.genai.delete_prompt_tag(prompt, "team")
    assert "team" not in mlflow.genai.get_prompt_tags(prompt)
    mlflow.genai.set_prompt_version_tag(prompt, 1, "checked", "yes")
    again = mlflow.genai.load_prompt(f"prompts:/{prompt}/1", cache_ttl_seconds=0)
    assert again.tags["checked"] == "yes"
    mlflow.genai.delete_prompt_version_tag(prompt, 1, "checked")
    again = mlflow.genai.load_prompt(f"prompts:/{prompt}/1", cache_ttl_seconds=0)
    assert "checked" not in again.tags


def test_versions_and_prompts_are_deleted(prompt: str) -> None:
    client = MlflowClient()
    client.delete_prompt_version(prompt, "1")
    refused(lambda: client.load_prompt(f"prompts:/{prompt}/1", cache_ttl_seconds=0))
    client.delete_prompt_version(prompt, "2")
    client.delete_prompt(prompt)
    assert prompt not in [one.name for one in mlflow.genai.search_prompts()]


def test_a_model_does_not_take_the_name_of_a_prompt(prompt: str) -> None:
    assert "already exists" in refused(lambda: MlflowClient().create_registered_model(prompt))


def test_a_reader_loads_prompts_and_changes_none(prompt: str, sign_in: SignIn) -> None:
    sign_in("bob")
    loaded = mlflow.genai.load_prompt(f"prompts:/{prompt}@prod", cache_ttl_seconds=0)
    assert loaded.template == TEMPLATE
    assert prompt in [one.name for one in mlflow.genai.search_prompts()]
    for change in (
        lambda: mlflow.genai.register_prompt(prompt, "other"),
        lambda: mlflow.genai.set_prompt_alias(prompt, "prod", 2),
        lambda: mlflow.genai.set_prompt_tag(prompt, "a", "b"),
        lambda: mlflow.genai.set_prompt_version_tag(prompt, 1, "a", "b"),
        lambda: MlflowClient().delete_prompt_version(prompt, "1"),
    ):
        assert "PERMISSION_DENIED" in refused(change)


def test_a_stranger_cannot_tell_a_prompt_from_none(prompt: str, sign_in: SignIn) -> None:
    sign_in("charlie")
    nothing = "ml.prod.nothing"

    def load(name: str) -> str:
        return refused(
            lambda: mlflow.genai.load_prompt(f"prompts:/{name}@prod", cache_ttl_seconds=0)
        )

    assert load(prompt).replace(prompt, nothing) == load(nothing)
    assert mlflow.genai.search_prompts() == []
    refused(lambda: mlflow.genai.set_prompt_tag(prompt, "a", "b"))
    refused(lambda: mlflow.genai.register_prompt(prompt, "other"))
