"""Requests in broken encodings: forms lose nothing that can be read, addresses that mean nothing lead nowhere."""

from typing import IO
from urllib.parse import parse_qsl

from flask import Flask, Request, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.formparser import FormDataParser


class _LenientParser(FormDataParser):
    """Bytes that are no UTF-8 become U+FFFD, which the form then refuses in words, giving the rest back."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        body = stream.read().decode(errors="replace")
        # Of a body in chunks werkzeug reads as much as is allowed; only reading on tells that there is more.
        stream.read(1)
        items = parse_qsl(body, keep_blank_values=True, errors="replace", max_num_fields=1_000)
        return stream, self.cls(items), self.cls()


class FormRequest(Request):
    """Reads forms with the lenient parser."""

    form_data_parser_class = _LenientParser

    def _load_form_data(self) -> None:
        """Whatever the server's reader raises for a body that is none, the sender made the mistake."""
        try:
            super()._load_form_data()
        except HTTPException:
            raise
        except Exception as error:
            raise BadRequest from error


def init_app(app: Flask) -> None:
    """Look at every address before anything is asked of a database with it."""
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    """No name holds a NUL, and PostgreSQL fails where it is asked for one."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise NotFound
