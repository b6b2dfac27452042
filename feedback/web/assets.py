"""The few hand-written style sheets and scripts, under names that change with their content."""

import base64
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, url_for
from markupsafe import Markup

from feedback.web.access import public
from feedback.web.compression import accepts_gzip

_FOLDER = Path(__file__).resolve().parents[1] / "static"

blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """One file, compressed once."""

    hashed_name: str
    mimetype: str
    body: bytes
    compressed: bytes

    @property
    def policy_source(self) -> str:
        """What allows this very content inside a page (CSP level 2, 4.2.5)."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.body).digest()).decode()}'"


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
    app.jinja_env.globals["style"] = lambda name: Markup(ASSETS[name].body.decode())  # noqa: S704 # nosec B704
    app.jinja_env.globals["asset"] = lambda name: url_for("assets.show", name=ASSETS[name].hashed_name)


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
