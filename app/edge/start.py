"""Bring a home folder into being and up to date, before anything is served from it."""

from __future__ import annotations

from dataclasses import replace

from app.config import Settings
from app.db.metadata import now_millis
from app.db.migrations import migrate
from app.edge.services import Services
from app.edge.work import abandon, complete
from app.identity import Authenticated, Caller
from app.identity.principals import groups_of
from app.keys import ensure_metastore_key
from app.namespace import FirstStart, first_start, resolve_workspace
from app.namespace.steward import steward
from app.tracking.experiments import ensure_default_experiment


def make_home(settings: Settings) -> None:
    """Make the home folder, for its owner alone."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)


def prepare(
    services: Services, *, password: str | None = None, token: str | None = None
) -> FirstStart | None:
    """Migrate the database and, if it is empty, make what a metastore begins with.

    Several processes may do so at once: one makes it, the others find it made. Returns the secrets
    of the administrator if this was the first start.

    Raises InvalidParameterError if a secret that was given is too weak.
    """
    migrate(services.database)
    session = services.database.session()
    started = first_start(
        session, services.passwords, now=now_millis(), password=password, token=token
    )
    caller = started.caller if started else steward(session)
    try:
        made = ensure_metastore_key(caller, services.vault.key_ring)
        if started is not None:
            ensure_default_experiment(_settled(caller))
        if made is not None or started is not None:
            complete(services, caller)
    except BaseException:
        abandon(services, caller)
        raise
    finally:
        session.close()
    return started


def _settled(caller: Caller) -> Caller:
    """Return the caller of the first start as a member of the workspace that it just made."""
    groups = groups_of(caller.session, caller.principal.id)
    workspace = resolve_workspace(caller.session, Authenticated(caller.principal, groups))
    return replace(caller, groups=groups, workspace=workspace)
