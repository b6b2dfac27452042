"""Letters by SMTP: handed in, refused, unanswered; and no word of a password anywhere."""

import threading
from pathlib import Path

import pytest

from feedback.base.adapters.mail import THREAD, Letter, MailServer, post, server_at
from tests.e2e.certificates import make_certificate
from tests.postbox import Postbox, serving

SENDER = "yijian@example.gov.cn"
PASSWORD = "p@ss/word-canary"
LETTERS = [Letter(f"{name}@example.gov.cn", "今日待办", "待受理 12 件。\n") for name in ("wang", "li", "zhao")]


def at(postbox: Postbox, host: str = "127.0.0.1", *, password: str = "") -> MailServer:
    """The server of a postbox, by the address an operator would set."""
    who = "feedback:p%40ss%2Fword-canary@" if password else ""
    return server_at(f"smtp://{who}{host}:{postbox.port}", sender=SENDER)


def test_a_letter_arrives_with_its_words_whole() -> None:
    with serving(Postbox()) as postbox:
        post(at(postbox), LETTERS[:1])

    (letter,) = postbox.letters
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, "wang@example.gov.cn", "今日待办")
    assert letter.get_content() == "待受理 12 件。\n"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert postbox.told[0] == "ehlo example.gov.cn"


def test_one_address_that_is_refused_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Postbox(refused={"wang@example.gov.cn"})) as postbox:
        post(at(postbox), LETTERS)

    assert [letter["To"] for letter in postbox.letters] == ["li@example.gov.cn", "zhao@example.gov.cn"]
    assert [record.getMessage() for record in caplog.records] == ["the mail server refused a letter"]


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with serving(Postbox(is_silent=True)) as postbox:
        post(at(postbox), LETTERS, patience=0.3)

        assert not postbox.is_over.is_set()

    # What it says in the log belongs to this test.
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join()
    assert postbox.letters == []


def test_nobody_listening_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Postbox()) as postbox:
        server = at(postbox)

    post(server, LETTERS)

    assert len(caplog.records) == 1


def test_a_password_opens_the_door_on_this_machine() -> None:
    with serving(Postbox(password=PASSWORD)) as postbox:
        post(at(postbox, password=PASSWORD), LETTERS[:1])

    assert postbox.signed_in == ["feedback"]
    assert len(postbox.letters) == 1


def test_a_password_does_not_travel_without_tls() -> None:
    # This address leads here too, and does not look as if it did.
    with serving(Postbox(password=PASSWORD)) as postbox:
        post(at(postbox, "0.0.0.0", password=PASSWORD), LETTERS[:1])

    assert postbox.letters == []
    assert not any(words.startswith("AUTH") for words in postbox.told)


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_is_used_where_it_is_offered_and_believed_where_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool
) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    with serving(Postbox(password=PASSWORD, certificate=certificate)) as postbox:
        post(at(postbox, "localhost", password=PASSWORD), LETTERS[:1])

    assert postbox.told[:2] == ["ehlo example.gov.cn", "STARTTLS"]
    assert len(postbox.letters) == is_trusted
    assert postbox.signed_in == ["feedback"] * is_trusted


def test_a_password_stands_in_no_log_and_no_picture_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Postbox(password="another")) as postbox:
        server = at(postbox, password=PASSWORD)
        post(server, LETTERS)

    assert postbox.letters == []
    assert len(caplog.records) == 1
    kept = "".join(f"{record.__dict__}" for record in caplog.records) + repr(server)
    assert [one for one in ("canary", "wang@") if one in kept] == []
    # The number of the server's answer; in the rest of a record it may stand by chance, as a part of the time.
    assert "535" not in caplog.text.partition("]")[2] + caplog.records[0].getMessage()


@pytest.mark.parametrize(
    ("address", "port", "is_tls"),
    [("smtp://h", 587, False), ("smtps://h", 465, True), ("smtps://h:2465", 2465, True), ("smtp://h:25/", 25, False)],
)
def test_an_address_says_where_and_how(address: str, port: int, *, is_tls: bool) -> None:
    server = server_at(address, sender=SENDER)

    assert (server.host, server.port, server.is_tls) == ("h", port, is_tls)
