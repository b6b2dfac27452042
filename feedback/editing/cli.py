"""Campaigns, their channels, and the tree of units."""

import csv
import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from feedback.base.adapters.files import default_campaign
from feedback.base.cli.transaction import changing, now
from feedback.base.domain.text import holds_unkeepable
from feedback.base.extensions import db
from feedback.base.runtime import settings
from feedback.campaigns.domain.campaign import CAMPAIGN_STATUS_LABELS, CampaignSettings, CampaignStatus
from feedback.campaigns.domain.second_person import SecondPerson
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.services import erasure
from feedback.editing.services import campaign as campaigns
from feedback.people.services.unit import find_unit, import_units, root_unit

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("campaign")
def campaign() -> None:
    """征集活动。"""


@campaign.command("template")
def template() -> None:
    """输出一份征集活动文件，改好后交给 create 或 revise。"""
    click.echo(json.dumps(default_campaign(), ensure_ascii=False, indent=2))


@campaign.command("create")
@click.argument("code")
@click.option("--file", "path", type=_FILE, help="征集活动文件（JSON），默认用自带的一份。")
@click.option("--title", help="标题，代替文件里的标题。")
@click.option("--unit", "unit_code", help="主办单位的代码，默认是最上级单位。")
@with_appcontext
def create(code: str, path: Path | None, title: str | None, unit_code: str | None) -> None:
    """新建代号为 CODE 的征集活动。它先是草稿：可以试填，试填的内容在 open 时清除。"""
    data = _read(path) if path else default_campaign()
    if title:
        data["content"]["title"] = title
    with changing() as session:
        unit = find_unit(session, unit_code) if unit_code else root_unit(session)
        if unit is None:
            raise click.ClickException(f"没有代码为 {unit_code} 的单位。")
        campaigns.create_campaign(session, data, code=code, unit=unit, now=now())
    click.echo(f"征集活动 {code} 已建立，是草稿。请用 flask channel create {code} 给它一个二维码。")


@campaign.command("revise")
@click.argument("code")
@click.option(
    "--file", "path", type=_FILE, required=True, help="征集活动文件（JSON），取其中的 content；有 imprint 时也取。"
)
@with_appcontext
def revise(code: str, path: Path) -> None:
    """给征集活动 CODE 换一版文字和选项；以前收到的意见仍按原来的版本保存。"""
    data = _read(path)
    with changing() as session:
        found = campaigns.get_campaign(session, code)
        number = campaigns.revise_campaign(session, found, data.get("content", {}), now=now())
        if {"imprint", "furniture"} & data.keys():
            found.imprint = CampaignSettings.from_json(data).imprint
    click.echo(f"征集活动 {code} 现在用第 {number} 版。")


@campaign.command("open")
@click.argument("code")
@with_appcontext
def open_command(code: str) -> None:
    """开始征集 CODE，并彻底清除试填的内容。"""
    with changing() as session:
        erased = campaigns.open_campaign(session, campaigns.get_campaign(session, code), now=now())
    click.echo(f"征集活动 {code} 已开始，清除了 {erased} 件试填。")
    if erased:
        _erase()


@campaign.command("erase")
@with_appcontext
def erase() -> None:
    """把已清除的内容从数据库文件里彻底抹去；open 之后会自动做，没有做成时再执行一次。"""
    _erase()


@campaign.command("close")
@click.argument("code")
@with_appcontext
def close(code: str) -> None:
    """结束征集 CODE；查询进度和答复不受影响。"""
    with changing() as session:
        campaigns.close_campaign(session, campaigns.get_campaign(session, code), now=now())
    click.echo(f"征集活动 {code} 已结束。")


@campaign.command("schedule")
@click.argument("code")
@click.option("--opens", type=click.DateTime(["%Y-%m-%d"]), help="开始的日子，如 2026-12-01；不写就是不限。")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="最后一天；不写就是不限。")
@with_appcontext
def schedule(code: str, opens: datetime | None, closes: datetime | None) -> None:
    """定征集活动 CODE 的起止日子；还要用 open 开始，到了日子才收意见。"""
    opens_on, closes_on = opens and opens.date(), closes and closes.date()
    with changing() as session:
        found = campaigns.get_campaign(session, code)
        campaigns.schedule_campaign(session, found, opens_on=opens_on, closes_on=closes_on, now=now())
    click.echo(f"征集活动 {code}：{opens_on or '不限'} 到 {closes_on or '不限'}。")


@campaign.command("second-person")
@click.argument("code")
@click.argument("rule", type=click.Choice([rule.value for rule in SecondPerson]))
@with_appcontext
def second_person(code: str, rule: str) -> None:
    """定征集活动 CODE 的双人确认：auto（有两位受理员就要）、on（总要）、off（不要）。"""
    with changing() as session:
        found = campaigns.get_campaign(session, code)
        campaigns.set_second_person(session, found, SecondPerson(rule), now=now())
    click.echo(f"征集活动 {code} 的双人确认：{rule}。")


@campaign.command("list")
@with_appcontext
def list_campaigns() -> None:
    """列出征集活动和它们的二维码地址。"""
    base = settings().public_url
    with db.sessions() as session:
        for found in session.scalars(select(Campaign).order_by(Campaign.id)):
            click.echo(f"{found.code}\t{CAMPAIGN_STATUS_LABELS[CampaignStatus(found.status)]}\t{found.title}")
            for one in session.scalars(select(Channel).where(Channel.campaign_id == found.id).order_by(Channel.id)):
                click.echo(f"\t{base}/f/{one.code}\t{one.name}")


@click.group("channel")
def channel() -> None:
    """征集渠道：一个渠道一个二维码。"""


@channel.command("create")
@click.argument("campaign_code")
@click.option("--name", required=True, help="渠道名称，如 城东派出所大厅。")
@click.option("--place", help="张贴的地点。")
@click.option("--kiosk", "is_kiosk", is_flag=True, help="大家共用的平板或电脑：页面不留草稿。")
@with_appcontext
def create_channel_command(campaign_code: str, name: str, place: str | None, is_kiosk: bool) -> None:
    """给征集活动 CAMPAIGN_CODE 加一个渠道，并显示它的短地址。"""
    with changing() as session:
        found = campaigns.get_campaign(session, campaign_code)
        code = create_channel(session, found, ChannelDetails(name, place, is_kiosk=is_kiosk), now=now())
    click.echo(f"{settings().public_url}/f/{code}")


@click.group("unit")
def unit() -> None:
    """单位名录。"""


@unit.command("import")
@click.argument("path", type=_FILE)
@with_appcontext
def import_command(path: Path) -> None:
    """从 CSV 文件 PATH 导入单位。列：code,name,parent_code,level,agency；上级排在下级前面。

    level 写 省、市、县、乡镇、村；agency 写机关的代码，如 court、police，可以空着。再导入一次只会更新名称。
    """
    with changing() as session:
        count = import_units(session, csv.DictReader(StringIO(_table(path))), now=now())
    click.echo(f"导入了 {count} 个单位。")


def _erase() -> None:
    try:
        erasure.erase(db.sessions)
    except (RuntimeError, OperationalError) as error:
        raise click.ClickException("数据库正忙，旧内容还没有彻底抹去，请稍后执行 flask campaign erase。") from error


def _table(path: Path) -> str:
    """A table as Excel saves it: UTF-8, or the GBK of a Chinese Windows."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return path.read_text(encoding)
        except UnicodeDecodeError:
            continue
    raise click.ClickException(f"{path} 的文字编码无法识别，请另存为 CSV UTF-8。")


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{path} 不是有效的 JSON 文件。") from error
    if not isinstance(data, dict):
        raise click.ClickException(f"{path} 应是一个 JSON 对象。")
    if holds_unkeepable(data):
        raise click.ClickException(f"{path} 里有无法识别的字符，请改好后再试。")
    return data
