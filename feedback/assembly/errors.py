"""Refusals and failures as pages: what happened, what to do, and everything that was typed."""

import logging
from contextlib import suppress

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from feedback.base.domain.refusal import RefusalError
from feedback.base.web.change import status_of
from feedback.cases.queries.submission import UnknownSubmissionError
from feedback.people.web.access import ForeignPostError, SignInNeededError
from feedback.people.web.accounts import ask_to_sign_in

_MESSAGES = {
    400: ("没有看懂这次请求", "请返回上一页，检查后再试。"),
    403: ("您没有这个权限", "如果工作需要，请联系系统管理员。"),
    404: ("没有找到这个页面", "网址可能输错了，请核对二维码下方的网址，或重新扫码。"),
    405: ("不能这样打开这个页面", "请从首页重新进入。"),
    409: ("没有保存", "页面上的内容已经变了，请刷新后再试。"),
    413: ("提交的内容太大", "请返回上一页，把文字删短一些，图片减少或换小一些，再提交。"),
    503: ("系统正忙，没有保存", "请等一分钟再试。"),
    500: ("系统出了点问题，没有保存", "请稍后再试。已经拿到查询码的意见不受影响。"),
}
_TYPED_FIELDS = ("text", "supplement", "body", "reason")
_DRAINED_BYTES = 64_000_000


def init_app(app: Flask) -> None:
    """Give every failure its page."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(SignInNeededError, lambda _error: ask_to_sign_in())
    app.register_error_handler(
        UnknownSubmissionError, lambda _error: page(404, title="没有找到这件意见", advice="请核对编号后再试。")
    )
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(DataError, _unfit)
    app.register_error_handler(CSRFError, _unproven)
    app.register_error_handler(ForeignPostError, _refused)
    app.register_error_handler(RefusalError, _refused)


def page(status: int, *, title: str = "", advice: str = "") -> tuple[str, int]:
    """The page for a status, with the text the visitor had typed, if any."""
    known_title, known_advice = _MESSAGES.get(status, _MESSAGES[400 if status < 500 else 500])
    typed = "" if status == 413 else _typed()
    return render_template(
        "assembly/errors/error.html", title=title or known_title, advice=advice or known_advice, typed=typed
    ), status


def _typed() -> str:
    try:
        request.form  # noqa: B018 - a body that cannot be read has no text to give back
    except HTTPException:
        return ""
    texts = [request.form.get(name, "") for name in _TYPED_FIELDS]
    return max(texts, key=len)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    body, status = page(error.code or 500)
    return body, status, {"Allow": error.get_response().headers["Allow"]} if error.code == 405 else {}


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """What a gateway lets pass is read to the end: of a connection that closes earlier it makes an error of its own."""
    if (request.content_length or _DRAINED_BYTES) < _DRAINED_BYTES:
        with suppress(OSError):
            while request.environ["wsgi.input"].read(65_536):
                pass
    return page(413)


def _busy(_error: OperationalError) -> ResponseReturnValue:
    body, status = page(503)
    return body, status, {"Retry-After": "60"}


def _unfit(error: DataError) -> ResponseReturnValue:
    """PostgreSQL refuses what SQLite only does not find: NUL, or a number beyond its column."""
    logging.getLogger(__name__).warning("a value fits no column", exc_info=error)
    return page(400)


def _unproven(_error: CSRFError) -> ResponseReturnValue:
    return page(400, title="页面已失效，没有保存", advice="请回到原来的页面，刷新后再提交。")


def _refused(error: RefusalError) -> ResponseReturnValue:
    return page(
        403 if isinstance(error, ForeignPostError) else status_of(error), title="没有保存", advice=error.message
    )
