"""Real opinions on their whole way: over the form and the desk into the workbook, onto paper, back to the citizen."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import pytest

from feedback.base.adapters.files import default_campaign
from feedback.base.domain.text import with_unix_line_ends, with_visible_controls
from feedback.campaigns.domain.campaign import CampaignContent
from tests.acceptance.corpus import IS_COMPLETE, PETITIONS, Case, Corpus, opinions, petitions
from tests.acceptance.office import (
    Grid,
    pieces_of,
    print_first_sheet,
    printable,
    read_through_libreoffice,
    read_workbook,
    rows_by_number,
    total_below,
)
from tests.conftest import DATABASE
from tests.databases import Databases
from tests.faults.visitor import (
    Receipt,
    Visitor,
    decide,
    export,
    numbers_in_queue,
    quotes_on,
    sign_in_first,
    submit,
    track,
)
from tests.server import Server, settings_in
from tests.stored import settle_database

CLIENTS = 6
EDGE = 10
CONTENT = CampaignContent.from_json(default_campaign()["content"])
# The petitions are no part of the repository; where they are at hand they are used too.
CORPORA = {"opinions": opinions} | ({"petitions": petitions} if PETITIONS.exists() else {})
if not IS_COMPLETE:
    # The opinions hold every kind of text that is hard on a workbook, whatever the database.
    CORPORA = {name: CORPORA[name] for name in [list(CORPORA)[-1 if DATABASE == "postgresql" else 0]]}
SETS = {"respondent_group": "group", "kind": "kind", "agency": "agency", "category": "category"}
HEADERS = {"respondent_group": "对象类别", "kind": "类型", "agency": "涉及机关", "category": "问题类别"}

pytestmark = pytest.mark.timeout(480 if IS_COMPLETE else 300)


@dataclass(frozen=True)
class Handled:
    """A case after its day: its receipt, and what /track shows for its code."""

    case: Case
    receipt: Receipt
    is_answered: bool
    shown: list[str]


@dataclass(frozen=True)
class Campaign:
    """Everything that came out of one corpus."""

    handled: list[Handled]
    queue: list[str]
    workbook: Path
    sheets: dict[str, Grid]

    def expected_texts(self) -> dict[str, str]:
        """What a cell has to show, by number."""
        return {one.receipt.number: _as_shown(one.case.text) for one in self.handled}


@pytest.fixture(scope="module", params=CORPORA)
def campaign(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, databases: Databases
) -> Campaign:
    """A first start, citizens who write at the same time, staff who answer some of them, a workbook for the meeting."""
    corpus, folder, url = CORPORA[request.param](), tmp_path_factory.mktemp(request.param), databases.create()
    try:
        with Server(settings_in(folder, url), folder / "logs", has_worker=True) as server:
            return _held(server, corpus, folder)
    finally:
        databases.drop(url)


@pytest.fixture(scope="module")
def converted(campaign: Campaign) -> dict[str, Grid]:
    """The sheets as LibreOffice reads them; once is enough, for a workbook does not tell which database it is from."""
    return read_through_libreoffice(campaign.workbook, campaign.workbook.with_name("converted"))


def test_the_queue_lists_every_receipt_once(campaign: Campaign) -> None:
    numbers = [one.receipt.number for one in campaign.handled]

    assert len(set(numbers)) == len(numbers)
    assert sorted(campaign.queue) == sorted(numbers)


@pytest.mark.parametrize("sheet", ["汇总表", "明细"])
def test_openpyxl_reads_every_text_as_it_was_written(campaign: Campaign, sheet: str) -> None:
    rows = rows_by_number(campaign.sheets[sheet])

    assert {number: row["意见建议内容"] for number, row in rows.items()} == campaign.expected_texts()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("sheet", ["汇总表", "明细"])
def test_libreoffice_reads_every_text_as_it_was_written(
    campaign: Campaign, converted: dict[str, Grid], sheet: str
) -> None:
    rows = rows_by_number(converted[sheet])

    assert {number: row["意见建议内容"] for number, row in rows.items()} == campaign.expected_texts()


def test_the_detailed_sheet_holds_what_was_chosen_and_answered(campaign: Campaign) -> None:
    _check_details(campaign, campaign.sheets["明细"])


@pytest.mark.only_on("sqlite")
def test_libreoffice_shows_what_was_chosen_and_answered(campaign: Campaign, converted: dict[str, Grid]) -> None:
    _check_details(campaign, converted["明细"])


def test_all_sheets_count_the_same(campaign: Campaign) -> None:
    count = len(campaign.handled)
    sheets = campaign.sheets
    table = total_below(sheets["统计"], "问题类别")
    categories = Counter(_label("category", one.case) or "未选" for one in campaign.handled)
    groups = Counter(_label("respondent_group", one.case) or "未选" for one in campaign.handled)
    states = Counter("已答复" if one.is_answered else "待受理" for one in campaign.handled)

    assert {name: _counts_in(sheets[name]) for name in ("汇总表", "统计", "明细")} == {name: [count] for name in sheets}
    assert {name: int(row[-1]) for name, row in table.items() if name != "合计" and int(row[-1])} == categories
    assert [int(total) for total in table["合计"]] == [*(groups[name] for name in _group_names()), count]
    assert {name: int(row[0]) for name, row in total_below(sheets["统计"], "征集渠道").items()} == {"默认二维码": count}
    assert {name: int(row[0]) for name, row in total_below(sheets["统计"], "责任单位").items()} == {"未定": count}
    shown = {name: int(row[0]) for name, row in total_below(sheets["统计"], "办理情况").items()}
    assert {name: number for name, number in shown.items() if number} == states


def test_every_code_shows_its_own_answer_and_no_other(campaign: Campaign) -> None:
    expected = {
        one.receipt.code: [with_unix_line_ends(one.case.reply)] if one.is_answered else [] for one in campaign.handled
    }

    assert len(expected) == len(campaign.handled)
    assert {one.receipt.code: one.shown for one in campaign.handled} == expected


@pytest.mark.only_on("sqlite")
def test_nothing_is_cut_in_print(campaign: Campaign) -> None:
    texts = campaign.expected_texts()

    printed, pages = print_first_sheet(campaign.workbook, campaign.workbook.with_name("printed"))

    edges = {number: (printable(text)[:EDGE], printable(text)[-EDGE:]) for number, text in texts.items()}
    assert [number for number, both in edges.items() if not all(_is_printed(edge, printed) for edge in both)] == []
    # Where a page ends within a text, the header of the next one stands between two halves of a stretch.
    assert len([piece for piece in pieces_of(texts.values(), EDGE) if piece not in printed]) <= pages
    assert printable(f"共 {len(texts)} 条") in printed


def _check_details(campaign: Campaign, grid: Grid) -> None:
    expected = {one.receipt.number: _detail_of(one) for one in campaign.handled}
    rows = rows_by_number(grid)
    assert {number: {name: row[name] for name in expected[number]} for number, row in rows.items()} == expected


def _is_printed(edge: str, printed: str) -> bool:
    """Whether a stretch is there, in one piece or in two with the end of a page between them."""
    return any(edge[:place] in printed and edge[place:] in printed for place in range(len(edge) + 1))


def _held(server: Server, corpus: Corpus, folder: Path) -> Campaign:
    """The whole day of one corpus."""
    cases = list(_spread(corpus.cases))
    with ThreadPoolExecutor(CLIENTS) as citizens:
        receipts = list(citizens.map(lambda case: _submit(Visitor(server), case), cases))
        staff = sign_in_first(Visitor(server), server.password)
        queue = numbers_in_queue(staff)
        settle_database(server.settings.database_url)
        step = len(cases) // corpus.answered
        answered = set(range(0, step * corpus.answered, step))
        for place in sorted(answered):
            _answer(staff, receipts[place], cases[place])
        workbook = folder / "workbook.xlsx"
        workbook.write_bytes(export(staff))
        shown = list(citizens.map(lambda receipt: _shown(Visitor(server), receipt), receipts))
    handled = [
        Handled(case, receipt, place in answered, shown[place])
        for place, (case, receipt) in enumerate(zip(cases, receipts, strict=True))
    ]
    return Campaign(handled, queue, workbook, read_workbook(workbook))


def _spread(cases: list[Case]) -> Iterator[Case]:
    """Where a case says nothing of who wrote and what about, all the terms of the sets in turn, and none of them."""
    turns = {field: cycle(["", *(term.key for term in CONTENT.sets[name])]) for name, field in SETS.items()}
    outcomes = cycle(term.key for term in CONTENT.sets["outcome"])
    for case in cases:
        chosen = {} if case.outcome else {field: next(turn) for field, turn in turns.items()}
        yield replace(case, **chosen, outcome=case.outcome or next(outcomes))


def _submit(citizen: Visitor, case: Case) -> Receipt:
    return submit(citizen, case.text, **{name: getattr(case, field) for name, field in SETS.items()})


def _answer(staff: Visitor, receipt: Receipt, case: Case) -> None:
    accepted = decide(staff, receipt.number, "accept")
    answer = {"body": case.reply, "summary": case.summary, "outcome": case.outcome}
    decide(staff, receipt.number, "reply", on=accepted, **answer)


def _shown(citizen: Visitor, receipt: Receipt) -> list[str]:
    page = track(citizen, receipt.code)
    assert page.status_code == 200, page.text
    assert receipt.number in page.text
    return quotes_on(page)


def _as_shown(text: str) -> str:
    return with_visible_controls(with_unix_line_ends(text))


def _label(name: str, case: Case) -> str:
    key = getattr(case, SETS[name])
    return CONTENT.labels(name)[key] if key else ""


def _group_names() -> list[str]:
    return [*CONTENT.labels("respondent_group").values(), "未选"]


def _detail_of(one: Handled) -> dict[str, str]:
    chosen = {header: _label(name, one.case) for name, header in HEADERS.items()}
    if not one.is_answered:
        return {**chosen, "办理情况": "待受理", "采纳情况": "", "归纳要点": "", "答复内容": ""}
    return {
        **chosen,
        "办理情况": "已答复",
        "采纳情况": CONTENT.labels("outcome")[one.case.outcome],
        "归纳要点": _as_shown(one.case.summary),
        "答复内容": _as_shown(one.case.reply),
    }


def _counts_in(grid: Grid) -> list[int]:
    """What the closing lines say: 共 N 条."""
    return [int(row[0].split()[1]) for row in grid if row and row[0].startswith("共 ") and row[0].endswith(" 条")]
