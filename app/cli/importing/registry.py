"""Bring registered models and prompts with their versions and aliases."""

from __future__ import annotations

from app import imports
from app.cli.importing import lists
from app.cli.importing import messages as wire
from app.cli.importing.translating import to_model, to_version
from app.cli.importing.work import Work
from app.imports import Origin


def bring_registry(work: Work) -> None:
    """Bring all models, then all versions as they were made, then where the aliases point."""
    with work.bringing("registered models"):
        for model in lists.registered_models(work.source):
            work.seen["registered_models"] += 1
            with work.bringing(f"model {model.name!r}"):
                _bring_model(work, model)
    with work.bringing("versions"):
        for page in lists.versions(work.source):
            _bring_versions(work, page)
            work.tell(f"{work.seen['versions']} versions")
    with work.bringing("aliases"):
        for model in lists.registered_models(work.source):
            work.seen["aliases"] += len(model.aliases)
            if model.aliases:
                with work.bringing(f"aliases of {model.name!r}"):
                    _bring_aliases(work, model)


def _bring_model(work: Work, found: wire.RegisteredModel) -> None:
    with work.unit() as caller:
        imports.bring_model(caller, work.into, to_model(found, work.place(caller, found.name)))


def _bring_versions(work: Work, page: list[wire.ModelVersion]) -> None:
    work.seen["versions"] += len(page)
    names = {id(one): f"{one.name}/{one.version}" for one in page}
    known = work.known(Origin.VERSION, list(names.values()))
    for one in page:
        if names[id(one)] not in known:
            with work.bringing(f"version {names[id(one)]!r}"), work.unit() as caller:
                source = imports.bring_version(caller, work.vault, work.into, to_version(one))
                if one.source and not source:
                    work.tell(
                        f"Without files: version {names[id(one)]!r}, whose source "
                        f"{one.source[:200]!r} is none of the runs and models that were brought"
                    )


def _bring_aliases(work: Work, found: wire.RegisteredModel) -> None:
    aliases = {one.alias: one.version for one in found.aliases}
    with work.unit() as caller:
        imports.bring_aliases(caller, work.into, found.name, aliases)
