"""Where the files that ship beside the package are: policies, migrations, the default settings."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(*parts: str) -> Path:
    """Return a shipped file, from the checkout if there is one, else from the installed package."""
    checkout = _PACKAGE.parent.joinpath(*parts)
    return checkout if checkout.exists() else _PACKAGE.joinpath("_shipped", *parts)
