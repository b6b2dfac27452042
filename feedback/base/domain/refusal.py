"""The base of every named refusal: a rule said no, and the message tells the reader what to do."""


class RefusalError(Exception):
    """A rule refused. The message is Chinese and fit to be shown; `field` names the input it is about, if one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class ConflictError(RefusalError):
    """What the page showed is no longer so: somebody else was faster."""
