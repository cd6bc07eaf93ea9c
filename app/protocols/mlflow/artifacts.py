"""Files: the proxy of ``mlflow_artifacts.proto``, listings, and downloads."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.artifacts import FileInfo, Upload
from app.db import all_items
from app.edge import caller, query_dict, streams_body
from app.edge.bodies import refuse_encoding
from app.namespace import full_name
from app.protocols.mlflow.containers import (
    HeldFiles,
    VersionFiles,
    find_changeable_files,
    find_files,
)
from app.protocols.mlflow.downloads import send_file
from app.protocols.mlflow.routes import api, beside_api, empty
from app.protocols.mlflow.wire.logged_models import (
    GetLoggedModelArtifact,
    ListLoggedModelArtifacts,
)
from app.protocols.mlflow.wire.registry import GetVersionArtifact, to_version
from app.protocols.mlflow.wire.tracking import (
    Dumped,
    GetArtifact,
    ListArtifacts,
    ListProxiedArtifacts,
    dump_list,
)
from app.tracking.files import Holder, Listing

PROXY = "mlflow-artifacts"


@api("PUT", "artifacts/<path:path>", service=PROXY)
@streams_body
def upload_artifact(path: str) -> ResponseReturnValue:
    """Store the body as a file of a run, logged model or trace."""
    refuse_encoding()
    found = find_changeable_files(path)
    found.store(_upload(found.holder, found.path))
    return empty()


@api("GET", "artifacts/<path:path>", service=PROXY)
def download_artifact(path: str) -> Response:
    """Answer with a file, or a range of its bytes."""
    return send_file(find_files(path).open)


@api("DELETE", "artifacts/<path:path>", service=PROXY)
def delete_artifact(path: str) -> ResponseReturnValue:
    """Delete a file or a folder."""
    find_changeable_files(path).delete()
    return empty()


@api("GET", "artifacts", service=PROXY)
def list_proxied_artifacts() -> ResponseReturnValue:
    """List a folder; paths are names in it, unlike everywhere else."""
    found = find_files((ListProxiedArtifacts.read()["path"] or "").removesuffix("/"))
    listed = [_dump(info, info.name) for info in all_items(found.list)]
    return jsonify(dump_list("files", listed))


@api("GET", "artifacts/list")
def list_artifacts() -> ResponseReturnValue:
    """List a folder of a run; paths begin at the run's top."""
    return jsonify(answer_artifacts(ListArtifacts.read()))


@api("GET", "logged-models/<model_id>/artifacts/directories")
def list_logged_model_artifacts(model_id: str) -> ResponseReturnValue:
    """List a folder of a logged model; paths begin at the model's top."""
    wanted = ListLoggedModelArtifacts.read()
    files = HeldFiles(Holder(model_id=model_id), wanted["artifact_directory_path"] or "")
    return jsonify(_dump_listing(files.listing(wanted["page_token"] or "")))


@api("GET", "logged-models/<model_id>/artifacts/files")
def get_logged_model_artifact(model_id: str) -> Response:
    """Answer with a file of a logged model."""
    path = GetLoggedModelArtifact.read()["artifact_file_path"]
    return send_file(HeldFiles(Holder(model_id=model_id), path).open)


@api("POST", "upload-artifact")
@streams_body
def upload_run_artifact() -> ResponseReturnValue:
    """Store the body as a file of a run, as MLflow's pages do."""
    refuse_encoding()
    wanted = GetArtifact.parse(query_dict())
    holder = Holder(run_id=wanted["run_id"])
    HeldFiles(holder, wanted["path"]).store(_upload(holder, wanted["path"]))
    return empty()


@api("GET", "get-artifact")
@beside_api("GET", "get-artifact")
def get_artifact() -> Response:
    """Answer with a file of a run."""
    wanted = GetArtifact.read()
    return send_file(HeldFiles(Holder(run_id=wanted["run_id"]), wanted["path"]).open)


@beside_api("GET", "model-versions/get-artifact")
def get_model_version_artifact() -> Response:
    """Answer with a file of a model version."""
    wanted = GetVersionArtifact.read()
    name = full_name(caller(), wanted["name"])
    found = VersionFiles(name, to_version(wanted["version"]), wanted["path"])
    return send_file(found.open)


def answer_artifacts(wanted: Dumped) -> Dumped:
    """Return the answer to ListArtifacts."""
    files = HeldFiles(Holder(run_id=wanted["run_id"]), wanted["path"] or "")
    return _dump_listing(files.listing(wanted["page_token"] or ""))


def _dump_listing(listing: Listing) -> Dumped:
    listed = [_dump(info, info.path) for info in listing.page.items]
    files = dump_list("files", listed, listing.page.next_token)
    return {"root_uri": listing.root_uri, **files}


def _dump(info: FileInfo, path: str) -> Dumped:
    if info.is_dir:
        return {"path": path, "is_dir": True}
    return {"path": path, "is_dir": False, "file_size": info.size}


def _upload(holder: Holder, path: str) -> Upload:
    return Upload(
        container=holder.container,
        path=path,
        stream=request.stream,
        length=_announced_length(),
        content_type=request.mimetype,
    )


def _announced_length() -> int | None:
    """Return the length that the client announced.

    ``requests`` announces none for an empty file but sends it in chunks, of which there is none:
    only a body in which nothing comes passes for one of no bytes.
    """
    length = request.content_length
    if length is None and request.stream.read(1) == b"":
        return 0
    return length
