"""Compression of pages, by the application itself: it may run without a gateway in front."""

import gzip

from flask import Flask, Response, request

LEVEL = 5
_WORTHWHILE = 600


def init_app(app: Flask) -> None:
    """Compress text answers for clients that take gzip."""
    app.after_request(_compress)


def accepts_gzip() -> bool:
    """Whether the client of the current request takes gzip."""
    return request.accept_encodings["gzip"] > 0


def _compress(response: Response) -> Response:
    mimetype = response.mimetype or ""
    is_text = mimetype.startswith("text/") or mimetype == "application/json"
    if not is_text or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if accepts_gzip() and len(body) >= _WORTHWHILE:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
