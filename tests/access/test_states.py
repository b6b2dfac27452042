"""What the state of a submission allows: every action in every state is tried, also while a decision waits."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from feedback.cases.domain.submission import Status
from feedback.cases.models.proposal import Proposal
from feedback.intake.services.submission import Receipt
from tests.access.office import Office, everything
from tests.access.reading import Line, sent, table
from tests.access.standing import find
from tests.access.subjects import Subjects
from tests.stored import settled

ALLOWED, SECOND, WAITING = (
    table(name) for name in ("what a state allows", "where a second person is needed", "while a decision waits")
)
SENT = sent()
_BESIDE = "/moderation/<number:number>/beside/<number:other>"
# Where an action is not the last word of its route.
ROUTES = {
    "sign": "/moderation/<number:number>/reply",
    "merge": f"{_BESIDE}/merge",
    "absorb": f"{_BESIDE}/merge",
    "apart": f"{_BESIDE}/apart",
}
# What a form never asks for, and nobody may set by sending it.
FOREIGN = {
    "status": "closed_out", "lane": "clue", "is_trial": "1", "user_id": "1", "campaign_id": "2", "merged_into_id": "1",
    "proposed_by": "1", "author_id": "1", "at": "2001-01-01", "bulk": "1", "undone": "1", "by": "1", "seen": "1",
}  # fmt: skip


def test_every_state_has_its_column() -> None:
    assert list(ALLOWED[0].cells) == [str(status) for status in Status]
    assert list(SECOND[0].cells) == [str(status) for status in Status]
    for lines in (ALLOWED, SECOND, WAITING):
        assert len({line.label for line in lines}) == len(lines)


def test_every_action_on_one_submission_has_its_line(office: Office) -> None:
    rules = [rule.rule for rule in office.app.url_map.iter_rules() if "POST" in (rule.methods or set())]
    actions = {rule.rpartition("/")[2] for rule in rules if "/<number:number>/" in rule or rule.startswith("/track/")}

    for lines in (ALLOWED, WAITING):
        assert actions - {line.label.split()[1] for line in lines} == set(), "these actions have no line in matrix.txt"


@pytest.fixture
def rule(office: Office, request: pytest.FixtureRequest) -> Iterator[None]:
    office.make.set_campaign(second_person=request.param)
    yield
    office.make.set_campaign(second_person="on")


@pytest.mark.parametrize("rule", ["off"], indirect=True)
@pytest.mark.parametrize("line", ALLOWED, ids=lambda line: line.label)
def test_a_state_allows_what_the_matrix_says(office: Office, rule: None, line: Line) -> None:
    try_out(office, line)


@pytest.mark.parametrize("line", SECOND, ids=lambda line: line.label)
def test_what_ends_a_matter_waits_where_a_second_person_is_needed(office: Office, line: Line) -> None:
    try_out(office, line)


@pytest.mark.parametrize("line", WAITING, ids=lambda line: line.label)
def test_a_decision_that_waits_allows_what_the_matrix_says(office: Office, line: Line) -> None:
    try_out(office, line)


def try_out(office: Office, line: Line) -> None:
    """Try one action in each column: what is refused leaves everything as it was, and says why."""
    who, action = line.label.split()
    # What is undone has happened just now, everything else a while ago.
    is_fresh = action == "undo"
    refused = [column for column, word in line.cells.items() if word == "no"]
    made = {column: stand(office, column, is_fresh=is_fresh, is_kept=column in refused) for column in line.cells}
    found = {}
    calls = {column: prepared(office, who, action, receipt) for column, receipt in made.items()}

    before = everything(office.sessions) if refused else {}
    answers = {column: calls[column]() for column in refused}
    after = everything(office.sessions) if refused else {}
    for column, word in line.cells.items():
        answer = answers.get(column) or calls[column]()
        found[column] = outcome(office, made[column].number, answer, column.partition(",")[0], word)

    assert found == line.cells
    assert after == before


def stand(office: Office, state: str, *, is_fresh: bool, is_kept: bool) -> Receipt:
    """A submission in a state; one that is kept for all who change nothing about it."""
    key, at = (state, is_fresh), datetime.now(UTC) - (timedelta() if is_fresh else timedelta(hours=1))
    if is_kept and key in office.kept:
        return office.kept[key]
    receipt = office.desk(office.moderator, office.colleague).stand(state, at=at)
    if is_kept:
        office.kept[key] = receipt
    return receipt


def prepared(office: Office, who: str, action: str, receipt: Receipt) -> Callable[[], TestResponse]:
    """An action on a submission, ready to be sent."""
    person = {"moderator": office.moderator, "colleague": office.colleague}.get(who)
    rule = ROUTES.get(action, f"/moderation/<number:number>/{action}" if person else f"/track/{action}")
    given = SENT.get(f"POST {rule}")
    names = Subjects(office, office.moderator, {}, known={"other": receipt.number} if action == "absorb" else {})
    names.receipt = office.make.make_submission() if action == "absorb" else receipt
    fields = {name: value.format_map(names) for name, value in (given.fields if given else {}).items()}
    fields |= {name: value for name, value in FOREIGN.items() if name not in fields}
    address = re.sub(r"<number:(\w+)>", lambda found: names[found[1]], rule)
    if action == "sign":
        fields["sign"] = "1"
    browser, token = (person.browser, person.token) if person else (office.app.test_client(), "")
    if person is None:
        # That he has read an answer is noted when he is first shown it, whatever he does.
        browser.post("/track", data={"code": receipt.code})
    return lambda: browser.post(address, data={**fields, "csrf_token": token})


def outcome(office: Office, number: str, answer: TestResponse, before: str, expected: str) -> str:
    """Where an action has led, in the words of the matrix."""
    if answer.status_code in {400, 404, 409}:
        return "no" if sentence_of(answer.text) else "no, without a word"
    assert answer.status_code in {200, 302}, answer.status_code
    with office.sessions() as session:
        submission = find(settled(session), number)
        waits = session.get(Proposal, submission.id) is not None
        assert (submission.lane, submission.is_trial, submission.campaign_id) == ("opinion", False, 1)
        status = str(submission.status)
    if waits:
        return "waits" if status == before else f"{status}, and still waits"
    return "same" if status == before != expected else status


def sentence_of(html: str) -> str:
    """What a page says about why something was refused."""
    found = re.search(r'role="alert"[^>]*>\s*(?:<h2>)?([^<]*[\u4e00-\u9fff][^<]*)', html)
    return found[1] if found else ""
