"""The daily digest: whose turn it is, and what it counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from feedback.base.adapters.database import writing
from feedback.base.adapters.mail import Letter
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Role
from feedback.base.models.audit import AuditEntry
from feedback.campaigns.domain.campaign import CampaignStatus
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation
from feedback.desk.services import note
from feedback.digests.queries import is_anybody_due
from feedback.digests.services import letter_to, take_turns
from feedback.people.domain.email import AddressError
from feedback.people.models import User
from feedback.people.services import account
from tests.conftest import NOW
from tests.factories import Factory
from tests.stored import every_byte, submission_of

TODAY = china_day(NOW)
DESK = "https://yijian.example.gov.cn/home/"


def person(make: Factory, name: str, role: Role = Role.MODERATOR, **columns: object) -> int:
    """Somebody with an address."""
    make.make_user(name, role)
    with writing(make.sessions) as session:
        user = account.get_user(session, name)
        account.set_email(session, user, f"{name}@example.gov.cn", now=NOW)
        for column, value in columns.items():
            setattr(user, column, value)
        return user.id


def turns(make: Factory, *, days: int = 0) -> list[int]:
    with writing(make.sessions) as session:
        return take_turns(session, today=TODAY + timedelta(days=days))


def letter(make: Factory, user_id: int) -> Letter | None:
    with make.sessions() as session:
        return letter_to(session, user_id, desk=DESK, today=TODAY)


def numbers(make: Factory, user_id: int) -> str:
    found = letter(make, user_id)
    return found.body.partition("等您看的有：")[2].partition("。")[0] if found else ""


def test_everybody_with_an_address_who_is_switched_on_has_one_turn_a_day(make: Factory) -> None:
    first, second = person(make, "wang"), person(make, "li")
    person(make, "zhao", disabled_at=NOW)
    make.make_user("without", Role.MODERATOR)

    assert turns(make) == [first, second]
    assert turns(make) == []
    with make.sessions() as session:
        assert not is_anybody_due(session, TODAY)
        assert is_anybody_due(session, TODAY + timedelta(days=1))
    assert turns(make, days=1) == [first, second]


def test_two_workers_at_once_give_one_turn(make: Factory) -> None:
    mine, together = person(make, "wang"), Barrier(4)

    def take(_: int) -> list[int]:
        together.wait()
        return turns(make)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(4)))

    assert sorted(taken) == [[], [], [], [mine]]


def test_who_has_nothing_waiting_has_had_his_turn_and_gets_no_letter_when_something_comes(make: Factory) -> None:
    mine = person(make, "wang")
    assert turns(make) == [mine]
    assert letter(make, mine) is None

    make.make_submission()

    assert turns(make) == []


def test_a_moderator_is_told_what_waits_is_overdue_is_to_be_confirmed_and_calls(make: Factory) -> None:
    mine = person(make, "wang")
    make.set_campaign(second_person="on")
    receipts = [make.make_submission(text="不得写进邮件的原文") for _ in range(3)]
    with writing(make.sessions) as session:
        late, refused, noted = (submission_of(session, receipt) for receipt in receipts)
        late.due_on = TODAY - timedelta(days=1)
        moderation.reject(session, refused, make.make_decision(refused, "请写明。", at=NOW), kind="unclear")
        note.add(session, noted, body="@wang 请看", by=make.actor, now=NOW)

    found = letter(make, mine)

    assert numbers(make, mine) == "待受理 3 件、待确认 1 件、已逾期 1 件、给您的提醒 1 条"
    assert found is not None
    assert found.to == "wang@example.gov.cn"
    assert DESK in found.body
    words = [*(receipt.number for receipt in receipts), "原文", "请看", "请写明"]
    assert [one for one in words if one in found.subject + found.body] == []


def test_a_supervisor_is_told_of_nothing_he_cannot_do_and_who_reads_nothing_of_nothing(make: Factory) -> None:
    supervisor, collector = person(make, "watch", Role.SUPERVISOR), person(make, "collect", Role.COLLECTOR)
    make.set_campaign(second_person="on")
    receipt = make.make_submission()
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.reject(session, found, make.make_decision(found, "请写明。", at=NOW), kind="unclear")

    assert numbers(make, supervisor) == "待受理 1 件"
    assert letter(make, collector) is None


def test_trial_entries_and_other_units_campaigns_do_not_count(make: Factory) -> None:
    mine = person(make, "wang")
    make.make_submission()
    make.set_campaign(status=CampaignStatus.DRAFT)
    assert letter(make, mine) is None
    make.set_campaign(status=CampaignStatus.CLOSED)
    assert numbers(make, mine) == "待受理 1 件"

    with writing(make.sessions) as session:
        session.execute(update(Submission).values(lane="clue"))

    assert letter(make, mine) is None


def test_an_address_is_kept_changed_and_removed_and_the_record_does_not_say_which(make: Factory) -> None:
    person(make, "wang")
    with writing(make.sessions) as session:
        user = account.get_user(session, "wang")
        account.set_email(session, user, " min@example.gov.cn ", now=NOW)
        assert user.email == "min@example.gov.cn"
        account.set_email(session, user, "min@example.gov.cn", now=NOW)
        account.set_email(session, user, "", now=NOW)
        with pytest.raises(AddressError):
            account.set_email(session, user, "min", now=NOW)

    with make.sessions() as session:
        assert session.scalars(select(User.email).where(User.name == "wang")).one() is None
        assert (
            session.scalars(select(AuditEntry.kind).order_by(AuditEntry.id.desc()).limit(3)).all()
            == ["email_changed"] * 3
        )
        assert b"min@" not in every_byte(session)
