"""Accounts and sign-ins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import start_writing, writing
from feedback.base.domain.permission import Grant, Permission, Role
from feedback.base.domain.refusal import RefusalError
from feedback.base.models.audit import AuditEntry
from feedback.people.domain.session import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    SEEN_PRECISION,
    WeakPasswordError,
    WrongPasswordError,
)
from feedback.people.domain.user import INVITATION_LASTS
from feedback.people.models import RoleGrant, StaffSession
from feedback.people.services import account
from feedback.people.services import user as users
from feedback.people.services.account import UnknownAccountError
from feedback.people.services.unit import root_unit
from feedback.people.services.user import AccountExistsError
from tests.authenticators import fresh_code
from tests.factories import Factory
from tests.stored import count, every_byte, every_row

NEW_PASSWORD = "敞开门打开窗听意见改作风"


def sign_in(make: Factory, name: str, *, now: datetime | None = None) -> str:
    moment = now or make.now
    code = fresh_code(make.sessions, name, now=moment)
    with writing(make.sessions) as session:
        user = account.get_user(session, name)
        return account.sign_in(session, user.id, verified=user.password_hash, code=code, keys=make.keys, now=moment)


def is_signed_in(make: Factory, token: str, *, now: datetime | None = None) -> bool:
    with make.sessions() as session:
        return account.find_session(session, token, now=now or make.now) is not None


def try_once(make: Factory, name: str, *, now: datetime) -> bool:
    """Whether the try is judged; committed as the page does it, refused or not."""
    with make.sessions() as session:
        start_writing(session)
        wait_seconds = account.record_try(session, name, keys=make.keys, now=now)
        session.commit()
        return not wait_seconds


def entries(session: Session, kind: str) -> int:
    return session.scalar(select(func.count()).where(AuditEntry.kind == kind)) or 0


def test_a_new_account_has_its_roles_and_a_password_to_be_changed(make: Factory) -> None:
    with writing(make.sessions) as session:
        made = users.create_user(
            session,
            name=" Wang ",
            display_name="王小明",
            roles=[Role.MODERATOR, Role.SUPERVISOR],
            unit=root_unit(session),
            now=make.now,
        )
        password, hashed = users.first_password()
        users.give_password(session, made, hashed, now=make.now)

    with make.sessions() as session:
        user = account.get_user(session, "WANG")
        path = root_unit(session).path
        assert (user.name, user.display_name, user.must_change_password) == ("wang", "王小明", True)
        assert account.verify(user, password) is user
        assert account.actor_of(session, user).grants == {Grant(Role.MODERATOR, path), Grant(Role.SUPERVISOR, path)}


def test_a_name_is_given_once_capitals_and_blanks_aside(make: Factory) -> None:
    make.make_user("wang", Role.MODERATOR)
    with make.sessions() as session:
        before = every_row(session)

    for name in ("wang", "Wang", " WANG "):
        with pytest.raises(AccountExistsError):
            make.make_user(name, Role.MODERATOR)

    with make.sessions() as session:
        assert every_row(session) == before


def test_a_name_that_cannot_be_typed_or_stored_is_refused_in_words(make: Factory) -> None:
    for name in ("", "  ", "w" * 41):
        with pytest.raises(RefusalError):
            make.make_user(name, Role.MODERATOR)


def test_an_account_nobody_has_is_unknown(make: Factory) -> None:
    with make.sessions() as session:
        assert account.find_user(session, "nobody") is None
        with pytest.raises(UnknownAccountError, match="nobody"):
            account.get_user(session, "nobody")


def test_passwords_and_tokens_are_stored_nowhere_in_clear(make: Factory) -> None:
    password = make.make_user("wang", Role.MODERATOR)
    token = sign_in(make, "wang")

    with make.sessions() as session:
        stored = every_byte(session)

    assert b"wang" in stored
    assert password.encode() not in stored
    assert token.encode() not in stored


def test_only_the_right_password_of_an_account_in_use_is_accepted(make: Factory) -> None:
    password = make.make_user("wang", Role.MODERATOR)

    with make.sessions() as session:
        user = account.get_user(session, "wang")
        assert account.verify(user, password) is user
        for somebody, typed in ((user, password.upper()), (user, ""), (None, password), (None, "")):
            with pytest.raises(WrongPasswordError):
                account.verify(somebody, typed)


def test_a_disabled_account_is_signed_out_and_cannot_sign_in_until_enabled(make: Factory) -> None:
    password = make.make_user("wang", Role.MODERATOR)
    token = sign_in(make, "wang")

    with writing(make.sessions) as session:
        users.set_disabled(session, account.get_user(session, "wang"), is_disabled=True, now=make.now)

    with make.sessions() as session:
        assert not is_signed_in(make, token)
        with pytest.raises(WrongPasswordError):
            account.verify(account.get_user(session, "wang"), password)
    with writing(make.sessions) as session:
        users.set_disabled(session, account.get_user(session, "wang"), is_disabled=False, now=make.now)
        assert account.verify(account.get_user(session, "wang"), password)
    assert not is_signed_in(make, token)


def test_a_session_of_a_disabled_account_counts_for_nothing_even_if_its_row_is_there(make: Factory) -> None:
    make.make_user("wang", Role.MODERATOR)
    token = sign_in(make, "wang")

    with writing(make.sessions) as session:
        account.get_user(session, "wang").disabled_at = make.now

    assert not is_signed_in(make, token)


def test_a_reset_ends_every_session_and_the_old_password(make: Factory) -> None:
    old = make.make_user("wang", Role.MODERATOR)
    tokens = [sign_in(make, "wang"), sign_in(make, "wang")]
    other = sign_in(make, "admin")

    with writing(make.sessions) as session:
        new, hashed = users.first_password()
        users.give_password(session, account.get_user(session, "wang"), hashed, now=make.now)

    assert [is_signed_in(make, token) for token in [*tokens, other]] == [False, False, True]
    with make.sessions() as session:
        user = account.get_user(session, "wang")
        assert user.must_change_password
        assert account.verify(user, new)
        with pytest.raises(WrongPasswordError):
            account.verify(user, old)


def test_changing_the_password_ends_all_other_sessions(make: Factory) -> None:
    old = make.make_user("wang", Role.MODERATOR)
    tokens = [sign_in(make, "wang"), sign_in(make, "wang")]

    with writing(make.sessions) as session:
        user = account.get_user(session, "wang")
        chosen = account.choose_password(user, NEW_PASSWORD, old=old)
        fresh = account.change_password(session, user, chosen, now=make.now)

    assert [is_signed_in(make, token) for token in [*tokens, fresh]] == [False, False, True]
    with make.sessions() as session:
        user = account.get_user(session, "wang")
        assert not user.must_change_password
        assert account.verify(user, NEW_PASSWORD)


def test_a_password_that_was_judged_while_the_account_got_another_one_changes_nothing(make: Factory) -> None:
    old = make.make_user("wang", Role.MODERATOR)
    with make.sessions() as session:
        chosen = account.choose_password(account.get_user(session, "wang"), NEW_PASSWORD, old=old)
    with writing(make.sessions) as session:
        users.give_password(session, account.get_user(session, "wang"), "another hash", now=make.now)

    with pytest.raises(RefusalError) as refusal, writing(make.sessions) as session:
        account.change_password(session, account.get_user(session, "wang"), chosen, now=make.now)

    assert refusal.value.field == "old_password"


def test_a_wrong_old_or_a_weak_new_password_changes_nothing(make: Factory) -> None:
    old = make.make_user("wang", Role.MODERATOR)
    sign_in(make, "wang")
    with make.sessions() as session:
        before = every_row(session)

    for typed, new, refused, field in (
        ("wrong", NEW_PASSWORD, RefusalError, "old_password"),
        (old, "short", WeakPasswordError, "new_password"),
        (old, old, WeakPasswordError, "new_password"),
    ):
        with pytest.raises(refused) as refusal, writing(make.sessions) as session:
            user = account.get_user(session, "wang")
            account.change_password(session, user, account.choose_password(user, new, old=typed), now=make.now)
        assert refusal.value.field == field

    with make.sessions() as session:
        assert every_row(session) == before


def test_the_eleventh_try_within_a_minute_is_refused_and_recorded(make: Factory) -> None:
    judged = [try_once(make, "wang", now=make.now + timedelta(seconds=second)) for second in range(12)]

    assert judged == [True] * 10 + [False] * 2
    with make.sessions() as session:
        assert (entries(session, "sign_in_tried"), entries(session, "sign_in_slowed")) == (10, 2)


def test_a_minute_later_one_may_try_again(make: Factory) -> None:
    for second in range(11):
        try_once(make, "wang", now=make.now + timedelta(seconds=second))

    a_minute_later = make.now + timedelta(minutes=1)

    assert [try_once(make, "wang", now=a_minute_later) for _ in range(2)] == [True, False]


def test_tries_that_were_slowed_do_not_lengthen_the_wait(make: Factory) -> None:
    for second in (*[0] * 10, *range(5, 60, 5)):
        try_once(make, "wang", now=make.now + timedelta(seconds=second))

    assert try_once(make, "wang", now=make.now + timedelta(minutes=1))


def test_tries_at_one_account_slow_no_other_and_spelling_makes_no_new_one(make: Factory) -> None:
    for name in ("wang", "Wang", " WANG ") * 4:
        try_once(make, name, now=make.now)

    assert not try_once(make, "wANG", now=make.now)
    assert try_once(make, "li", now=make.now)


def test_of_twenty_tries_at_once_ten_are_judged(make: Factory) -> None:
    ready = Barrier(20)

    def try_together(_visitor: int) -> bool:
        ready.wait()
        return try_once(make, "wang", now=make.now)

    with ThreadPoolExecutor(20) as pool:
        judged = list(pool.map(try_together, range(20)))

    assert sum(judged) == 10


def test_the_names_people_type_are_kept_as_keyed_hashes_only(make: Factory) -> None:
    typed = "my-secret-in-the-wrong-field"
    try_once(make, typed, now=make.now)
    with writing(make.sessions) as session:
        account.record_failure(session, typed, keys=make.keys, now=make.now)

    with make.sessions() as session:
        assert typed.encode() not in every_byte(session)
        assert (entries(session, "sign_in_tried"), entries(session, "sign_in_failed")) == (1, 1)
        subjects = set(session.scalars(select(AuditEntry.subject).where(AuditEntry.kind.startswith("sign_in_"))))
        assert len(subjects) == 1


def test_a_session_ends_when_idle_and_is_kept_alive_by_use(make: Factory) -> None:
    token = sign_in(make, "admin")
    just_in_time = make.now + IDLE_LIMIT - timedelta(seconds=1)
    assert is_signed_in(make, token, now=just_in_time)
    assert not is_signed_in(make, token, now=make.now + IDLE_LIMIT)

    with writing(make.sessions) as session:
        account.note_seen(session, token, now=just_in_time)

    assert is_signed_in(make, token, now=make.now + IDLE_LIMIT)


def test_a_session_ends_after_eight_hours_however_busy(make: Factory) -> None:
    token = sign_in(make, "admin")
    with writing(make.sessions) as session:
        account.note_seen(session, token, now=make.now + ABSOLUTE_LIMIT)

    assert is_signed_in(make, token, now=make.now + ABSOLUTE_LIMIT - timedelta(seconds=1))
    assert not is_signed_in(make, token, now=make.now + ABSOLUTE_LIMIT)


def test_use_is_noted_once_a_minute(make: Factory) -> None:
    token = sign_in(make, "admin")

    with make.sessions() as session:
        due = []
        for later in (timedelta(), SEEN_PRECISION - timedelta(seconds=1), SEEN_PRECISION):
            found = account.find_session(session, token, now=make.now + later)
            due.append(found is not None and found.is_note_due)

    assert due == [False, False, True]


def test_signing_out_ends_one_session_and_is_recorded(make: Factory) -> None:
    here, elsewhere = sign_in(make, "admin"), sign_in(make, "admin")

    with writing(make.sessions) as session:
        account.sign_out(session, here, actor=make.actor, now=make.now)

    assert [is_signed_in(make, token) for token in (here, elsewhere)] == [False, True]
    with make.sessions() as session:
        assert entries(session, "signed_out") == 1


def test_no_other_token_is_taken_for_a_session(make: Factory) -> None:
    token = sign_in(make, "admin")

    assert [is_signed_in(make, wrong) for wrong in ("", token[:-1], token + "=", token.swapcase())] == [False] * 4


def test_signing_in_clears_away_sessions_that_ended_long_ago(make: Factory) -> None:
    sign_in(make, "admin")
    with make.sessions() as session:
        assert count(session, StaffSession) > 0

    sign_in(make, "admin", now=make.now + ABSOLUTE_LIMIT + timedelta(seconds=1))

    with make.sessions() as session:
        assert count(session, StaffSession) == 1


def test_a_role_that_is_taken_away_is_gone_at_once(make: Factory) -> None:
    make.make_user("wang", Role.MODERATOR)

    with writing(make.sessions) as session:
        user = account.get_user(session, "wang")
        assert account.actor_of(session, user).may(Permission.SUBMISSION_DECIDE)
        session.delete(session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one())
        session.flush()

        assert not account.actor_of(session, user).may(Permission.SUBMISSION_DECIDE)


def test_no_session_starts_with_a_password_that_was_changed_while_it_was_checked(make: Factory) -> None:
    with writing(make.sessions) as session:
        user = account.get_user(session, "admin")
        verified = user.password_hash
        users.give_password(session, account.get_user(session, "admin"), "another hash", now=make.now)

    with pytest.raises(WrongPasswordError), writing(make.sessions) as session:
        account.sign_in(session, user.id, verified=verified, code="", keys=make.keys, now=make.now)


def test_an_invitation_is_good_up_to_its_last_moment(make: Factory) -> None:
    make.make_user("wang", Role.MODERATOR)
    with writing(make.sessions) as session:
        user = account.get_user(session, "wang")
        code = users.invite(session, user, now=make.now)

    with make.sessions() as session:
        last = make.now + INVITATION_LASTS
        assert users.invited(session, code, now=last).name == "wang"
        with pytest.raises(users.InvitationError):
            users.invited(session, code, now=last + timedelta(microseconds=1))
