"""Of an opinion about a county that another body collects, the county learns nothing: no page it can open changes."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.adapters.files import default_campaign
from feedback.base.config import Settings
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor, Role
from feedback.base.models.unit import Unit
from feedback.campaigns.models.campaign import Campaign, CampaignVersion
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.services.channel import ChannelDetails, create_channel
from feedback.cases.domain.action import Action
from feedback.cases.domain.bulk import BulkOrder
from feedback.cases.domain.reply import Draft
from feedback.cases.domain.submission import Status
from feedback.cases.services import moderation, referral
from feedback.cases.services.moderation import Classification
from feedback.desk.domain.queue import Queue, QueueFilter
from feedback.desk.queries.bulk import candidates
from feedback.desk.services import note, saved_filter
from feedback.editing.services.campaign import create_campaign, open_campaign
from feedback.intake.domain.form_seal import FormSeal
from feedback.people.services import account
from feedback.workbooks.services.export import request_export
from tests.access.office import without_tokens
from tests.access.standing import find
from tests.actors import carry_out, index_words
from tests.authenticators import give_second_factor
from tests.conftest import DATABASE, signed_in
from tests.factories import Factory
from tests.web import forms_on

pytestmark = pytest.mark.on_both("visibility")

# What the county's own people have written, and what is written about it elsewhere: nearly the same words.
OWN = "甲县法院立案窗口下午四点就不再取号，外地来的人只好第二天再跑一趟，希望改到下班前。"
WORDS = "甲县法院立案窗口下午四点就不再取号，外地来的人只好第二天再跑一趟，院长的亲戚却可以插队。"
PLACEHOLDER = "Q7-00000"
ROLES = (Role.MODERATOR, Role.SUPERVISOR, Role.UNIT_HANDLER, Role.ADMIN)
FIRST_IDS = range(1, 6)
_VARYING = {"Set-Cookie", "Content-Length", "Date"}

Pages = dict[str, tuple[object, ...]]


@dataclass(frozen=True)
class County:
    """A county with a campaign, opinions and people of its own, below the body that hears about it."""

    make: Factory
    unit: Unit
    campaign: Campaign
    channel: Channel
    numbers: list[str]
    browsers: dict[Role, FlaskClient]


@pytest.fixture
def county(app: Flask, make: Factory, sessions: sessionmaker[Session], settings: Settings) -> County:
    """What the county has before anything is written about it elsewhere."""
    # Nothing waits longer and longer while the test goes on.
    make = replace(make, now=datetime.now(UTC) + timedelta(days=30))
    unit = make.make_unit("c1", "甲县")
    with writing(sessions) as session:
        campaign = create_campaign(session, default_campaign(), code="county", unit=unit, now=make.now)
        open_campaign(session, campaign, now=make.now)
        code = create_channel(session, campaign, ChannelDetails("甲县大厅"), now=make.now)
        channel = session.scalars(select(Channel).where(Channel.code == code)).one()
    own = CountyFactory(**vars(make), channel_id=channel.id)
    numbers = [own.make_submission(text=text).number for text in (OWN, "食堂的饭菜很好。")]
    browsers = {}
    for role in ROLES:
        make.make_user(f"甲县{role}", role, unit=unit)
        browsers[role] = signed_in(app, sessions, f"甲县{role}")
    with writing(sessions) as session:
        # Without one, each visit would show another secret to begin with.
        handler = account.get_user(session, f"甲县{Role.UNIT_HANDLER}")
        give_second_factor(session, handler, keys=make.keys, now=make.now)
    index_words(sessions)
    keep_a_filter_and_a_workbook(own, settings, actor_of(sessions, f"甲县{Role.MODERATOR}"), campaign.id, numbers)
    return County(own, unit, campaign, channel, numbers, browsers)


@dataclass(frozen=True)
class CountyFactory(Factory):
    """Rows of the county's own campaign."""

    channel_id: int

    def make_page(self, session: Session) -> Any:
        """A page of the county's channel."""
        campaign_id = session.get_one(Channel, self.channel_id).campaign_id
        version = select(CampaignVersion.id).where(CampaignVersion.campaign_id == campaign_id)
        return FormSeal(session.scalars(version).one(), self.channel_id, self.now)


def actor_of(sessions: sessionmaker[Session], name: str) -> Actor:
    with sessions() as session:
        return account.actor_of(session, account.get_user(session, name))


def keep_a_filter_and_a_workbook(
    make: Factory, settings: Settings, by: Actor, campaign_id: int, numbers: list[str]
) -> None:
    """What a moderator leaves behind on an ordinary day: a filter, a bulk, a workbook."""
    wanted = QueueFilter(campaign_id, query="立案窗口")
    with writing(make.sessions) as session:
        saved_filter.save(session, wanted, name=f"立案 {by.id}", is_shared=True, by=by)
        found = candidates(session, wanted, by, numbers=numbers, now=make.now)
    order = BulkOrder(campaign_id, Action.CLASSIFY, chosen={"issue_nature": "blockage"})
    # Long enough ago that no page counts the seconds until it stands.
    carry_out(make.sessions, order, found, by=by, now=datetime.now(UTC) - timedelta(hours=1))
    with writing(make.sessions) as session:
        request_export(session, wanted, purpose="会议", described="立案", by=by, now=make.now)
    lease = jobs.lease_next(make.sessions, now=make.now)
    assert lease is not None
    worker.run(worker.Bench(make.sessions, make.keys, settings.exports), lease)


def test_nothing_the_county_can_open_changes_by_what_is_written_about_it(
    county: County, make: Factory, sessions: sessionmaker[Session], settings: Settings, admin: Actor
) -> None:
    make = replace(make, now=county.make.now)
    workbook = workbook_for(county, settings)
    before = everything_for(county, PLACEHOLDER)
    assert len(before) > (100 if DATABASE == "postgresql" else 200)
    assert {status for status, *_ in before.values()} >= {200, 403}

    number, other = (make.make_submission(text=WORDS, agency="court", name="王小明").number for _ in range(2))
    work_on(make, county, number, by=admin)
    keep_a_filter_and_a_workbook(make, settings, admin, 1, [number])
    answer(make, county, other, by=admin)
    index_words(sessions)

    assert differing(before, everything_for(county, number)) == []
    assert workbook_for(county, settings) == workbook


def work_on(make: Factory, county: County, number: str, *, by: Actor) -> None:
    """Everything short of an answer that the body above does with it: it even refers it to the county."""
    make.make_submission(text=f"{WORDS}请查。")
    with writing(make.sessions) as session:
        found = find(session, number)
        moderation.accept(session, found, make.make_decision(found, by=by))
        values = {"category": "efficiency", "priority": "urgent", "responsible_unit_id": county.unit.id}
        who: dict[str, Any] = {"by": by, "now": make.now}
        known = Classification(values, [county.unit.id], ["media"])
        moderation.classify(session, found, known, make.make_decision(found, by=by))
        note.add(session, found, body=f"@甲县{Role.MODERATOR} @甲县{Role.SUPERVISOR} 请看。", **who)
        moderation.view_contact(session, found, reason="回电核实。", **who)
        referred = make.make_decision(found, WORDS, by=by)
        referral.refer(session, found, referred, unit_id=county.unit.id, due_on=china_day(make.now))
        found.due_on, found.suspicion = china_day(make.now) - timedelta(days=1), "trap"
        found.claimed_by_id, found.claimed_until = by.id, make.now + timedelta(hours=1)


def answer(make: Factory, county: County, number: str, *, by: Actor) -> None:
    """The same once more is answered, and somebody proposes to complete it."""
    make.set_campaign(second_person="on")
    with writing(make.sessions) as session:
        found = find(session, number)
        known = Classification({"responsible_unit_id": county.unit.id})
        moderation.classify(session, found, known, make.make_decision(found, by=by))
        draft = Draft("立案窗口已延长取号。", "adopted", "立案窗口取号时间")
        moderation.reply(session, found, draft, make.make_decision(found, by=by))
        moderation.complete(session, found, make.make_decision(found, by=by))


def workbook_for(county: County, settings: Settings) -> list[list[str]]:
    """What stands in a fresh workbook of all that the county's moderator may take out, but for the minute."""
    browser = county.browsers[Role.MODERATOR]
    form = forms_on(browser.get(f"/exports/create?campaign={county.campaign.id}").text)[-1]
    place = browser.post(form.action, data={**form.fields, "purpose": "会议"}).headers["Location"]
    lease = jobs.lease_next(county.make.sessions, now=county.make.now)
    assert lease is not None
    worker.run(worker.Bench(county.make.sessions, county.make.keys, settings.exports), lease)
    with browser.get(f"{place}/download") as answer:
        book = load_workbook(io.BytesIO(answer.get_data()))
    return [[re.sub(r"\d\d:\d\d", "", str(cell.value)) for row in sheet for cell in row] for sheet in book]


def everything_for(county: County, number: str) -> Pages:
    """Every page that each of the county's people can open, with the number made the same for all."""
    pages = {}
    for role, browser in county.browsers.items():
        # Lists are what the two databases read in different ways.
        others = set() if DATABASE == "postgresql" else set(addresses(browser.application, county, number))
        for address in sorted(others | set(queues(county, number))):
            with browser.get(address) as answer:
                # When one was seen last is noted once a minute.
                body = re.sub(rb"\d\d:\d\d", b"", answer.data) if "sessions" in address else answer.data
                headers = str({name: value for name, value in answer.headers if name not in _VARYING})
            told = (headers, without_tokens(body).decode("latin-1"))
            named, *seen = (alike(text, address, number) for text in (address, *told))
            pages[f"{role} {named}"] = (answer.status_code, *seen)
    return pages


def alike(text: str, address: str, number: str) -> str:
    """A text in which the number, and the part of it that the address searches for, is the same for all."""
    text = text.replace(number, PLACEHOLDER)
    for cut in (slice(0, 5), slice(-5, None)):
        if address.endswith(f"query={number[cut]}"):
            text = text.replace(number[cut], PLACEHOLDER[cut])
    return text


def differing(before: Pages, after: Pages) -> list[str]:
    return [address for address in before | after if before.get(address) != after.get(address)]


def addresses(app: Flask, county: County, number: str) -> Iterator[str]:
    """Every GET route of staff, about the first few things there are of each kind, and about the opinion itself."""
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(("/f/", "/assets/")):
            continue
        ids = [name for name in rule.arguments if name.endswith("_id")]
        assert rule.arguments <= {"number", "other", "name", *ids}, rule.rule
        values = {"number": [*county.numbers, number], "other": [*county.numbers, number], "name": ["x"]}
        values |= {name: [str(one) for one in FIRST_IDS] for name in ids}
        combined: list[dict[str, str]] = [{}]
        for name in rule.arguments:
            combined = [{**given, name: value} for given in combined for value in values[name]]
        for given in combined:
            yield urls.build(rule.endpoint, {name: int(v) if name in ids else v for name, v in given.items()})


def queues(county: County, number: str) -> Iterator[str]:
    """Lists and what is made of them, through every filter that would find the opinion, in either campaign."""
    day = china_day(county.make.now)
    words = [
        number,
        number[:5],
        number[-5:],
        *(quote(part) for part in ("亲戚", "院长的亲戚", "立案窗口", "王小明", "取号时间")),
    ]
    filters = [
        "",
        *(f"&status={status}" for status in Status),
        *(f"&queue={queue}" for queue in Queue),
        *(f"&query={part}" for part in words),
        *(f"&unit={unit_id}" for unit_id in (1, county.unit.id)),
        *(f"&channel={channel_id}" for channel_id in (1, county.channel.id)),
        *(f"&{name}={day}" for name in ("from_day", "to_day")),
        "&group=citizen", "&kind=suggestion", "&category=efficiency", "&priority=urgent", "&tag=media",
        f"&after={number}",
    ]  # fmt: skip
    yield from (f"/moderation/?campaign={county.campaign.id}{asked}" for asked in filters)
    for campaign_id in (1, county.campaign.id):
        for asked in (
            "",
            "&status=received",
            f"&query={number}",
            f"&query={quote('立案窗口')}",
            f"&unit={county.unit.id}",
        ):
            yield f"/moderation/?campaign={campaign_id}{asked}"
            yield f"/exports/create?campaign={campaign_id}{asked}"
            yield f"/moderation/bulk/create?campaign={campaign_id}&all=1&action=reject{asked}"
        yield f"/moderation/bulk/create?campaign={campaign_id}&number={number}&action=accept"
        yield f"/canned-answers/?campaign={campaign_id}"
        yield f"/home/?campaign={campaign_id}"
        for own in county.numbers:
            yield f"/moderation/{own}?campaign={campaign_id}&query={number}"
