"""The page on MLflow's endpoints says what the policies and the endpoints say."""

from collections.abc import Mapping

from flask import Flask

from tests.application import Template
from tests.policies.mlflow_document import DOCUMENT, describe_mlflow


def test_the_page_is_as_make_docs_draws_it(
    application: Flask, everything: tuple[Template, Mapping[str, str]]
) -> None:
    template, names = everything
    drawn = describe_mlflow(application, template, names)
    assert DOCUMENT.read_text("utf-8").splitlines() == drawn.splitlines()
