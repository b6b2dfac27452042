"""What the apps of all tests share: worked out anew for each of them it took more than half of their time."""

from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from werkzeug.routing import Rule

_TEMPLATES = TemporaryDirectory(prefix="feedback-templates-")
_ENGINES: dict[str, Engine] = {}
_BUILDERS: dict[tuple[str, str, bool], Any] = {}


def share_what_never_differs(app: Flask) -> None:
    """Let an app use compiled templates of the run, and the engine of its database with its compiled statements.

    The app gets an engine of its own on top of the shared one, so that listeners of one test reach no other.
    """
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(_TEMPLATES.name)
    sessions = app.extensions["database"]
    own = sessions.kw["bind"]
    shared = _ENGINES.setdefault(own.url.render_as_string(hide_password=False), own)
    if shared is not own:
        own.dispose()
    sessions.configure(bind=shared.execution_options())


def close_connections(app: Flask) -> None:
    """Leave no connection to a file that will be removed; a database on a server is filled anew beside its pool."""
    engine = app.extensions["database"].kw["bind"]
    if engine.dialect.name == "sqlite":
        engine.dispose()


def close_all_connections() -> None:
    """At the end of the run."""
    for engine in _ENGINES.values():
        engine.dispose()


def _build_once(compile_builder: Any) -> Any:
    """The same function for the same rule: it finds the converters in the rule it is called for."""

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in _BUILDERS:
            _BUILDERS[key] = compile_builder(rule, append_unknown)
        return _BUILDERS[key]

    return compiled


Rule._compile_builder = _build_once(Rule._compile_builder)  # type: ignore[method-assign]
