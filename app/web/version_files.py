"""The files of a model's version: listed a folder at a time, and sent."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from app import registry
from app.artifacts import FileInfo, state_of_key
from app.edge import caller, services
from app.keys import KeyState
from app.registry import ModelVersion
from app.securables import FullName
from app.web.blueprint import next_address, web
from app.web.models import ModelHead, model_head
from app.web.partials import render
from app.web.runs import send


@dataclass(frozen=True, slots=True)
class VersionFilesPage:
    """A folder of a version."""

    head: ModelHead
    version: ModelVersion
    folder: str
    files: tuple[FileInfo, ...]
    next_url: str
    key_state: KeyState | None

    @property
    def parent_folder(self) -> str:
        """The folder above the one that is shown."""
        return self.folder.rpartition("/")[0]


@web.get("/models/<object:name>/versions/<int(max=999999999):version>/files")
def list_model_version_files(name: FullName, version: int) -> str:
    """List the files of a version; ``folder`` in the address chooses which."""
    head = model_head(name, "Versions")
    folder = request.args.get("folder", "")
    token = request.args.get("page", "")
    found = registry.list_version_files(caller(), name, version, folder, page_token=token)
    shown = registry.get_version(caller(), name, version)
    page = VersionFilesPage(
        head=head,
        version=shown,
        folder=folder,
        files=tuple(found.items),
        next_url=next_address(
            "web.list_model_version_files",
            found.next_token,
            name=name,
            version=version,
            folder=folder,
        ),
        key_state=state_of_key(caller().session, shown.container),
    )
    return render("version_files.html", page=page)


@web.get("/models/<object:name>/versions/<int(max=999999999):version>/files/<path:path>")
def download_version_file(name: FullName, version: int, path: str) -> Response:
    """Send a file of a version, to be kept and never to be shown as a page of ours."""
    return send(registry.open_version_file(caller(), services().vault, name, version, path))
