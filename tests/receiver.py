"""A receiver of webhooks: a real HTTP server that keeps what comes and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from typing_extensions import override

SECRET = "a secret that both sides know"


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        return f"{self.json['entity']}.{self.json['action']}"

    @property
    def id(self) -> str:
        return self.headers["X-MLflow-Delivery-Id"]

    def is_signed(self, secret: str = SECRET) -> bool:
        """Verify the signature as MLflow's documentation tells a receiver to."""
        signed = f"{self.id}.{self.headers['X-MLflow-Timestamp']}.{self.body.decode()}"
        digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(digest).decode()}"
        return hmac.compare_digest(self.headers.get("X-MLflow-Signature", ""), expected)


class Receiver:
    """Listens on loopback; answers ``statuses`` in turn, then 200; ``headers`` go with each."""

    def __init__(self, *statuses: int, headers: Mapping[str, str] | None = None) -> None:
        self.received: list[Received] = []
        self.statuses = list(statuses)
        self.headers = dict(headers or {})
        self._arrival = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook?from=test"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def events(self) -> list[str]:
        return [received.event for received in self.received]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def take(self, received: Received) -> int:
        """Keep a request and return the status to answer."""
        with self._arrival:
            self.received.append(received)
            self._arrival.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """Return what has come once it is so many, or too few of it when the time is up."""
        with self._arrival:
            self._arrival.wait_for(lambda: len(self.received) >= count, seconds)
            return list(self.received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(Received(self.path, dict(self.headers), body))
                answer = b"taken"
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            @override
            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        return Handler
