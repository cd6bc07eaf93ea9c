"""An HTTP client that costs little beside what it measures: a bare socket, kept alive."""

import json
import os
import socket
import time
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

MIB = 1 << 20
_PIECE = os.urandom(MIB)
_LAST_LINE = (b"\r\n", b"")


class Connection:
    """One keep-alive connection; every answer has to be a 200.

    Answers are acknowledged at once. A server that sends head and body apart without TCP_NODELAY,
    as mlflow's does, would otherwise stall for 40 ms a request, and be beaten by that alone.
    """

    def __init__(self, port: int, authorization: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = BufferedReader(socket.SocketIO(self._socket, "r"), MIB)
        self._buffer = memoryview(bytearray(MIB))
        self._fields = f"Host: 127.0.0.1:{port}\r\n"
        if authorization:
            self._fields += f"Authorization: {authorization}\r\n"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Make a request and return its JSON."""
        sent = None if body is None else json.dumps(body).encode()
        content = self.fetch(method, path, sent)
        return json.loads(content) if content else {}

    def fetch(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Make a request and return the bytes of its answer."""
        kind = "" if body is None else "Content-Type: application/json\r\n"
        self._send_head(method, path, kind, len(body or b""), body or b"")
        return b"".join(bytes(piece) for piece in self._receive(path))

    def upload(self, path: str, mebibytes: int) -> float:
        """Send a file and return the seconds that it took."""
        begun = time.perf_counter()
        self._send_head("PUT", path, "", mebibytes * MIB)
        for _ in range(mebibytes):
            self._socket.sendall(_PIECE)
        list(self._receive(path))
        return time.perf_counter() - begun

    def download(self, path: str, mebibytes: int) -> float:
        """Fetch a file and return the seconds that it took."""
        begun = time.perf_counter()
        self._send_head("GET", path, "", 0)
        received = sum(len(piece) for piece in self._receive(path))
        assert received == mebibytes * MIB, received
        return time.perf_counter() - begun

    def _send_head(self, method: str, path: str, kind: str, size: int, body: bytes = b"") -> None:
        length = f"Content-Length: {size}\r\n" if size or method != "GET" else ""
        head = f"{method} {path} HTTP/1.1\r\n{self._fields}{kind}{length}\r\n"
        self._socket.sendall(head.encode() + body)

    def _receive(self, path: str) -> Iterator[memoryview]:
        self._acknowledge_at_once()
        status = int(self._answers.readline().split(b" ", 2)[1])
        fields = {}
        while (line := self._answers.readline()) not in _LAST_LINE:
            name, _, value = line.partition(b":")
            fields[name.lower()] = value.strip()
        self._acknowledge_at_once()
        if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            content = self._read_chunks()
        else:
            content = self._read(int(fields[b"content-length"]))
        if status != 200:
            raise AssertionError((path, status, b"".join(bytes(one) for one in content)[:300]))
        yield from content

    def _read_chunks(self) -> Iterator[memoryview]:
        while size := int(self._answers.readline().split(b";")[0], 16):
            yield from self._read(size)
            self._answers.readline()
        self._answers.readline()

    def _read(self, size: int) -> Iterator[memoryview]:
        while size:
            count = self._answers.readinto(self._buffer[:size])
            assert count, "the server closed the connection"
            size -= count
            yield self._buffer[:count]

    def _acknowledge_at_once(self) -> None:
        # Linux forgets this by itself after a while; other systems do not know it.
        if hasattr(socket, "TCP_QUICKACK"):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
