"""``muniment audit``: read, verify and export the log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

from app.audit.offline import verify_export
from app.audit.queries import Event, EventFilter
from app.audit.sealer import Sealer
from app.audit.walk import Progress, Verdict
from app.cli.context import command, open_services, operator_options, working
from app.cli.output import Duration, done, show
from app.edge.services import Services
from app.errors import IntegrityError
from app.identity import Caller, Outcome
from app.lifecycle.evidence import ExportFormat, export_events, list_events, verify_log

_KEY_SIZE = 32


@click.group()
def audit() -> None:
    """The log: every decision and every effect."""


@command(audit, "list")
@click.option("--principal", metavar="NAME", help="Who acted.")
@click.option("--operation", metavar="NAME", help="One, or a prefix such as 'model_version.*'.")
@click.option("--on", "name", metavar="NAME", help="Full name, or a prefix such as 'prod.*'.")
@click.option("--outcome", type=click.Choice([one.value for one in Outcome]))
@click.option("--since", type=Duration(), help="How far back, such as 24h.")
@click.option("--text", help="Anywhere in an event.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_log(
    caller: Caller,
    _services: Services,
    as_json: bool,
    principal: str | None,
    operation: str | None,
    name: str | None,
    outcome: str | None,
    since: int | None,
    text: str | None,
    limit: int,
) -> None:
    """List events, the newest first."""
    wanted = EventFilter(
        principal_name=principal,
        operation=operation,
        securable_name=name,
        outcomes=(Outcome(outcome),) if outcome else (),
        since=None if since is None else caller.now - since,
        text=text,
    )
    rows = [
        {
            "seq": event.seq,
            "time": event.time,
            "principal": event.principal_name,
            "operation": event.operation,
            "on": event.securable_name,
            "outcome": event.outcome.value,
            "determined_by": event.determined_by,
            "request": event.request_id,
            **({"details": event.details} if as_json else {}),
        }
        for event in _newest(caller, wanted, limit)
    ]
    show(rows, as_json=as_json)


def _newest(caller: Caller, wanted: EventFilter, limit: int) -> list[Event]:
    """Return the newest events that are wanted, however far back that takes."""
    page = list_events(caller, wanted, limit=limit)
    found = page.items
    while page.next_token and len(found) < limit:
        page = list_events(caller, wanted, limit=limit - len(found), page_token=page.next_token)
        found += page.items
    return found


@audit.command("verify")
@operator_options
@click.option("--export", "export", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.option("--public-key", help="Hex; by default that of the home folder.")
def verify(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    export: Path | None,
    public_key: str | None,
) -> None:
    """Prove that nothing sealed was changed, removed or reordered; exit 1 and say where if not."""
    if public_key is not None and export is None:
        msg = "--public-key goes with --export: the log here is verified by the keys of its home"
        raise click.UsageError(msg)
    if export is not None and public_key is not None:
        verdict = verify_export(export, _public_key(public_key), _progress(quiet=as_json))
    else:
        services = open_services(home)
        with suppress(click.ClickException):  # verifying will name the place
            seal(services)
        if export is not None:
            key = services.audit_keys.public_key
            verdict = verify_export(export, key, _progress(quiet=as_json))
        else:
            with working(services, as_name=as_name, workspace=workspace) as caller:
                verdict = verify_log(
                    caller,
                    services.database,
                    services.audit_keys,
                    services.settings.checkpoints_dir,
                    _progress(quiet=as_json),
                )
    _tell(verdict, as_json=as_json)
    sys.exit(0 if verdict.is_sound else 1)


@audit.command("export")
@operator_options
@click.option(
    "--format",
    "export_format",
    type=click.Choice([one.value for one in ExportFormat]),
    default=ExportFormat.JSON_LINES.value,
    show_default=True,
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File; or stdout.")
@click.option("--since", type=Duration(), help="How far back; everything if not given.")
def export_log(
    home: Path,
    as_name: str | None,
    workspace: str | None,
    as_json: bool,
    export_format: str,
    output: Path | None,
    since: int | None,
) -> None:
    """Write the log out; the format jsonl can be verified without the server."""
    services = open_services(home)
    seal(services)
    with working(services, as_name=as_name, workspace=workspace) as caller:
        wanted = EventFilter(since=None if since is None else caller.now - since)
        lines = export_events(
            caller, services.database, services.audit_keys, ExportFormat(export_format), wanted
        )
    try:
        count = _write(lines, output, quiet=as_json)
    except OSError as error:
        raise click.FileError(str(output or "-"), error.strerror) from error
    if output:
        public_key = services.audit_keys.public_key.hex()
        message = f"Wrote {count} lines to {output}; public key {public_key}"
        done(message, as_json=as_json, lines=count, public_key=public_key)


def _write(lines: Iterable[bytes], output: Path | None, *, quiet: bool) -> int:
    count = 0
    with click.open_file(str(output or "-"), "wb") as file:
        for line in lines:
            file.write(line)
            count += 1
            if output and not quiet and count % 10_000 == 0:
                click.echo(f"\r{count} lines", nl=False, err=True)
    return count


def seal(services: Services) -> None:
    """Seal what no running server has sealed yet; a log that was altered ends the command."""
    sealer = Sealer(services.database, services.audit_keys, services.settings.checkpoints_dir)
    try:
        sealer.seal_now()
    except IntegrityError as error:
        raise click.ClickException(error.message) from error


def _public_key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_SIZE:
        msg = f"it is not {_KEY_SIZE} bytes in hexadecimal"
        raise click.BadParameter(msg, param_hint="--public-key")
    return key


def _progress(*, quiet: bool) -> Progress | None:
    def tell(finished: int, of: int) -> None:
        click.echo(f"\r{finished} of {of}", nl=finished >= of, err=True)

    return None if quiet or not sys.stderr.isatty() else tell


def _tell(verdict: Verdict, *, as_json: bool) -> None:
    facts = {
        "sound": verdict.is_sound,
        "sealed": verdict.sealed,
        "unsealed": verdict.unsealed,
        "checkpoints": verdict.checkpoints,
        "outside": verdict.outside,
        "root_hash": verdict.root_hash.hex(),
        "flaw": str(verdict.flaw) if verdict.flaw else None,
    }
    if verdict.flaw is not None:
        message = f"NOT sound. First bad place: {verdict.flaw}"
    else:
        message = (
            f"Sound: {verdict.sealed} events under {verdict.checkpoints} checkpoints, "
            f"{verdict.outside} of them also found outside the database; "
            f"{verdict.unsealed} not sealed yet. Root {verdict.root_hash.hex()}"
        )
    done(message, as_json=as_json, **facts)
