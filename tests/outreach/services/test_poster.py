"""The posters of a campaign's channels: what stands on them, and all of them in one order."""

import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from feedback.assembly import worker
from feedback.base.adapters import jobs
from feedback.base.adapters.database import writing
from feedback.base.domain.permission import Actor
from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.models.campaign import Campaign
from feedback.campaigns.models.channel import Channel
from feedback.campaigns.queries.campaign import current_content
from feedback.campaigns.services.channel import ChannelDetails, create_channel, set_closed
from feedback.outreach.domain.poster import PosterDesign, PosterSize
from feedback.outreach.models.poster import PosterPrint
from feedback.outreach.services import poster as service
from tests.conftest import NOW
from tests.factories import Factory
from tests.outreach.adapters.test_poster import BASE, drawn, read


def test_the_code_leads_to_the_same_place_whatever_the_campaign_says(make: Factory) -> None:
    with make.sessions() as session:
        campaign, channel = session.get_one(Campaign, 1), session.scalars(select(Channel)).first()
        assert channel is not None
        content = current_content(session, 1)
        before = service.poster_of(campaign, channel, content, base=BASE)
        campaign.closes_on, campaign.imprint = date(2099, 1, 1), {"phone": "1"}
        channel.name = "新的名称"
        after = service.poster_of(campaign, channel, content, base=BASE)

    assert after.address == before.address == f"{BASE}/f/{channel.code}"
    assert after.days == "截至2099年01月01日"


@pytest.fixture
def doors(make: Factory, admin: Actor) -> Iterator[sessionmaker[Session]]:
    """Twelve channels besides the first, one of them closed."""
    with writing(make.sessions) as session:
        campaign = session.get_one(Campaign, 1)
        for place in range(12):
            create_channel(session, campaign, ChannelDetails(f"第{place}村/公告栏"), now=NOW, by=admin)
        closed = session.scalars(select(Channel).where(Channel.name == "第3村/公告栏")).one()
        set_closed(session, closed, is_closed=True, now=NOW, by=admin)
    yield make.sessions


def ordered(make: Factory, admin: Actor, folder: Path, *, is_zip: bool) -> PosterPrint:
    """Asked for and made by a worker."""
    with writing(make.sessions) as session:
        campaign = session.get_one(Campaign, 1)
        asked = service.request_posters(
            session, campaign, PosterSize.A5, PosterDesign.BAND, is_zip=is_zip, base=BASE, by=admin, now=NOW
        )
        print_id = asked.id
    lease = jobs.lease_next(make.sessions, now=datetime.now(UTC))
    assert lease is not None
    worker.run(worker.Bench(make.sessions, make.keys, folder), lease)
    with make.sessions() as session:
        return session.get_one(PosterPrint, print_id)


def addresses_of(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        channels = session.scalars(select(Channel).where(Channel.is_closed.is_(False)).order_by(Channel.id))
        return [f"{BASE}/f/{channel.code}" for channel in channels]


def test_all_channels_become_one_document(
    make: Factory, admin: Actor, doors: sessionmaker[Session], tmp_path: Path
) -> None:
    made = ordered(make, admin, tmp_path, is_zip=False)

    pages = pypdfium2.PdfDocument((tmp_path / str(made.file_name)).read_bytes())
    codes = [read(page.render(scale=2).to_pil()) for page in pages]
    assert codes == [{address} for address in addresses_of(doors)]


def test_all_channels_become_a_file_each(
    make: Factory, admin: Actor, doors: sessionmaker[Session], tmp_path: Path
) -> None:
    made = ordered(make, admin, tmp_path, is_zip=True)

    with zipfile.ZipFile(tmp_path / str(made.file_name)) as archive:
        names = archive.namelist()
        codes = [read(drawn(archive.read(name), dpi=100)) for name in names]
    assert codes == [{address} for address in addresses_of(doors)]
    assert not any("/" in name or ".." in name for name in names)


def test_a_worker_that_fails_leaves_no_file(make: Factory, admin: Actor, tmp_path: Path) -> None:
    with writing(make.sessions) as session:
        service.request_posters(
            session, session.get_one(Campaign, 1), PosterSize.A5, PosterDesign.BAND,
            is_zip=False, base=BASE, by=admin, now=NOW,
        )  # fmt: skip
    stale = jobs.lease_next(make.sessions, now=NOW)
    later = jobs.lease_next(make.sessions, now=NOW + 2 * jobs.LASTS)
    assert stale is not None and later is not None

    with pytest.raises(jobs.LeaseLostError):
        worker.run(worker.Bench(make.sessions, make.keys, tmp_path), stale)

    assert not any(path.name.startswith(("posters", ".posters")) for path in tmp_path.iterdir())


def test_pictures_are_not_put_into_one_document(make: Factory, admin: Actor) -> None:
    with writing(make.sessions) as session, pytest.raises(RefusalError, match="每个渠道一个文件"):
        service.request_posters(
            session, session.get_one(Campaign, 1), PosterSize.SLIDE, PosterDesign.DOOR,
            is_zip=False, base=BASE, by=admin, now=NOW,
        )  # fmt: skip
