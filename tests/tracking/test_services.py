"""What the holder of a query code may do."""

from sqlalchemy import select

from feedback.base.adapters.database import writing
from feedback.base.domain.code import in_groups
from feedback.cases.models.contact import Contact
from feedback.tracking.queries import find_by_code
from feedback.tracking.services import withdraw_contact
from tests.factories import Factory
from tests.stored import events_of, every_row, followed, submission_of


def test_a_code_finds_its_submission_however_it_is_typed(make: Factory) -> None:
    receipt, _other = make.make_submission(), make.make_submission()
    typed = [receipt.code, receipt.code.lower(), in_groups(receipt.code), f"  {in_groups(receipt.code)}　"]

    with make.sessions() as session:
        found = [find_by_code(session, code, make.keys) for code in typed]

    assert [submission.number for submission in found if submission] == [receipt.number] * 4


def test_no_other_code_and_no_number_finds_anything(make: Factory) -> None:
    receipt = make.make_submission()
    wrong = ["", receipt.number, receipt.code[:-1], receipt.code[::-1], "0" * 16, "%", "' OR 1=1 --"]

    with make.sessions() as session:
        assert [code for code in wrong if find_by_code(session, code, make.keys)] == []


def test_withdrawing_empties_name_and_phone_and_says_so_at_the_hour(make: Factory) -> None:
    receipt = make.make_submission(name="王小明", phone="13812341234", has_consented=True)

    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, receipt, make.keys), now=make.now)

    with make.sessions() as session:
        found = submission_of(session, receipt)
        contact = session.scalars(select(Contact)).one()
        event = events_of(session, found)[-1]
        assert (contact.name, contact.phone, str(contact.withdrawn_on)) == (None, None, str(make.now.date()))
        assert (event.position, event.kind, event.user_id) == (found.version, "contact_withdrawn", None)
        assert event.at == make.now.replace(minute=0, second=0)
        assert (event.from_status, event.to_status) == ("received", "received")


def test_withdrawing_twice_or_without_contact_changes_nothing(make: Factory) -> None:
    given = make.make_submission(phone="13812341234", has_consented=True)
    anonymous = make.make_submission()
    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, given, make.keys), now=make.now)
    with make.sessions() as session:
        before = every_row(session)

    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, given, make.keys), now=make.now)
        withdraw_contact(session, followed(session, anonymous, make.keys), now=make.now)

    with make.sessions() as session:
        assert every_row(session) == before


def test_withdrawing_leaves_the_contact_of_others_alone(make: Factory) -> None:
    one = make.make_submission(phone="13812341234", has_consented=True)
    make.make_submission(phone="13812341235", has_consented=True)

    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, one, make.keys), now=make.now)
    make.settle()

    with make.sessions() as session:
        kept = session.scalars(select(Contact).where(Contact.withdrawn_on.is_(None))).all()
    assert len(kept) == 1
