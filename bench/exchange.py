"""HTTP/1.1 over raw loopback sockets, one new connection per request, as cheap for the caller as it gets."""

import re
import socket
import struct
from dataclasses import dataclass
from gzip import decompress

TIMEOUT_SECONDS = 10
HOST = "127.0.0.1"
_COOKIE = re.compile(rb"(?i)\r\nset-cookie: *([^;\r]+)")
_GZIPPED = re.compile(rb"(?i)\r\ncontent-encoding: *gzip")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
# SO_SNDTIMEO bounds connect and send without making the socket non-blocking, which would cost a poll for each.
_TIMEOUT = struct.pack("ll", TIMEOUT_SECONDS, 0)


@dataclass(frozen=True, slots=True)
class Response:
    """What one connection brought, from the status line to the last byte."""

    raw: bytes

    @property
    def status(self) -> int:
        """0 for an answer that is missing, cut short or not HTTP."""
        head, separator, body = self.raw.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or (length and int(length[1]) != len(body)):
            return 0
        return int(head[9:12])

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def cookies(self) -> bytes:
        return b"; ".join(_COOKIE.findall(self.raw.partition(b"\r\n\r\n")[0]))

    @property
    def body(self) -> bytes:
        head, _, body = self.raw.partition(b"\r\n\r\n")
        return decompress(body) if _GZIPPED.search(head) else body


def get_request(port: int, path: str, *, gzip: bool) -> bytes:
    return _head("GET", port, path, gzip=gzip) + b"\r\n"


def post_head(port: int, path: str, *, gzip: bool) -> bytes:
    """The part that is the same for every submission; `post_request` adds the rest."""
    origin = f"Origin: http://{HOST}:{port}\r\nReferer: http://{HOST}:{port}{path}\r\n".encode()
    return _head("POST", port, path, gzip=gzip) + origin + b"Content-Type: application/x-www-form-urlencoded\r\n"


def post_request(head: bytes, body: bytes, cookies: bytes) -> bytes:
    cookie_line = b"Cookie: %b\r\n" % cookies if cookies else b""
    return b"%b%bContent-Length: %d\r\n\r\n%b" % (head, cookie_line, len(body), body)


def open_and_send(port: int, request: bytes) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEOUT)
        connection.connect((HOST, port))
        connection.sendall(request)
    except OSError:
        connection.close()
        raise
    return connection


def fetch(port: int, path: str, *, gzip: bool = False) -> Response:
    with open_and_send(port, get_request(port, path, gzip=gzip)) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        chunks = []
        while chunk := connection.recv(65536):
            chunks.append(chunk)
    return Response(b"".join(chunks))


def _head(method: str, port: int, path: str, *, gzip: bool) -> bytes:
    encoding = "Accept-Encoding: gzip\r\n" if gzip else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n{encoding}".encode()
