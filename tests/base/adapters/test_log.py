"""Log lines."""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from sqlalchemy.exc import IntegrityError

from feedback.base.adapters.gunicorn_log import QuietLogger
from feedback.base.adapters.log import PlainFormatter

# 2026-11-20 01:30:45.5 UTC
MOMENT = 1_795_138_245.5
CANARY = "203.0.113.77"


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    record.created = MOMENT
    text = PlainFormatter().format(record)
    assert "\n" not in text
    line: dict[str, Any] = json.loads(text)
    return line


def make_record(level: int, message: object, *arguments: object, name: str = "feedback.web") -> logging.LogRecord:
    return logging.LogRecord(name, level, "/srv/web.py", 7, message, arguments, None)


def caught(function: Callable[[], object], level: int = logging.ERROR) -> logging.LogRecord:
    try:
        function()
    except Exception:
        return logging.LogRecord("feedback.web", level, "/srv/web.py", 7, "a job failed", (), sys.exc_info())
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_what_a_citizen_may_have_caused_carries_the_hour_and_no_argument(level: int) -> None:
    line = line_of(make_record(level, "cannot answer %s", CANARY))

    assert line["at"] == "2026-11-20T01:00:00+00:00"
    assert line["message"] == "cannot answer %s"
    assert line["level"] == logging.getLevelName(level)


def test_news_of_a_worker_that_a_visitor_wore_out_carries_the_hour_too() -> None:
    line = line_of(make_record(logging.INFO, "Booting worker with pid: %s", 17, name="gunicorn.error"))

    assert line["message"] == "Booting worker with pid: 17"
    assert line["at"] == "2026-11-20T01:00:00+00:00"


def test_of_an_exception_only_its_type_and_places_are_written() -> None:
    line = line_of(caught(lambda: int(f"not a number: {CANARY}")))

    assert line["error"] == "ValueError"
    assert any(place.endswith("<lambda>") for place in line["where"])
    assert CANARY not in json.dumps(line)


def test_the_cause_of_an_exception_is_not_written_either() -> None:
    def fail() -> None:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise IntegrityError("INSERT", {"body": CANARY}, error) from error

    line = line_of(caught(fail))

    assert line["error"] == "IntegrityError"
    assert CANARY not in json.dumps(line)


def test_an_object_logged_instead_of_a_sentence_is_named_by_its_type() -> None:
    line = line_of(make_record(logging.ERROR, ValueError(CANARY)))

    assert line["message"] == "ValueError"


@pytest.mark.parametrize(
    "message",
    [
        f"Invalid request from ip={CANARY}: Invalid HTTP Version: (2, 0)",
        f"Invalid request from ip={CANARY}: [SSL: HTTP_REQUEST] http request",
        f"Error handling request /track?code={CANARY}",
    ],
)
def test_the_addresses_gunicorn_writes_into_its_warnings_are_lost(message: str) -> None:
    line = line_of(make_record(logging.WARNING, message, name="gunicorn.error"))

    assert line["message"] in {"Invalid request", "Error handling"}
    assert CANARY not in json.dumps(line)


def test_a_request_line_of_the_development_server_tells_nothing() -> None:
    message = f'{CANARY} - - [20/Nov/2026 01:30:45] "%s" %s %s'

    line = line_of(make_record(logging.INFO, message, "POST /track HTTP/1.1", 200, "-", name="werkzeug"))

    assert CANARY not in json.dumps(line)
    assert "/track" not in json.dumps(line)


def test_gunicorn_writes_no_access_line_and_its_errors_without_addresses(tmp_path: Path) -> None:
    config = Config()
    config.set("errorlog", str(tmp_path / "error.log"))
    config.set("accesslog", str(tmp_path / "access.log"))
    logger = QuietLogger(config)

    logger.access(None, None, {"REMOTE_ADDR": CANARY}, None)
    logger.warning(f"Invalid request from ip={CANARY}: bad")
    for handler in logger.error_log.handlers:
        handler.flush()

    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "Invalid request" in written
    assert CANARY not in written
    close_all(logger)


def close_all(logger: QuietLogger) -> None:
    for log in (logger.error_log, logger.access_log):
        for handler in list(log.handlers):
            log.removeHandler(handler)
            handler.close()
