"""The shape of the house: who may call what, what may import what, and how much a page may ask of the database."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.app import UnstatedAccessError, create_app
from feedback.base.config import SettingError, Settings
from feedback.base.domain.permission import Permission
from feedback.base.web.marks import Entry, access_of
from feedback.intake.web import public
from tests.factories import Factory
from tests.pages import decide
from tests.web import page_of_age, statements_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "feedback"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted((PACKAGE / "base" / "static").iterdir())
SOURCES = sorted(PACKAGE.rglob("*.py"))

OPEN, SIGNING_IN = Entry.PUBLIC, Entry.SIGNING_IN
OWN, READ, DECIDE = Permission.ACCOUNT_OWN, Permission.SUBMISSION_READ, Permission.SUBMISSION_DECIDE
CONTACT, EXPORT, PEOPLE = Permission.CONTACT_READ, Permission.EXPORT_CREATE, Permission.USER_MANAGE
CAMPAIGNS = Permission.CAMPAIGN_MANAGE

# Written by hand: a new route fails the build until somebody has thought about who may call it.
ROUTES = {
    "GET /": OPEN,
    "GET /f/<code>": OPEN,
    "POST /f/<code>": OPEN,
    "GET /f/<code>/qr": OPEN,
    "GET /f/<code>/qr.png": OPEN,
    "GET /track": OPEN,
    "POST /track": OPEN,
    "POST /track/withdraw-contact": OPEN,
    "POST /track/supplement": OPEN,
    "POST /track/rate": OPEN,
    "POST /track/reconsider": OPEN,
    "GET /f/<code>/privacy": OPEN,
    "GET /f/<code>/privacy/<int(max=100000):version>": OPEN,
    "GET /accessibility": OPEN,
    "GET /elsewhere": OPEN,
    "GET /assets/<name>": OPEN,
    "GET /accounts/sign-in": SIGNING_IN,
    "POST /accounts/sign-in": SIGNING_IN,
    "POST /accounts/sign-out": OWN,
    "GET /accounts/change-password": OWN,
    "POST /accounts/change-password": OWN,
    "GET /accounts/email": OWN,
    "POST /accounts/email": OWN,
    "GET /accounts/sessions": OWN,
    "POST /accounts/sessions/end": OWN,
    "GET /accounts/join": SIGNING_IN,
    "POST /accounts/join": SIGNING_IN,
    "GET /accounts/second-factor/": OWN,
    "POST /accounts/second-factor/": OWN,
    "POST /accounts/second-factor/recovery-codes": OWN,
    "GET /campaigns/": CAMPAIGNS,
    "GET /campaigns/create": CAMPAIGNS,
    "POST /campaigns/create": CAMPAIGNS,
    "GET /campaigns/import": CAMPAIGNS,
    "POST /campaigns/import": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/export": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/settings": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/settings": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/furniture": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/furniture": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/appearance": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/appearance": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/open": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/close": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/archive": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/texts": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/texts": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/sets/<name>": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/sets/<name>": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/asked": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/asked": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/questions": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/questions": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/privacy": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/privacy": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/edit/preview": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/publish": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/edit/discard": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/channels/": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/channels/create": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/channels/create": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/channels/list": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/channels/list": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/channels/<int(max=2147483647):channel_id>": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/channels/<int(max=2147483647):channel_id>": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/channels/<int(max=2147483647):channel_id>/close": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/channels/<int(max=2147483647):channel_id>/open": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/posters/": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/posters/": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/posters/<int(max=2147483647):print_id>": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/posters/<int(max=2147483647):print_id>/progress": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/posters/<int(max=2147483647):print_id>/download": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/channels/<int(max=2147483647):channel_id>/poster": CAMPAIGNS,
    "GET /campaigns/<int(max=2147483647):campaign_id>/group-codes/": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/group-codes/create": CAMPAIGNS,
    "POST /campaigns/<int(max=2147483647):campaign_id>/group-codes/<int(max=2147483647):batch_id>/revoke": CAMPAIGNS,
    "GET /users/": PEOPLE,
    "GET /users/create": PEOPLE,
    "POST /users/create": PEOPLE,
    "GET /users/<int(max=2147483647):user_id>": PEOPLE,
    "POST /users/<int(max=2147483647):user_id>/grant": PEOPLE,
    "POST /users/<int(max=2147483647):user_id>/revoke": PEOPLE,
    "POST /users/<int(max=2147483647):user_id>/disable": PEOPLE,
    "POST /users/<int(max=2147483647):user_id>/enable": PEOPLE,
    "POST /users/<int(max=2147483647):user_id>/invite": PEOPLE,
    "GET /users/changes": Permission.RIGHTS_READ,
    "GET /home/": OWN,
    "GET /moderation/": OWN,
    "GET /moderation/<number:number>": READ,
    "POST /moderation/<number:number>/draft": READ,
    "POST /moderation/<number:number>/accept": DECIDE,
    "POST /moderation/<number:number>/reject": DECIDE,
    "POST /moderation/<number:number>/reply": DECIDE,
    "POST /moderation/<number:number>/complete": DECIDE,
    "POST /moderation/<number:number>/reopen": DECIDE,
    "POST /moderation/<number:number>/classify": DECIDE,
    "POST /moderation/<number:number>/undo": DECIDE,
    "POST /moderation/<number:number>/refer": DECIDE,
    "POST /moderation/<number:number>/recall": DECIDE,
    "POST /moderation/<number:number>/quarantine": DECIDE,
    "POST /moderation/<number:number>/unseal": DECIDE,
    "POST /moderation/<number:number>/note": DECIDE,
    "POST /moderation/next": DECIDE,
    "POST /moderation/<number:number>/confirm": DECIDE,
    "POST /moderation/<number:number>/decline": DECIDE,
    "GET /moderation/<number:number>/beside/<number:other>": DECIDE,
    "POST /moderation/<number:number>/beside/<number:other>/merge": DECIDE,
    "POST /moderation/<number:number>/beside/<number:other>/apart": DECIDE,
    "POST /moderation/<number:number>/unmerge": DECIDE,
    "POST /moderation/<number:number>/contact": CONTACT,
    "GET /moderation/<number:number>/attachments/<name>.jpg": READ,
    "POST /saved-filters/create": READ,
    "POST /saved-filters/<int(max=2147483647):filter_id>/rename": READ,
    "POST /saved-filters/<int(max=2147483647):filter_id>/delete": READ,
    "GET /canned-answers/": DECIDE,
    "GET /canned-answers/create": DECIDE,
    "POST /canned-answers/create": DECIDE,
    "GET /canned-answers/<int(max=2147483647):answer_id>/edit": DECIDE,
    "POST /canned-answers/<int(max=2147483647):answer_id>/edit": DECIDE,
    "POST /canned-answers/<int(max=2147483647):answer_id>/delete": DECIDE,
    "GET /moderation/bulk/": DECIDE,
    "GET /moderation/bulk/create": DECIDE,
    "POST /moderation/bulk/create": DECIDE,
    "GET /moderation/bulk/<int(max=2147483647):bulk_id>": DECIDE,
    "GET /moderation/bulk/<int(max=2147483647):bulk_id>/progress": DECIDE,
    "POST /moderation/bulk/<int(max=2147483647):bulk_id>/undo": DECIDE,
    "GET /exports/": EXPORT,
    "GET /exports/create": EXPORT,
    "POST /exports/create": EXPORT,
    "GET /exports/<int(max=2147483647):export_id>": EXPORT,
    "GET /exports/<int(max=2147483647):export_id>/progress": EXPORT,
    "GET /exports/<int(max=2147483647):export_id>/download": EXPORT,
}


def test_every_route_is_listed_with_who_may_call_it(app: Flask) -> None:
    found = {
        f"{method} {rule.rule}": access_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert found == ROUTES


def test_no_application_starts_with_a_view_that_says_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_silent_view(state: Any) -> None:
        state.add_url_rule("/silent", "silent", lambda: "anybody may read this")

    functions = [*public.blueprint.deferred_functions, add_silent_view]
    monkeypatch.setattr(public.blueprint, "deferred_functions", functions)

    with pytest.raises(UnstatedAccessError, match="silent"):
        create_app(settings)


def test_a_view_added_later_lets_nobody_in(app: Flask) -> None:
    app.add_url_rule("/silent", "silent", lambda: "anybody may read this")

    assert app.test_client().get("/silent").status_code == 403


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles(app: Flask, path: Path) -> None:
    assert app.jinja_env.get_template(str(path.relative_to(ROOT / "templates")))


def test_every_template_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [*SOURCES, *TEMPLATES]]

    unused = [
        path for path in TEMPLATES if not any(f'"{path.relative_to(ROOT / "templates")}"' in text for text in texts)
    ]

    assert unused == []


INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "a style the policy does not know": re.compile(
        r"<style>(?!\{\{ style\(\) \}\}</style>)|<style\s|\sstyle\s*=", re.I
    ),
    "an event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "another host": re.compile(r"https?://(?!www\.w3\.org/)|[\"'(]//[a-z]|@import", re.I),
    "an unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(", re.I),
}


@pytest.mark.parametrize("path", [*TEMPLATES, *STATIC], ids=lambda path: path.name)
def test_no_page_runs_or_loads_anything_but_our_own_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", [path for path in STATIC if path.suffix == ".js"], ids=lambda path: path.name)
def test_no_script_turns_text_into_markup_or_keeps_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|document\.cookie", text)
        == []
    )


def test_the_readme_lists_every_setting() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)

    assert sorted(table) == sorted(field.name.upper() for field in fields(Settings))


def test_every_setting_comes_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "INSTANCE": str(tmp_path / "i"), "KEYS_FILE": str(tmp_path / "k.json"), "DATABASE_URL": "postgresql://h/db",
        "HOST": "0.0.0.0", "PORT": "8080", "PUBLIC_URL": "https://yijian.example.gov.cn", "WEB_WORKERS": "4",
        "EXPORT_DAYS": "30", "GATEWAY": "127.0.0.1", "UNDO_SECONDS": "10",
        "SMTP_URL": "smtp://wang:secret@mail.example.gov.cn:587", "MAIL_FROM": "yijian@example.gov.cn",
    }  # fmt: skip

    chosen, default = Settings.from_env(environment), Settings.from_env({})

    for field in fields(Settings):
        assert getattr(chosen, field.name) != getattr(default, field.name), field.name
        assert str(getattr(chosen, field.name)) == environment[field.name.upper()]


def test_an_empty_setting_is_none() -> None:
    names = [field.name.upper() for field in fields(Settings)]

    assert Settings.from_env(dict.fromkeys(names, "")) == Settings.from_env({})


WRONG = {
    "PORT": ["0", "65536", "-1", "80a", "８０", "1e3", " 80", "99999999999999999999"],
    "WEB_WORKERS": ["0", "65", "two"],
    "EXPORT_DAYS": ["0", "366", "7.5"],
    "UNDO_SECONDS": ["-1", "301"],
    "SMTP_URL": [
        "mail.example.gov.cn", "http://mail.example.gov.cn", "smtp://", "smtp://user:secret@", "smtp://user@host",
        "smtp://host:0", "smtp://host:99999", "smtp://[", "smtp://host/inbox", "smtp://host?x=1", "smtp://host#x",
        "smtp://us er:secret@host", "smtp://host\nx", "smtp://user:secret@host", "smtp://user:pa/ss@host",
    ],
    "MAIL_FROM": [
        "feedback", "a@b", "a b@c.cn", "王@a.cn", "a@b.cn\nBcc: x@y.cn", "<a@b.cn>", "a@b.cn, c@d.cn",
        "x" * 200 + "@b.cn",
    ],
    "DATABASE_URL": ["mysql://h/db", "feedback.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://h:port/db"],
    "PUBLIC_URL": [
        "yijian.example.gov.cn", "ftp://a.cn", "https://", "https://a.cn/path", "https://a.cn?x=1", "https://user@a.cn",
        "https://a.cn:0", "https://a.cn:99999", "https://[", "https://a b.cn", "https://a..cn",
        "https://" + "a" * 64,
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_setting_is_refused_in_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        Settings.from_env({name: value})

    sentence = str(refusal.value)
    assert name in sentence
    assert (sentence.count("。"), sentence[-1], "\n" in sentence) == (1, "。", False)
    assert "secret" not in sentence


Visit = Callable[[FlaskClient, str, dict[str, str]], Any]


def visits(code: str) -> dict[str, tuple[bool, Visit]]:
    """For each page: whether staff look at it, and how, given a number and the hidden fields of a fresh form."""
    return {
        "form": (False, lambda browser, _, page: browser.get(f"/f/{code}")),
        "submit": (False, lambda browser, _, page: browser.post(f"/f/{code}", data={**page, "text": "停车难"})),
        "home": (True, lambda browser, _, page: browser.get("/home/")),
        "queue": (True, lambda browser, _, page: browser.get("/moderation/")),
        "show": (True, lambda browser, number, page: browser.get(f"/moderation/{number}")),
        "export": (True, lambda browser, _, page: browser.get("/exports/create?campaign=1")),
        "bulk": (True, lambda browser, _, page: browser.get("/moderation/bulk/create?campaign=1&all=1&action=reject")),
    }


# Found by counting, and allowed to sink: a page that asks more has grown a loop or a second question.
MOST_STATEMENTS = {"form": 1, "submit": 7, "home": 8, "queue": 12, "show": 29, "export": 6, "bulk": 11}


def fill(make: Factory, staff: FlaskClient, rows: int) -> str:
    """Submissions, units, users, channels and a history; the number of the submission that has it."""
    for place in range(rows):
        make.make_submission(name="王小明", has_consented=True)
        make.make_unit(f"unit-{place}-{rows}", f"{place}县")
    number = make.make_replied().number
    for _ in range(rows):
        decide(staff, number, "reopen", reason="补充")
        decide(staff, number, "reply", body="好", outcome="adopted", summary="好")
    return number


@pytest.mark.parametrize("page", MOST_STATEMENTS)
def test_a_page_asks_the_same_few_questions_however_much_there_is(
    app: Flask, client: FlaskClient, staff: FlaskClient, channel_code: str, make: Factory, page: str
) -> None:
    is_staff_page, visit = visits(channel_code)[page]
    browser, counts = staff if is_staff_page else client, []

    for rows in (1, 6):
        number = fill(make, staff, rows)
        visit(browser, number, page_of_age(make, 0))
        opened = page_of_age(make, 0)
        with statements_of(app) as statements:
            assert visit(browser, number, opened).status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1] <= MOST_STATEMENTS[page]
