"""Commands for people who try the product or work on it."""

import csv
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.migrations import make_config
from feedback.base.cli.transaction import changing, now
from feedback.base.domain.moment import china_day
from feedback.base.domain.permission import Actor
from feedback.base.extensions import db
from feedback.base.runtime import keys
from feedback.campaigns.queries.campaign import open_doors
from feedback.cases.domain.decision import Decision
from feedback.cases.domain.opinion import Opinion
from feedback.cases.domain.receipt import new_nonce
from feedback.cases.domain.reply import Draft
from feedback.cases.models.submission import Submission
from feedback.cases.services import moderation
from feedback.cases.services.arrival import take_in
from feedback.intake.domain.form_seal import FormSeal
from feedback.intake.services.submission import receive
from feedback.people.services import account

ACCEPTED_OF_TEN = 5
REPLIED_OF_TEN = 3


@click.command("demo")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def demo(path: Path) -> None:
    """从 CSV 文件 PATH 载入演示用的意见，并办理其中一部分。请不要在正式使用的系统上执行。"""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with changing() as session:
        actor = account.actor_of(session, account.get_user(session, "admin"))
        for place, row in enumerate(rows):
            _load(session, row, actor=actor, share=place % 10)
    click.echo(f"载入了 {len(rows)} 件意见。")


@click.command("draft-migration")
@click.argument("sentence")
@with_appcontext
def draft_migration(sentence: str) -> None:
    """按模型的改动起草一个迁移，SENTENCE 用英文说明它做什么。"""
    from alembic import command

    config = make_config(db.engine)
    count = len(list(Path(config.get_main_option("script_location") or "").glob("versions/*.py")))
    command.revision(config, sentence, autogenerate=True, rev_id=f"{count + 1:04d}")


def _load(session: Session, row: dict[str, str], *, actor: Actor, share: int) -> None:
    """One opinion; of ten, some are accepted and some of those answered."""
    door = open_doors(session, china_day(now()))[0][0]
    receipt = receive(
        session,
        Opinion(
            text=row["text"],
            respondent_group=row["group"] or None,
            kind=row["kind"] or None,
            agency=row["agency"] or None,
            category=row["category"] or None,
        ),
        page=FormSeal(door.version_id, door.channel_id, now()),
        nonce=new_nonce(),
        keys=keys(),
        now=now(),
    )
    if share >= ACCEPTED_OF_TEN:
        return
    take_in(session, {receipt.number})
    submission = session.scalars(select(Submission).where(Submission.number == receipt.number)).one()
    moderation.accept(session, submission, Decision(actor, 1, now()))
    if share < REPLIED_OF_TEN:
        draft = Draft(row["reply"], row["outcome"], row["summary"])
        moderation.reply(session, submission, draft, Decision(actor, 2, now()))
