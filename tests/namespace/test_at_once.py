"""Several who change the same thing at the same moment: each has its way, the last one's stays."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.db import Database
from app.identity import Caller
from app.identity.caller import Ledger
from app.namespace import (
    bind_catalog,
    create_catalog,
    create_workspace,
    set_tags,
    update_catalog,
)
from app.securables import FullName, Kind

_AT_ONCE = 6
CHANGES: dict[str, Callable[[Caller, int], object]] = {
    "tags": lambda caller, number: set_tags(
        caller, Kind.CATALOG, FullName.of("ml"), {"stage": str(number)}
    ),
    "properties": lambda caller, number: update_catalog(
        caller, "ml", properties={"stage": str(number)}
    ),
    "bindings": lambda caller, number: bind_catalog(caller, "ml", "lab", read_only=number % 2 == 0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_nobody_fails_for_another(
    database: Database, root: Caller, change: Callable[[Caller, int], object]
):
    create_catalog(root, "ml")
    create_workspace(root, "lab")
    root.session.commit()
    ready, failures = threading.Barrier(_AT_ONCE, timeout=20), list[Exception]()

    def work(number: int) -> None:
        with database.session() as session:
            caller = replace(root, session=session, ledger=Ledger())
            ready.wait()
            try:
                for _ in range(3):
                    change(caller, number)
                    session.commit()
            except Exception as error:  # noqa: BLE001 (whatever it is, the test fails by it)
                failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
