"""Requests as no browser sends them, byte by byte over a socket. Nothing here waits for ever."""

import contextlib
import socket
import struct
from collections.abc import Iterable
from select import select

from tests.server import Server

ANSWER_SECONDS = 45
LOOPBACK = "127.0.0.1"


def connect(server: Server, source: str = LOOPBACK) -> socket.socket:
    """A connection on which every wait is bounded."""
    return socket.create_connection((server.settings.host, server.port), ANSWER_SECONDS, (source, 0))


def say(server: Server, request: bytes, source: str = LOOPBACK) -> bytes:
    """Send some bytes, say that no more will come, and return everything that is answered."""
    with connect(server, source) as connection:
        send_while_wanted(connection, [request])
        with contextlib.suppress(OSError):  # it may have been cut off
            connection.shutdown(socket.SHUT_WR)
        return hear(connection)


def send_while_wanted(connection: socket.socket, chunks: Iterable[bytes]) -> int:
    """Send until everything is out, or the other side answers or hangs up; returns how many bytes went."""
    sent = 0
    for chunk in chunks:
        readable, writable, _ = select([connection], [connection], [], ANSWER_SECONDS)
        if readable:
            break
        assert writable, f"stuck after {sent} bytes"
        try:
            connection.sendall(chunk)
        except (ConnectionResetError, BrokenPipeError):
            break
        sent += len(chunk)
    return sent


def hear(connection: socket.socket) -> bytes:
    """Everything up to the end of the connection, or until it is cut off."""
    received = bytearray()
    while True:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            return bytes(received)
        if not piece:
            return bytes(received)
        received += piece


def hang_up(connection: socket.socket) -> None:
    """Cut the connection off as a lost phone does: with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def status_of(answer: bytes) -> int:
    """The status of the first answer, or 0 where there is none."""
    line = answer.partition(b"\r\n")[0].split(b" ")
    return int(line[1]) if len(line) > 1 and line[0].startswith(b"HTTP/") else 0


def head(server: Server, method: str, path: str, **headers: str) -> bytes:
    """A request line and header lines; an underscore in a name stands for a hyphen."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {server.settings.host}:{server.port}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def chunked(body: bytes, size: int = 1_000) -> Iterable[bytes]:
    """A body in chunks, with the end mark."""
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
