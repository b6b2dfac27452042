"""nginx with the files that are shipped, in front of a service: only ports and places are the test's own."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.certificates import make_certificate
from tests.server import ROOT, ServerError, children_of, is_running, quiet_port, start_process, wait_until

DEPLOY = ROOT / "deploy"
LOOPBACK = "127.0.0.1"
NAME = "yijian.example.gov.cn"
START_SECONDS = STOP_SECONDS = 10
WAIT_SECONDS = 45
# What a distribution's nginx.conf says around a site, at its most talkative: the site has to take it back.
_AROUND = """
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/logs/main.log info;
events {{ worker_connections 768; }}
http {{
    access_log {folder}/logs/access.log;
    error_log {folder}/logs/error.log info;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    gzip on;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


@dataclass
class Gateway:
    """nginx in front of a port, from entering to leaving; with `is_plain` it speaks http where it would speak TLS."""

    upstream: int
    folder: Path
    form_path: str = "/"
    is_plain: bool = False
    port: int = field(default_factory=quiet_port)
    redirecting_port: int = field(default_factory=quiet_port)
    _process: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> "Gateway":
        self._write_files()
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert program is not None, "nginx is missing: scripts/prepare-system installs it"
        start_log = self.folder / "start.log"
        command = [program, "-p", str(self.folder), "-e", str(start_log), "-c", str(self.folder / "nginx.conf")]
        with open(start_log, "ab") as log:
            self._process = start_process(command, os.environ, log)
        try:
            wait_until(self._is_ready, START_SECONDS, "nginx does not listen")
        except ServerError as error:
            self._stop()
            raise ServerError(f"{error}: {start_log.read_text()}") from None
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"{'http' if self.is_plain else 'https'}://{LOOPBACK}:{self.port}"

    @property
    def logs(self) -> Path:
        """Where nginx writes whatever it has to say."""
        return self.folder / "logs"

    def waiting_bodies(self) -> list[Path]:
        """Large requests that are not whole yet: nginx unlinks their files as it opens them, so /proc shows them."""
        workers = (Path(f"/proc/{pid}/fd") for pid in children_of(self._process.pid))
        opened = (descriptor for worker in workers for descriptor in worker.iterdir())
        return [descriptor for descriptor in opened if "/temporary/bodies/" in _target(descriptor)]

    def log(self, name: str) -> list[str]:
        """The lines of one of the logs, `public` or `staff`."""
        return (self.logs / f"feedback-{name}.log").read_text().splitlines()

    def connect(self, source: str = LOOPBACK) -> socket.socket:
        """A connection over which a request can be sent byte by byte, with bounded waits."""
        connection = socket.create_connection((LOOPBACK, self.port), WAIT_SECONDS, (source, 0))
        return connection if self.is_plain else ssl._create_unverified_context().wrap_socket(connection)

    def _write_files(self) -> None:
        for name in ("logs", "temporary", "feedback"):
            (self.folder / name).mkdir(parents=True)
        make_certificate(self.folder / "feedback", NAME)
        shutil.copytree(DEPLOY / "pages", self.folder / "feedback" / "pages")
        (self.folder / "feedback" / "common.conf").write_text(self._own((DEPLOY / "common.conf").read_text()))
        (self.folder / "site.conf").write_text(self._own((DEPLOY / "nginx.conf").read_text()))
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(_AROUND.format(folder=self.folder, user=user))

    def _own(self, text: str) -> str:
        """A shipped file with the ports and places of this gateway; a machine without IPv6 will do."""
        tls = "" if self.is_plain else "ssl "
        changes = {
            "listen 80 ": f"listen {LOOPBACK}:{self.redirecting_port} ",
            "listen 443 ssl ": f"listen {LOOPBACK}:{self.port} {tls}",
            "http://127.0.0.1:8000;": f"http://127.0.0.1:{self.upstream};",
            "/etc/nginx/feedback/": f"{self.folder}/feedback/",
            "/var/log/nginx/": f"{self.folder}/logs/",
            "/run/feedback-gateway/": f"{self.folder}/temporary/",
        }
        text = re.sub(r"\n *listen \[::\]:.*", "", text)
        for theirs, own in changes.items():
            text = text.replace(theirs, own)
        return text

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            raise ServerError("nginx ended while it was started")
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def _stop(self) -> None:
        """At once, with whatever is still open; nothing is left running."""
        family = [self._process.pid, *children_of(self._process.pid)]
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        wait_until(lambda: not any(map(is_running, family)), STOP_SECONDS, "nginx outlived its test")


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""
