"""Promise P1: nobody can learn from what is left behind who sent an anonymous opinion, nor when to the minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import load_keys
from feedback.campaigns.domain.group_code import in_print, new_code
from feedback.campaigns.models.campaign import Campaign
from feedback.intake.services.group_code import store_codes
from feedback.people.services import account
from tests.faults.conftest import Launch
from tests.faults.stored import database_bytes, folder_bytes, found_in, times_in, unpacked
from tests.faults.visitor import (
    NEW_PASSWORD,
    Answer,
    Receipt,
    Visitor,
    decide,
    export,
    fill_in,
    receipt_on,
    sign_in_first,
    track,
)
from tests.faults.wire import connect, hang_up, head, say, status_of
from tests.pages import staff_fields
from tests.server import Server
from tests.uploads import FILE_NAME, HIDDEN, multipart, photo

# No interface of this machine has it but the loopback one, and no other test uses it.
SOURCE = "127.77.66.55"
WHO = {
    "source": SOURCE,
    "forwarded address": "203.0.113.61",
    "proxy address": "198.51.100.62",
    "real address": "203.0.113.63",
    "standard address": "203.0.113.64",
    "address of version 6": "2001:db8:7:66::55",
    "client address": "203.0.113.65",
    "agent": "CanaryPhone/7.7 (Kanarienvogel 8)",
    "referrer": "canary-referrer.example",
    "language": "tlh-Latn-x-canary",
    "cookie": "canary-cookie-3f9d",
    "query": "canary-query-71ac",
    "path": "canary-path-55e0",
    "field": "canary-field-90bb",
    "account": "canary-account-2d4f",
    "host": "canary-host.example",
    "request id": "canary-request-61f8",
    "place in a picture": HIDDEN.decode(),
    "name of a file": FILE_NAME,
}
HEADERS = {
    "X-Forwarded-For": f"{WHO['forwarded address']}, {WHO['proxy address']}",
    "X-Real-IP": WHO["real address"],
    "Forwarded": f'for={WHO["standard address"]};by="[{WHO["address of version 6"]}]"',
    "X-Client-IP": WHO["client address"],
    "X-Forwarded-Host": WHO["host"],
    "User-Agent": WHO["agent"],
    "Referer": f"https://{WHO['referrer']}/",
    "Accept-Language": WHO["language"],
    "Cookie": f"canary={WHO['cookie']}",
    "X-Request-Id": WHO["request id"],
}
NAME, PHONE = "上官金丝雀", "13907776655"
BODY = "金丝雀说：大厅里的暖气不热。"
OTHER_BODY = "金丝雀又说：夏天的冷气也不凉。"
ADDED, JUDGED = "金丝雀补充：走廊也冷。", "金丝雀不满意：走廊还是冷。"
WRONG_PASSWORD = "canary wrong password 8c1e"
FORM = {"Content_Type": "application/x-www-form-urlencoded"}
TOO_MANY_WRONG_CODES = 400
# Times of staff and of the machine itself: everything else that is stored was caused by a citizen.
EXACT = {
    ("audit_entry", "at"),
    ("bulk", "started_at"),
    ("bulk", "finished_at"),
    ("bulk", "undone_at"),
    ("reply", "replied_at"),
    ("submission", "claimed_until"),
    ("proposal", "at"),
    ("mention", "read_at"),
    ("settlement", "at"),
    ("settlement", "retry_at"),
    ("routine", "done_at"),
    ("routine", "leased_until"),
    ("canned_answer", "changed_at"),
    ("staff_session", "created_at"),
    ("staff_session", "last_seen_at"),
    ("user_account", "disabled_at"),
    ("user_account", "signed_in_at"),
    ("second_factor", "set_up_at"),
    ("staff_invitation", "expires_at"),
    ("job", "created_at"),
    ("job", "leased_until"),
    ("job", "finished_at"),
}

pytestmark = pytest.mark.timeout(300)


@dataclass
class Traces:
    """What was done, and what was found lying about when it was over."""

    statuses: set[int] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    log: str = ""
    times: list[tuple[str, str, datetime, dict[str, Any]]] = field(default_factory=list)

    def note(self, answer: Answer) -> Answer:
        """Remember how a request ended."""
        self.statuses.add(answer.status_code)
        return answer


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory, launch: Launch) -> Traces:
    """A day in the life of a service: one visitor with canaries in every header does all there is to do."""
    seen, folder = Traces(), tmp_path_factory.mktemp("traces")
    environment = {"TMPDIR": str(folder), "GATEWAY": SOURCE}
    with launch(has_worker=True, environment=environment, is_prepared=False) as server:
        visitor = Visitor(server, SOURCE, HEADERS)
        receipt = _write(visitor, seen)
        _prove(visitor, seen)
        _add(visitor, receipt, seen)
        _be_refused(visitor, seen)
        _break_off(server, seen)
        _meet_a_broken_database(visitor, seen)
        workbook = _be_answered(server, receipt, seen)
        _track(visitor, receipt, seen)
        _judge(visitor, receipt, seen)
        _guess_codes(visitor, seen)
        seen.files |= {
            f"running:{name}": content for name, content in database_bytes(server.settings.database_url).items()
        }
        server.stop()
        seen.times = list(times_in(server.settings.database_url))
        seen.files |= database_bytes(server.settings.database_url) | unpacked(workbook)
        seen.files |= folder_bytes(server.settings.instance, server.settings.keys_file.parent, server.logs, folder)
        seen.log = server.log()
    return seen


def test_every_kind_of_answer_was_seen(traces: Traces) -> None:
    assert traces.statuses >= {200, 302, 400, 401, 403, 404, 405, 409, 413, 429, 500}


def test_nothing_is_left_of_who_somebody_was(traces: Traces) -> None:
    assert found_in(traces.files, WHO) == []


def test_what_was_written_is_found_by_the_same_search(traces: Traces) -> None:
    places = {found.rpartition(" in ")[2] for found in found_in(traces.files, {"text": BODY})}

    assert any(place.startswith("running:") for place in places)
    assert any("sheet1.xml" in place for place in places)


def test_no_secret_and_no_word_of_a_citizen_is_in_the_logs(traces: Traces) -> None:
    assert len(traces.log.splitlines()) > 5
    assert found_in({"log": traces.log.encode()}, traces.secrets) == []


def test_no_group_code_is_kept_anywhere(traces: Traces) -> None:
    assert len(traces.codes) == 11
    assert found_in(traces.files, traces.codes) == []


def test_every_time_a_citizen_caused_is_a_full_hour(traces: Traces) -> None:
    caused = [
        (table, column, moment)
        for table, column, moment, row in traces.times
        if (table, column) not in EXACT and not (table == "event" and row["user_id"] is not None)
    ]

    assert {(table, column) for table, column, _ in caused} >= {
        ("submission", "received_at"),
        ("text", "received_at"),
        ("event", "at"),
    }
    assert [one for one in caused if one[2].replace(tzinfo=UTC).timestamp() % 3600] == []


def _write(visitor: Visitor, seen: Traces) -> Receipt:
    """Look at every public page and hand in an opinion with a name and a phone, twice."""
    form_path = visitor.server.form_path
    for path in ("/", form_path, "/track"):
        seen.note(visitor.get(f"{path}?canary={WHO['query']}"))
    contact = {"name": NAME, "phone": PHONE, "consent": "y"}
    fields = fill_in(visitor, BODY, canary=WHO["field"], **contact)
    first, second = (seen.note(visitor.post(f"{form_path}?canary={WHO['query']}", fields)) for _ in range(2))
    assert receipt_on(first) == receipt_on(second)
    receipt = receipt_on(first)
    seen.secrets |= {"text": BODY, "other text": OTHER_BODY, "name": NAME, "phone": PHONE}
    seen.secrets |= {"code": receipt.code, "code without gaps": receipt.code.replace(" ", "")}
    seen.secrets |= {"number": receipt.number, "nonce": fields["nonce"], "seal": fields["token"]}
    assert seen.note(visitor.post(form_path, {**fields, "text": OTHER_BODY})).status_code == 409
    return receipt


def _prove(visitor: Visitor, seen: Traces) -> None:
    """Hand in an opinion with a group code, twice, and one with a code that is spent by then."""
    settings = visitor.server.settings
    engine, keys = make_engine(settings.database_url), load_keys(settings.keys_file)
    with writing(make_sessions(engine)) as session:
        campaign, by = session.get_one(Campaign, 1), account.actor_of(session, account.get_user(session, "admin"))
        codes = [new_code() for _ in range(10)]
        store_codes(session, campaign, "lawyer", codes, keys=keys, now=datetime.now(UTC), by=by)
    engine.dispose()
    fields = fill_in(visitor, OTHER_BODY, group_code=in_print(codes[0]))
    first, second = (seen.note(visitor.post(visitor.server.form_path, fields)) for _ in range(2))
    assert receipt_on(first) == receipt_on(second)
    again = fill_in(visitor, OTHER_BODY, group_code=codes[0])
    assert seen.note(visitor.post(visitor.server.form_path, again)).status_code == 400
    seen.codes = {f"group code {place}": code for place, code in enumerate([*codes, in_print(codes[0])])}
    seen.secrets |= seen.codes


def _add(visitor: Visitor, receipt: Receipt, seen: Traces) -> None:
    """Pictures with an opinion, one of them large and one broken; and with a supplement."""
    large, broken = photo(size=(2_000, 1_500)) + bytes(3_000_000), photo()[:200]
    fields = fill_in(visitor, OTHER_BODY)
    answer = seen.note(visitor.upload(visitor.server.form_path, fields, photo(), large, broken))
    assert "2 张图片已保存" in answer.text
    supplement = {"code": receipt.code, "nonce": fields["nonce"], "supplement": ADDED}
    assert "1 张图片已保存" in seen.note(visitor.upload("/track/supplement", supplement, photo("blue"))).text
    seen.secrets |= {"supplement": ADDED}


def _judge(visitor: Visitor, receipt: Receipt, seen: Traces) -> None:
    """Rate the answer and ask for another look."""
    judged = {"code": receipt.code, "satisfaction": "2", "reason": JUDGED}
    for path in ("/track/rate", "/track/reconsider"):
        assert seen.note(visitor.post(path, judged)).status_code == 200
    seen.secrets |= {"reason": JUDGED}


def _be_refused(visitor: Visitor, seen: Traces) -> None:
    """Do everything wrong a browser can do."""
    form_path, query = visitor.server.form_path, f"?canary={WHO['query']}"
    fields = fill_in(visitor, OTHER_BODY)
    foreign = {"Origin": f"https://{WHO['referrer']}"}
    typed = {"name": WHO["account"], "password": WRONG_PASSWORD}
    seen.secrets |= {"wrong password": WRONG_PASSWORD}
    answers = [
        visitor.post(form_path + query, {**fields, "text": ""}),
        visitor.post(form_path + query, {**fields, "token": WHO["field"]}),
        visitor.post(form_path + query, fields, headers=foreign),
        visitor.post(f"/f/{WHO['path']}", fields),
        visitor.get(f"/{WHO['path']}{query}"),
        visitor.get(f"/moderation/{WHO['path']}{query}"),
        visitor.get(f"/moderation/{query}"),
        visitor.post(f"/moderation/A1-23456/accept{query}", fields),
        visitor.request("PUT", form_path + query, b"x"),
        visitor.request("BREW", f"/{WHO['path']}{query}"),
        visitor.post("/track", {"code": "AAAA AAAA AAAA AAAA", "canary": WHO["field"]}),
        visitor.post("/accounts/sign-in", typed),
        visitor.get("/", headers={"Host": WHO["host"]}),
    ]
    page = visitor.get(f"/accounts/sign-in?next=/{WHO['path']}")
    answers.append(visitor.post("/accounts/sign-in", {**staff_fields(page.text), **typed}))
    for answer in answers:
        seen.note(answer)


def _break_off(server: Server, seen: Traces) -> None:
    """Send what no browser sends, and hang up in the middle."""
    canaries = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode()
    path, query = WHO["path"].encode(), WHO["query"].encode()
    broken = [
        b"%b %b %b\r\n\r\n" % (path, query, WHO["agent"].encode()),
        b"GET /%b?%b HTTP/7.7\r\n%b\r\n" % (path, query, canaries),
        b"GET /%b HTTP/1.1\r\nno colon %b\r\n%b\r\n" % (path, query, canaries),
        b"GET /%b HTTP/1.1\r\nX-%b\0: %b\r\n\r\n" % (path, query, query),
        b"GET /%b?%b HTTP/1.1\r\nX-Long: %b\r\n\r\n" % (path, query, query * 1_000),
        b"GET /%b HTTP/1.1\r\nHost: [%b\r\n%b\r\n" % (path, query, canaries),
        b"POST /%b HTTP/1.1\r\nContent-Length: %b\r\n%b\r\n" % (path, query, canaries),
        b"POST /track HTTP/1.1\r\nTransfer-Encoding: %b\r\n%b\r\n" % (query, canaries),
        b"POST /track HTTP/1.1\r\nTransfer-Encoding: chunked\r\n%b\r\n%b\r\n" % (canaries, query),
    ]
    for request in broken:
        seen.statuses.add(status_of(say(server, request, SOURCE)))
    for origin in (server.url, f"https://{WHO['referrer']}"):
        lines = {**FORM, **_underscored(), "Origin": origin, "Content_Length": "100000000"}
        huge = head(server, "POST", server.form_path, **lines)
        seen.statuses.add(status_of(say(server, huge + b"text=" + BODY.encode(), SOURCE)))
    body, content_type = multipart({"text": BODY}, photo() + bytes(2_000_000))
    connection = connect(server, SOURCE)
    pictured = {"Content_Type": content_type, "Content_Length": str(len(body)), **_underscored()}
    connection.sendall(head(server, "POST", server.form_path, **pictured) + body[: len(body) // 2])
    hang_up(connection)
    for asked in (server.form_path, "/track", "/accounts/sign-in"):
        connection = connect(server, SOURCE)
        half = head(server, "POST", asked, Content_Length="10000", **FORM, **_underscored())
        connection.sendall(half + b"text=" + BODY.encode())
        hang_up(connection)


def _meet_a_broken_database(visitor: Visitor, seen: Traces) -> None:
    """Write, look and track while the database refuses, has lost its tables, and holds what makes no sense."""
    fields = fill_in(visitor, OTHER_BODY, name=NAME, phone=PHONE, consent="y")
    address = f"/f/{WHO['path']}?canary={WHO['query']}"
    with _altered(visitor.server, *_REFUSING):
        failed = [visitor.post(visitor.server.form_path, fields)]
    with _altered(visitor.server, *_ROBBED):
        answers = [
            visitor.post(address, fields),
            visitor.get(address),
            track(visitor, seen.secrets["code"]),
            visitor.get(f"/moderation/?canary={WHO['query']}"),
        ]
    with _altered(visitor.server, *_SPOILT):
        failed += [visitor.post(address, fields), visitor.get(address)]
    for answer in failed + answers:
        seen.note(answer)
    assert [answer.status_code for answer in failed] == [500, 500, 500]


def _be_answered(server: Server, receipt: Receipt, seen: Traces) -> bytes:
    """What staff do, from the same place: sign in, answer, export."""
    staff = sign_in_first(Visitor(server, SOURCE, HEADERS), server.password)
    seen.statuses.add(staff.get("/moderation").status_code)
    decide(staff, receipt.number, "reply", body="暖气已经修好。", outcome="adopted", summary="暖气")
    workbook = export(staff)
    seen.secrets |= {"first password": server.password or "", "new password": NEW_PASSWORD}
    seen.secrets |= {f"cookie {name}": value for name, value in staff.cookies.items()}
    return workbook


def _track(visitor: Visitor, receipt: Receipt, seen: Traces) -> None:
    """Read the answer and take the contact details back."""
    assert "暖气已经修好。" in seen.note(track(visitor, receipt.code)).text
    assert "联系方式已删除" in seen.note(visitor.post("/track/withdraw-contact", {"code": receipt.code})).text


def _guess_codes(visitor: Visitor, seen: Traces) -> None:
    """Try until one is told to wait."""
    for _ in range(TOO_MANY_WRONG_CODES):
        if seen.note(track(visitor, "BBBB BBBB BBBB BBBB")).status_code == 429:
            return


def _underscored() -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in HEADERS.items()}


_Change = dict[str, list[str]]

_REFUSING: tuple[_Change, _Change] = (
    {
        "sqlite": ["CREATE TRIGGER refusing BEFORE INSERT ON arrival BEGIN SELECT RAISE(ABORT, 'refused'); END"],
        # Its message quotes the row it refuses.
        "postgresql": ["ALTER TABLE arrival ADD CONSTRAINT refusing CHECK (received_at < '2000-01-01') NOT VALID"],
    },
    {"sqlite": ["DROP TRIGGER refusing"], "postgresql": ["ALTER TABLE arrival DROP CONSTRAINT refusing"]},
)
_ROB = ["ALTER TABLE channel RENAME TO channel_away", "ALTER TABLE submission RENAME TO submission_away"]
_GIVE_BACK = ["ALTER TABLE channel_away RENAME TO channel", "ALTER TABLE submission_away RENAME TO submission"]
_ROBBED: tuple[_Change, _Change] = (
    {"sqlite": _ROB, "postgresql": _ROB},
    {"sqlite": _GIVE_BACK, "postgresql": _GIVE_BACK},
)
_SPOIL, _MEND = ["UPDATE campaign SET imprint = '5'"], ["UPDATE campaign SET imprint = '{}'"]
_SPOILT: tuple[_Change, _Change] = (
    {"sqlite": _SPOIL, "postgresql": _SPOIL},
    {"sqlite": _MEND, "postgresql": _MEND},
)


@contextmanager
def _altered(server: Server, change: _Change, undo: _Change) -> Iterator[None]:
    """The database as no version of the program expects it, for as long as the block lasts."""
    engine = make_engine(server.settings.database_url)

    def run(statements: _Change) -> None:
        with engine.begin() as connection:
            for statement in statements[engine.dialect.name]:
                connection.execute(text(statement))

    try:
        run(change)
        try:
            yield
        finally:
            run(undo)
    finally:
        engine.dispose()
