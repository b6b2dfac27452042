"""Requests whose forms arrive in broken encodings without losing what can be read."""

from typing import IO
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.formparser import FormDataParser


class _LenientParser(FormDataParser):
    """Bytes that are no UTF-8 become U+FFFD, which the form then refuses in words, giving the rest back."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        items = parse_qsl(
            stream.read().decode(errors="replace"), keep_blank_values=True, errors="replace", max_num_fields=1_000
        )
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
