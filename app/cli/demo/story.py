"""The main job, told line by line: each line tells what the server did, or the demo fails.

Found, refused, asked for, granted, loaded, traced, proved, shut off with its key, and opened again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion

from app import access, keys
from app.access import requests
from app.cli.context import working
from app.cli.demo.cast import CATALOG, JONAS, KEY, MARA, TOM, VERA, WINE_LAB
from app.cli.demo.client import Client, refusal_of
from app.cli.demo.datasets import load
from app.cli.demo.evidence import trace, verify
from app.cli.demo.shelves import CHAMPION, DIGITS, QUALITY
from app.cli.demo.stage import answered, check, heading, step, told
from app.edge.services import Services
from app.keys.states import KeyState
from app.securables import FullName, Kind

_MODEL = FullName.parse(QUALITY.name)
_KEY = FullName.of(KEY)
_DENIED = "PERMISSION_DENIED"
_ABSENT = "RESOURCE_DOES_NOT_EXIST"
_REASON = "To tell wines apart in a study of diets"
_DAYS_ASKED = 90
_DAYS_GIVEN = 30
_SAME = 1e-9
_MILLIS_OF_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Scene:
    """What every part of the story needs."""

    client: Client
    services: Services


def tell(scene: Scene) -> None:
    """Tell the whole story. Raises StepFailedError at the first line that does not come true."""
    with step("setting the scene"):
        _rewind(scene)
    heading("A colleague in another workspace wants the model")
    with step("finding the model"):
        version = _find(scene)
    with step("loading without a grant"):
        _is_refused(scene)
    with step("asking"):
        request_id = _ask(scene)
    with step("approving"):
        _approve(scene, request_id)
    with step("loading with a grant"):
        _load(scene, version)
    heading("The auditor wants to know")
    with step("tracing"):
        trace(scene.services, VERA, QUALITY, int(version.version), TOM)
    with step("loading as the auditor"):
        _auditor_is_refused(scene)
    with step("verifying the log"):
        verify(scene.services, VERA, QUALITY, TOM)
    heading("The administrator turns the key")
    with step("disabling the key"):
        _disable(scene)
    with step("enabling the key"):
        _enable(scene, version)


def _rewind(scene: Scene) -> None:
    """Take back what an earlier telling left, so that this one begins at the beginning."""
    with working(scene.services) as caller:
        if keys.get_key(caller, _KEY).state is not KeyState.ENABLED:
            keys.enable_key(caller, _KEY)
    with working(scene.services, as_name=MARA.name) as caller:
        access.revoke(caller, _MODEL, TOM.name, "EXECUTE", kind=Kind.REGISTERED_MODEL)


def _find(scene: Scene) -> ModelVersion:
    calls = scene.client.become(TOM)
    found = calls.search_registered_models("name LIKE '%quality%'")
    names = [model.name for model in found]
    check(QUALITY.name in names, f"Tom found {names}, and not {QUALITY.name}")
    version = calls.get_model_version_by_alias(QUALITY.name, CHAMPION)
    told(
        f"Tom, in the workspace {TOM.workspace}, searches for “quality” and finds {QUALITY.name}, "
        f"version {version.version} of which is the champion: “{version.description}”."
    )
    refusal = refusal_of(
        lambda: calls.get_registered_model(f"{WINE_LAB}.default.{DIGITS.name}"), _ABSENT
    )
    told(f"Of what {JONAS.first_name} keeps in the workspace {WINE_LAB} he learns nothing:")
    answered(refusal)
    return version


def _is_refused(scene: Scene) -> None:
    scene.client.become(TOM)
    refusal = refusal_of(_load_champion, _DENIED)
    check("EXECUTE" in refusal, f"The refusal does not name EXECUTE: {refusal}")
    told(f"He loads {QUALITY.by_alias} and is refused:")
    answered(refusal)


def _ask(scene: Scene) -> str:
    wish = requests.Wish("EXECUTE", _REASON, duration=_DAYS_ASKED * _MILLIS_OF_DAY)
    with working(scene.services, as_name=TOM.name) as caller:
        request_id = requests.ask(caller, _MODEL, wish, kind=Kind.REGISTERED_MODEL)
    told(f"He asks for EXECUTE for {_DAYS_ASKED} days: “{_REASON}”.")
    return request_id


def _approve(scene: Scene, request_id: str) -> None:
    with working(scene.services, as_name=MARA.name) as caller:
        waiting = requests.list_decidable(caller).items
        asked = next((one for one in waiting if one.id == request_id), None)
        check(asked, f"{MARA.first_name} does not see the request")
        until = caller.now + _DAYS_GIVEN * _MILLIS_OF_DAY
        requests.approve(caller, request_id, requests.Approval(expires_at=until))
    with working(scene.services, as_name=MARA.name) as caller:
        held = access.effective_on(caller, _MODEL, kind=Kind.REGISTERED_MODEL, principal=TOM.name)
    check(any(one.privilege == "EXECUTE" for one in held), "The approval did not grant EXECUTE")
    told(f"Mara, who owns the model, sees the request and approves it for {_DAYS_GIVEN} days.")


def _load(scene: Scene, version: ModelVersion) -> None:
    logged = scene.client.become(MARA).get_run(str(version.run_id)).data.metrics["accuracy"]
    scene.client.become(TOM)
    accuracy = _accuracy(_load_champion())
    check(abs(accuracy - logged) < _SAME, f"Tom's accuracy is {accuracy}, the run's was {logged}")
    told(
        f"Tom's next request loads the model by its alias. On wines that it has not seen: "
        f"accuracy {accuracy:.3f}, as {MARA.first_name}'s run had logged."
    )


def _auditor_is_refused(scene: Scene) -> None:
    scene.client.become(VERA)
    refusal = refusal_of(_load_champion, _DENIED)
    told("Vera may not load the model herself: an auditor reads no content.")
    answered(refusal)


def _disable(scene: Scene) -> None:
    with working(scene.services) as caller:
        keys.disable_key(caller, _KEY)
    told(f"The administrator disables {KEY}, the key of the catalog {CATALOG}.")
    for person in (TOM, MARA):
        scene.client.become(person)
        refusal = refusal_of(_load_champion, _DENIED)
        check("key" in refusal.lower(), f"The refusal is not about the key: {refusal}")
        told(f"{person.first_name} can no longer load the model:")
        answered(refusal)


def _enable(scene: Scene, version: ModelVersion) -> None:
    with working(scene.services) as caller:
        keys.enable_key(caller, _KEY)
    scene.client.become(TOM)
    accuracy = _accuracy(_load_champion())
    told(
        f"The key is enabled again, and Tom loads version {version.version} with the same "
        f"accuracy, {accuracy:.3f}."
    )


def _load_champion() -> Any:
    return mlflow.sklearn.load_model(QUALITY.by_alias)


def _accuracy(model: Any) -> float:
    data = load("wine")
    return float(model.score(data.test, data.test_target))
