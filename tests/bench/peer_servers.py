"""The servers that Muniment is compared with, in an environment of the benchmark's own."""

import subprocess
import sys
import venv
from pathlib import Path

from sqlalchemy import make_url

from tests.bench.processes import Process, basic, free_port

ADMIN_PASSWORD = "the administrator of a benchmark"
_ENVIRONMENT = Path(__file__).parents[2] / "build" / "bench"
_BIN = _ENVIRONMENT / "bin"
_MLFLOW = "mlflow[auth]==3.17.2"
# Of FastTrackML it is the server that is wanted, and its Python part asks for an mlflow before 3.
_FASTTRACKML = "fasttrackml==0.6.0"
_WORKERS = "4"
_ACCOUNTS = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{folder}/accounts.db
admin_username = admin
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


def install_peers() -> None:
    """Make the environment with both servers unless it is there."""
    stamp = _ENVIRONMENT / "installed"
    pins = f"{_MLFLOW}\n{_FASTTRACKML}\n"
    if stamp.is_file() and stamp.read_text() == pins:
        return
    print("Installing mlflow and FastTrackML into build/bench …", file=sys.stderr)
    venv.create(_ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(_BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, _MLFLOW], check=True)
    subprocess.run([*pip, "--no-deps", _FASTTRACKML], check=True)
    stamp.write_text(pins)


def start_fasttrackml(folder: Path, database_url: str) -> Process:
    """Start FastTrackML, which knows neither accounts nor models, on SQLite or PostgreSQL."""
    port = free_port()
    url = make_url(database_url)
    uri = url.set(drivername="postgres").render_as_string(hide_password=False)
    if url.get_backend_name() == "sqlite":
        uri = f"sqlite://{url.database}"
    command = [str(_BIN / "fml"), "server", "--listen-address", f"127.0.0.1:{port}"]
    command += ["--database-uri", uri, "--default-artifact-root", str(folder / "files")]
    command += ["--log-level", "error"]
    return Process(command, port, {}, log=folder / "log")


def start_mlflow(folder: Path) -> Process:
    """Start ``mlflow server`` as it comes, on SQLite."""
    return _mlflow(folder, [], {}, "")


def start_mlflow_with_accounts(folder: Path) -> Process:
    """Start ``mlflow server`` with basic-auth, which shows nobody anything without a permission."""
    settings = folder / "accounts.ini"
    settings.write_text(_ACCOUNTS.format(folder=folder))
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(settings),
        "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "a secret of a benchmark",
    }
    authorization = basic("admin", ADMIN_PASSWORD)
    return _mlflow(folder, ["--app-name", "basic-auth"], environment, authorization)


def mlflow_database(folder: Path) -> Path:
    """Return the SQLite file of an mlflow server that was started in a folder."""
    return folder / "mlflow.db"


def _mlflow(
    folder: Path, options: list[str], environment: dict[str, str], authorization: str
) -> Process:
    port = free_port()
    command = [str(_BIN / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{mlflow_database(folder)}"]
    command += ["--artifacts-destination", str(folder / "files"), "--workers", _WORKERS, *options]
    said_to_be_quiet = {"PYTHONWARNINGS": "ignore", **environment}
    return Process(command, port, said_to_be_quiet, log=folder / "log", authorization=authorization)
