"""Lays the files beside the package into a wheel; an editable install needs no copies of them."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from typing_extensions import override

SHIPPED = {
    "config/default.toml": "app/_shipped/config/default.toml",
    "migrations": "app/_shipped/migrations",
    "policies": "app/_shipped/policies",
}


class ShippedFiles(BuildHookInterface):  # type: ignore[type-arg] # its configuration is not typed
    """Adds them to standard wheels only."""

    @override
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend what hatchling is about to pack; ``version`` is standard or editable."""
        if version == "standard":
            build_data["force_include"].update(SHIPPED)
