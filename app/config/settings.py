"""The settings as frozen dataclasses, and the one function that reads them."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from app.config.paths import shipped
from app.errors import InvalidParameterError

_PREFIX = "MUNIMENT_"
_LEAST = {
    "server.threads": 1,
    "database.pool_size": 1,
    "database.statement_timeout": 0,
    "artifacts.orphan_age": 60,
    "keys.waiting_days": 7,
    "security.session_idle_hours": 1,
    "security.session_max_hours": 1,
    "security.account_attempts": 1,
    "security.address_attempts": 1,
    "security.password_length": 8,
    "limits.json_bytes": 1_000,
    "limits.json_depth": 5,
    "limits.artifact_bytes": 0,
    "audit.seal_interval": 10,
    "webhooks.timeout": 1,
    "webhooks.attempts": 1,
    "webhooks.kept": 1,
}
_MOST = {"keys.waiting_days": 30}
_CHOICES = {
    "security.secure_cookies": ("auto", "always", "never"),
    "webhooks.schemes": ("https", "http"),
}
_NOT_SETTINGS = frozenset({"CONFIG", "HOME", "ADMIN_PASSWORD", "ADMIN_TOKEN"})


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How requests are served."""

    public_url: str
    allowed_hosts: tuple[str, ...]
    threads: int


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where rows are kept; the URL may hold a password. ``statement_timeout`` is in seconds."""

    url: str = field(repr=False)
    pool_size: int
    statement_timeout: int


@dataclass(frozen=True, slots=True)
class ArtifactSettings:
    """Where bytes are kept; ``orphan_age`` is in seconds."""

    url: str
    orphan_age: int


@dataclass(frozen=True, slots=True)
class KeySettings:
    """How customer-managed keys are kept; ``waiting_days`` before a destruction."""

    passphrase: str = field(repr=False)
    waiting_days: int


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Sign-in and browser sessions."""

    session_idle_hours: int
    session_max_hours: int
    account_attempts: int
    address_attempts: int
    password_length: int
    secure_cookies: str


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Bounds of what a request may carry, in bytes and levels."""

    json_bytes: int
    json_depth: int
    artifact_bytes: int


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Sealing of the log; ``seal_interval`` is in milliseconds."""

    seal_interval: int
    checkpoints: str


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where webhooks may be sent, for how many seconds, how often, and how much is kept of it."""

    schemes: tuple[str, ...]
    networks: tuple[str, ...]
    timeout: int
    attempts: int
    kept: int


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process, and the home folder that defaults are relative to."""

    home: Path
    server: ServerSettings
    database: DatabaseSettings
    artifacts: ArtifactSettings
    keys: KeySettings
    security: SecuritySettings
    limits: LimitSettings
    audit: AuditSettings
    webhooks: WebhookSettings

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the database."""
        return self.database.url or f"sqlite:///{self.home / 'muniment.db'}"

    @property
    def artifacts_url(self) -> str:
        """The URL of the blob store."""
        return self.artifacts.url or (self.home / "blobs").as_uri()

    @property
    def checkpoints_dir(self) -> Path:
        """The folder for signed checkpoints outside the database."""
        return Path(self.audit.checkpoints or self.home / "checkpoints")


def load_settings(home: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of a server whose home folder is ``home``.

    Raises InvalidParameterError for a file that cannot be read, an unknown section or name, or a
    value of the wrong type or out of range.
    """
    tables = tomllib.loads(shipped("config", "default.toml").read_text(encoding="utf-8"))
    if named := environ.get(_PREFIX + "CONFIG"):
        _overlay(tables, _read(named), named)
    for variable, text in environ.items():
        if variable.startswith(_PREFIX) and variable.removeprefix(_PREFIX) not in _NOT_SETTINGS:
            _set_from_environment(tables, variable, text)
    sections = {
        field.name: _build(get_type_hints(Settings)[field.name], field.name, tables[field.name])
        for field in dataclasses.fields(Settings)
        if field.name != "home"
    }
    return Settings(home=home.expanduser().resolve(), **sections)


def _read(named: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(named).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"The settings in {named} cannot be read: {error}"
        raise InvalidParameterError(msg, field=_PREFIX + "CONFIG") from error


def _overlay(tables: dict[str, Any], more: Mapping[str, Any], source: str) -> None:
    for section, values in more.items():
        for name, value in values.items() if isinstance(values, dict) else [("", values)]:
            if name not in tables.get(section, {}):
                msg = f"{source}: unknown setting {section}.{name}"
                raise InvalidParameterError(msg, field=f"{section}.{name}")
            tables[section][name] = value


def _set_from_environment(tables: dict[str, Any], variable: str, text: str) -> None:
    section, _, name = variable.removeprefix(_PREFIX).lower().partition("_")
    if name not in tables.get(section, {}):
        msg = f"Unknown setting {variable}"
        raise InvalidParameterError(msg, field=variable)
    default = tables[section][name]
    if isinstance(default, list):
        tables[section][name] = [part.strip() for part in text.split(",") if part.strip()]
    elif isinstance(default, int):
        tables[section][name] = _integer(text, variable)
    else:
        tables[section][name] = text


def _integer(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        msg = f"Setting {name} must be a whole number, not {text!r}"
        raise InvalidParameterError(msg, field=name) from None


def _build(section_class: type[Any], section: str, values: Mapping[str, Any]) -> Any:
    hints = get_type_hints(section_class)
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        wanted = hints[name]
        if get_origin(wanted) is tuple:
            _check(value, list, section, name)
            arguments[name] = tuple(
                _check(item, get_args(wanted)[0], section, name) for item in value
            )
        else:
            arguments[name] = _check(value, wanted, section, name)
    return section_class(**arguments)


def _check(value: object, wanted: type[Any], section: str, name: str) -> object:
    if type(value) is not wanted:
        msg = f"Setting {section}.{name} must be of type {wanted.__name__}"
        raise InvalidParameterError(msg, field=f"{section}.{name}")
    _check_range(value, f"{section}.{name}")
    return value


def _check_range(value: object, name: str) -> None:
    least, most, choices = _LEAST.get(name), _MOST.get(name), _CHOICES.get(name)
    if least is not None and isinstance(value, int) and value < least:
        msg = f"Setting {name} must be at least {least}, not {value}"
        raise InvalidParameterError(msg, field=name)
    if most is not None and isinstance(value, int) and value > most:
        msg = f"Setting {name} must be at most {most}, not {value}"
        raise InvalidParameterError(msg, field=name)
    if choices is not None and isinstance(value, str) and value not in choices:
        msg = f"Setting {name} must be one of {', '.join(choices)}"
        raise InvalidParameterError(msg, field=name)
