"""A bad line between phone and server: every request arrives, but many answers get lost or break off half-way."""

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30
LARGEST_PIECE_BYTES = 65_536


@dataclass
class BadLine:
    """Where the phones find it, and what it did to the answers that came from the server."""

    base_url: str
    dropped: int = 0
    cut: int = 0
    passed: int = 0


@contextlib.contextmanager
def bad_line(server_url: str, *, drop: float, cut: float, seed: int = 7) -> Iterator[BadLine]:
    """Drop the share `drop` of the answers and cut the share `cut` of them in half, by chance."""
    target = urlsplit(server_url)
    chance, lock = random.Random(seed), threading.Lock()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        line = BadLine(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def fate() -> str:
            with lock:
                lot = chance.random()
                name = "dropped" if lot < drop else "cut" if lot < drop + cut else "passed"
                setattr(line, name, getattr(line, name) + 1)
                return name

        def carry(phone: socket.socket) -> None:
            with phone, contextlib.suppress(OSError):
                request = _request(phone)
                with socket.create_connection((target.hostname, target.port), PATIENCE_SECONDS) as server:
                    server.sendall(request)
                    answer = _until_end(server)
                what = fate()
                if what == "passed":
                    phone.sendall(answer)
                elif what == "cut":
                    phone.sendall(answer[: len(answer) // 2])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    phone, _ = listener.accept()
                    phone.settimeout(PATIENCE_SECONDS)
                    threading.Thread(target=carry, args=(phone,), daemon=True).start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _request(phone: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _piece(phone)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    while len(body) < length:
        body += _piece(phone)
    return head + b"\r\n\r\n" + body


def _piece(connection: socket.socket) -> bytes:
    piece = connection.recv(LARGEST_PIECE_BYTES)
    if not piece:
        raise ConnectionError("the other side has gone")
    return piece


def _until_end(server: socket.socket) -> bytes:
    # The phones ask for one answer a connection, so that its end is the end of the answer.
    pieces = []
    while piece := server.recv(LARGEST_PIECE_BYTES):
        pieces.append(piece)
    return b"".join(pieces)
