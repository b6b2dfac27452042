"""Log lines as JSON that tell what failed and where, never what somebody wrote or who sent it."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType

from feedback.base.domain.moment import hour_of


class PlainFormatter(logging.Formatter):
    """Level, logger and a fixed sentence; of an exception its type and places, not its message.

    Arguments of warnings and errors are left out: a URL, a header or a value could stand in them. A citizen may
    have caused any line, even one of a worker that is started again, so all carry the hour only.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object on one line."""
        line: dict[str, object] = {
            "at": hour_of(datetime.fromtimestamp(record.created, UTC)).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": _sentence(record),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _sentence(record: logging.LogRecord) -> str:
    """What gunicorn says of starting and stopping, the templates of our own messages, and of others only the place.

    gunicorn fills addresses into its warnings itself, so of those only two words stay; so do other servers.
    """
    if record.name.startswith("gunicorn"):
        is_news = record.levelno <= logging.INFO
        return record.getMessage() if is_news else " ".join(str(record.msg).split()[:2])
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    return record.msg if record.name.startswith("feedback") else f"{record.module}:{record.lineno}"


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def set_up_logging() -> None:
    """Send everything through the formatter to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("alembic", "fontTools", "fpdf"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
