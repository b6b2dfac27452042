"""The workbook 意见建议征集汇总表: which columns its three sheets have, and what is counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from feedback.base.domain.moment import CHINA, chinese_date
from feedback.campaigns.domain.question import AskedQuestion, QuestionKind
from feedback.campaigns.models.campaign import Campaign
from feedback.cases.domain.disclosure import IN_PLACE_OF_WORDS
from feedback.cases.domain.submission import STATUS_LABELS
from feedback.workbooks.adapters import Column, Sheet, new_book, save
from feedback.workbooks.domain.sheet import header_width
from feedback.workbooks.queries.export_row import PROVEN, ExportRow

TITLE = "意见建议征集汇总表"
NOT_CHOSEN = "未选"
NOT_SET = "未定"
CHARTED_CHANNELS = 20

_NUMBERED = (
    Column("序号", 6, lambda row: row.place, is_centred=True),
    Column("编号", 10, lambda row: row.number),
    Column("收到时间", 11.5, lambda row: row.received_on, is_day=True),
    Column("征集渠道", 11, lambda row: row.channel),
    Column("对象类别", 11, lambda row: row.group, is_centred=True),
    Column("提出人", 14, lambda row: row.submitter, is_centred=True),
)
_SAID = (
    Column("意见建议内容", 52, lambda row: row.text),
    Column("问题类别", 14, lambda row: row.category),
)
_OUTCOME = Column("采纳情况", 9, lambda row: row.outcome, is_centred=True)
_STATUS = Column("办理情况", 9, lambda row: row.status, is_centred=True)
_REMARKS = Column("备注", 12, lambda row: row.remarks)

SUMMARY = (
    *_NUMBERED,
    *_SAID,
    Column("责任单位", 12, lambda row: row.responsible_unit),
    _STATUS,
    _OUTCOME,
    _REMARKS,
)

DETAIL = (
    *_NUMBERED,
    Column("联系方式", 16, lambda row: row.contact),
    Column("类型", 9, lambda row: row.kind, is_centred=True),
    *_SAID,
    Column("涉及机关", 12, lambda row: row.agency, is_centred=True),
    Column("涉及单位", 14, lambda row: row.concerned_units),
    Column("所属地区", 12, lambda row: row.region),
    Column("四项任务", 14, lambda row: row.task),
    Column("热点/堵点/难点", 9, lambda row: row.issue_nature, is_centred=True),
    Column("归纳要点", 24, lambda row: row.summary),
    Column("责任单位", 14, lambda row: row.responsible_unit),
    Column("责任人", 9, lambda row: row.responsible_person),
    _STATUS,
    Column("转办时间", 11.5, lambda row: row.referred_on, is_day=True),
    Column("答复时间", 11.5, lambda row: row.replied_on, is_day=True),
    Column("答复内容", 40, lambda row: row.reply),
    _OUTCOME,
    Column("满意度", 9, lambda row: row.satisfaction, is_centred=True),
    _REMARKS,
)

_ANSWER_WIDTHS = {QuestionKind.LONG_TEXT: 40.0, QuestionKind.SHORT_TEXT: 20.0}
_ANSWER_WIDTH = 14.0


class SummaryBook:
    """Takes rows one by one, writes two sheets at once, and counts what goes by, so that all three agree."""

    def __init__(
        self,
        campaign: Campaign,
        *,
        organiser: str,
        labels: Mapping[str, Mapping[str, str]],
        questions: Sequence[AskedQuestion],
        described: str,
        exporter: str,
        now: datetime,
    ) -> None:
        made = now.astimezone(CHINA)
        subtitle = (
            f"填报单位（盖章）：{organiser}　　填报人：{exporter}　　"
            f"电话：{campaign.imprint.get('phone', '') or '　　　　　　'}　　截至{chinese_date(made.date())}"
        )
        self._contents = (
            f"说明：本表取自征集活动“{campaign.title}”，范围是{described}，"
            f"{chinese_date(made.date())} {made:%H:%M} 由{exporter}导出，"
        )
        self._labels = labels
        self._count = self._sealed = 0
        self._by_category: Counter[tuple[str, str]] = Counter()
        self._by_group: Counter[tuple[str, bool]] = Counter()
        # Two channels or units may have one name.
        self._by_channel: Counter[tuple[int, str]] = Counter()
        self._by_unit: Counter[tuple[int, str]] = Counter()
        self._by_status: Counter[str] = Counter()
        self._book = new_book(title=TITLE, creator=exporter)
        self._summary = Sheet(self._book, "汇总表", SUMMARY, title=TITLE, subtitle=subtitle)
        self._groups = self._names("respondent_group")
        columns = [Column("问题类别", 34), *(Column(group, 12, is_centred=True) for group in self._groups)]
        columns.append(Column("合计", 9, is_centred=True))
        self._statistics = Sheet(
            self._book, "统计", columns, title=f"{TITLE}（统计）", subtitle=subtitle, repeated_rows="1:2"
        )
        self._detail = Sheet(self._book, "明细", detail_columns(questions), title=f"{TITLE}（明细）", subtitle=subtitle)

    def append(self, row: ExportRow) -> None:
        """One submission, in the order it is to stand."""
        self._count += 1
        self._summary.append_row(row)
        self._detail.append_row(row)
        self._by_channel[row.channel_id, row.channel] += 1
        self._by_status[row.status] += 1
        if row.disclosure.is_sealed:
            self._sealed += 1
            return
        self._by_category[row.category or NOT_CHOSEN, row.group or NOT_CHOSEN] += 1
        self._by_group[row.group or NOT_CHOSEN, row.submitter == PROVEN] += 1
        self._by_unit[row.responsible_unit_id or 0, row.responsible_unit or NOT_SET] += 1

    def discard(self) -> None:
        """Remove what lies in temporary files: a workbook that is not finished must not leave opinions behind."""
        for sheet in (self._summary, self._statistics, self._detail):
            sheet.discard()

    def save(self, path: Path) -> None:
        """Close the sheets with their counts and write the file."""
        self._summary.note(f"{self._contents}共 {self._count} 件。")
        for sheet in (self._summary, self._detail):
            sheet.note(f"共 {self._count} 条")
        self._write_statistics()
        save(self._book, path)

    def _write_statistics(self) -> None:
        sheet, categories = self._statistics, self._names("category")
        category_header = sheet.row
        for category in categories:
            counts = [self._by_category[category, group] for group in self._groups]
            sheet.append([category, *counts, sum(counts)])
        category_end = sheet.row
        totals = [sum(self._by_category[category, group] for category in categories) for group in self._groups]
        # Of what is sealed nothing is counted but that it is there.
        sealed = [(IN_PLACE_OF_WORDS, self._sealed)] if self._sealed else []
        for label, count in sealed:
            sheet.append([label, *("" for _ in self._groups), count])
        sheet.append(["合计", *totals, self._count])
        channel_header, channel_end = self._block("征集渠道", _by_name(self._by_channel))
        self._block("对象类别", [*self._proven_and_declared(), *sealed])
        self._block("责任单位", [*_by_name(self._by_unit), *sealed])
        self._block("办理情况", [(label, self._by_status[label]) for label in STATUS_LABELS.values()])
        sheet.note(f"共 {self._count} 条")
        sheet.start_page()
        last_column = len(self._groups) + 2
        height = sheet.bar_chart(
            "问题类别", header_row=category_header, last_row=category_end, column=last_column, anchor="A"
        )
        shown_end = min(channel_end, channel_header + CHARTED_CHANNELS)
        sheet.bar_chart("征集渠道", header_row=channel_header, last_row=shown_end, column=2, anchor="F")
        sheet.make_room(height)

    def _block(self, title: str, counts: Sequence[tuple[str, int]]) -> tuple[int, int]:
        """A small table of two columns; returns the rows of its header and its end."""
        self._statistics.blank()
        header_row = self._statistics.header([title, "件数"])
        for label, count in counts:
            self._statistics.append([label, count])
        return header_row, self._statistics.row

    def _proven_and_declared(self) -> list[tuple[str, int]]:
        """For each group how many have proven by a code that they belong to it, and how many only say so."""
        rows = []
        for group in self._groups:
            proven, declared = self._by_group[group, True], self._by_group[group, False]
            rows += [(f"{group}（{PROVEN}）", proven)] if proven else []
            rows += [(group, declared)]
        return rows

    def _names(self, name: str) -> list[str]:
        """The labels of a set, each once, and a place for what was left out."""
        return list(dict.fromkeys([*self._labels[name].values(), NOT_CHOSEN]))


def _by_name(counts: Counter[tuple[int, str]]) -> list[tuple[str, int]]:
    """The most frequent first."""
    return [(name, count) for (_, name), count in counts.most_common()]


def detail_columns(questions: Sequence[AskedQuestion]) -> list[Column]:
    """The columns of 明细, with one for each extra question before the remarks."""
    *columns, remarks = DETAIL
    return [*columns, *(_answer_column(question) for question in questions), remarks]


def _answer_column(question: AskedQuestion) -> Column:
    title = " ".join(question.label.split())
    if question.ends:
        title += f"（{'，'.join(question.ends)}）"
    is_short = question.kind in {QuestionKind.SCALE, QuestionKind.DATE}
    return Column(
        title,
        header_width(title, least=_ANSWER_WIDTHS.get(question.kind, _ANSWER_WIDTH)),
        lambda row: row.answers.get(question.key, ""),
        is_centred=is_short,
        is_day=question.kind is QuestionKind.DATE,
    )
