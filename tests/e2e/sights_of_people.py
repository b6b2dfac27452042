"""The pages about people: accounts of others, and one's own."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
from playwright.sync_api import Page

from feedback.base.adapters.database import writing
from feedback.base.domain.moment import hour_of
from feedback.base.domain.permission import Role
from feedback.cases.queries.submission import get_submission
from feedback.desk.services import note
from feedback.intake.services.crowd import add_crowded
from feedback.people.models import RoleGrant
from feedback.people.services import account, second_factor
from feedback.people.services.unit import root_unit
from tests.e2e.stage import Stage
from tests.e2e.steps import press


def people(page: Page, stage: Stage) -> None:
    stage.account(Role.MODERATOR)
    stage.go(page, "/users/", role=Role.ADMIN)


def inviting(page: Page, stage: Stage) -> None:
    people(page, stage)
    press(page, "邀请新同事")


def inviting_nobody(page: Page, stage: Stage) -> None:
    inviting(page, stage)
    press(page, "生成邀请")


def invitation(page: Page, stage: Stage) -> None:
    inviting(page, stage)
    page.get_by_label("姓名").fill("周敏")
    page.get_by_label("账号").fill(f"zhou{uuid4().hex[:6]}")
    page.get_by_label("角色").select_option("moderator")
    press(page, "生成邀请")


def person(page: Page, stage: Stage) -> None:
    people(page, stage)
    with page.expect_navigation():
        page.locator("a.row", has_text="moderator").first.click()


def oneself(page: Page, stage: Stage) -> None:
    people(page, stage)
    with page.expect_navigation():
        page.locator("a.row", has_text="head").first.click()


def record_of_rights(page: Page, stage: Stage) -> None:
    stage.go(page, "/users/changes", role=Role.ADMIN)


def joining(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/accounts/join#abcd-efgh-jkmn-pqrs"))


def joining_wrongly(page: Page, stage: Stage) -> None:
    joining(page, stage)
    page.get_by_label("密码").first.fill("short")
    press(page, "设好密码")


def second_factor_missing(page: Page, stage: Stage) -> None:
    person = stage.new_account()
    stage.go_as(page, "/moderation/", person)
    with writing(stage.instance.sessions) as session:
        second_factor.remove(session, account.get_user(session, person[0]))
    page.goto(stage.instance.address("/moderation/"))


def second_factor_wrong(page: Page, stage: Stage) -> None:
    second_factor_missing(page, stage)
    page.get_by_label("六位数字").fill("12345")
    press(page, "完成设置")


def recovery_codes(page: Page, stage: Stage) -> None:
    second_factor_missing(page, stage)
    set_up_second_factor(page)


def second_factor_in_use(page: Page, stage: Stage) -> None:
    stage.go(page, "/accounts/second-factor/")


def own_sign_ins(page: Page, stage: Stage) -> None:
    person = stage.new_account()
    for _ in range(2):
        page.context.clear_cookies()
        stage.go_as(page, "/accounts/sessions", person)


def day(page: Page, stage: Stage) -> None:
    """With a note that calls, and one that is long."""
    stage.account(Role.MODERATOR)
    make, words = stage.instance.make, "@moderator 昨天电话里说的就是这一件，附件里有窗口的照片，请先看再答复。"
    for body in (words, words * 6):
        number = make.make_submission().number
        with writing(stage.instance.sessions) as session:
            found = get_submission(session, number, make.actor)
            note.add(session, found, body=body, by=make.actor, now=datetime.now(UTC))
    stage.go(page, "/home/?campaign=1")


def day_without_a_note(page: Page, stage: Stage) -> None:
    stage.go_as(page, "/home/?campaign=1", stage.new_account())


def day_of_somebody_with_several_roles(page: Page, stage: Stage) -> None:
    person = stage.new_account()
    with writing(stage.instance.sessions) as session:
        user = account.get_user(session, person[0])
        user.display_name = "欧阳敏敏"
        session.add(RoleGrant(user_id=user.id, role=Role.ADMIN, unit_id=root_unit(session).id))
    stage.go_as(page, "/home/?campaign=1", person)


def day_of_a_supervisor(page: Page, stage: Stage) -> None:
    stage.go(page, "/home/", role=Role.SUPERVISOR)


def day_of_a_collector(page: Page, stage: Stage) -> None:
    stage.go(page, "/home/", role=Role.COLLECTOR)


def daily_digest(page: Page, stage: Stage) -> None:
    """The address can be removed where no mail is sent any more, as here."""
    person = stage.new_account()
    with writing(stage.instance.sessions) as session:
        account.get_user(session, person[0]).email = "wangmin@example.gov.cn"
    stage.go_as(page, "/accounts/email", person)


def daily_digest_to_no_address(page: Page, stage: Stage) -> None:
    daily_digest(page, stage)
    page.get_by_label("电子邮箱").fill("wangmin")
    press(page, "保存")


def how_it_runs(page: Page, stage: Stage) -> None:
    """With two crowded hours."""
    hour = hour_of(datetime.now(UTC))
    with writing(stage.instance.sessions) as session:
        add_crowded(session, {hour - timedelta(hours=2): 12, hour - timedelta(hours=3): 431})
    stage.go(page, "/status/", role=Role.ADMIN)


def set_up_second_factor(page: Page) -> None:
    """What a newcomer does with a phone, from the secret that stands on the page."""
    secret = page.locator(".hash").inner_text().replace(" ", "")
    page.get_by_label("六位数字").fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    press(page, "完成设置")


PEOPLE = [
    people,
    inviting,
    inviting_nobody,
    invitation,
    person,
    oneself,
    record_of_rights,
    joining,
    joining_wrongly,
    second_factor_missing,
    second_factor_wrong,
    recovery_codes,
    second_factor_in_use,
    own_sign_ins,
    day,
    day_without_a_note,
    day_of_somebody_with_several_roles,
    day_of_a_supervisor,
    day_of_a_collector,
    daily_digest,
    daily_digest_to_no_address,
    how_it_runs,
]
