"""gunicorn's log: no access lines at all, and nothing about a request in the others."""

from typing import Any

from gunicorn.glogging import Logger

from feedback.base.adapters.log import PlainFormatter


class QuietLogger(Logger):
    """Access lines would join an address to a time and a page; the gateway keeps what the law asks for."""

    def setup(self, cfg: Any) -> None:
        """Keep gunicorn's handlers and replace how they write."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(PlainFormatter())

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write nothing."""
