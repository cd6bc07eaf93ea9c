"""``muniment demo``: the main job, told by real clients against a real server."""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
from pathlib import Path

import click

from app.cli.demo.folder import claim
from app.cli.demo.server import HOST, choose_port

_NEEDED = ("mlflow", "pandas", "sklearn", "skops")
_PORT = 5000


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("~/.muniment-demo"),
    show_default=True,
    help="Folder of the demo, and of nothing else.",
)
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port; else a free one from {_PORT}.")
@click.option("--exit", "ends", is_flag=True, help="End after the story instead of serving on.")
def demo(home: Path, port: int | None, ends: bool) -> None:
    """Tell the main job on real data, by real clients: train, share, refuse, grant, load, prove.

    Each line is checked against what the server did; one that does not come true ends with 1.
    What an earlier demo trained in the folder is used again.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise click.ClickException(
            f"The demo needs {', '.join(missing)}: make demo installs what it needs"
        )
    for name in [name for name in os.environ if name.startswith("MUNIMENT_")]:
        del os.environ[name]  # settings of another server are not the demo's
    os.environ["no_proxy"] = HOST  # which goes before NO_PROXY: everybody's whom the demo calls
    chosen, folder = choose_port(port, _PORT), claim(home)
    click.echo(f"Muniment's demo, in {folder.home}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Imported only here: whoever serves need not have what the demo's client needs.
    play = importlib.import_module("app.cli.demo.play")
    play.play(folder, chosen, stays=not ends)


__all__ = ["demo"]
