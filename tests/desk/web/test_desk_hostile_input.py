"""Hostile input over what staff can call: no address, no field and no sign-in breaks anything."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.web import contents, form_on, sign_in

pytestmark = pytest.mark.on_both("text that PostgreSQL refuses")

STAFF_ADDRESSES = [
    "/moderation/?unit=99999999999999999999", "/moderation/?channel=-99999999999999999999",
    "/moderation/?unit=3000000000", "/moderation/?campaign=99999999999999999999", "/moderation/?group=%00",
    "/moderation/?after=%00",
    "/moderation/?category=%ED%A0%80", "/moderation/?status=made_up", "/moderation/?from_day=0001-01-01",
    "/moderation/?to_day=9999-12-31", "/moderation/?from_day=2026-02-30", "/moderation/?unit=" + "9" * 5_000,
    "/exports/create?campaign=1&channel=99999999999999999999", "/exports/create?campaign=1&kind=%00",
    "/exports/create?campaign=1&to_day=9999-12-31", "/exports/99999999999999999999",
    "/exports/99999999999999999999/download", "/moderation/Z9-99999", "/moderation/zz",
    "/accounts/sign-in?next=%00", "/moderation/bulk/99999999999999999999",
    "/moderation/bulk/99999999999999999999/progress", "/moderation/bulk/create?all=1",
    "/moderation/bulk/create?campaign=1&number=%00&number=A1-00001%00&number=Z9-99999",
    "/moderation/bulk/create?campaign=1&all=1&action=%00", "/moderation/bulk/create?campaign=1&all=1&action=reply",
    "/moderation/bulk/create?campaign=1&all=1&action=classify&set_category=%00&set_responsible_unit_id=" + "9" * 99,
    "/moderation/bulk/create?campaign=1&all=1&query=" + "%E5%81%9C" * 200,
]  # fmt: skip


@pytest.mark.parametrize("address", STAFF_ADDRESSES)
def test_no_staff_address_breaks_anything(staff: FlaskClient, address: str) -> None:
    assert staff.get(address).status_code in {200, 404}


@pytest.mark.parametrize("name", ["ad\x00min", "\ufffd", "a" * 41, "admin\n", "＊"])
def test_no_account_name_breaks_the_sign_in(client: FlaskClient, name: str) -> None:
    assert sign_in(client, name, "wrong password").status_code == 400


@pytest.mark.parametrize(
    "kept",
    [
        '{"body": "\\ud800"}',
        "[" * 100_000,
        '{"number": "\\ud800"}',
        '{"number": {}}',
        "[]",
        "1" * 5_000,
        '{"body": null}',
    ],
    ids=["surrogate", "deep", "surrogate number", "mapping", "list", "huge number", "null"],
)
def test_no_kept_text_breaks_the_sign_in(client: FlaskClient, kept: str) -> None:
    assert sign_in(client, "admin", "wrong password", kept=kept).status_code == 400


@pytest.fixture
def number(make: Factory) -> str:
    """The number of a submission with contact details."""
    return make.make_submission(name="王小明", has_consented=True).number


STAFF_FIELDS = [
    ("reply", {"body": "好", "outcome": "adopted", "summary": "a\x00b"}),
    ("reply", {"body": "a\x00b", "outcome": "adopted", "summary": "好"}),
    ("reply", {"body": "好", "outcome": "ado\x00pted", "summary": "好"}),
    ("reject", {"kind": "unclear", "reason": "a\x00b"}),
    ("reject", {"kind": "un\x00clear", "reason": "好"}),
    ("classify", {"responsible_person": "a\x00b"}),
    ("classify", {"units": "99999999999999999999", "responsible_unit": "\x00"}),
    ("contact", {"reason": "a\x00b"}),
    ("accept", {"version": "9" * 30}),
    ("accept", {"version": "9" * 5_000}),
]


@pytest.mark.parametrize(("action", "fields"), STAFF_FIELDS)
def test_no_staff_field_breaks_anything(
    staff: FlaskClient, number: str, sessions: sessionmaker[Session], action: str, fields: dict[str, str]
) -> None:
    form = form_on(staff.get(f"/moderation/{number}").text, f"/{action}")
    before = contents(sessions)

    answer = staff.post(form.action, data={**form.fields, **fields})

    assert answer.status_code in {400, 409}
    assert contents(sessions) == before


def test_no_purpose_breaks_an_export(staff: FlaskClient, sessions: sessionmaker[Session]) -> None:
    form = form_on(staff.get("/exports/create?campaign=1").text, "/exports/create?campaign=1")

    answer = staff.post(form.action, data={**form.fields, "purpose": "a\x00b"})

    assert answer.status_code == 400
