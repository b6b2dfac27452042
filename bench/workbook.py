"""Ten thousand submissions into a workbook: seconds, and memory on top of what the imports took."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from openpyxl import Workbook
from sqlalchemy import select

from bench.cost import Cost, cost_of, print_cost
from feedback.assembly.first_start import set_up
from feedback.base.adapters.database import make_engine, make_sessions, writing
from feedback.base.adapters.keys import create_keys, load_keys
from feedback.base.adapters.migrations import upgrade
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.domain.reply import Draft
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation
from feedback.desk.domain.queue import QueueFilter
from feedback.intake.domain.form_seal import FormSeal
from feedback.people.services import account
from feedback.workbooks.models import Export
from feedback.workbooks.queries.export_row import export_rows
from feedback.workbooks.services.export import request_export, write_export
from feedback.workbooks.services.summary_sheet import DETAIL, SUMMARY
from tests.factories import received

Writer = Callable[[Path], None]

FOLDER = "BENCH_WORKBOOK_FOLDER"
ROWS = 10_000
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
SOURCE = (
    "立案大厅排队时间长,老年人站着等了一个上午。窗口工作人员态度好,但材料清单没有一次说清楚。"
    "案件拖了八个月没有结果,打电话也问不到进展。建议把办理流程贴在门口,用大白话写,字印大一点。"
    "派出所夜间值班电话经常没有人接。村里的普法讲座很受欢迎,希望每个季度都办一次。"
    "执行款到账以后迟迟没有发放,申请人家里等着看病。希望对企业的检查合并进行,不要一周来三次。"
)


def mixed_text(seed: int, characters: int) -> str:
    """The same in every run; its bytes shrink to two fifths, as real petitions do."""
    return "".join(SOURCE[crc32(b"%d/%d" % (seed, place)) % len(SOURCE)] for place in range(characters))


@contextmanager
def filled_folder() -> Iterator[None]:
    """A database of ROWS answered submissions, where the measured processes find it."""
    with TemporaryDirectory(prefix="bench-") as folder:
        os.environ[FOLDER] = folder
        create_keys(Path(folder) / "keys.json")
        upgrade(make_engine(_url()))
        _fill()
        yield
        del os.environ[FOLDER]


def _url() -> str:
    return f"sqlite:///{os.environ[FOLDER]}/workbook.db"


def _fill() -> None:
    sessions = make_sessions(make_engine(_url()))
    keys = load_keys(Path(os.environ[FOLDER]) / "keys.json")
    set_up(sessions, now=NOW)
    with writing(sessions) as session:
        by = account.actor_of(session, account.get_user(session, "admin"))
        for number in range(ROWS):
            opinion = Opinion(
                text=mixed_text(number % 997, 240), respondent_group="citizen", kind="problem", category="efficiency"
            )
            receipt = received(session, opinion, page=FormSeal(1, 1, NOW), nonce=new_nonce(), keys=keys, now=NOW)
            found = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
            body, summary = mixed_text(number % 997, 120), "一次告知,周末延时"
            moderation.reply(session, found, Draft(body, "adopted", summary), Decision(by, 1, NOW))
            if number % 500 == 0:
                session.flush()
                session.expunge_all()
        request_export(session, QueueFilter(1), purpose="会议", described="全部意见建议", by=by, now=NOW)


def ours(path: Path) -> None:
    """The product's own way: read, label, style, set heights, count, chart."""
    sessions = make_sessions(make_engine(_url()))
    with sessions() as session:
        write_export(
            session,
            session.scalars(select(Export)).one(),
            described="全部意见建议",
            by=account.actor_of(session, account.get_user(session, "admin")),
            keys=load_keys(Path(os.environ[FOLDER]) / "keys.json"),
            folder=path.parent,
            now=NOW,
            progress=lambda _done, _total: None,
        )


@cache
def ready_rows() -> list[tuple[list[object], list[object]]]:
    """The same rows and columns, read beforehand, so that the control has nothing to do but write."""
    sessions = make_sessions(make_engine(_url()))
    with sessions() as session:
        by = account.actor_of(session, account.get_user(session, "admin"))
        keys = load_keys(Path(os.environ[FOLDER]) / "keys.json")
        rows = [row for chunk in export_rows(session, QueueFilter(1), by, keys) for row in chunk]
    return [([column.value(row) for column in SUMMARY], [column.value(row) for column in DETAIL]) for row in rows]


def bare(path: Path) -> None:
    """The least openpyxl can do: plain values, no styles, no widths, no heights."""
    book = Workbook(write_only=True)
    summary, detail = book.create_sheet("汇总表"), book.create_sheet("明细")
    summary.append([column.title for column in SUMMARY])
    detail.append([column.title for column in DETAIL])
    for summary_row, detail_row in ready_rows():
        summary.append(summary_row)
        detail.append(detail_row)
    book.save(path)


WRITERS: dict[str, Writer] = {"ours": ours, "bare": bare}


def costs(name: str) -> Cost:
    """In a fresh process."""
    return cost_of("bench.workbook", name)


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        ready_rows()
    print_cost(lambda folder: WRITERS[sys.argv[1]](folder / "rows.xlsx"))
