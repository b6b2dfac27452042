"""The few hand-written style sheets and scripts, under names that change with their content."""

import base64
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, g, url_for
from markupsafe import Markup

from feedback.base.domain.colour import accent_style
from feedback.base.web.compression import accepts_gzip
from feedback.base.web.marks import public

_FOLDER = Path(__file__).resolve().parents[1] / "static"

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file, compressed once."""

    hashed_name: str
    mimetype: str
    body: bytes
    compressed: bytes


def _load(path: Path) -> Asset:
    body = _without_remarks(path.read_bytes())
    digest = hashlib.sha256(body).hexdigest()[:10]
    return Asset(
        f"{path.stem}.{digest}{path.suffix}",
        mimetypes.types_map.get(path.suffix, "application/octet-stream"),
        body,
        gzip.compress(body, 9, mtime=0),
    )


def _without_remarks(source: bytes) -> bytes:
    """The file without indentation and without lines that are nothing but a remark: phones need neither."""
    lines = (line.strip() for line in source.splitlines())
    return b"\n".join(line for line in lines if line and not line.startswith((b"//", b"/*")))


ASSETS = {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in {".css", ".js"}}
_BY_HASHED_NAME = {asset.hashed_name: asset for asset in ASSETS.values()}


def init_app(app: Flask) -> None:
    """Give templates the address of an asset, and a style to be put into the page: see docs/adr/0010."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["style"] = lambda: Markup(public_style(accent()))  # noqa: S704 # nosec B704
    app.jinja_env.globals["asset"] = lambda name: url_for("assets.show", name=ASSETS[name].hashed_name)


def accent() -> str:
    """The accent of the campaign whose page is asked for, or nothing where the usual one stands."""
    found: str = g.get("accent", "")
    return found


@lru_cache(maxsize=256)
def public_style(accent: str) -> str:
    """The one style of a public page."""
    return ASSETS["public.css"].body.decode() + (accent_style(accent) if accent else "")


@lru_cache(maxsize=256)
def style_source(accent: str) -> str:
    """What allows this very style inside a page (CSP level 2, 4.2.5)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(public_style(accent).encode()).digest()).decode()}'"


@blueprint.get("/assets/<name>")
@public
def show(name: str) -> Response:
    """An asset by its hashed name; browsers keep it for good."""
    asset = _BY_HASHED_NAME.get(name)
    if asset is None:
        abort(404)
    response = Response(asset.compressed if accepts_gzip() else asset.body, mimetype=asset.mimetype)
    if accepts_gzip():
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.vary.add("Accept-Encoding")
    return response
