"""Registered models, their versions, stages and aliases, and the files that versions hold."""

from app.registry.aliases import delete_alias, get_version_by_alias, set_alias
from app.registry.creation import create_version, delete_version
from app.registry.files import get_download_uri, list_version_files, open_version_file
from app.registry.model_versions import (
    delete_version_tag,
    get_latest_versions,
    get_version,
    set_version_tag,
    transition_stage,
    update_version,
)
from app.registry.registered_models import (
    create_model,
    delete_model,
    delete_model_tag,
    get_model,
    rename_model,
    restore_model,
    set_model_tag,
    update_model,
)
from app.registry.search import search_models, search_versions
from app.registry.sources import NewVersion
from app.registry.values import IS_PROMPT, ModelVersion, RegisteredModel, Stage, VersionStatus

__all__ = [
    "IS_PROMPT",
    "ModelVersion",
    "NewVersion",
    "RegisteredModel",
    "Stage",
    "VersionStatus",
    "create_model",
    "create_version",
    "delete_alias",
    "delete_model",
    "delete_model_tag",
    "delete_version",
    "delete_version_tag",
    "get_download_uri",
    "get_latest_versions",
    "get_model",
    "get_version",
    "get_version_by_alias",
    "list_version_files",
    "open_version_file",
    "rename_model",
    "restore_model",
    "search_models",
    "search_versions",
    "set_alias",
    "set_model_tag",
    "set_version_tag",
    "transition_stage",
    "update_model",
    "update_version",
]
