"""The ``muniment`` command: the use-cases of the protocols, for whoever has the home folder."""

from app.cli.main import main

__all__ = ["main"]
