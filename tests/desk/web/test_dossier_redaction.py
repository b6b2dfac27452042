"""Personal data in a text: marked for those who decide, left out for those who only read."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.domain.permission import Role
from tests.conftest import signed_in
from tests.factories import Factory

PHONE = "13800138000"


@pytest.fixture
def supervisor(app: Flask, sessions: sessionmaker[Session], make: Factory) -> FlaskClient:
    """A browser of somebody who may read and not decide."""
    make.make_user("supervisor", Role.SUPERVISOR)
    return signed_in(app, sessions, "supervisor")


def test_it_is_marked_for_those_who_decide_with_a_text_to_pass_on(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission(text=f"请打 {PHONE} 找<b>老王</b>。").number

    page = staff.get(f"/moderation/{number}").text

    assert f'<mark class="personal" title="手机号">{PHONE}</mark>' in page
    assert "&lt;b&gt;老王" in page
    assert "请打 〔手机号〕 找" in page


def test_whoever_only_reads_never_gets_it(supervisor: FlaskClient, make: Factory) -> None:
    words = {"text": f"请打 {PHONE} 找老王。", "answers": {"where": (f"门口 {PHONE}",)}}
    number = make.make_submission(**words).number

    pages = [supervisor.get(f"/moderation/{number}").text, supervisor.get("/moderation/").text]

    assert all(PHONE not in page and "〔手机号〕" in page for page in pages)


def test_a_text_without_any_offers_nothing(staff: FlaskClient, make: Factory) -> None:
    number = make.make_submission(text="窗口少，编号 2026-11。").number

    page = staff.get(f"/moderation/{number}").text

    assert "隐去个人信息的文本" not in page
    assert "<mark" not in page
