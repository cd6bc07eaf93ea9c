"""The demo from the first start to the sign-ins."""

from __future__ import annotations

import json
import time

import click

from app.cli.context import open_services
from app.cli.demo.cast import PEOPLE, VERA, Person
from app.cli.demo.client import Client
from app.cli.demo.evidence import tell_of_data
from app.cli.demo.folder import SECRETS, Folder
from app.cli.demo.people import make_auditor, make_people, make_places
from app.cli.demo.server import LOG, Server, serving
from app.cli.demo.shelves import register_all
from app.cli.demo.stage import StepFailedError, check, heading, step
from app.cli.demo.story import Scene, tell
from app.cli.demo.training import train_all

_ADMIN = "admin.json"


def play(folder: Folder, port: int, *, stays: bool) -> None:
    """Serve the folder, tell the story, and stay until Ctrl-C if wanted.

    Raises ClickException if a step does not come true.
    """
    begun = time.monotonic()
    services = open_services(folder.home)
    with serving(folder.home, port) as server:
        click.echo(f"The server answers at {server.url}")
        client = Client(server.url, folder)
        try:
            _act(Scene(client, services), folder)
            rows = _sign_ins(client, folder)
        except StepFailedError as error:
            message = f"{error}\nThe server's log is {folder.home / LOG}"
            raise click.ClickException(message) from error
        click.echo(f"\nAll of it came true, in {time.monotonic() - begun:.0f} s.")
        click.echo(f"\nLook around at {server.url}")
        for name, password, task in rows:
            click.echo(f"  {name:<20} {password:<34} {task}")
        click.echo(f"These sign-ins are kept in {folder.home}, in {SECRETS} and {_ADMIN}.")
        if stays:
            _stay(server)


def _act(scene: Scene, folder: Folder) -> None:
    heading("Two teams, an auditor, and a catalog that they share")
    make_people(scene.services, folder)
    make_auditor(scene.services, VERA)
    make_places(scene.services)
    heading("The teams train, with the unchanged mlflow client")
    train_all(scene.client)
    with step("looking at the data"):
        tell_of_data(scene.services)
    heading("They register what is good")
    register_all(scene.client)
    tell(scene)


def _sign_ins(client: Client, folder: Folder) -> list[tuple[str, str, str]]:
    """Return names, passwords and tasks, each tried."""
    admin = json.loads((folder.home / _ADMIN).read_text(encoding="utf-8"))
    rows = [(admin["user"], admin["password"], "administers: grants, keys, the log")]
    rows += [
        (person.name, folder.sign_in(person.name).password, f"{person.task}{_where(person)}")
        for person in PEOPLE
    ]
    for name, password, _ in rows:
        check(client.admits(name, password), f"The password of {name} is not accepted")
    return rows


def _where(person: Person) -> str:
    return f" in {person.workspace}" if person.workspace else ""


def _stay(server: Server) -> None:
    click.echo("Ctrl-C ends the server.")
    try:
        code = server.wait()
    except KeyboardInterrupt:
        click.echo()
        return
    raise click.ClickException(f"The server ended by itself with {code}")
