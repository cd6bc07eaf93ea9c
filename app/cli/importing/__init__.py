"""``muniment import``: bring what another server has.

``source`` speaks to it, ``messages`` and ``lists`` are what it says, and the rest brings that by
the use-cases of ``app.imports``, each thing in a unit of work of its own.
"""

from app.cli.importing.command import import_

__all__ = ["import_"]
