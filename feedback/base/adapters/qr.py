"""QR codes, all with error correction M (ISO/IEC 18004) and a margin of four modules."""

import io
from collections.abc import Iterator

import segno

MARGIN = 4


def picture(address: str) -> str:
    """An address as a QR code, as the `src` of an image."""
    return str(_made(address).svg_data_uri(scale=5, border=MARGIN, light="#fff"))


def png(address: str) -> bytes:
    """An address as a QR code, as a PNG file of about 400 pixels."""
    written = io.BytesIO()
    _made(address).save(written, kind="png", scale=12, border=MARGIN)
    return written.getvalue()


def modules(address: str) -> tuple[int, list[tuple[int, int, int]]]:
    """How many modules the code has on a side, and its dark runs as row, column and length; no margin is counted."""
    made = _made(address)
    return len(made.matrix), list(_runs(made))


def _made(address: str) -> segno.QRCode:
    return segno.make_qr(address, error="m", boost_error=False)


def _runs(made: segno.QRCode) -> Iterator[tuple[int, int, int]]:
    for row, line in enumerate(made.matrix):
        start = None
        for column, is_dark in enumerate((*line, 0)):
            if is_dark and start is None:
                start = column
            elif not is_dark and start is not None:
                yield row, start, column - start
                start = None
