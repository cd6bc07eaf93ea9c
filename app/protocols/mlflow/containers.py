"""From a path of ``mlflow-artifacts`` to whose files it means.

A path is ``<experiment>/<run>/artifacts/…``, ``<experiment>/models/<model>/artifacts/…``,
``<experiment>/traces/<trace>/artifacts/…`` or ``versions/<registered model>/<number>/…``. It is
taken apart as text; what it names is then obtained by its id, like anything else, so that nothing
in it is trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app import registry
from app.access.obtain import Target
from app.artifacts import FileInfo, OpenedFile, Upload
from app.db import Page
from app.edge import caller, services
from app.errors import InvalidParameterError, NotFoundError
from app.tracking import files
from app.tracking.files import Holder, Listing

ByteRange = tuple[int, int | None] | None

_TAIL = "(?:/(?P<path>.*))?"
_RUN = re.compile(rf"(?P<number>[0-9]{{1,19}})/(?P<run>[0-9a-f]{{32}})/artifacts{_TAIL}", re.DOTALL)
_MODEL = re.compile(
    rf"(?P<number>[0-9]{{1,19}})/models/(?P<model>m-[0-9a-f]{{32}})/artifacts{_TAIL}", re.DOTALL
)
_TRACE = re.compile(
    rf"(?P<number>[0-9]{{1,19}})/traces/(?P<trace>[A-Za-z0-9_\-]{{1,50}})/artifacts{_TAIL}",
    re.DOTALL,
)
_VERSION = re.compile(
    rf"versions/(?P<model>[0-9a-f]{{32}})/(?P<version>[0-9]{{1,18}}){_TAIL}", re.DOTALL
)
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class HeldFiles:
    """The files of a run, a logged model or a trace, from a path on."""

    holder: Holder
    path: str

    def store(self, upload: Upload) -> FileInfo:
        """See ``app.tracking.files.store_file``."""
        return files.store_file(caller(), services().vault, self.holder, upload)

    def open(self, byte_range: ByteRange = None) -> OpenedFile:
        """See ``app.tracking.files.open_file``."""
        return files.open_file(caller(), services().vault, self.holder, self.path, byte_range)

    def list(self, page_token: str = "") -> Page[FileInfo]:
        """Return a page of what is in the folder."""
        return self.listing(page_token).page

    def listing(self, page_token: str = "") -> Listing:
        """See ``app.tracking.files.list_files``."""
        return files.list_files(caller(), self.holder, self.path, page_token=page_token)

    def delete(self) -> None:
        """See ``app.tracking.files.delete_files``."""
        files.delete_files(caller(), services().vault, self.holder, self.path)


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """The files of a version of a registered model, from a path on; they never change."""

    model: Target
    version: int
    path: str

    def open(self, byte_range: ByteRange = None) -> OpenedFile:
        """See ``app.registry.open_version_file``."""
        return registry.open_version_file(
            caller(), services().vault, self.model, self.version, self.path, byte_range
        )

    def list(self, page_token: str = "") -> Page[FileInfo]:
        """See ``app.registry.list_version_files``."""
        return registry.list_version_files(
            caller(), self.model, self.version, self.path, page_token=page_token
        )


def find_files(text: str) -> HeldFiles | VersionFiles:
    """Return the files that a path of the proxy names; nothing is looked up yet.

    Raises NotFoundError, which tells the forms there are, for a path of another, and
    InvalidParameterError for one that was not UTF-8.
    """
    if "\ufffd" in text:
        raise InvalidParameterError("Invalid value for path: it is not UTF-8", field="path")
    if found := _RUN.fullmatch(text):
        holder = Holder(run_id=found["run"], experiment_id=found["number"])
        return HeldFiles(holder, found["path"] or "")
    if found := _MODEL.fullmatch(text):
        holder = Holder(model_id=found["model"], experiment_id=found["number"])
        return HeldFiles(holder, found["path"] or "")
    if found := _TRACE.fullmatch(text):
        holder = Holder(trace_id=found["trace"], experiment_id=found["number"])
        return HeldFiles(holder, found["path"] or "")
    if found := _VERSION.fullmatch(text):
        return VersionFiles(found["model"], int(found["version"]), found["path"] or "")
    msg = (
        f"There is nothing that has files at {text[:_SHOWN]!r}: files belong to a run "
        "(<experiment id>/<run id>/artifacts/…), to a logged model "
        "(<experiment id>/models/<model id>/artifacts/…) or to a trace "
        "(<experiment id>/traces/<trace id>/artifacts/…), which has to exist first"
    )
    raise NotFoundError(msg, field="path")


def find_changeable_files(text: str) -> HeldFiles:
    """Return the files that a path names, to store or delete some.

    Raises as ``find_files``, and InvalidParameterError for the files of a version.
    """
    found = find_files(text)
    if isinstance(found, VersionFiles):
        msg = "The files of a model version are what they were when it was registered"
        raise InvalidParameterError(msg, field="path")
    return found
