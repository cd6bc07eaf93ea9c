"""MLflow's own command line, run in this process."""

import warnings

from click.testing import CliRunner, Result

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports the whole of MLflow's server, which warns
    from mlflow.cli import cli


def says(*words: str) -> str:
    """Run a command that has to succeed, and return what it prints."""
    result = _run(words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def fails(*words: str) -> str:
    """Run a command that has to fail, and return what it prints and raises."""
    result = _run(words)
    assert result.exit_code != 0, result.output
    return f"{result.output} {result.exception}"


def _run(words: tuple[str, ...]) -> Result:
    return CliRunner().invoke(cli, words)
