"""Everything kept about one submission."""

from datetime import timedelta

from feedback.base.adapters.database import writing
from feedback.cases.queries.record import opened_contact
from feedback.cases.services import moderation
from feedback.desk.queries.dossier import Dossier, load_dossier, open_case
from feedback.intake.services.submission import Receipt
from feedback.tracking.services import withdraw_contact
from tests.factories import Factory
from tests.stored import followed, submission_of


def dossier(make: Factory, receipt: Receipt) -> Dossier:
    with make.sessions() as session:
        return load_dossier(session, open_case(session, receipt.number, make.actor), make.actor)


def test_a_dossier_gathers_what_was_said_and_what_was_answered(make: Factory) -> None:
    answers = {"where": ("大厅", "门口"), "when": ("上午",)}
    receipt = make.make_replied(text="停车难", answers=answers, body="您好，已改进。")
    make.make_replied(text="另一件", body="另一件的答复")

    shown = dossier(make, receipt)

    assert (shown.text, shown.case.channel) == ("停车难", "默认二维码")
    assert shown.answers == {"where": ["大厅", "门口"], "when": ["上午"]}
    assert [(reply.body, author) for reply, author in shown.replies] == [("您好，已改进。", "管理员")]
    assert [(step.kind, step.by) for step in shown.steps] == [
        ("received", None),
        ("accept", "管理员"),
        ("reply", "管理员"),
    ]


def test_a_look_at_the_contact_stands_in_the_timeline_with_its_reason(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        later = make.now + timedelta(hours=2)
        moderation.view_contact(session, found, reason="电话核实", by=make.actor, now=make.now)
        moderation.accept(session, found, make.make_decision(found, at=later))

    steps = dossier(make, receipt).steps

    assert [(step.kind, step.reason) for step in steps] == [
        ("received", None),
        ("contact_viewed", "电话核实"),
        ("accept", None),
    ]


def test_the_timeline_keeps_the_order_of_the_events_though_a_citizen_has_only_an_hour(make: Factory) -> None:
    receipt = make.make_submission(phone="13812341234", has_consented=True)
    with writing(make.sessions) as session:
        found = submission_of(session, receipt)
        moderation.accept(session, found, make.make_decision(found))
        withdraw_contact(session, followed(session, receipt, make.keys), now=make.now + timedelta(minutes=5))

    steps = dossier(make, receipt).steps

    assert [step.kind for step in steps] == ["received", "accept", "contact_withdrawn"]


def test_contact_details_are_opened_as_far_as_they_were_given_and_until_withdrawn(make: Factory) -> None:
    both = make.make_submission(name="王小明", phone="13812341234", has_consented=True)
    phone = make.make_submission(phone="13812341235", has_consented=True)
    none = make.make_submission()

    opened = [dossier(make, receipt).case.contact for receipt in (both, phone, none)]

    assert [opened_contact(contact, make.keys) if contact else None for contact in opened] == [
        {"name": "王小明", "phone": "13812341234"},
        {"phone": "13812341235"},
        None,
    ]
    with writing(make.sessions) as session:
        withdraw_contact(session, followed(session, both, make.keys), now=make.now)
    assert dossier(make, both).case.contact is None
