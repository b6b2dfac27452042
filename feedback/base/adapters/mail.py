"""Letters by SMTP. What fails is logged in fixed sentences: addresses, answers and passwords stand in none."""

import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from smtplib import SMTP, SMTP_SSL, SMTPException, SMTPNotSupportedError
from threading import Thread
from urllib.parse import unquote, urlsplit

PATIENCE_SECONDS = 10.0
THREAD = "mail"
_USUAL_PORTS = {"smtp": 587, "smtps": 465}
# smtplib's own refusals, the network's and TLS's, and what cannot be written in the protocol.
_FAILURES = (SMTPException, OSError, ValueError)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailServer:
    """Where letters are handed in, as whom, and from whom they are; `is_tls` means TLS from the first byte."""

    host: str
    port: int
    is_tls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def own_name(self) -> str:
        """The name letters are sent under, which says nothing about this machine."""
        return self.sender.rpartition("@")[2]

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, so that nothing travels."""
        if self.host == "localhost":
            return True
        with suppress(ValueError):
            return ip_address(self.host).is_loopback
        return False


@dataclass(frozen=True)
class Letter:
    """Plain text to one address."""

    to: str
    subject: str
    body: str


def server_at(address: str, *, sender: str) -> MailServer:
    """The server of an address that was checked, such as smtp://user:password@host:587."""
    parts = urlsplit(address)
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or _USUAL_PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def post(server: MailServer, letters: Sequence[Letter], *, patience: float = PATIENCE_SECONDS) -> None:
    """Hand letters in, each on its own; return after `patience` seconds at the latest.

    In a thread, because looking up a name has no time limit of its own; what is slow goes on without the caller.
    """
    if not letters:
        return
    sending = Thread(target=_send_each, args=(server, letters, patience), daemon=True, name=THREAD)
    sending.start()
    sending.join(patience)
    if sending.is_alive():
        _log.warning("the mail server is slow: nobody waits for it any longer")


def _send_each(server: MailServer, letters: Sequence[Letter], seconds: float) -> None:
    """One connection a letter: whatever the server thinks of one of them, the next begins afresh."""
    for letter in letters:
        try:
            connection = _open(server, seconds)
        except _FAILURES:
            _log.warning("the mail server does not answer, or lets nobody in: the letters of today are left out")
            return
        try:
            with connection:
                connection.send_message(_written(server, letter))
        except _FAILURES:
            _log.warning("the mail server refused a letter")


def _open(server: MailServer, seconds: float) -> SMTP:
    """A connection that is signed in, over TLS where the server offers it."""
    tls = ssl.create_default_context()
    if server.is_tls:
        connection: SMTP = SMTP_SSL(server.host, server.port, server.own_name, timeout=seconds, context=tls)
    else:
        connection = SMTP(server.host, server.port, server.own_name, timeout=seconds)
    try:
        _sign_in(connection, server, tls)
    except BaseException:
        connection.close()
        raise
    return connection


def _sign_in(connection: SMTP, server: MailServer, tls: ssl.SSLContext) -> None:
    is_private = server.is_tls or server.is_here
    connection.ehlo()
    if not server.is_tls and connection.has_extn("starttls"):
        connection.starttls(context=tls)
        is_private = True
    if not server.user:
        return
    if not is_private:
        raise SMTPNotSupportedError("a password travels over TLS alone")
    connection.login(server.user, server.password)


def _written(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=server.own_name)
    # No automatic answer to it, please.
    message["Auto-Submitted"] = "auto-generated"
    # Base64 passes every server on the way, also one that takes seven bits alone.
    message.set_content(letter.body, cte="base64")
    return message
