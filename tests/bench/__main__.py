"""``make bench``: every figure on SQLite and PostgreSQL; ARGS='--json FILE' keeps them."""

import argparse
import signal
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.db import Database
from app.db.migrations import migrate
from tests.bench.access import measure_size
from tests.bench.figures import Report
from tests.bench.peers import measure_peers
from tests.bench.scale import measure_scale
from tests.bench.server import Server, measure_artifacts, measure_start, measure_tracking
from tests.postgres import ThrowawayPostgres

_SIZES = ("1k", "100k", "1M")
_PARTS = ("access", "server", "peers", "scale")


def main() -> None:
    """Measure what the arguments ask for; everything by default."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), action="append")
    parser.add_argument("--size", choices=_SIZES, action="append", help="of the namespaces")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load")
    parser.add_argument("--only", choices=_PARTS, help="one part")
    chosen = parser.parse_args()
    # Ended from outside, it still has to end the servers that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report = Report()
    for engine in chosen.engine or ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder, _urls(engine, Path(folder)) as urls:
            parts = (chosen.only,) if chosen.only else _PARTS
            if "access" in parts:
                for size in chosen.size or _SIZES:
                    _measure_access(report, engine, size, next(urls))
            if "server" in parts:
                _measure_server(report, engine, Path(folder), next(urls), chosen.seconds)
            if "peers" in parts:
                measure_peers(report, engine, Path(folder), urls, chosen.seconds)
            if "scale" in parts:
                measure_scale(report, engine, urls)
    if chosen.json:
        report.write(chosen.json)


def _measure_access(report: Report, engine: str, size: str, url: str) -> None:
    database = Database(url)
    migrate(database)
    measure_size(report, database, engine, size)
    database.dispose()


def _measure_server(report: Report, engine: str, folder: Path, url: str, seconds: float) -> None:
    home = folder / "home"
    measure_start(report, home, engine, url)
    server = Server(home, url)
    try:
        measure_tracking(report, server, engine, seconds)
        measure_artifacts(report, server, engine)
    finally:
        server.stop()


@contextmanager
def _urls(engine: str, folder: Path) -> Iterator[Iterator[str]]:
    if engine == "sqlite":
        yield (f"sqlite:///{folder / uuid.uuid4().hex}.db" for _ in range(100))
        return
    server = ThrowawayPostgres()
    try:
        yield (server.create_database(f"bench_{uuid.uuid4().hex}") for _ in range(100))
    finally:
        server.close()


if __name__ == "__main__":
    main()
