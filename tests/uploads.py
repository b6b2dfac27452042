"""Pictures, and the bodies in which browsers send them."""

import io
from collections.abc import Mapping

from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

# What a picture and its name tell of whoever took it.
HIDDEN = b"canary 31.2304N 121.4737E"
FILE_NAME = "canary-IMG_7731-金丝雀"


def photo(colour: str = "red", *, size: tuple[int, int] = (40, 30)) -> bytes:
    """A JPEG of one colour that says where it was taken."""
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, "JPEG", comment=HIDDEN)
    return written.getvalue()


def multipart(fields: Mapping[str, str], *files: bytes) -> tuple[bytes, str]:
    """The body and the content type of a form with pictures."""
    sent = [FileStorage(io.BytesIO(content), f"{FILE_NAME} {place}.jpg") for place, content in enumerate(files)]
    return encoded({**fields, "pictures": sent})


def encoded(fields: Mapping[str, object]) -> tuple[bytes, str]:
    """The body and the content type of a form with whatever files are among its fields."""
    # In memory: the client's own builder leaves temporary files open behind large bodies.
    body, _, boundary = stream_encode_multipart(fields, use_tempfile=False)
    return body.read(), f"multipart/form-data; boundary={boundary}"
