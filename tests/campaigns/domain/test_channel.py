"""Lists of channels, and how few visits are told."""

import pytest

from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.domain.channel import MOST_AT_ONCE, ChannelRow, read_list, read_rows, told


def test_a_list_is_read_as_a_sheet_gives_it_or_as_it_is_typed() -> None:
    pasted = "名称\t地点\t单位\r\n李家村公告栏\t村委会门口\t李家村\r\n\r\n王家村公告栏\t\t\r\n"
    typed = "李家村公告栏，村委会门口, 李家村\n  王家村公告栏  \n"

    rows = [ChannelRow("李家村公告栏", "村委会门口", "李家村"), ChannelRow("王家村公告栏")]
    assert read_list(pasted) == rows
    assert read_list(typed) == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "每行写一个"),
        ("名称\t地点", "每行写一个"),
        ("一\n，二楼", "第 2 行没有名称"),
        ("一\n一", "“一”写了两次"),
        ("长" * 101, "第 1 行太长"),
        ("一\t" + "长" * 201, "第 1 行太长"),
        ("\n".join(f"第 {place} 个" for place in range(MOST_AT_ONCE + 1)), "一次最多 500 个"),
        ("\t二楼", "第 1 行没有名称"),
        ("一\n二\x00", "第 2 行有无法识别"),
    ],
)
def test_a_list_that_makes_no_channels_is_refused(text: str, said: str) -> None:
    with pytest.raises(RefusalError, match=said):
        read_list(text)


def test_rows_of_a_sheet_keep_the_numbers_they_have_there() -> None:
    rows = [(2, ["渠道名称", "地点", "所在单位"]), (3, ["", "", ""]), (4, ["12", "", "李家村"])]

    assert read_rows(rows) == [ChannelRow("12", "", "李家村")]
    with pytest.raises(RefusalError, match="第 7 行没有名称"):
        read_rows([*rows, (7, ["", "三楼", ""])])


def test_few_are_not_told_apart() -> None:
    assert [told(count) for count in (0, 1, 4, 5, 1_000)] == ["0", "不足5", "不足5", "5", "1000"]


def test_columns_are_found_by_their_headings_wherever_they_stand() -> None:
    lines = ["渠道名单", "序号,名称,所在单位,地点", "1,李家村公告栏,李家村,村口", "2,城东大厅,,一楼"]

    assert read_list("\n".join(lines)) == [
        ChannelRow("李家村公告栏", "村口", "李家村"),
        ChannelRow("城东大厅", "一楼", ""),
    ]
