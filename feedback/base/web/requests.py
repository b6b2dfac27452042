"""Requests in broken encodings: forms lose nothing that can be read, addresses that mean nothing lead nowhere."""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, TypeVar
from urllib.parse import parse_qsl

from flask import Flask, Request, current_app, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.formparser import FormDataParser

View = TypeVar("View", bound=Callable[..., Any])

# Five files of 10 MB and the words; everything else is words alone.
MAX_BODY_WITH_FILES = 60_000_000


def takes_files(view: View) -> View:
    """The view takes pictures or other files: its bodies may be larger."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


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

    def _get_file_stream(self, *_args: Any, **_options: Any) -> IO[bytes]:
        """In memory: a temporary file would keep on disk what a picture says about its camera (promise P1)."""
        return BytesIO()

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
    app.before_request(_allow_files)


def _allow_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False) and request.mimetype == "multipart/form-data":
        request.max_content_length = MAX_BODY_WITH_FILES


def _refuse_nul() -> None:
    """No name holds a NUL, and PostgreSQL fails where it is asked for one."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        raise NotFound
