"""Unbound extensions: they know nothing of this project and are bound in the factory."""

from typing import cast

from flask import Flask, current_app, g
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker


class Database:
    """One engine for each application, one session for each request or command."""

    def init_app(self, app: Flask, sessions: sessionmaker[Session]) -> None:
        """Bind an application to its sessions; what a request left uncommitted is rolled back."""
        app.extensions["database"] = sessions
        app.teardown_appcontext(lambda _error: self._close())

    @property
    def sessions(self) -> sessionmaker[Session]:
        """The factory of the current application's sessions."""
        return cast("sessionmaker[Session]", current_app.extensions["database"])

    @property
    def engine(self) -> Engine:
        """The current application's engine."""
        return cast(Engine, self.sessions.kw["bind"])

    @property
    def session(self) -> Session:
        """The session of the current request or command."""
        if "session" not in g:
            g.session = self.sessions()
        return cast(Session, g.session)

    def _close(self) -> None:
        session: Session | None = g.pop("session", None)
        if session is not None:
            session.close()


db = Database()
csrf = CSRFProtect()
