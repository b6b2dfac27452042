"""gunicorn's settings, each with its reason."""

import gc
import os
import sys

from feedback.app import create_app
from feedback.base.adapters.keys import KeyFileError
from feedback.base.config import SettingError, Settings

try:
    _settings = Settings.from_env(os.environ)
except SettingError as error:
    sys.exit(str(error))

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"

# Few writers beat many on SQLite, and one request at a time in each process keeps the tails short:
# see bench/README.md. Slow phones are nginx's business in production, which buffers what they send.
worker_class = "sync"
workers = _settings.web_workers

# Room for a hall full of people who press the button at the same moment.
backlog = 2048

# Longer than the 10 s a writer may wait for the database.
timeout = 30
graceful_timeout = 20

# Leaks of any kind end with the worker; the jitter keeps the workers from going together.
max_requests = 20_000
max_requests_jitter = 2_000

# The control socket of gunicorn 27 lies in the home folder, where two instances of one user would share it.
control_socket_disable = True

# No line about a request (promise P1); what is left is JSON without arguments.
accesslog = None
logger_class = "feedback.base.adapters.gunicorn_log.QuietLogger"

# No peer may tell us an address or a scheme: nothing here uses one.
forwarded_allow_ips = ""


def on_starting(_server: object) -> None:
    """Whatever keeps the application from starting is said once, before there are workers to try it again and again."""
    try:
        create_app(_settings)
    except KeyFileError as error:
        sys.exit(str(error))
    # Workers share these pages for as long as nobody looks through them for garbage.
    gc.freeze()
