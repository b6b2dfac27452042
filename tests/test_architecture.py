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
from feedback.intake.web import public
from tests.factories import Factory
from tests.pages import decide
from tests.web import page_of_age, statements_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "feedback"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted((PACKAGE / "base" / "static").iterdir())
SOURCES = sorted(PACKAGE.rglob("*.py"))


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
MOST_STATEMENTS = {"form": 1, "submit": 7, "home": 7, "queue": 11, "show": 15, "export": 5, "bulk": 10}


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


def test_the_page_of_one_case_asks_little_also_where_it_hangs_together_with_others(
    app: Flask, staff: FlaskClient, make: Factory
) -> None:
    part, whole = make.make_submission().number, make.make_submission().number
    decide(staff, part, f"beside/{whole}/merge")
    staff.get(f"/moderation/{part}")  # what its version asks is kept from now on

    asked = []
    for number in (part, whole):
        with statements_of(app) as statements:
            assert staff.get(f"/moderation/{number}").status_code == 200
        asked.append(len(statements))

    assert max(asked) <= 17
