"""Settings, from the environment and nowhere else; the README's table lists them all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

_USUAL_PORTS = {"http": 80, "https": 443}
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class SettingError(Exception):
    """A setting has a value that cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True)
class Settings:
    """Every field has a default that is safe for a first start."""

    instance: Path = Path("instance")
    keys_file: Path = Path("secrets/keys.json")
    database_url: str = "sqlite:///instance/feedback.db"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    web_workers: int = 2
    export_days: int = 7
    gateway: str = ""
    undo_seconds: int = 30
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""

    @property
    def is_https(self) -> bool:
        """Whether people reach the service over TLS, by the public address."""
        return self.public_url.startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether digests go out: they need a server, and an address of the desk to lead to."""
        return bool(self.smtp_url and self.public_url)

    @property
    def undo(self) -> timedelta:
        """For how long a decision can be taken back; its sender hears of it afterwards."""
        return timedelta(seconds=self.undo_seconds)

    @property
    def exports(self) -> Path:
        """Where finished workbooks lie."""
        return self.instance / "exports"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment; SettingError for the first value that cannot be used."""
        instance = Path(environ.get("INSTANCE") or "instance").resolve()
        return cls(
            instance=instance,
            keys_file=Path(environ.get("KEYS_FILE") or "secrets/keys.json").resolve(),
            database_url=_database_url(environ.get("DATABASE_URL") or f"sqlite:///{instance / 'feedback.db'}"),
            host=environ.get("HOST") or cls.host,
            port=_whole_number(environ, "PORT", cls.port, least=1, most=65535),
            public_url=_public_url(environ.get("PUBLIC_URL") or ""),
            web_workers=_whole_number(environ, "WEB_WORKERS", cls.web_workers, least=1, most=64),
            gateway=_address(environ.get("GATEWAY") or ""),
            undo_seconds=_whole_number(environ, "UNDO_SECONDS", cls.undo_seconds, least=0, most=300),
            export_days=_whole_number(environ, "EXPORT_DAYS", cls.export_days, least=1, most=365),
            **_mail(environ),
        )


def _whole_number(environ: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    value = environ.get(name) or str(default)
    if re.fullmatch(r"[0-9]{1,6}", value) is None or not least <= int(value) <= most:
        raise SettingError(f"设置 {name} 应是 {least} 到 {most} 的整数，现在是 {value!r}。")
    return int(value)


def _mail(environ: Mapping[str, str]) -> dict[str, str]:
    """The server letters are handed in at, and whom they are from; both or neither."""
    server, sender = environ.get("SMTP_URL") or "", environ.get("MAIL_FROM") or ""
    if server and not _is_mail_server(server):
        # The value is not repeated: it holds a password.
        raise SettingError(
            "设置 SMTP_URL 应像 smtp://用户:密码@主机:587 或 smtps://用户:密码@主机:465，特殊字符写成百分号编码。"
        )
    if sender and (len(sender) > 200 or _MAIL_ADDRESS.fullmatch(sender) is None):
        raise SettingError(f"设置 MAIL_FROM 应是一个邮箱，如 yijian@example.gov.cn，现在是 {sender!r}。")
    if server and not sender:
        raise SettingError("设置了 SMTP_URL，还要用 MAIL_FROM 设置发件的邮箱。")
    return {"smtp_url": server, "mail_from": sender}


def _is_mail_server(value: str) -> bool:
    if not _has_sound_port(value) or re.search(r"\s", value):
        return False
    parts = urlsplit(value)
    is_bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    is_whole = bool(parts.hostname) and bool(parts.username) == bool(parts.password)
    return parts.scheme in {"smtp", "smtps"} and is_bare and is_whole


def _address(value: str) -> str:
    try:
        return str(ip_address(value)) if value else ""
    except ValueError:
        raise SettingError(f"设置 GATEWAY 应是网关的 IP 地址，如 127.0.0.1，现在是 {value!r}。") from None


def _database_url(value: str) -> str:
    if value.startswith("postgres://"):
        value = "postgresql://" + value.removeprefix("postgres://")
    # An embedded database in memory would be another one in each process.
    is_known = value not in {"sqlite:///", "sqlite:///:memory:"} and value.startswith(
        ("sqlite:///", "postgresql://", "postgresql+psycopg://")
    )
    if not is_known or not _has_sound_port(value):
        raise SettingError("设置 DATABASE_URL 应以 sqlite:/// 或 postgresql:// 开头，端口应是数字。")
    return value


def _has_sound_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _public_url(value: str) -> str:
    """The origin as browsers write it: small letters, no usual port, and Chinese names in their ASCII form."""
    if not value:
        return ""
    refusal = SettingError(f"设置 PUBLIC_URL 应是不带路径的网址，如 https://yijian.example.gov.cn，现在是 {value!r}。")
    if not _has_sound_port(value) or re.search(r"[\s<>\"']", value):
        raise refusal
    parts = urlsplit(value)
    is_origin = parts.scheme in _USUAL_PORTS and parts.hostname and parts.path in {"", "/"} and not parts.query
    if not is_origin or parts.username is not None or parts.fragment:
        raise refusal
    host = str(parts.hostname)
    try:
        name = f"[{host}]" if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        raise refusal from None
    port = "" if parts.port in {None, _USUAL_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"
