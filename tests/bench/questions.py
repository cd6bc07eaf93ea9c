"""What servers are asked in turn: pages of runs, a whole history, pages of models."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from tests.bench.connections import Connection
from tests.bench.contests import Contestant, Question
from tests.bench.load import API
from tests.bench.registries import PLACE

HISTORY_KEY = "curve"
_PAGE = 25_000
_TOKEN = re.compile(rb'"next_page_token": ?"([^"]+)"')


def history() -> Question:
    """Ask for every point of a metric, page by page where the server has pages."""

    def ask(connection: Connection, contestant: Contestant) -> list[bytes]:
        asked = {"run_id": contestant.written[0], "metric_key": HISTORY_KEY, "max_results": _PAGE}
        answers = []
        while True:
            path = f"{API}/metrics/get-history?{urlencode(asked)}"
            answers.append(connection.fetch("GET", path))
            if not (token := _TOKEN.search(answers[-1][-4096:])):
                return answers
            asked["page_token"] = token[1].decode()

    def gist(answers: list[bytes]) -> Any:
        steps = [point["step"] for answer in answers for point in json.loads(answer)["metrics"]]
        return len(steps), sum(int(step) for step in steps)

    return Question(ask, gist)


def runs(**search: Any) -> Question:
    """Ask for the first 100 runs of a search."""

    def ask(connection: Connection, contestant: Contestant) -> list[bytes]:
        asked = {"experiment_ids": [contestant.experiment], "max_results": 100, **search}
        return [connection.fetch("POST", f"{API}/runs/search", json.dumps(asked).encode())]

    def gist(answers: list[bytes]) -> Any:
        found = json.loads(answers[0])["runs"]
        return [sorted(one["value"] for one in run["data"]["metrics"]) for run in found]

    return Question(ask, gist)


def models(**search: Any) -> Question:
    """Ask for the first 100 models of a search, and expect the same names of both."""
    path = f"{API}/registered-models/search?" + urlencode({"max_results": 100, **search})

    def gist(answers: list[bytes]) -> Any:
        found = json.loads(answers[0])["registered_models"]
        return [model["name"].removeprefix(PLACE) for model in found]

    return Question(lambda connection, _contestant: [connection.fetch("GET", path)], gist)
