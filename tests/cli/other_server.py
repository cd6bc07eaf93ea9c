"""A server that speaks as much of MLflow as an import asks for, and lies as it is told to."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FunctionType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

RUN = "0123456789abcdef0123456789abcdef"
EXPERIMENTS = "/api/2.0/mlflow/experiments/search"
RUNS = "/api/2.0/mlflow/runs/search"
HISTORY = "/api/2.0/mlflow/metrics/get-history"
FILES = "/api/2.0/mlflow/artifacts/list"
BYTES = "/get-artifact"
MODELS = "/api/2.0/mlflow/registered-models/search"
VERSIONS = "/api/2.0/mlflow/model-versions/search"
TRACES = "/api/3.0/mlflow/traces/search"
LOGGED_MODELS = "/api/2.0/mlflow/logged-models/search"


class OtherServer(ThreadingHTTPServer):
    """What it answers is in ``says``: by path, or by path and a value of the query."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = ""
        self.asked: list[str] = []
        self.connections = 0
        self.says: dict[str, Any] = {
            EXPERIMENTS: {"experiments": [{"experiment_id": "7", "name": "harvest"}]},
            RUNS: {"runs": [{"info": {"run_id": RUN, "experiment_id": "7", "status": "FINISHED"}}]},
            FILES: {},
            MODELS: {},
            VERSIONS: {},
            TRACES: {},
            LOGGED_MODELS: {},
        }

    @override
    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: OtherServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(self.path)
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._send(401, b"{}")
            return
        values = [value for each in parse_qs(parts.query).values() for value in each]
        keys = [*(f"{parts.path} {value}" for value in values), parts.path]
        answer = next((self.server.says[key] for key in keys if key in self.server.says), None)
        if isinstance(answer, FunctionType):
            answer = answer()
        match answer:
            case None:
                self._send(404, b'{"error_code": "ENDPOINT_NOT_FOUND"}')
            case type():
                self._break_off()
            case (status, headers, body):
                self._send(status, body, headers)
            case bytes():
                self._send(200, answer)
            case _:
                self._send(200, json.dumps(answer).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def _break_off(self) -> None:
        """Announce nine bytes, send four and reset the connection."""
        self._send(200, b"grap", {"Content-Length": "9"})
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    @override
    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def other_server() -> Iterator[OtherServer]:
    """Serve for as long as the block lasts."""
    with OtherServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
