"""The factory: the only module that knows every part."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, request
from jinja2 import StrictUndefined
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from feedback.assembly import errors
from feedback.assembly.cli import OperatorGroup
from feedback.base.adapters.database import make_engine, make_sessions
from feedback.base.adapters.keys import KeyFileError, Keys, create_keys, load_keys
from feedback.base.adapters.log import set_up_logging
from feedback.base.adapters.migrations import holds_submissions
from feedback.base.config import Settings
from feedback.base.domain import moment
from feedback.base.domain.code import NUMBER_PATTERN
from feedback.base.domain.permission import ROLE_LABELS
from feedback.base.extensions import csrf, db
from feedback.base.runtime import start
from feedback.base.web import assets, compression, headers, look, requests
from feedback.base.web.marks import access_of
from feedback.campaigns.domain.campaign import CAMPAIGN_STATUS_LABELS, CampaignStatus
from feedback.cases.domain import redaction
from feedback.cases.domain.action import ACTION_LABELS
from feedback.cases.domain.event import EVENT_LABELS
from feedback.cases.domain.search import marked
from feedback.cases.domain.submission import (
    PRIORITY_LABELS,
    PUBLIC_LABELS,
    SATISFACTION_LABELS,
    STATUS_LABELS,
    SUSPICION_LABELS,
    Status,
)
from feedback.desk.web import (
    attachments,
    bulk,
    canned_answers,
    duplicates,
    home,
    moderation,
    notes,
    quarantines,
    queue,
    referrals,
    saved_filters,
)
from feedback.desk.web.actions import KEYS
from feedback.editing.web import campaign_edit, campaigns
from feedback.intake.web import notices, public
from feedback.operations.web import status
from feedback.outreach.web import channels, group_codes, posters
from feedback.people.web import access, accounts, invitations, second_factors, users
from feedback.tracking.web import tracking
from feedback.workbooks.web import exports

MAX_BODY = 2_000_000


_PUBLIC_PAGES = (public, tracking, notices)
_STAFF_PAGES = (
    accounts, invitations, second_factors, users, home, queue, moderation, referrals, quarantines, notes, duplicates,
    bulk, canned_answers, saved_filters, attachments, exports, campaigns, campaign_edit, channels, posters,
    group_codes, status,
)  # fmt: skip
_STAFF = {module.blueprint.name for module in _STAFF_PAGES}


class UnstatedAccessError(RuntimeError):
    """A view does not say who may call it."""


class _Number(BaseConverter):
    """A submission's public number in an address."""

    regex = NUMBER_PATTERN


class _Id(IntegerConverter):
    """A row's id in an address: what fits no column is found no more than what is not there."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


class _App(Flask):
    request_class = requests.FormRequest

    def create_url_adapter(self, request: Any) -> Any:
        """A Host header that is no name of a host gets its 400 on a page, which needs an adapter to be drawn."""
        try:
            return super().create_url_adapter(request)
        except HTTPException as error:
            request.routing_exception = error
            return self.url_map.bind("localhost")

    def log_exception(self, exc_info: Any) -> None:
        """Flask would write the path, which is the visitor's; the places in the program tell enough."""
        self.logger.error("a request failed", exc_info=exc_info)


def create_app(settings: Settings) -> Flask:
    """An application on a migrated database; the key file is made where there is nothing yet to lose."""
    set_up_logging()
    app = _App("feedback", template_folder="../templates", static_folder=None)
    engine = make_engine(settings.database_url)
    keys = _keys(settings, engine)
    start(app, settings, keys)
    app.config.from_mapping(_configuration(settings, keys))
    app.url_map.converters |= {"number": _Number, "id": _Id}
    # A redirect to the right number of slashes would repeat whatever Host the visitor made up.
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    _set_up_templates(app)
    app.jinja_env.globals |= {"sends_mail": settings.sends_mail, "has_public_address": bool(settings.public_url)}
    db.init_app(app, make_sessions(engine))
    # The last function to run is the first to be registered: headers go on whatever else was done.
    headers.init_app(app, is_https=settings.is_https)
    compression.init_app(app)
    requests.init_app(app)
    access.init_app(app)
    csrf.init_app(app)
    errors.init_app(app)
    assets.init_app(app)
    look.init_app(app)
    for module in (*_PUBLIC_PAGES, *_STAFF_PAGES):
        app.register_blueprint(module.blueprint)
    app.cli = OperatorGroup(app.name)
    _check_access_is_stated(app)
    return app


def _keys(settings: Settings, engine: Engine) -> Keys:
    if settings.keys_file.exists():
        return load_keys(settings.keys_file)
    if holds_submissions(engine):
        raise KeyFileError(
            f"数据库里已有意见，但找不到密钥文件 {settings.keys_file}。"
            "请把原来的密钥文件放回去，否则查询码和联系方式都无法使用。"
        )
    return create_keys(settings.keys_file)


def _configuration(settings: Settings, keys: Keys) -> dict[str, Any]:
    session_key, *older = keys.secrets("session")
    return {
        "SECRET_KEY": session_key,
        "SECRET_KEY_FALLBACKS": older,
        "DOOR_SECONDS": 1.0,
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "SESSION_COOKIE_NAME": "__Host-staff" if settings.is_https else "staff",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        # Pages are checked in people/web/access.py, after it is known whether a session has ended.
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        # Same-site is checked by SameSite=Strict and the token; a referrer may be missing in-app.
        "WTF_CSRF_SSL_STRICT": False,
        # WTForms' own Chinese messages, see base/web/forms.py, and not those of Flask-Babel.
        "WTF_I18N_ENABLED": False,
    }


def _set_up_templates(app: Flask) -> None:
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {
        "china_day": moment.china_day,
        "chinese_date": moment.chinese_date,
        "china_time": lambda at: at.astimezone(moment.CHINA).strftime("%Y-%m-%d %H:%M"),
        "received": _received,
        "marked": marked,
        "pieces": redaction.pieces,
        "redacted": redaction.redacted,
        "waited": _waited,
    }
    environment.globals |= {
        "STATUS_LABELS": STATUS_LABELS,
        "PUBLIC_LABELS": PUBLIC_LABELS,
        "ACTION_LABELS": ACTION_LABELS,
        "EVENT_LABELS": EVENT_LABELS,
        "PRIORITY_LABELS": PRIORITY_LABELS,
        "SATISFACTION_LABELS": SATISFACTION_LABELS,
        "SUSPICION_LABELS": SUSPICION_LABELS,
        "PERSONAL_DATA_LABELS": redaction.LABELS,
        "ROLE_LABELS": ROLE_LABELS,
        "CAMPAIGN_STATUS_LABELS": CAMPAIGN_STATUS_LABELS,
        "CampaignStatus": CampaignStatus,
        "Status": Status,
        "KEYS": KEYS,
        "current_actor": lambda: g.get("actor"),
        # Read and forgotten: WeChat saves no downloads, so its users are told what to do instead.
        "is_wechat": lambda: "MicroMessenger/" in request.headers.get("User-Agent", ""),
        "is_staff_page": lambda: request.blueprint in _STAFF,
    }


def _received(at: datetime, sees_hours: bool) -> str:
    """When a citizen did something: its moderators see the hour, everybody else the day (promise P1)."""
    return at.astimezone(moment.CHINA).strftime("%Y-%m-%d %H 时许" if sees_hours else "%Y-%m-%d")


def _waited(since: datetime, now: datetime, sees_hours: bool) -> str:
    return moment.in_words(max(now - since, timedelta())) if sees_hours else moment.in_days(since, now)


def _check_access_is_stated(app: Flask) -> None:
    silent = [endpoint for endpoint in app.view_functions if access_of(app, endpoint) is None]
    if silent:
        raise UnstatedAccessError(", ".join(silent))
