"""Stored bytes: put, get, list, copy, delete, always inside an envelope.

The use-case that calls these has obtained the securable that the container belongs to. A
container is a string such as ``run:<id>``; a path inside it is text and nothing more.
"""

from app.artifacts.blobstore import BlobStore, LocalBlobStore
from app.artifacts.files import (
    OpenedFile,
    Upload,
    attach,
    open_file,
    store_file,
)
from app.artifacts.folders import copy_files, delete_containers, delete_files
from app.artifacts.listing import FileInfo, list_files
from app.artifacts.orphans import collect_orphans
from app.artifacts.paths import normalize_directory, normalize_path
from app.artifacts.stakes import Stake, models_at_stake, preview_disable, state_of_key
from app.artifacts.vault import StoredBlob, Vault

__all__ = [
    "BlobStore",
    "FileInfo",
    "LocalBlobStore",
    "OpenedFile",
    "Stake",
    "StoredBlob",
    "Upload",
    "Vault",
    "attach",
    "collect_orphans",
    "copy_files",
    "delete_containers",
    "delete_files",
    "list_files",
    "models_at_stake",
    "normalize_directory",
    "normalize_path",
    "open_file",
    "preview_disable",
    "state_of_key",
    "store_file",
]
