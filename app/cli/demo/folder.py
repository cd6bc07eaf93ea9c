"""The demo's home folder: nobody else's, and with the sign-ins of its people."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import click

SECRETS = "demo.json"


@dataclass(slots=True)
class SignIn:
    """What somebody of the demo signs in with; ``token`` is empty until there is one."""

    password: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A claimed home folder, and how each of the demo's people signs in, by name."""

    home: Path
    sign_ins: dict[str, SignIn]

    def sign_in(self, name: str) -> SignIn:
        """Return how somebody signs in, with a password made at random the first time."""
        if name not in self.sign_ins:
            self.sign_ins[name] = SignIn(secrets.token_urlsafe(12))
            self.keep()
        return self.sign_ins[name]

    def keep(self) -> None:
        """Write the sign-ins for the folder's owner alone."""
        content = {
            name: {"password": held.password, "token": held.token}
            for name, held in self.sign_ins.items()
        }
        new = self.home / f"{SECRETS}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.write("\n")
        new.replace(self.home / SECRETS)


def claim(home: Path) -> Folder:
    """Return the demo's folder: a new or empty one, or one that a demo made before.

    Raises ClickException for a folder with anything else in it.
    """
    home = home.expanduser().resolve()
    kept = home / SECRETS
    if kept.is_file():
        content = json.loads(kept.read_text(encoding="utf-8"))
        return Folder(home, {name: SignIn(**held) for name, held in content.items()})
    if home.is_dir() and any(home.iterdir()):
        raise click.ClickException(
            f"{home} holds something that is not the demo's. Name another folder with --home."
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Folder(home, {})
    folder.keep()
    return folder
