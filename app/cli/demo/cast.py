"""Who plays in the demo, and where; all of them invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a sign-in. Without a workspace nothing is theirs."""

    name: str
    display_name: str
    task: str
    workspace: str | None = None

    @property
    def first_name(self) -> str:
        """What the story calls them."""
        return self.display_name.partition(" ")[0]


WINE_LAB = "wine-lab"
CLINIC = "clinic"
MARA = Person("mara@example.com", "Mara Lindqvist", "trains models of wine", WINE_LAB)
JONAS = Person("jonas@example.com", "Jonas Okafor", "reads digits off labels", WINE_LAB)
TOM = Person("tom@example.com", "Tom Ferreira", "trains models of tumours", CLINIC)
VERA = Person("vera@example.com", "Vera Novak", "audits, and reads no content")
PEOPLE = (MARA, JONAS, TOM, VERA)

GROUPS = {"winemakers": (MARA, JONAS), "clinicians": (TOM,)}
CATALOG = "prod"
SCHEMAS = {"wine": "winemakers", "care": "clinicians"}
"""The schemas of the shared catalog, and the group that contributes to each."""
KEY = "prod-key"
