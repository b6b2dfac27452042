"""The form page, drawn once for each campaign version and channel: visitors differ by a nonce and a seal only."""

import secrets
import zlib
from dataclasses import dataclass

from flask import Response

from feedback.base.web.compression import accepts_gzip

# Marks to cut the page at, which no text of a campaign can hold.
NONCE_MARK, TOKEN_MARK = secrets.token_hex(), secrets.token_hex()
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True)
class _Piece:
    """A stretch of the page that never changes, as it is and deflated."""

    plain: bytes
    deflated: bytes


@dataclass(frozen=True)
class DrawnForm:
    """The page in three stretches, with the nonce and the seal between them."""

    pieces: tuple[_Piece, _Piece, _Piece]

    def respond(self, nonce: str, token: str) -> Response:
        """The page for one visitor."""
        values = (nonce.encode(), token.encode())
        response = Response(self._gzipped(values) if accepts_gzip() else self._plain(values), mimetype="text/html")
        if accepts_gzip():
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        return response

    def _plain(self, values: tuple[bytes, bytes]) -> bytes:
        first, second, third = self.pieces
        return b"".join([first.plain, values[0], second.plain, values[1], third.plain])

    def _gzipped(self, values: tuple[bytes, bytes]) -> bytes:
        """One gzip member whose unchanging stretches were deflated beforehand (RFC 1951, 3.2.4: stored blocks)."""
        first, second, third = self.pieces
        whole = self._plain(values)
        return b"".join(
            [
                _GZIP_HEADER,
                first.deflated,
                _stored(values[0]),
                second.deflated,
                _stored(values[1]),
                third.deflated,
                b"\x03\x00",
                zlib.crc32(whole).to_bytes(4, "little"),
                len(whole).to_bytes(4, "little"),
            ]
        )


def cut(html: str) -> DrawnForm:
    """A page drawn with the two marks, each standing once, ready to be given out."""
    before, rest = html.split(NONCE_MARK)
    between, after = rest.split(TOKEN_MARK)
    return DrawnForm((_piece(before), _piece(between), _piece(after)))


def _piece(text: str) -> _Piece:
    plain = text.encode()
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Piece(plain, compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH))


def _stored(value: bytes) -> bytes:
    length = len(value).to_bytes(2, "little")
    return b"\x00" + length + bytes(byte ^ 0xFF for byte in length) + value
