"""A network that cuts, loses, doubles and slows what passes: a proxy on loopback in front of a service."""

import hashlib
import os
import random
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from tests.server import Server

# 20 kbit/s; a run of a few minutes is too short for that and takes four times as much.
SLOW_BYTES_PER_SECOND = 2_500 if os.environ.get("FAULTS") == "all" else 10_000
TRY_HEADER = "X-Try"


class Fate(Enum):
    """What becomes of one request."""

    PASS = "pass"
    CUT = "cut"
    LOSE_ANSWER = "lose answer"
    CUT_ANSWER = "cut answer"
    DOUBLE = "double"


# One request in eight brings no answer. Were it one in four, two of 2,000 would need a sixth try by chance alone.
_CHANCES = {Fate.PASS: 78, Fate.CUT: 5, Fate.LOSE_ANSWER: 4, Fate.CUT_ANSWER: 3, Fate.DOUBLE: 10}


def fate_of(name: str) -> tuple[Fate, float]:
    """A fate and a place in the request, drawn from the name of a try: the same in every run, in whatever order."""
    drawn = random.Random(hashlib.sha256(name.encode()).digest())
    return drawn.choices(list(_CHANCES), list(_CHANCES.values()))[0], drawn.random()


@dataclass
class BadNetwork:
    """Reads each request whole, as a gateway does, slowly where its name begins with "slow", and lets it happen."""

    server: Server
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=256))

    def __enter__(self) -> "BadNetwork":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def form_path(self) -> str:
        return self.server.form_path

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(60)
            whole, name = _read_request(client)
            fate, place = fate_of(name)
            if fate is Fate.CUT:
                self._ask(whole[: int(len(whole) * place)], is_cut=True)
                return
            answer = self._ask(whole)
            if fate is Fate.DOUBLE:
                self._ask(whole)
            if fate is not Fate.LOSE_ANSWER:
                client.sendall(answer[: int(len(answer) * place)] if fate is Fate.CUT_ANSWER else answer)

    def _ask(self, request: bytes, *, is_cut: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as upstream:
            upstream.sendall(request)
            if is_cut:
                return b""
            pieces = []
            while piece := upstream.recv(65_536):
                pieces.append(piece)
            return b"".join(pieces)


def _read_request(client: socket.socket) -> tuple[bytes, str]:
    """The request and the name of its try, which goes no further than here."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(client)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    named = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in lines[1:]}
    name = named[TRY_HEADER.lower().encode()].decode()
    pieces, length = [body], len(body)
    while length < int(named.get(b"content-length", b"0")):
        piece = _some(client)
        if name.startswith("slow"):
            time.sleep(len(piece) / SLOW_BYTES_PER_SECOND)
        pieces.append(piece)
        length += len(piece)
    kept = [line for line in lines if not line.lower().startswith(TRY_HEADER.lower().encode())]
    return b"\r\n".join(kept) + b"\r\n\r\n" + b"".join(pieces), name


def _some(client: socket.socket) -> bytes:
    piece = client.recv(8_192)
    if not piece:
        raise ConnectionError
    return piece
