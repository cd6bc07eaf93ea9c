"""Tell what happens, line by line: a mark for what came true, an error for what did not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import click

_WIDTH = 96


class StepFailedError(Exception):
    """A step of the demo did not do what it tells of."""


def heading(text: str) -> None:
    """Open a part of the demo."""
    click.echo()
    click.secho(text, bold=True)


def told(text: str) -> None:
    """Say that something came true."""
    first, *more = textwrap.wrap(text, _WIDTH)
    click.echo(f"  {click.style('✓', fg='green')} {first}")
    for line in more:
        click.echo(f"    {line}")


def answered(text: str) -> None:
    """Show what the server answered, word for word."""
    for line in textwrap.wrap(text, _WIDTH - 4):
        click.secho(f"      {line}", dim=True)


def check(truth: object, otherwise: str) -> None:
    """Go on if something is true. Raises StepFailedError with what is the case otherwise."""
    if not truth:
        raise StepFailedError(otherwise)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Name the step that an error belongs to."""
    try:
        yield
    except StepFailedError:
        raise
    except Exception as error:
        message = f"{name}: {type(error).__name__}: {error}"
        raise StepFailedError(message) from error
