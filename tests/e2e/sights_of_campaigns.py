"""The pages on which campaigns and channels are set up, each in a state somebody meets."""

from collections.abc import Callable

from playwright.sync_api import Page

from feedback.base.domain.permission import Role
from tests.e2e.stage import Stage
from tests.e2e.steps import press


def campaigns(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/", role=Role.CAMPAIGN_MANAGER)


def making_a_campaign(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/create", role=Role.CAMPAIGN_MANAGER)
    press(page, "建立草稿")


def importing_a_campaign(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/import", role=Role.CAMPAIGN_MANAGER)


def campaign(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1", role=Role.CAMPAIGN_MANAGER)


def campaign_with_changes(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/questions", role=Role.CAMPAIGN_MANAGER)
    press(page, "添加一个问题")
    page.get_by_label("问题", exact=True).last.fill("您从哪个门进来？")
    page.get_by_label("怎样回答").last.select_option("date")
    press(page, "保存")


def campaign_texts(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/texts", role=Role.CAMPAIGN_MANAGER)


def campaign_terms(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/sets/respondent_group", role=Role.CAMPAIGN_MANAGER)


def campaign_terms_refused(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/sets/tag", role=Role.CAMPAIGN_MANAGER)
    press(page, "添加一项")
    press(page, "保存")


def campaign_asks(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/asked", role=Role.CAMPAIGN_MANAGER)


def campaign_questions(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/questions", role=Role.CAMPAIGN_MANAGER)
    for kind in ("single_choice", "scale"):
        press(page, "添加一个问题")
        page.get_by_label("怎样回答").last.select_option(kind)
    page.get_by_text("只请部分对象回答").last.click()


def campaign_privacy(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/edit/privacy", role=Role.CAMPAIGN_MANAGER)
    press(page, "添加一节")


def campaign_settings(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/settings", role=Role.CAMPAIGN_MANAGER)


def campaign_imprint(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/imprint", role=Role.CAMPAIGN_MANAGER)


def campaign_appearance(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/2/appearance", role=Role.CAMPAIGN_MANAGER)
    page.get_by_label("主色").fill("#07c160")
    press(page, "保存")


def posters(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/posters/", role=Role.CAMPAIGN_MANAGER)


def posters_waiting(page: Page, stage: Stage) -> None:
    posters(page, stage)
    press(page, "生成")


def posters_made(page: Page, stage: Stage) -> None:
    stage.go(page, f"/campaigns/2/posters/{stage.printed}", role=Role.CAMPAIGN_MANAGER)


def posters_listed(page: Page, stage: Stage) -> None:
    posters_made(page, stage)
    press(page, "返回海报")


def group_codes(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/2/group-codes/", role=Role.CAMPAIGN_MANAGER)


def channel_with_poster(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/channels/1", role=Role.CAMPAIGN_MANAGER)


def channels(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/channels/", role=Role.CAMPAIGN_MANAGER)
    page.get_by_text("按天看").first.click()


def making_a_channel(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/channels/create", role=Role.CAMPAIGN_MANAGER)


def making_many_channels(page: Page, stage: Stage) -> None:
    stage.go(page, "/campaigns/1/channels/list", role=Role.CAMPAIGN_MANAGER)


CAMPAIGNS: list[Callable[[Page, Stage], None]] = [
    campaigns,
    making_a_campaign,
    importing_a_campaign,
    campaign,
    campaign_with_changes,
    campaign_texts,
    campaign_terms,
    campaign_terms_refused,
    campaign_asks,
    campaign_questions,
    campaign_privacy,
    campaign_settings,
    campaign_imprint,
    campaign_appearance,
    posters,
    posters_waiting,
    posters_made,
    posters_listed,
    group_codes,
    channel_with_poster,
    channels,
    making_a_channel,
    making_many_channels,
]
