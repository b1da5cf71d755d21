"""A wire that a test can cut: it carries bytes between the browser and the server, and loses them on demand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

BLOCK = 65536


class Wire:
    """Carries connections from a port of its own to the server's.

    lose: "" | "close" | "silence": what happens to the reply of a request whose head names `marks`. The server has the
    request and answers it; then the connection is closed, or nothing comes any more.
    """

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self.upstream = (parts.hostname or "localhost", parts.port or 80)
        self.marks = b"/submit/"
        self.lose = ""
        self.is_cut = False
        self.lost = 0
        self.carried = 0  # marked requests handed to the server
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://{parts.hostname}:{self.listener.getsockname()[1]}"
        self.open: set[socket.socket] = set()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            threading.Thread(target=self.carry, args=[client], daemon=True).start()

    def carry(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.upstream)
        except OSError:
            return client.close()
        muted = threading.Event()
        self.open |= {client, server}
        back = threading.Thread(target=self.carry_back, args=[server, client, muted], daemon=True)
        back.start()
        with suppress(OSError):
            while data := client.recv(BLOCK):
                if self.lose and self.marks in data:
                    muted.set()
                server.sendall(data)
                self.carried += self.marks in data
        self.close(client, server)
        return None

    def carry_back(self, server: socket.socket, client: socket.socket, muted: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(BLOCK):
                if not muted.is_set():
                    client.sendall(data)
                    continue
                self.lost += 1
                if self.lose != "silence":
                    break
        self.close(client, server)

    def close(self, *sockets: socket.socket) -> None:
        for one in sockets:
            self.open.discard(one)
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def cut(self) -> None:
        """Break what is open and take nothing new."""
        self.is_cut = True
        self.close(*list(self.open))

    def mend(self) -> None:
        self.is_cut, self.lose = False, ""


@contextmanager
def wire_to(server: str) -> Iterator[Wire]:
    wire = Wire(server)
    threading.Thread(target=wire.serve, daemon=True).start()
    try:
        yield wire
    finally:
        wire.listener.close()
        wire.cut()
