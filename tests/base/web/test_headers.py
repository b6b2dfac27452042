"""Response headers, exactly these, on every kind of answer."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.config import Settings
from feedback.base.domain.permission import Role
from feedback.base.web.assets import ASSETS
from tests.authenticators import fresh_code
from tests.conftest import PASSWORD, signed_in
from tests.factories import Factory
from tests.pages import decide, fill_in, staff_fields, submit
from tests.web import PUBLIC_URL, form_on, forms_on, sign_in

STYLE_HASH = b64encode(sha256(ASSETS["public.css"].body).digest()).decode()
FIXED = {
    "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{STYLE_HASH}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ALLOWED = {
    *FIXED, "Permissions-Policy", "Content-Type", "Content-Length", "Content-Encoding", "Vary", "Location", "Allow",
    "Retry-After",
}  # fmt: skip
ASSET_CACHE = "public, max-age=31536000, immutable"
WRONG_CODE = "7K3M9QXDR2VH5TNA"


def check(answer: TestResponse, *, besides: set[str] | None = None, **changes: str) -> None:
    """Each fixed header once and word for word, everything off that is not used, and no header nobody asked for."""
    expected = FIXED | {name.replace("_", "-"): value for name, value in changes.items()}
    assert {name: answer.headers.getlist(name) for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    features = answer.headers["Permissions-Policy"].split(", ")
    assert all(feature.endswith("=()") for feature in features)
    assert {f"{name}=()" for name in ("camera", "microphone", "geolocation", "payment", "usb")} <= set(features)
    assert set(answer.headers.keys()) <= ALLOWED | (besides or set())


@pytest.fixture
def public_answers(client: FlaskClient, channel_code: str, make: Factory) -> dict[str, TestResponse]:
    """One answer of every kind that strangers can get."""
    address, receipt = f"/f/{channel_code}", make.make_submission(name="王", has_consented=True)
    form = fill_in(client, channel_code, text="停车难")
    answers = {
        "200 home": client.get("/"),
        "200 form": client.get(address),
        "200 HEAD": client.head(address),
        "200 OPTIONS": client.options(address),
        "200 receipt": client.post(address, data=form),
        "409 conflict": client.post(address, data={**form, "text": "排队久"}),
        "400 form": submit(client, channel_code, text=""),
        "400 seal": client.post(address, data={"text": "停车难"}),
        "403 foreign post": client.post(address, data=form, headers={"Origin": "null"}),
        "404 channel": client.get("/f/zzzzz"),
        "404 address": client.get("/nowhere"),
        "404 asset": client.get("/assets/none.css"),
        "405 page": client.post("/"),
        "405 staff page": client.get("/accounts/sign-out"),
        "413 form": client.post(address, data={"text": "a" * 2_000_001}),
        "200 track": client.get("/track"),
        "404 code": client.post("/track", data={"code": WRONG_CODE}),
        "200 progress": client.post("/track", data={"code": receipt.code}),
        "200 withdrawn": client.post("/track/withdraw-contact", data={"code": receipt.code}),
    }
    wrong = (client.post("/track", data={"code": WRONG_CODE}) for _ in range(600))
    answers["429 codes"] = next(answer for answer in wrong if answer.status_code == 429)
    make.set_campaign(status="closed")
    answers["200 closed"] = client.get(address)
    answers["403 closed"] = client.post(address, data={"text": "停车难"})
    make.set_campaign(imprint=["broken"])
    answers["500 failure"] = client.post(address, data={"text": "停车难"})
    return answers


def test_every_public_answer_carries_the_headers(public_answers: dict[str, TestResponse]) -> None:
    for kind, answer in public_answers.items():
        assert answer.status_code == int(kind[:3]), kind
        check(answer)


def test_no_public_answer_sets_a_cookie(public_answers: dict[str, TestResponse]) -> None:
    assert [kind for kind, answer in public_answers.items() if "Set-Cookie" in answer.headers] == []
    assert [kind for kind, answer in public_answers.items() if "Cookie" in answer.headers.get("Vary", "")] == []


def test_no_public_answer_sets_a_cookie_for_staff_either(staff: FlaskClient, channel_code: str) -> None:
    for path in ("/", f"/f/{channel_code}", "/track", "/nowhere"):
        assert "Set-Cookie" not in staff.get(path).headers


@pytest.mark.parametrize("host", ["..", "a..b", ".example.cn", "a" * 80 + ".cn"])
def test_a_host_that_is_none_is_refused_on_a_page(client: FlaskClient, host: str) -> None:
    for path in ("/", "/track", "/nowhere", "/moderation/"):
        answer = client.get(path, headers={"Host": host})

        assert 400 <= answer.status_code < 500
        check(answer)


def test_a_failure_is_a_page_that_gives_the_text_back(client: FlaskClient, channel_code: str, make: Factory) -> None:
    form = fill_in(client, channel_code, text="停车难")
    make.set_campaign(imprint=["broken"])

    answer = client.post(f"/f/{channel_code}", data=form)

    assert answer.status_code == 500
    assert "停车难</textarea>" in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.on_both("a statement of its own")
def test_a_broken_database_is_a_page_that_gives_the_text_back(
    client: FlaskClient, channel_code: str, sessions: sessionmaker[Session]
) -> None:
    form = fill_in(client, channel_code, text="停车难")
    with writing(sessions) as session:
        session.execute(text("ALTER TABLE arrival RENAME TO gone"))

    answer = client.post(f"/f/{channel_code}", data=form)

    # SQLite calls a missing table an operational error, PostgreSQL does not.
    assert answer.status_code in {500, 503}
    assert "停车难</textarea>" in answer.text
    check(answer)


def test_every_staff_answer_carries_the_headers(app: Flask, sessions: sessionmaker[Session], make: Factory) -> None:
    staff, stranger, receipt = signed_in(app, sessions, "admin"), app.test_client(), make.make_submission()
    page = f"/moderation/{receipt.number}"
    stale = form_on(staff.get(page).text, "/accept")
    answers = {
        200: staff.get("/moderation/"),
        302: decide(staff, receipt.number, "accept"),
        400: staff.post(f"{page}/reject", data=staff_fields(staff.get(page).text)),
        401: stranger.post(f"{page}/reject", data={"reason": "好"}),
        404: staff.get("/moderation/Z9-99999"),
        405: staff.get(f"{page}/reject"),
        409: staff.post(stale.action, data=stale.fields),
        413: staff.post(f"{page}/reject", data={"reason": "a" * 2_000_001}),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        check(answer, besides={"Set-Cookie"})
    for path in ("/accounts/change-password", "/exports", "/moderation"):
        check(staff.get(path), besides={"Set-Cookie"})
    check(stranger.get("/accounts/sign-in"), besides={"Set-Cookie"})


def test_a_slowed_sign_in_carries_the_headers(client: FlaskClient) -> None:
    answers = [sign_in(client, "nobody", "wrong") for _ in range(11)]

    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    for answer in answers:
        check(answer, besides={"Set-Cookie"})


def test_somebody_without_the_permission_gets_the_headers(
    app: Flask, sessions: sessionmaker[Session], make: Factory
) -> None:
    make.make_user("clerk", Role.UNIT_HANDLER)

    answer = signed_in(app, sessions, "clerk").get("/exports/")

    assert answer.status_code == 403
    check(answer, besides={"Set-Cookie"})


def test_the_only_style_inside_a_page_is_the_one_the_policy_knows(public_answers: dict[str, TestResponse]) -> None:
    styles = {
        style for answer in public_answers.values() for style in re.findall("<style>(.*?)</style>", answer.text, re.S)
    }

    assert styles == {ASSETS["public.css"].body.decode()}


@pytest.mark.parametrize("name", ["public.css", "public.js", "staff.css", "staff.js"])
def test_an_asset_may_be_kept_for_good(app: Flask, client: FlaskClient, name: str) -> None:
    with app.test_request_context():
        address = app.jinja_env.globals["asset"](name)  # type: ignore[operator]

    for encoding in ("gzip", "identity"):
        answer = client.get(address, headers={"Accept-Encoding": encoding})
        check(answer, Cache_Control=ASSET_CACHE)
        assert answer.status_code == 200


def test_a_workbook_runs_nothing(
    staff: FlaskClient, settings: Settings, make: Factory, sessions: sessionmaker[Session]
) -> None:
    form = forms_on(staff.get("/exports/create?campaign=1").text)[-1]
    shown = staff.post(form.action, data={**form.fields, "purpose": "会议"}).headers["Location"]
    lease = jobs.lease_next(sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(sessions, make.keys, settings.exports), lease)

    progress, download = staff.get(f"{shown}/progress"), staff.get(f"{shown}/download")

    check(progress, besides={"Set-Cookie"})
    assert (progress.status_code, progress.mimetype, download.status_code) == (200, "application/json", 200)
    policy = "default-src 'none'; sandbox"
    besides = {"Set-Cookie", "Content-Disposition", "ETag", "Last-Modified", "Date", "Accept-Ranges"}
    check(download, besides=besides, Content_Security_Policy=policy)
    assert download.headers["Content-Disposition"].startswith("attachment;")
    download.close()


def test_transport_security_is_asked_for_where_the_public_address_is_https(
    make_app: Callable[..., Flask], channel_code: str
) -> None:
    secure, plain = make_app(public_url=PUBLIC_URL).test_client(), make_app(public_url="http://10.1.2.3").test_client()

    for path in ("/", f"/f/{channel_code}", "/nowhere", "/moderation/", "/assets/none.css"):
        seconds, _, rest = secure.get(path).headers["Strict-Transport-Security"].partition(";")
        assert (int(seconds.removeprefix("max-age=")) >= 31_536_000, rest) == (True, " includeSubDomains")
        assert "Strict-Transport-Security" not in plain.get(path).headers


def cookie_of(answer: TestResponse) -> tuple[str, set[str]]:
    """The name of the cookie an answer sets, and its flags."""
    (header,) = [header for header in answer.headers.getlist("Set-Cookie") if not header.startswith("device=")]
    named, *flags = header.split("; ")
    return named.partition("=")[0], set(flags)


def test_the_cookie_of_staff_is_bound_to_the_host_under_https(
    make_app: Callable[..., Flask], sessions: sessionmaker[Session]
) -> None:
    client = make_app(public_url=PUBLIC_URL).test_client()
    page = client.get("/accounts/sign-in", base_url=PUBLIC_URL)

    fields = {**staff_fields(page.text), "name": "admin", "password": PASSWORD}
    fields["code"] = fresh_code(sessions, "admin")
    answer = client.post("/accounts/sign-in", base_url=PUBLIC_URL, data=fields)

    assert answer.status_code == 302
    assert cookie_of(page) == cookie_of(answer) == ("__Host-staff", {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"})
    assert client.get("/moderation/", base_url=PUBLIC_URL).status_code == 200


def test_the_cookie_of_staff_has_a_plain_name_without_https(client: FlaskClient) -> None:
    assert cookie_of(sign_in(client, "admin", PASSWORD)) == ("staff", {"HttpOnly", "Path=/", "SameSite=Strict"})


@pytest.mark.parametrize("public_url", ["", PUBLIC_URL])
def test_the_mark_of_a_browser_is_sent_to_the_sign_in_only(make_app: Callable[..., Flask], public_url: str) -> None:
    browser = make_app(public_url=public_url).test_client()

    answer = sign_in(browser, "admin", PASSWORD)

    (header,) = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith("device=")]
    expected = {
        "HttpOnly",
        "Path=/accounts",
        "SameSite=Strict",
        "Max-Age=15552000",
        *(["Secure"] if public_url else []),
    }
    assert {part for part in header.split("; ")[1:] if not part.startswith("Expires")} == expected
