"""A campaign's logo, small enough to travel in the form itself."""

import base64
import io
from itertools import product

from PIL import Image

from feedback.base.adapters.pixels import fresh_pages
from feedback.base.domain.refusal import RefusalError
from feedback.campaigns.domain.campaign import LOGO_PREFIX, MAX_LOGO_LENGTH

_SIDES = (96, 80, 64, 48)
_COLOURS = (32, 16, 8, 4)


def logo_of(upload: bytes) -> str:
    """A picture, at most 96 pixels wide and high, as the `src` of an image of at most MAX_LOGO_LENGTH characters.

    RefusalError where it is no picture, or does not get small enough.
    """
    picture = Image.open(io.BytesIO(fresh_pages(upload)[0]), formats=["JPEG"])
    picture.load()
    for side, colours in product(_SIDES, _COLOURS):
        source = LOGO_PREFIX + base64.b64encode(_png(picture, side, colours)).decode()
        if len(source) <= MAX_LOGO_LENGTH:
            return source
    raise RefusalError("这张图片的细节太多，缩小以后也放不下。请换一个简单的标志。", field="logo")


def _png(picture: Image.Image, side: int, colours: int) -> bytes:
    small = picture.copy()
    small.thumbnail((side, side))
    written = io.BytesIO()
    small.quantize(colours).save(written, "PNG", optimize=True)
    return written.getvalue()
