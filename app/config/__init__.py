"""Settings, read once at start and frozen: ``config/default.toml`` < file < environment."""

from app.config.paths import shipped
from app.config.settings import (
    ArtifactSettings,
    AuditSettings,
    KeySettings,
    LimitSettings,
    SecuritySettings,
    ServerSettings,
    Settings,
    WebhookSettings,
    load_settings,
)

__all__ = [
    "ArtifactSettings",
    "AuditSettings",
    "KeySettings",
    "LimitSettings",
    "SecuritySettings",
    "ServerSettings",
    "Settings",
    "WebhookSettings",
    "load_settings",
    "shipped",
]
