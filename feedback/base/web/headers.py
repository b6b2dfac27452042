"""Response headers: what a browser may do with a page, and what it may tell others about it."""

from functools import lru_cache
from urllib.parse import quote

from flask import Flask, Response, request

from feedback.base.web.assets import accent, style_source

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' {style}; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; sandbox"
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
        "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
        "xr-spatial-tracking",
    )
)  # fmt: skip
FIXED = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"


@lru_cache(maxsize=256)
def policy(accent: str = "") -> str:
    """What a page may load, and the one style it carries."""
    return _POLICY.format(style=style_source(accent))


def framing_policy() -> str:
    """For the one page that shows another of ours inside itself."""
    return f"{policy()}; frame-src 'self'"


def framed_policy() -> str:
    """For that other."""
    return policy(accent()).replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def as_download(response: Response, name: str) -> Response:
    """Have a response saved under a name; it runs nothing and is kept by no cache."""
    # A header holds ASCII alone: RFC 6266, 4.3.
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask, *, is_https: bool) -> None:
    """Put the headers on every response; a view that set one itself keeps it."""

    def add_headers(response: Response) -> Response:
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy(accent()))
        if is_https or request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)
        return response

    app.after_request(add_headers)
