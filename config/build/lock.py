"""Writes ``config/requirements``: exact versions with hashes, for every platform, no addresses.

Each lock is a part of the next larger one, so that all of them fit into one environment.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path("config") / "requirements"
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--upgrade",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
    "--custom-compile-command=make lock",
]
PARTS = {
    "dev": ["--group=build", "--extra=demo", "--extra=mlflow-ui", "--group=dev"],
    "demo": ["--group=build", "--extra=demo"],
    "serve": ["--group=build"],
}


def compile_lock(name: str, arguments: list[str]) -> None:
    """Resolve what ``arguments`` select and write it to ``config/requirements/<name>.txt``."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    target = f"--output-file={LOCKS / name}.txt"
    subprocess.run([uv, "pip", "compile", *OPTIONS, *arguments, target], cwd=ROOT, check=True)


if __name__ == "__main__":
    larger: list[str] = []
    for name, selection in PARTS.items():
        compile_lock(name, ["pyproject.toml", *selection, *larger])
        larger = [f"--constraints={LOCKS / name}.txt"]
    compile_lock("node", ["--group=node"])
