"""What a process has once: settings, database, log, password verifier, vault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app

from app.access import policy
from app.artifacts import LocalBlobStore, Vault
from app.audit import AuditLog
from app.config import Settings
from app.crypto import AuditKeys, LocalKeyProvider, load_or_create_root_key
from app.db import Database
from app.edge.refusals import Refusals
from app.errors import InvalidParameterError
from app.identity.authentication import PasswordVerifier
from app.keys import KeyRing
from app.lifecycle.webhooks import parse_networks

EXTENSION = "muniment"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that live as long as the process."""

    settings: Settings
    database: Database
    audit_log: AuditLog
    audit_keys: AuditKeys
    passwords: PasswordVerifier
    refusals: Refusals
    vault: Vault


def build_services(settings: Settings) -> Services:
    """Open everything that lives as long as the process; nothing is migrated or created but keys.

    Raises an error of ``app.crypto.errors`` when a key file does not open, ValueError when the
    policy files and the code disagree, InvalidParameterError for a setting that cannot be read.
    """
    policy()
    parse_networks(settings.webhooks.networks)
    keys = settings.home / "keys"
    root_key = load_or_create_root_key(keys / "root.key", settings.keys.passphrase or None)
    audit_keys = AuditKeys.load_or_create(keys / "audit.json", root_key)
    provider = LocalKeyProvider(keys / "keyring.json", root_key)
    database = Database(settings.database_url, pool_size=settings.database.pool_size)
    audit_log = AuditLog(audit_keys)
    return Services(
        settings=settings,
        database=database,
        audit_log=audit_log,
        audit_keys=audit_keys,
        passwords=PasswordVerifier(settings.security),
        refusals=Refusals(database, audit_log),
        vault=Vault(
            LocalBlobStore(_local_folder(settings.artifacts_url)),
            KeyRing(provider),
            max_bytes=settings.limits.artifact_bytes,
        ),
    )


def services() -> Services:
    """Return the services of the application that serves this request."""
    found: Services = current_app.extensions[EXTENSION]
    return found


def _local_folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        msg = f"Artifacts are stored at file:///…, not at {parts.scheme}://"
        raise InvalidParameterError(msg, field="artifacts.url")
    return Path(unquote(parts.path))
