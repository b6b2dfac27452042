"""How to come to see every page in every state. Each function ends with its page being shown."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import escape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from feedback.base.domain.permission import Role
from feedback.people.domain.session import TRIES_PER_WINDOW
from tests.e2e.stage import Stage
from tests.e2e.steps import answer, ask_for, decide, enter, number_on, open_form, press, sign_in, submit, write
from tests.pages import hidden_fields
from tests.uploads import photo

TEXT = "派出所办居住证要跑三趟，窗口说的材料和网上写的不一样。希望能一次说清楚，周末也能办。"
REPLY = "您好，感谢您的建议。居住证窗口自十二月一日起周六上午开放。"
TOO_MUCH = 2_100_000
WRONG_CODES = 80
PATIENT_ROUNDS = 6
# A network that nobody else comes from.
CROWDED = {"X-Forwarded-For": "198.51.100.7"}
WRITERS = 420


def home(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/"))


def form(page: Page, stage: Stage) -> None:
    open_form(page, stage.instance.form())


def form_small(page: Page, stage: Stage) -> None:
    open_form(page, stage.instance.form() + "?look=small")


def form_large(page: Page, stage: Stage) -> None:
    open_form(page, stage.instance.form() + "?look=large")


def form_elder(page: Page, stage: Stage) -> None:
    open_form(page, stage.instance.form() + "?look=elder")


def form_elder_largest(page: Page, stage: Stage) -> None:
    open_form(page, stage.instance.form() + "?look=elder-large")
    page.get_by_text("选一选").click()


def receipt_elder(page: Page, stage: Stage) -> None:
    submit(page, stage.instance.form() + "?look=elder", TEXT)


def draft_offered(page: Page, stage: Stage) -> None:
    form(page, stage)
    write(page, TEXT)
    page.wait_for_timeout(500)
    page.goto(stage.instance.form())
    expect(page.get_by_role("heading", name="没写完的内容")).to_be_visible()


def privacy(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.form() + "/privacy")


def accessibility(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/accessibility"))


def elsewhere(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/elsewhere?look=elder"))


def not_yet(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(stage.later_form))


def supplemented(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.accepted.code)
    page.get_by_text("补充情况").click()
    page.get_by_label("补充的内容").fill("又去了一次，还是要跑两趟。")
    press(page, "提交补充")


def supplement_refused(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.accepted.code)
    page.get_by_text("补充情况").click()
    press(page, "提交补充")


def rated(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.replied.code)
    page.get_by_label("基本满意").check()
    press(page, "提交评价")


def _fill_in(page: Page, stage: Stage) -> None:
    form(page, stage)
    page.get_by_label("群众", exact=True).check()
    page.get_by_label("反映问题").check()
    page.get_by_label("公安", exact=True).check()
    page.get_by_label("属于哪一类").select_option("办事效率与便民")
    write(page, TEXT)
    page.get_by_text("留下联系方式").click()
    page.get_by_label("姓名", exact=True).fill("李小红")


def form_on_trial_with_questions(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(stage.trial_form))


def form_with_a_wrong_code(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(stage.trial_form) + "#0000-0000-0000")
    write(page, TEXT)
    press(page, "提交")


def qr_to_press(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(f"{stage.trial_form}/qr"))


def form_without_a_word(page: Page, stage: Stage) -> None:
    form(page, stage)
    press(page, "提交")


def form_with_mistakes(page: Page, stage: Stage) -> None:
    _fill_in(page, stage)
    write(page, "长" * 5_001)
    page.get_by_label("电话", exact=True).fill("一三八零零")
    press(page, "提交")


def form_of_an_old_page(page: Page, stage: Stage) -> None:
    _fill_in(page, stage)
    page.locator("[name=token]").evaluate("field => { field.value = 'old' }")
    press(page, "提交")


def receipt(page: Page, stage: Stage) -> None:
    submit(page, stage.instance.form(), TEXT)


def form_with_pictures(page: Page, stage: Stage) -> None:
    form(page, stage)
    write(page, TEXT)
    for colour in ("teal", "orange"):
        _add_picture(page, photo(colour, size=(900, 700)), name=f"微信图片_20261122093000_{colour}_现场照片.jpg")
    expect(page.get_by_role("button", name="移除")).to_have_count(2)


def receipt_with_pictures(page: Page, stage: Stage) -> None:
    form_with_pictures(page, stage)
    _add_picture(page, b"no picture", name="录音.jpg")
    press(page, "提交")
    expect(page.get_by_text("2 张图片已保存")).to_be_visible()


def task_set(page: Page, stage: Stage) -> None:
    """Without scripts, from a network above its limit, with a picture chosen."""
    page.set_extra_http_headers(CROWDED)
    form_with_pictures(page, stage)
    address = stage.instance.form()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(PATIENT_ROUNDS):
            list(pool.map(lambda _: _write_along(address), range(WRITERS)))
            with page.expect_navigation():
                page.locator("form[data-send]").evaluate("form => form.submit()")
            if page.get_by_text("现在提交的人较多").is_visible():
                break
            form_with_pictures(page, stage)
    expect(page.get_by_text("现在提交的人较多")).to_be_visible()
    page.set_extra_http_headers({})


def receipt_of_a_trial(page: Page, stage: Stage) -> None:
    submit(page, stage.instance.address(stage.trial_form), TEXT)


def another(page: Page, stage: Stage) -> None:
    form(page, stage)
    kept = {name: page.locator(f"[name={name}]").input_value() for name in ("nonce", "token")}
    write(page, "前一位写的。")
    press(page, "提交")
    form(page, stage)
    for name, value in kept.items():
        page.locator(f"[name={name}]").evaluate("(field, value) => { field.value = value }", value)
    write(page, TEXT)
    press(page, "提交")
    expect(page.get_by_role("button", name="作为另一件提交")).to_be_visible()


def closed(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(stage.closed_form))


def closed_while_writing(page: Page, stage: Stage) -> None:
    form(page, stage)
    write(page, TEXT)
    page.locator("form").evaluate("(form, action) => { form.action = action }", stage.closed_form)
    press(page, "提交")


def unknown_channel(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/f/zzzzz"))


def track(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/track"))


def track_with_a_wrong_code(page: Page, stage: Stage) -> None:
    _track(page, stage, "7K3M 9QXD R2VH 5TNB")


def progress_under_review(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.received.code)


def progress_in_progress(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.accepted.code)


def progress_answered(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.replied.code)


def progress_out_of_scope(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.rejected.code)


def progress_of_a_trial(page: Page, stage: Stage) -> None:
    receipt_of_a_trial(page, stage)
    press(page, "查看进度")


def progress_with_contact(page: Page, stage: Stage) -> None:
    _track(page, stage, stage.with_contact().code)
    page.get_by_text("您留下了联系方式").click()


def progress_with_contact_withdrawn(page: Page, stage: Stage) -> None:
    progress_with_contact(page, stage)
    press(page, "删除我的联系方式")


def not_found(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/nowhere"))


def wrong_method(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/track/withdraw-contact"))


def too_large(page: Page, stage: Stage) -> None:
    form(page, stage)
    page.locator("[name=token]").evaluate("(field, length) => { field.value = 'x'.repeat(length) }", TOO_MUCH)
    press(page, "提交")


def sent_from_elsewhere(page: Page, stage: Stage) -> None:
    page.goto("about:blank")
    page.set_content(
        f'<meta name="viewport" content="width=device-width"><form method="post" action="{stage.instance.form()}">'
        f'<textarea name="text">{escape(TEXT)}</textarea><button>提交</button></form>'
    )
    press(page, "提交")


def signing_in(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address("/accounts/sign-in"))


def signing_in_wrongly(page: Page, stage: Stage) -> None:
    sign_in(page, "nobody", "wrong wrong wrong", at=stage.instance.address("/accounts/sign-in"))


def signing_in_too_often(page: Page, stage: Stage) -> None:
    stage.try_to_sign_in("somebody", times=TRIES_PER_WINDOW)
    signing_in(page, stage)
    enter(page, "somebody", "wrong wrong wrong")
    expect(page.get_by_role("alert")).to_contain_text("请等")


def first_password(page: Page, stage: Stage) -> None:
    stage.go_as(page, "/moderation/", stage.new_account(has_first_password=True))


def changing_the_password_wrongly(page: Page, stage: Stage) -> None:
    first_password(page, stage)
    page.get_by_label("新密码", exact=True).fill("short")
    press(page, "保存")


def no_campaign(page: Page, stage: Stage) -> None:
    stage.go_as(page, "/moderation/", stage.account_without_campaign())


def session_ended(page: Page, stage: Stage) -> None:
    _lose_the_session(page, stage, stage.new_account())


def session_resumed(page: Page, stage: Stage) -> None:
    person = stage.new_account()
    _lose_the_session(page, stage, person)
    enter(page, *person)


def reply_resumed(page: Page, stage: Stage) -> None:
    session_resumed(page, stage)
    press(page, "继续填写")
    expect(page.get_by_label("答复内容")).to_have_value(REPLY)


def queue(page: Page, stage: Stage) -> None:
    stage.go(page, "/moderation/?campaign=1")


def queue_of_arrivals(page: Page, stage: Stage) -> None:
    words = "刚刚写下的一件：" + TEXT
    stage.instance.make.make_arrival(text=words)
    stage.go(page, f"/moderation/?{urlencode({'campaign': 1, 'query': '刚刚写下的一件'})}")


def arrival(page: Page, stage: Stage) -> None:
    queue_of_arrivals(page, stage)
    page.locator("a.row").last.click()


def queue_further_on(page: Page, stage: Stage) -> None:
    queue(page, stage)
    press(page, "下一页")


def queue_with_nothing(page: Page, stage: Stage) -> None:
    stage.go(page, "/moderation/?campaign=1&status=completed&kind=praise&group=special_supervisor")


def queue_of_a_draft(page: Page, stage: Stage) -> None:
    submit(page, stage.instance.address(stage.trial_form), TEXT)
    stage.go(page, "/moderation/?campaign=2")


def menu_of_a_person(page: Page, stage: Stage) -> None:
    exporting(page, stage)
    page.get_by_text("moderator").click()


def received_with_everything_unfolded(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.received.number)
    for summary in page.get_by_role("complementary", name="办理").locator("section > details > summary").all():
        summary.click()


def ready_texts_beside_the_boxes(page: Page, stage: Stage) -> None:
    received_with_everything_unfolded(page, stage)
    for summary in page.get_by_text("常用答复").and_(page.locator("aside summary")).all():
        summary.click()


def reply_not_filled_in(page: Page, stage: Stage) -> None:
    accepted(page, stage)
    page.locator("aside summary").filter(has_text="常用答复").first.click()
    page.get_by_role("button", name="感谢建议，已请有关单位研究").click()
    page.get_by_label("部分采纳").check()
    page.get_by_label("归纳要点").fill("周六开放窗口")
    decide(page, "答复")
    expect(page.get_by_role("alert")).to_contain_text("〔责任单位〕")


def canned_answers(page: Page, stage: Stage) -> None:
    stage.go(page, "/canned-answers/?campaign=1")


def canned_answer_with_mistakes(page: Page, stage: Stage) -> None:
    canned_answers(page, stage)
    press(page, "新增一段")
    page.get_by_label("内容").fill("您好，{姓名}：")
    press(page, "保存")


def canned_answer_changed(page: Page, stage: Stage) -> None:
    canned_answers(page, stage)
    page.get_by_role("link", name="修改“请向 12345 反映”").click()
    page.get_by_text("删除", exact=True).click()


def queue_with_saved_filters(page: Page, stage: Stage) -> None:
    """One's own, and that of a colleague with a long name."""
    stage.save_filter("supervisor", "每周例会看的表扬和建议，按渠道分开")
    stage.save_filter("moderator", "律师说停车")
    stage.go(page, "/moderation/?campaign=1&group=lawyer&query=停车")


def filter_that_could_be_saved(page: Page, stage: Stage) -> None:
    stage.go(page, "/moderation/?campaign=1&queue=mine&kind=problem")


def filter_with_a_name_too_long(page: Page, stage: Stage) -> None:
    filter_that_could_be_saved(page, stage)
    page.get_by_label("保存这个筛选").fill("长" * 25)
    press(page, "保存筛选")


def received_with_answers(page: Page, stage: Stage) -> None:
    page.goto(stage.instance.address(stage.trial_form))
    page.get_by_label("事情发生在哪个乡镇").fill("城东街道")
    page.get_by_label("您觉得应当怎样改").fill("材料清单贴在门口。\n网上同步更新。")
    page.get_by_label("每个月都有").check()
    page.get_by_label("办事大厅").check()
    page.get_by_label("网上", exact=True).check()
    write(page, TEXT * 20)
    press(page, "提交")
    _show(page, stage, number_on(page))


def received_with_pictures_and_marks(page: Page, stage: Stage) -> None:
    receipt = stage.replied
    _track(page, stage, receipt.code)
    page.get_by_label("不满意", exact=True).check()
    page.get_by_label("想说明的").fill("没有说什么时候改。")
    press(page, "提交评价")
    page.get_by_text("申请复核").click()
    page.get_by_label("请写明理由").fill("周六去了，窗口没有开。")
    press(page, "提交复核申请")
    page.get_by_text("补充情况").click()
    page.get_by_label("补充的内容").fill("附上当天的照片。")
    for colour in ("teal", "orange"):
        _add_picture(page, photo(colour, size=(900, 700)), name="a.jpg")
    press(page, "提交补充")
    expect(page.get_by_text("2 张图片已保存")).to_be_visible()
    stage.mark_as_suspicious(receipt)
    _show(page, stage, receipt.number)


def waiting_for_a_second_person(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.proposed.number)
    page.get_by_role("region", name="等待确认").locator("summary").click()


def beside_its_copy(page: Page, stage: Stage) -> None:
    one, other = stage.copies
    stage.go(page, f"/moderation/{one.number}/beside/{other.number}")


def with_a_suspected_copy(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.copies[0].number)


def _unfold_contact(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.with_contact().number)
    page.get_by_text("查看联系方式").click()


def contact_opened(page: Page, stage: Stage) -> None:
    _unfold_contact(page, stage)
    page.get_by_label("请写明查看理由").fill("电话核实时间")
    press(page, "查看")


def contact_without_a_reason(page: Page, stage: Stage) -> None:
    _unfold_contact(page, stage)
    press(page, "查看")


def accepted(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.accepted.number)


def replied(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.replied.number)


def completed(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.completed.number)


def rejected(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.rejected.number)


def just_saved(page: Page, stage: Stage) -> None:
    _show(page, stage, stage.instance.make.make_submission().number)
    decide(page, "受理")


def seen_by_a_supervisor(page: Page, stage: Stage) -> None:
    stage.go(page, f"/moderation/{stage.replied.number}", role=Role.SUPERVISOR)


def reply_with_mistakes(page: Page, stage: Stage) -> None:
    accepted(page, stage)
    decide(page, "答复")


def refusal_with_a_mistake(page: Page, stage: Stage) -> None:
    accepted(page, stage)
    page.get_by_role("complementary", name="办理").locator("summary").filter(has_text="不予受理").click()
    decide(page, "不予受理")


def decided_by_somebody_else(page: Page, stage: Stage) -> None:
    fresh = stage.instance.make.make_submission()
    _show(page, stage, fresh.number)
    page.get_by_text("直接答复").click()
    answer(page, REPLY, outcome="采纳", summary="周六开放窗口")
    stage.accept(fresh)
    decide(page, "答复")


def form_expired(page: Page, stage: Stage) -> None:
    accepted(page, stage)
    answer(page, REPLY, outcome="采纳", summary="周六开放窗口")
    for token in page.locator("[name=csrf_token]").all():
        token.evaluate("field => { field.value = 'old' }")
    decide(page, "答复")


def exporting(page: Page, stage: Stage) -> None:
    stage.go(page, "/exports/create?campaign=1&status=received&kind=problem")


def exporting_without_a_purpose(page: Page, stage: Stage) -> None:
    exporting(page, stage)
    press(page, "生成")


def export_under_way(page: Page, stage: Stage) -> None:
    _show_export(page, stage, stage.export(status="running", done_count=400, total_count=1_000))


def export_done(page: Page, stage: Stage) -> None:
    made = stage.export(status="done", row_count=55, file_name="export.xlsx", sha256="0123456789abcdef" * 4)
    _show_export(page, stage, made)


def export_done_in_wechat(page: Page, stage: Stage) -> None:
    export_done(page, stage)
    expect(page.get_by_text("微信里不能下载文件")).to_be_visible()


def export_failed(page: Page, stage: Stage) -> None:
    _show_export(page, stage, stage.export(status="failed"))


def export_gone(page: Page, stage: Stage) -> None:
    _show_export(page, stage, stage.export(status="done", row_count=55, sha256="0123456789abcdef" * 4))


def exports(page: Page, stage: Stage) -> None:
    stage.export(status="running", done_count=400, total_count=1_000)
    stage.export(status="done", row_count=55, file_name="export.xlsx")
    stage.go(page, "/exports/")


def exports_none(page: Page, stage: Stage) -> None:
    stage.remove_exports_from_view()
    stage.go(page, "/exports/")


def queue_with_rows_ticked(page: Page, stage: Stage) -> None:
    stage.go(page, "/moderation/?campaign=1&status=received")
    for box in page.get_by_role("checkbox", name="勾选").all()[:3]:
        box.check()
    expect(page.get_by_text("已选 3 件")).to_be_visible()


def bulk_to_choose(page: Page, stage: Stage) -> None:
    queue_with_rows_ticked(page, stage)
    press(page, "批量处理")


def bulk_previewed(page: Page, stage: Stage) -> None:
    assert stage.completed
    stage.go(page, "/moderation/bulk/create?campaign=1&all=1&action=reject")
    expect(page.get_by_text("不会变动")).to_be_visible()


def bulk_without_a_reason(page: Page, stage: Stage) -> None:
    bulk_previewed(page, stage)
    page.get_by_role("button", name="不予受理").click()
    expect(page.get_by_role("alert")).to_be_visible()


def bulk_to_classify(page: Page, stage: Stage) -> None:
    stage.go(page, "/moderation/bulk/create?campaign=1&all=1&action=classify")
    page.get_by_label("问题类别").select_option("表扬英模")
    press(page, "看看会改多少")


def bulk_under_way(page: Page, stage: Stage) -> None:
    stage.go(page, f"/moderation/bulk/{stage.bulk(is_running=True)}")


def bulk_done(page: Page, stage: Stage) -> None:
    stage.go(page, f"/moderation/bulk/{stage.bulk()}")


def bulks(page: Page, stage: Stage) -> None:
    stage.bulk()
    stage.go(page, "/moderation/bulk/")


def bulks_none(page: Page, stage: Stage) -> None:
    stage.go_as(page, "/moderation/bulk/", stage.new_account())


def staff_not_found(page: Page, stage: Stage) -> None:
    _show(page, stage, "A0-00000")


def staff_forbidden(page: Page, stage: Stage) -> None:
    stage.go(page, "/exports/", role=Role.SUPERVISOR)


def track_slowed_down(page: Page, stage: Stage) -> None:
    """Both web workers have heard so many wrong codes that they ask for patience."""
    address = stage.instance.address("/track")
    with ThreadPoolExecutor(8) as pool:
        for _ in range(PATIENT_ROUNDS):
            pool.map(lambda _: _ask_wrongly(address), range(WRONG_CODES))
            track_with_a_wrong_code(page, stage)
            if page.get_by_text("请等一分钟再试").is_visible():
                return
    raise AssertionError("nobody is ever slowed down")


def _add_picture(page: Page, content: bytes, *, name: str) -> None:
    page.locator("label.add input").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})
    expect(page.get_by_text("正在处理…")).to_have_count(0)


def _write_along(address: str) -> None:
    """Somebody else in the same hall."""
    with urlopen(Request(address, headers=CROWDED), timeout=20) as page:
        fields = {**hidden_fields(page.read().decode()), "text": TEXT}
    with suppress(HTTPError):
        urlopen(Request(address, urlencode(fields).encode(), CROWDED), timeout=20).close()


def _track(page: Page, stage: Stage, code: str) -> None:
    ask_for(page, code, at=stage.instance.address("/track"))


def _ask_wrongly(address: str) -> None:
    with suppress(HTTPError):
        urlopen(address, b"code=wrong", timeout=20).close()


def _show(page: Page, stage: Stage, number: str) -> None:
    stage.go(page, f"/moderation/{number}")


def _show_export(page: Page, stage: Stage, export_id: int) -> None:
    stage.go(page, f"/exports/{export_id}")


def _lose_the_session(page: Page, stage: Stage, person: tuple[str, str]) -> None:
    stage.go_as(page, f"/moderation/{stage.accepted.number}", person)
    answer(page, REPLY, outcome="采纳", summary="周六开放窗口")
    stage.instance.end_sessions()
    decide(page, "答复")


PUBLIC = [
    home,
    form,
    form_small,
    form_large,
    form_elder,
    form_elder_largest,
    receipt_elder,
    draft_offered,
    privacy,
    accessibility,
    elsewhere,
    not_yet,
    supplemented,
    supplement_refused,
    rated,
    form_on_trial_with_questions,
    form_with_a_wrong_code,
    qr_to_press,
    form_without_a_word,
    form_with_mistakes,
    form_of_an_old_page,
    form_with_pictures,
    receipt,
    receipt_with_pictures,
    receipt_of_a_trial,
    another,
    closed,
    closed_while_writing,
    unknown_channel,
    track,
    track_with_a_wrong_code,
    progress_under_review,
    progress_in_progress,
    progress_answered,
    progress_out_of_scope,
    progress_of_a_trial,
    progress_with_contact,
    progress_with_contact_withdrawn,
    not_found,
    wrong_method,
    too_large,
    sent_from_elsewhere,
]
STAFF = [
    signing_in,
    signing_in_wrongly,
    signing_in_too_often,
    first_password,
    changing_the_password_wrongly,
    no_campaign,
    session_ended,
    session_resumed,
    reply_resumed,
    queue,
    queue_of_arrivals,
    arrival,
    queue_further_on,
    queue_with_nothing,
    queue_of_a_draft,
    menu_of_a_person,
    received_with_everything_unfolded,
    ready_texts_beside_the_boxes,
    reply_not_filled_in,
    canned_answers,
    canned_answer_with_mistakes,
    canned_answer_changed,
    queue_with_saved_filters,
    filter_that_could_be_saved,
    filter_with_a_name_too_long,
    received_with_answers,
    received_with_pictures_and_marks,
    waiting_for_a_second_person,
    with_a_suspected_copy,
    beside_its_copy,
    contact_opened,
    contact_without_a_reason,
    accepted,
    replied,
    completed,
    rejected,
    just_saved,
    seen_by_a_supervisor,
    reply_with_mistakes,
    refusal_with_a_mistake,
    decided_by_somebody_else,
    form_expired,
    exporting,
    exporting_without_a_purpose,
    export_under_way,
    export_done,
    export_failed,
    export_gone,
    exports,
    exports_none,
    queue_with_rows_ticked,
    bulk_to_choose,
    bulk_previewed,
    bulk_without_a_reason,
    bulk_to_classify,
    bulk_under_way,
    bulk_done,
    bulks,
    bulks_none,
    staff_not_found,
    staff_forbidden,
]
STAFF_IN_WECHAT = [export_done_in_wechat]
# Afterwards the queue is long, and the instance slow to say that a code is wrong.
LAST = [task_set, track_slowed_down]
