"""Every operator command, in its group."""

from flask import Flask

from feedback.assembly import demo, run
from feedback.base.cli import keys
from feedback.editing import cli as campaigns
from feedback.people import cli as users

GROUPS = (
    run.prepare,
    run.work,
    users.user,
    campaigns.campaign,
    campaigns.channel,
    campaigns.unit,
    keys.keys,
    demo.demo,
    demo.draft_migration,
)


def init_app(app: Flask) -> None:
    """Put the commands beside Flask's own."""
    for group in GROUPS:
        app.cli.add_command(group)
