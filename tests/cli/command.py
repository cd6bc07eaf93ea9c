"""Run the command as a shell would, in this process."""

from collections.abc import Mapping
from typing import Any

import orjson
from click.testing import CliRunner, Result

from app.cli import main


class Command:
    """The command with an environment; every call is a start of its own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = dict(environ)
        self._runner = CliRunner()

    def run(self, *arguments: str, given: str | None = None) -> Result:
        """Run it, whatever comes of it; ``given`` is typed into it."""
        return self._runner.invoke(main, list(arguments), input=given, env=self.environ)

    def says(self, *arguments: str, given: str | None = None) -> str:
        """Return what it prints, without the last line's end; it has to succeed."""
        result = self.run(*arguments, given=given)
        assert result.exit_code == 0, result.output
        return result.stdout.rstrip("\n")

    def json(self, *arguments: str) -> Any:
        """Return what it prints for machines."""
        return orjson.loads(self.says(*arguments, "--json"))

    def fails(self, *arguments: str, code: int = 1) -> str:
        """Return what it says on standard error when it fails, with nothing on standard output."""
        result = self.run(*arguments)
        assert result.exit_code == code, result.output
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.stdout == ""
        return result.stderr
