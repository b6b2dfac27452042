"""Every operator command, in its group."""

from feedback.assembly import demo, run
from feedback.base.cli import keys
from feedback.editing import cli as campaigns
from feedback.people import cli as users

GROUPS = (
    run.prepare,
    run.work,
    run.settle_arrivals,
    users.user,
    campaigns.campaign,
    campaigns.channel,
    campaigns.unit,
    keys.keys,
    demo.demo,
    demo.draft_migration,
)
