"""Personal data in what citizens write. Every number here is made up."""

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.cases.domain.redaction import (
    PLACEHOLDERS,
    PersonalDataKind,
    Stretch,
    find_personal_data,
    pieces,
    redacted,
)
from tests.examples import FEW, MANY, anything

ID_CARD, PHONE, LANDLINE, BANK_CARD, PLATE = PersonalDataKind

# What numbers are made of, and what stands around them: a text of these is never far from one that is found.
scraps = st.sampled_from(
    [
        "430105", "19900307", "1233", "430105199003071233", "11010519491231002X", "430105900307123",
        "138", "13800138000", "138-0013-8000", "+86", "0086",
        "0731", "(0731)", "010-", "88888888", "8888 8888", "转8012",
        "6222", "0212", "3456", "7894", "6222021234567894", "622202123456789012", "000",
        "湘", "湘A", "12345", "a", "D", "F", "X", "挂", "学",
        "0", "1", "9", " ", "-", "·", "\u3000", "－", "１３８", "元", "。", "的", "\n",
    ]
)  # fmt: skip
near_numbers = st.lists(scraps, max_size=14).map("".join)


def found(text: str) -> list[tuple[str, PersonalDataKind]]:
    return [(piece, kind) for piece, kind in pieces(text) if kind is not None]


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "11010519491231002x",
        "430105199003071268",
        "830000199201300022",  # a resident from Taiwan
        "911124198108030024",  # a foreigner with permanent residence
        "430105 19900307 1268",
        "430105-19900307-1268",
        "110105 19491231 002X",
        "43010519900307 1268",
        "430105200002291205",  # a leap day
        "４３０１０５１９９００３０７１２６８",
        "１１０１０５１９４９１２３１００２Ｘ",
        "430105900307123",
        "130503670401001",
    ],
)
@pytest.mark.parametrize("around", ["{}", "我的身份证号是{}，请查。", "身份证:{}X号", "ID{}号", "住址\n{}\n"])
def test_a_resident_number_is_found_wherever_it_stands(number: str, around: str) -> None:
    assert found(around.format(number)) == [(number, ID_CARD)]


@pytest.mark.parametrize(
    "text",
    [
        "430105199003071267",  # the check digit is wrong
        "43010519900307126X",
        "430105199013071202",  # there is no thirteenth month
        "430105190002291209",  # 1900 had no leap day
        "430105170003071250",  # nobody is that old
        "990105199003071208",  # no province begins so
        "1430105199003071268",
        "4301051990030712680",
        "430105901307123",
        "430105900230123",
        "430100000012345",  # a business registration
        "860105900307123",
        "91430100MA4L12345X",  # a unified social credit code
        "4301**********1268",
        "430105\n19900307\n1268",
    ],
)
def test_what_only_looks_like_a_resident_number_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "19912345678",
        "138 0013 8000",
        "138-0013-8000",
        "138－0013－8000",
        "138—0013—8000",
        "138 - 0013 - 8000",
        "138 00138000",
        "1380013 8000",
        "138\u30000013\u30008000",
        "138\xa00013\xa08000",
        "+8613800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "＋８６１３８００１３８０００",
        "008613800138000",
        "0086-138 0013 8000",
        "１３８００１３８０００",
        "１３８－００１３－８０００",
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "电话{}，姓王", "2.{}。", "(手机:{})", "微信wx{}", "{}@163.com", "{}/", "{}号", "\u202d{}\u202c"]
)
def test_a_mobile_number_is_found_wherever_it_stands(number: str, around: str) -> None:
    assert found(around.format(number)) == [(number, PHONE)]


@pytest.mark.parametrize(
    "text",
    [
        "12800138000",
        "1380013800",
        "138001380001",
        "8613800138000",
        "113800138000",
        "138****8000",
        "138 001 38000",
        "138\n0013\n8000",
        "一共13800138000元",
        "总造价13800138000.56元",
        "运单号：YT1380013800012",
        "京东订单 213800138000",
        "顺丰SF1380013800099",
        "ISBN 978-7-5086-4735-7",
        "ISBN 9787508647357",
        "13.8%、1380",
    ],
)
def test_what_only_looks_like_a_mobile_number_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "0731-88888888",
        "0736-7258509",
        "0736－7258509",
        "0745—8822452",
        "0735---3323506",
        "010-62345678",
        "021 6234 5678",
        "(0731)88888888",
        "（０７３１）８８８８８８８８",
        "(010) 6234-5678",
        "0731-88888888-8012",
        "0731-88888888转8012",
        "0731-88888888 转分机 8012",
    ],
)
@pytest.mark.parametrize("around", ["{}", "请拨打{}咨询。", "（{}）", "电话:{}、12345"])
def test_a_landline_is_found_wherever_it_stands(number: str, around: str) -> None:
    assert found(around.format(number)) == [(number, LANDLINE)]


@pytest.mark.parametrize(
    "text",
    [
        "0000-00000000",
        "0731-12345",
        "0731-12315",
        "0731-1234567",
        "0731-888888",
        "0731-888888888",
        "073188888888",
        "3329551",
        "400-820-8820",
        "10731-88888888",
        "2019-20191014",
        "95588、12345、12337、12309、12388、110、120、10086",
    ],
)
def test_what_only_looks_like_a_landline_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "number",
    [
        "6222021234567894",
        "62220212345678903",
        "622202123456789012",
        "6222021234567890128",
        "6222 0212 3456 7894",
        "6222-0212-3456-7894",
        "6222 0212 3456 7890 128",
        "6222 0212 3456 7890 3",
        "４３９２　２５００　１２３４　５６７３",
        "9558801234567890128",
        "430105199013070357",  # begins like a resident number, and there is no thirteenth month
    ],
)
@pytest.mark.parametrize("around", ["{}", "卡号{}，工行", "建行卡:{}。", "1.{}\n"])
def test_a_bank_card_is_found_wherever_it_stands(number: str, around: str) -> None:
    assert found(around.format(number)) == [(number, BANK_CARD)]


@pytest.mark.parametrize(
    "text",
    [
        "6222021234567895",
        "6222 0212 3456 7895",
        "622202123456788",
        "62220212345678940000",
        "6222 0212\n3456 7894",
        "0000000000000000",
        "2019101412345671",
        "订单号20210315123456788",
        "6222 **** **** 7894",
    ],
)
def test_what_only_looks_like_a_bank_card_is_left(text: str) -> None:
    assert found(text) == []


def test_a_bank_card_may_be_followed_by_other_digits_after_a_blank() -> None:
    assert found("6222 0212 3456 7894 6月1日") == [("6222 0212 3456 7894", BANK_CARD)]
    assert found("6222021234567894 13800138000") == [("6222021234567894", BANK_CARD), ("13800138000", PHONE)]
    assert found("138 0013 8000 6222 0212 3456 7894") == [("138 0013 8000", PHONE), ("6222 0212 3456 7894", BANK_CARD)]


@pytest.mark.parametrize(
    "plate",
    [
        "湘A12345",
        "湘A·12345",
        "湘A•12345",
        "湘A・12345",
        "湘A.12345",
        "湘A 12345",
        "湘A-12345",
        "湘 A12345",
        "湘B NB305",
        "湘a12345",
        "苏e2g81c",
        "湘A7S023",
        "京N·7U56Q",
        "湘ＡＤ１２３４",
        "湘ａ１２３４５",
        "湘AD12345",
        "粤B·F12345",
        "粤B12345D",
        "沪ad12345",
        "湘A1234警",
        "湘A1234学",
        "鄂AP185挂",
        "沪A0023领",
        "沪A0023使",
        "粤Z·1234港",
    ],
)
@pytest.mark.parametrize("around", ["{}", "车牌号{}，白色", "最新的{}轿车", "2019年{}、2020年", "（{}）"])
def test_a_plate_is_found_wherever_it_stands(plate: str, around: str) -> None:
    assert found(around.format(plate)) == [(plate, PLATE)]


@pytest.mark.parametrize(
    "text",
    [
        "湘A1234",
        "湘A123456789",
        "湘A12345678",
        "湘12345",
        "A12345",
        "楚A12345",
        "湘A*****",
        "湘A县2019年",
        "湘B2-20100001",
        "湘ICP备12345678号",
        "新Java11",
        "最新Windows10",
        "创新iPhone13",
        "新Model3",
        "四川GDP50000亿元",
        "(2021)湘0102民初1234号",
    ],
)
def test_what_only_looks_like_a_plate_is_left(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "法院的同志态度很好，就是排队太久。",
        "2019年10月14日9:32:09，1990-03-07至2021/3/15",
        "水4.23一吨，电0.64一度，共1,380,013.80元，约13.8亿元，增长138.00%",
        "(2021)鄂01民终1234号、（2019）最高法民再123号、〔2017〕771号",
        "湘公交认字[2019]第43010120190012345号",
        "信访件编号430105202103151234567890",
        "快递单号773012345678901、9876543210123",
        "拨打12345、12337、12309、96388均无人接听",
        "《民法典》第1179条，GB51039-2014，GB/T 2260",
        "2018年120人，2019年150人，2020年180人",
        "网友“A000100804”：您好！",
        "在1栋2单元1301室，邮编410000，QQ 12345678",
    ],
)
def test_ordinary_numbers_are_left(text: str) -> None:
    assert redacted(text) == text
    assert find_personal_data(text) == []


def test_several_stretches_are_found_in_their_order_with_their_places() -> None:
    text = "𠮷某13800138000，430105199003071268，开湘A12345。"

    assert find_personal_data(text) == [Stretch(2, 13, PHONE), Stretch(14, 32, ID_CARD), Stretch(34, 41, PLATE)]


def test_a_resident_number_that_also_passes_as_a_bank_card_is_a_resident_number() -> None:
    assert found("430105199003071233") == [("430105199003071233", ID_CARD)]


def test_what_ends_in_a_letter_may_touch_a_phone() -> None:
    assert found("11010519491231002X13800138000") == [("11010519491231002X", ID_CARD), ("13800138000", PHONE)]
    assert found("湘A1234D13800138000") == [("湘A1234D", PLATE), ("13800138000", PHONE)]


def test_a_shape_that_is_nothing_hides_nothing_that_begins_within_it() -> None:
    assert found("3500 6222 0212 3456 7894") == [("6222 0212 3456 7894", BANK_CARD)]


def test_a_redacted_text_says_what_was_there() -> None:
    text = (
        "我是王某，身份证１１０１０５１９４９１２３１００２Ｘ，电话138-0013-8000或(0731)88888888转12，"
        "卡6222 0212 3456 7894，车湘A·D12345，案号(2021)鄂01民终1234号。"
    )

    assert redacted(text) == (
        "我是王某，身份证〔身份证号〕，电话〔手机号〕或〔电话号码〕，卡〔银行卡号〕，车〔车牌号〕，案号(2021)鄂01民终1234号。"
    )


def test_every_kind_has_its_own_word() -> None:
    assert set(PLACEHOLDERS) == set(PersonalDataKind)
    assert len(set(PLACEHOLDERS.values())) == len(PersonalDataKind)


def test_pieces_are_what_was_found_and_what_stands_between() -> None:
    assert pieces("打13800138000！") == [("打", None), ("13800138000", PHONE), ("！", None)]
    assert pieces("13800138000") == [("13800138000", PHONE)]
    assert pieces("好") == [("好", None)]
    assert pieces("") == []


@MANY
@given(st.one_of(anything, near_numbers))
def test_the_pieces_joined_are_the_text(text: str) -> None:
    cut = pieces(text)

    assert "".join(piece for piece, _ in cut) == text
    assert all(piece for piece, _ in cut)


@MANY
@given(st.one_of(anything, near_numbers))
def test_stretches_stand_in_order_within_the_text_and_apart(text: str) -> None:
    stretches = find_personal_data(text)

    assert all(0 <= stretch.start < stretch.end <= len(text) for stretch in stretches)
    assert all(one.end <= next_one.start for one, next_one in pairwise(stretches))


@MANY
@given(near_numbers)
def test_nothing_is_found_in_a_redacted_text(text: str) -> None:
    once = redacted(text)

    assert find_personal_data(once) == []
    assert redacted(once) == once


@FEW
@given(st.text("我家的车湘京新沪警学挂元、。—·+- \n\u3000（）", max_size=60))
def test_a_text_without_digits_and_letters_stays(text: str) -> None:
    assert redacted(text) == text


@FEW
@given(near_numbers)
def test_full_width_symbols_are_read_like_others(text: str) -> None:
    wide = "".join(chr(ord(symbol) + 0xFEE0) if "!" <= symbol <= "~" else symbol for symbol in text)

    assert find_personal_data(wide) == find_personal_data(text)


@pytest.mark.parametrize(
    "scrap",
    [
        "1", " ", "-", "1 ", "1-", "4444 ", "138 ", "138 0013 800 ", "13800138000 ", "+86", "0086",
        "0731-", "(0731)", "0731-88888888转", "6222 0212 3456 7895 ", "湘", "湘A", "湘A1234",
        "430105 19900307 1267 ", "430105199003071267 ",
    ],
)  # fmt: skip
def test_no_text_takes_long(scrap: str) -> None:
    text = scrap * (20_000 // len(scrap))
    started_at = process_time()

    find_personal_data(text)

    assert process_time() - started_at < 1  # tens of milliseconds; what grows with the square takes many seconds
