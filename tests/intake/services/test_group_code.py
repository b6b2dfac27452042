"""Codes that prove a group: each spent once, and nothing that is stored says for which submission."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session, sessionmaker

from feedback.base.adapters.database import writing
from feedback.base.adapters.keys import Keys
from feedback.base.domain.code import keyed_hash
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.base import table_of
from feedback.campaigns.domain.group_code import FEWEST_AT_ONCE, MOST_AT_ONCE, GroupCodeError, hashed_as, in_print
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.group_code import GroupCode, GroupCodeBatch
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from feedback.editing.services.campaign import open_campaign
from feedback.intake.services import group_code as service
from feedback.intake.services.submission import OtherContentError
from tests.conftest import NOW
from tests.factories import OPINION, Factory, received
from tests.stored import count, every_byte

Spend = Callable[[str], object]


@pytest.fixture
def codes(make: Factory) -> list[str]:
    """Twenty codes for lawyers."""
    return make.make_group_codes(count=20)


def submission(sessions: sessionmaker[Session], number: str) -> Submission:
    with sessions() as session:
        return session.scalars(select(Submission).where(Submission.number == number)).one()


def spent(sessions: sessionmaker[Session]) -> set[str]:
    with sessions() as session:
        return set(session.scalars(select(GroupCode.code_hash).where(GroupCode.is_spent)))


def hash_of(code: str, keys: Keys) -> str:
    return keyed_hash(hashed_as(code, 1), keys.current("code").secret)


def test_a_code_proves_its_group_whatever_was_chosen(make: Factory, codes: list[str]) -> None:
    receipt = make.make_submission(group_code=codes[0], respondent_group="citizen")

    found = submission(make.sessions, receipt.number)
    assert (found.respondent_group, found.is_proven, receipt.proven_group) == ("lawyer", True, "lawyer")


def test_without_a_code_a_group_is_only_declared(make: Factory, codes: list[str]) -> None:
    receipt = make.make_submission(respondent_group="lawyer")

    assert submission(make.sessions, receipt.number).is_proven is False
    assert receipt.proven_group is None


def test_a_code_is_good_once_and_what_is_refused_stores_nothing(make: Factory, codes: list[str]) -> None:
    make.make_submission(group_code=codes[0])

    with pytest.raises(GroupCodeError):
        make.make_submission(group_code=codes[0], text="换一件再用一次。")

    with make.sessions() as session:
        assert count(session, Submission) == count(session, Text) == 1
    assert spent(make.sessions) == {hash_of(codes[0], make.keys)}


def test_the_same_sending_again_gets_the_same_receipt(make: Factory, codes: list[str]) -> None:
    nonce = new_nonce()

    first, second = (make.make_submission(group_code=codes[0], nonce=nonce) for _ in range(2))

    assert first == second
    assert (first.is_new, second.is_new) == (True, False)


def test_the_same_page_with_another_code_is_another_sending(make: Factory, codes: list[str]) -> None:
    nonce = new_nonce()
    make.make_submission(group_code=codes[0], nonce=nonce)

    with pytest.raises(OtherContentError):
        make.make_submission(group_code=codes[1], nonce=nonce)

    assert spent(make.sessions) == {hash_of(codes[0], make.keys)}


def test_what_was_sent_before_there_were_codes_is_still_known() -> None:
    assert "group_code" not in OPINION.canonical()
    assert replace(OPINION, group_code="7K3M9QXDR2VH").canonical() != OPINION.canonical()


@pytest.mark.parametrize("same_page", [False, True], ids=["twenty people", "twenty tries of one"])
def test_of_twenty_at_once_one_wins(make: Factory, codes: list[str], same_page: bool) -> None:
    nonces = [new_nonce()] * 20 if same_page else [new_nonce() for _ in range(20)]

    def send(nonce: str) -> str:
        try:
            return make.make_submission(group_code=codes[0], nonce=nonce).number
        except GroupCodeError:
            return ""

    with ThreadPoolExecutor(20) as pool:
        numbers = list(pool.map(send, nonces))

    assert len(set(numbers) - {""}) == 1
    assert numbers.count("") == (0 if same_page else 19)
    with make.sessions() as session:
        assert count(session, Submission) == 1


def test_a_code_of_another_campaign_proves_nothing(make: Factory, codes: list[str]) -> None:
    with make.sessions() as session:
        assert service.redeem(session.connection(), 2, codes[0], make.keys) is None


def test_a_revoked_batch_proves_nothing_and_what_came_in_stays(make: Factory, codes: list[str], admin: Actor) -> None:
    receipt = make.make_submission(group_code=codes[0])
    with writing(make.sessions) as session:
        batch = session.scalars(select(GroupCodeBatch)).one()
        service.revoke(session, session.get_one(Campaign, 1), batch, now=NOW, by=admin)

    with pytest.raises(GroupCodeError):
        make.make_submission(group_code=codes[1])

    assert submission(make.sessions, receipt.number).is_proven


def test_codes_tried_out_in_a_draft_are_good_again_once_it_opens(make: Factory, codes: list[str], admin: Actor) -> None:
    make.set_campaign(status="draft")
    make.make_submission(group_code=codes[0])

    with writing(make.sessions) as session:
        open_campaign(session, session.get_one(Campaign, 1), now=NOW)

    assert make.make_submission(group_code=codes[0]).proven_group == "lawyer"


def test_codes_used_in_earnest_stay_used_when_a_campaign_opens_again(make: Factory, codes: list[str]) -> None:
    make.make_submission(group_code=codes[0])
    make.set_campaign(status="closed")

    with writing(make.sessions) as session:
        open_campaign(session, session.get_one(Campaign, 1), now=NOW)

    with pytest.raises(GroupCodeError):
        make.make_submission(group_code=codes[0])


@pytest.mark.parametrize("count", [0, 1, FEWEST_AT_ONCE - 1, MOST_AT_ONCE + 1])
def test_a_batch_has_a_sensible_size(make: Factory, admin: Actor, count: int) -> None:
    with pytest.raises(RefusalError):
        make.make_group_codes(count=count)


def test_no_code_is_stored_in_any_form(make: Factory, codes: list[str]) -> None:
    make.make_submission(group_code=codes[0])

    with make.sessions() as session:
        stored = every_byte(session)
    assert [code for code in codes if code.encode() in stored or in_print(code).encode() in stored] == []


def test_the_hash_of_a_code_stands_in_one_table_alone(make: Factory, codes: list[str]) -> None:
    make.make_submission(group_code=codes[0])
    with writing(make.sessions) as session:
        session.execute(delete(GroupCode))
        rest = every_byte(session)
        assert not any(hash_of(code, make.keys).encode() in rest for code in codes)
        session.rollback()


def physical_order(sessions: sessionmaker[Session], table: str, columns: str) -> list[tuple[str, ...]]:
    """Rows as they lie in the database: by transaction and place on PostgreSQL, by rowid or key on SQLite."""
    with sessions() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        order = "" if is_sqlite else " ORDER BY xmin::text::bigint, ctid"
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM {table}{order}"))]


def guessed(sessions: sessionmaker[Session], table: str, known: Sequence[str]) -> list[str]:
    """The numbers of submissions that somebody with the whole database guesses for the hashes of spent codes.

    The first of them to lie in `table` is taken for the first proven submission, and so on.
    """
    lying = [row[0] for row in physical_order(sessions, table, "code_hash") if row[0] in known]
    numbers = [row[0] for row in physical_order(sessions, "submission", "number, is_proven") if row[1]]
    by_hash = dict(zip(lying, numbers, strict=False))
    return [by_hash.get(one, "") for one in known]


def hits(make: Factory, codes: Sequence[str], table: str, spend: Spend) -> int:
    """How many of the guesses are right after all codes were spent in an order nobody knows."""
    truth = {}
    for code in random.sample(codes, len(codes)):
        spend(code)
        receipt = make.make_submission(group_code=code, text=f"用 {len(truth)} 写的")
        truth[hash_of(code, make.keys)] = receipt.number
    guesses = guessed(make.sessions, table, list(truth))
    return sum(guess == number for guess, number in zip(guesses, truth.values(), strict=True))


def test_nobody_with_the_whole_database_can_tell_which_code_sent_what(make: Factory, codes: list[str]) -> None:
    # By chance one guess in twenty is right; ten happen once in ten million times.
    assert hits(make, codes, "group_code", lambda code: None) < 10


def test_the_same_attack_finds_every_code_where_each_is_written_down_as_it_comes(
    make: Factory, codes: list[str]
) -> None:
    with writing(make.sessions) as session:
        session.execute(text("CREATE TABLE written (code_hash TEXT)"))

    def write(code: str) -> None:
        with writing(make.sessions) as session:
            session.execute(text("INSERT INTO written VALUES (:one)"), {"one": hash_of(code, make.keys)})

    assert hits(make, codes, "written", write) == len(codes)


@pytest.mark.only_on("postgresql")
def test_after_each_code_all_rows_of_its_batch_are_of_one_transaction_and_in_their_old_order(
    make: Factory, codes: list[str], admin: Actor
) -> None:
    make.make_group_codes("cppcc_member")
    rows = "SELECT code_hash FROM group_code WHERE batch_id = 1 ORDER BY ctid"
    with make.sessions() as session:
        order = list(session.scalars(text(rows)))

    for code in random.sample(codes, 5):
        make.make_submission(group_code=code, text=f"用 {code[:2]} 写的")
        with make.sessions() as session:
            assert list(session.scalars(text(rows))) == order
            numbers = session.scalars(text("SELECT DISTINCT xmin::text FROM group_code WHERE batch_id = 1")).all()
            assert len(numbers) == 1


@pytest.mark.only_on("postgresql")
def test_no_row_but_the_codes_own_ones_keeps_the_number_of_a_submission_s_transaction(
    make: Factory, codes: list[str]
) -> None:
    receipt = make.make_submission(group_code=codes[0])

    service.write_anew(make.sessions)

    with make.sessions() as session:
        one = text("SELECT xmin::text FROM submission WHERE number = :number")
        number = session.scalar(one, {"number": receipt.number})
        system = "SELECT xmin::text, xmax::text FROM"
        rows = [*session.execute(text(f"{system} group_code")), *session.execute(text(f"{system} group_code_batch"))]
    assert not any(number in row for row in rows)


def test_spending_and_writing_anew_never_wait_for_each_other_in_a_circle(make: Factory) -> None:
    codes = [code for _ in range(4) for code in make.make_group_codes(count=25)]

    def send(code: str) -> bool:
        return make.make_submission(group_code=code, text=f"用 {code} 写的").proven_group == "lawyer"

    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(send, code) for code in random.sample(codes, len(codes))]
        anew = [pool.submit(service.write_anew, make.sessions) for _ in range(40)]
        assert all(one.result() for one in sent)
        assert [one.result() for one in anew] == [None] * 40


@pytest.mark.only_on("postgresql")
def test_once_an_hour_all_rows_of_a_batch_are_of_one_transaction_that_is_no_submissions(
    make: Factory, codes: list[str], admin: Actor
) -> None:
    make.make_group_codes("cppcc_member")
    make.make_submission(group_code=codes[3])

    service.write_anew(make.sessions)

    with make.sessions() as session:
        numbers = session.execute(text("SELECT DISTINCT batch_id, xmin::text FROM group_code")).all()
        assert len(numbers) == 2
        own = session.scalars(text("SELECT xmin::text FROM submission")).all()
        assert not {number for _, number in numbers} & set(own)
    assert spent(make.sessions) == {hash_of(codes[3], make.keys)}


def test_the_record_of_staff_says_what_was_made_and_no_code(make: Factory, codes: list[str]) -> None:
    with make.sessions() as session:
        kept = session.scalars(text("SELECT detail FROM audit_entry WHERE kind = 'group_codes_made'")).one()
    assert "lawyer" in str(kept)
    assert not any(code in str(kept) for code in codes)


def test_codes_are_told_apart_by_their_hashes_and_in_each_campaign_anew() -> None:
    secret = b"k" * 32
    hashed = [hashed_as(f"{number:012}", campaign) for campaign in (1, 11) for number in range(2_500)]
    hashes = {keyed_hash(one, secret) for one in hashed}

    # What is hashed is different for each code of each campaign; of HMAC-SHA-256 all 256 bits are kept.
    assert len(set(hashed)) == len(hashes) == 5_000
    assert {len(bytes.fromhex(one)) for one in hashes} == {32}


def test_codes_made_with_an_older_key_still_prove(make: Factory, codes: list[str]) -> None:
    older = make.keys.by_purpose["code"]
    newer = Keys({**make.keys.by_purpose, "code": (replace(older[0], id="new", secret=b"n" * 32), *older)})
    with writing(make.sessions) as session:
        opinion = replace(OPINION, group_code=codes[0])
        receipt = received(
            session, opinion, page=make.make_page(session), nonce=new_nonce(), keys=newer, now=datetime.now(UTC)
        )
    assert receipt.proven_group == "lawyer"


def test_rows_are_stored_in_an_order_that_has_nothing_to_do_with_the_cards(make: Factory, admin: Actor) -> None:
    codes = make.make_group_codes(count=50)

    lying = [row[0] for row in physical_order(make.sessions, "group_code", "code_hash")]

    assert lying == sorted(hash_of(code, make.keys) for code in codes)
    assert table_of(GroupCode).c.keys() == ["code_hash", "batch_id", "is_spent"]
