"""The real ``mlflow`` client, and who it calls as."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from app.cli.demo.cast import Person
from app.cli.demo.folder import Folder
from app.cli.demo.stage import StepFailedError

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
_OF_MLFLOW = "MLFLOW_"
_ANSWER = re.compile(r'\{"error_code":"(?:[^"\\]|\\.)*","message":"(?:[^"\\]|\\.)*"\}')


class Client:
    """The client of one script at a time: it knows an address and a token and nothing else."""

    def __init__(self, url: str, folder: Folder) -> None:
        self.url = url
        self._folder = folder
        for name in [name for name in os.environ if name.startswith(_OF_MLFLOW)]:
            del os.environ[name]
        os.environ.update(_QUIET)
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        warnings.filterwarnings("ignore")
        mlflow.set_tracking_uri(url)
        mlflow.set_registry_uri(url)

    def become(self, person: Person) -> mlflow.MlflowClient:
        """Call as somebody from now on."""
        os.environ["MLFLOW_TRACKING_TOKEN"] = self._folder.sign_in(person.name).token
        return mlflow.MlflowClient()

    def admits(self, name: str, password: str) -> bool:
        """Tell whether the server knows somebody by a password."""
        credential = base64.b64encode(f"{name}:{password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - http, to the demo's own server
            f"{self.url}/api/2.0/mlflow/experiments/search?max_results=1",
            headers={"Authorization": f"Basic {credential}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                return bool(answer.status == HTTPStatus.OK)
        except urllib.error.HTTPError:
            return False


def refusal_of(attempt: Callable[[], Any], wanted: str) -> str:
    """Return the server's words for refusing something.

    Raises StepFailedError if it was not refused, or with another code than the one wanted.
    """
    try:
        attempt()
    except MlflowException as error:
        code, words = _answer(error)
        if code != wanted:
            message = f"Expected {wanted}, but the server answered {code}: {words}"
            raise StepFailedError(message) from error
        return words
    message = f"Expected {wanted}, but it was permitted"
    raise StepFailedError(message)


def _answer(error: MlflowException) -> tuple[str, str]:
    """Return the server's code and words, which the client wraps in its own for a download."""
    inner = _ANSWER.search(error.message)
    if inner:
        answer = json.loads(inner.group())
        return answer["error_code"], answer["message"]
    return error.error_code, error.message.removeprefix(f"{error.error_code}: ")
