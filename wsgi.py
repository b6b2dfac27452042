"""The WSGI entry point, for gunicorn and for `flask --app wsgi`."""

import gc
import os
import sys

# All that is made while starting stays to the end: to look through it for garbage takes a tenth of the time.
gc.disable()

from feedback.app import create_app
from feedback.base.adapters.keys import KeyFileError
from feedback.base.config import SettingError, Settings

# The database and the workbooks hold opinions: nobody else on the machine reads them.
os.umask(0o077)

try:
    app = create_app(Settings.from_env(os.environ))
except (SettingError, KeyFileError) as error:
    sys.exit(str(error))

gc.freeze()
gc.enable()
