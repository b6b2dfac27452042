"""A small SMTP server: it keeps what it is handed, refuses whom it is told to, or says nothing at all."""

import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread


@dataclass
class Postbox:
    """What a server was handed, and how it behaves."""

    letters: list[EmailMessage] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    password: str = ""
    is_silent: bool = False
    certificate: tuple[Path, Path] | None = None
    port: int = 0
    is_over: Event = field(default_factory=Event)


class _Server(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    postbox: Postbox


class _Conversation(StreamRequestHandler):
    server: _Server
    recipient = ""
    is_private = False

    def handle(self) -> None:
        if self.server.postbox.is_silent:
            self.server.postbox.is_over.wait()
            return
        self._say("220 postbox")
        while line := self.rfile.readline():
            words = line.decode("ascii").strip()
            self.server.postbox.told.append(words)
            if words.upper() == "QUIT":
                self._say("221 bye")
                return
            self._answer(words)

    def _answer(self, words: str) -> None:
        postbox, verb = self.server.postbox, words.split(" ")[0].split(":")[0].upper()
        if verb == "EHLO":
            may_encrypt = postbox.certificate and not self.is_private
            offered = (["STARTTLS"] if may_encrypt else []) + (["AUTH PLAIN"] if postbox.password else [])
            lines = ["postbox", *offered]
            self._say("\r\n".join(f"250{'-' if one is not lines[-1] else ' '}{one}" for one in lines))
        elif verb == "STARTTLS":
            self._encrypt()
        elif verb == "AUTH":
            _, user, password = b64decode(words.split(" ")[2]).decode().split("\0")
            postbox.signed_in += [user] if password == postbox.password else []
            self._say("235 welcome" if password == postbox.password else f"535 no {user} with {password}")
        elif verb == "RCPT":
            self.recipient = words.partition("<")[2].rstrip(">")
            self._say("550 nobody here" if self.recipient in postbox.refused else "250 ok")
        elif verb == "DATA":
            self._take()
        else:
            self._say("250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.server.postbox.letters.append(letter)
        self._say("250 kept")

    def _encrypt(self) -> None:
        self._say("220 go on")
        certificate = self.server.postbox.certificate
        assert certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()
        self.is_private = True

    def finish(self) -> None:
        """The one that was wrapped is not the one the server knows."""
        super().finish()
        self.request.close()

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def serving(postbox: Postbox) -> Iterator[Postbox]:
    """The server on a port of this machine, for as long as the block lasts."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.postbox, postbox.port = postbox, server.server_address[1]
        listening = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        listening.start()
        try:
            yield postbox
        finally:
            postbox.is_over.set()
            server.shutdown()
            listening.join()
