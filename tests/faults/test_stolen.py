"""A thief has the database, and perhaps one secret of the key file: no query code and no contact comes out of it."""

import hmac
import json
import secrets
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import inspect, select, text

from feedback.base.adapters.cipher import CipherError, decrypt
from feedback.base.adapters.database import make_engine
from feedback.base.adapters.keys import PURPOSES, Key, Keys, load_keys
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import mint_code, normal_code
from feedback.cases.models.contact import Contact
from feedback.cases.models.submission import Submission
from tests.faults.stored import database_bytes, found_in
from tests.faults.visitor import Visitor, fill_in, send, track
from tests.server import Server
from tests.stored import settle_database

OPINIONS = [
    Opinion(text="请不要让他们知道是我说的。", name="欧阳海棠", phone="13905557788", has_consented=True),
    Opinion(text="只留电话，方便回话。", phone="+86 139 0555 7799", has_consented=True),
    Opinion(text="不留名字。", respondent_group="lawyer"),
]

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Loot:
    """The copy of the database, what its owner would not like to be known, and the key file, kept apart."""

    files: dict[str, bytes]
    values: list[str | bytes]
    contacts: list[tuple[str, bytes]]
    codes: list[str]
    nonces: list[str]
    keys: Keys


@pytest.fixture(scope="module")
def loot(warm_server: Server) -> Loot:
    """Taken after citizens have written and looked at their progress, while the service still runs."""
    citizen, url = Visitor(warm_server), warm_server.settings.database_url
    forms = [
        fill_in(citizen, opinion.text, **{name: value for name, value in _typed(opinion).items() if value})
        for opinion in OPINIONS
    ]
    receipts = [send(citizen, form) for form in forms]
    assert all(track(citizen, receipt.code).status_code == 200 for receipt in receipts)
    return Loot(
        files=database_bytes(url),
        values=_values(url),
        contacts=_contacts(url, [receipt.number for receipt in receipts]),
        codes=[str(normal_code(receipt.code)) for receipt in receipts],
        nonces=[form["nonce"] for form in forms],
        keys=load_keys(warm_server.settings.keys_file),
    )


def test_the_bytes_hold_no_code_no_nonce_and_no_contact(loot: Loot) -> None:
    shown = [" ".join(code[start : start + 4] for start in range(0, 16, 4)) for code in loot.codes]
    wanted = [*loot.codes, *(code.lower() for code in loot.codes), *shown, *loot.nonces]
    wanted += [value for opinion in OPINIONS for value in (opinion.name, opinion.phone) if value]

    found = found_in(loot.files, {value: value for value in wanted})

    assert found == []
    assert found_in(loot.files, {"text": OPINIONS[0].text}) != []


def test_the_bytes_hold_no_secret_of_the_key_file(loot: Loot) -> None:
    known = {purpose: loot.keys.current(purpose).secret for purpose in PURPOSES}

    found = [
        (purpose, place)
        for purpose, secret in known.items()
        for place, content in loot.files.items()
        if secret in content or secret.hex().encode() in content
    ]

    assert found == []


@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_secret_opens_no_contact(loot: Loot, purpose: str) -> None:
    with_one = _with_only(loot.keys, purpose)

    assert len(loot.contacts) == 3
    for place, sealed in loot.contacts:
        with pytest.raises(CipherError):
            decrypt(sealed, place=place, keys=with_one)


def test_the_whole_key_file_opens_them(loot: Loot) -> None:
    opened = [decrypt(sealed, place=place, keys=loot.keys) for place, sealed in loot.contacts]

    assert sorted(opened) == sorted(str(value) for one in OPINIONS for value in (one.name, one.phone) if value)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_secret_makes_no_code_out_of_what_is_stored(loot: Loot, purpose: str) -> None:
    secret = loot.keys.current(purpose).secret

    made = {mint_code(value, secret) for value in loot.values if isinstance(value, str)}

    assert made.isdisjoint(loot.codes)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_known_code_is_recognised_with_the_code_key_alone(loot: Loot, purpose: str) -> None:
    secret = loot.keys.current(purpose).secret
    hashes = {hmac.digest(secret, code.encode(), "sha256").hex() for code in loot.codes}

    recognised = hashes & set(map(str, loot.values))

    # A code is 80 random bits: the key that recognises one does not help to guess one.
    assert len(recognised) == (len(loot.codes) if purpose == "code" else 0)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_secret_cannot_confirm_a_guessed_contact(loot: Loot, purpose: str) -> None:
    """A phone number is eleven digits, a name one of few: whoever can tell a right guess has them all in a minute."""
    secret = loot.keys.current(purpose).secret
    guesses = [replace(OPINIONS[1], phone=f"+86 139 0555 {number}") for number in range(7_700, 7_800)]
    guesses += [replace(OPINIONS[0], name=name) for name in ("欧阳海", "欧阳海棠", "欧阳棠")]

    confirmed = [
        guess for guess in guesses if any(made in loot.values for made in _hashes(secret, json.dumps(_plain(guess))))
    ]

    assert confirmed == []


def _hashes(secret: bytes, content: str) -> list[str]:
    """What somebody who has read the program would compare with the stored hashes."""
    return [hmac.digest(secret, content.encode(), "sha256").hex(), hmac.digest(secret, content.encode(), "sha1").hex()]


def _plain(guess: Opinion) -> dict[str, object]:
    """The fields of an opinion in the order the program hashes them in."""
    return dict(sorted(guess.canonical().items()))


def _typed(opinion: Opinion) -> dict[str, str]:
    return {
        "respondent_group": opinion.respondent_group or "",
        "name": opinion.name or "",
        "phone": opinion.phone or "",
        "consent": "y" if opinion.has_consented else "",
    }


def _with_only(keys: Keys, kept: str) -> Keys:
    """The same key ids, with other secrets for every purpose but one."""
    return Keys(
        {
            purpose: own if purpose == kept else tuple(Key(key.id, secrets.token_bytes(32)) for key in own)
            for purpose, own in keys.by_purpose.items()
        }
    )


def _values(url: str) -> list[str | bytes]:
    """Every value of every table."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            # SQLite's table of grams gives nothing back; what it is kept in are tables of their own.
            names = [name for name in inspect(connection).get_table_names() if name != "search_gram"]
            rows = [row for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    finally:
        engine.dispose()
    return [value for row in rows for value in row if isinstance(value, str | bytes)]


def _contacts(url: str, numbers: list[str]) -> list[tuple[str, bytes]]:
    """Place and bytes of each encrypted value of some submissions."""
    settle_database(url)
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            statement = select(Contact).join(Submission, Submission.id == Contact.submission_id)
            rows = connection.execute(statement.where(Submission.number.in_(numbers))).all()
    finally:
        engine.dispose()
    return [
        (f"contact.{column}:{row.uuid}", bytes(sealed))
        for row in rows
        for column, sealed in (("name", row.name), ("phone", row.phone))
        if sealed is not None
    ]
