"""A home in which there is one of everything, started once and copied for each test."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

from app import accounts
from app.accounts import disable_principal
from app.config import load_settings
from app.edge.services import build_services
from app.edge.work import unit_of_work
from app.factory import create_app
from app.namespace import add_workspace_member
from app.namespace.steward import steward
from tests.application import (
    ALICE,
    BOB,
    CHARLIE,
    ROOT,
    Template,
    migrated_copy,
    opened,
    start_template,
)
from tests.policies.everything import make_everything

DISABLED = "dora"
CAST = ("anonymous", DISABLED, CHARLIE, BOB, ALICE, ROOT)


@pytest.fixture(scope="session")
def everything(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Template, Mapping[str, str]]:
    """A started home with one of everything, and what fills the places in paths and bodies."""
    home = tmp_path_factory.mktemp("everything")
    url = migrated_copy(engine_name, request, home)
    template = start_template(home, url)
    app = create_app(build_services(load_settings(home, {"MUNIMENT_DATABASE_URL": url})))
    names = make_everything(app, template)
    token, more = _add_dora(app)
    app.extensions["muniment"].database.dispose()
    return Template(home, url, {**template.tokens, DISABLED: token}), {**names, **more}


@pytest.fixture
def application(
    everything: tuple[Template, Mapping[str, str]], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """The application over a copy of that home."""
    with opened(everything[0], tmp_path, request) as app:
        yield app


def _add_dora(app: Flask) -> tuple[str, dict[str, str]]:
    """Make somebody who may what alice may, but is disabled; and ids that pages need."""
    services = app.extensions["muniment"]
    with unit_of_work(services, steward(services.database.session())) as caller:
        dora = accounts.create_user(caller, DISABLED)
        add_workspace_member(caller, "default", DISABLED)
        token = accounts.create_token(caller, principal=DISABLED).secret
        disable_principal(caller, DISABLED)
        readers = accounts.get_principal(caller, "readers").principal
    return token, {"dora": dora.id, "readers": readers.id}
