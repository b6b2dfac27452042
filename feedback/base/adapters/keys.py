"""The key file: secrets that must not lie beside the database they protect."""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PURPOSES = ("session", "page", "nonce", "code", "mint", "contact", "contact_half", "account")


class KeyFileError(Exception):
    """The key file cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Key:
    """One secret of 32 bytes and the id that rows made with it carry."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Keys:
    """For each purpose a list: the first writes, all read."""

    by_purpose: dict[str, tuple[Key, ...]]

    def current(self, purpose: str) -> Key:
        """The key that writes."""
        return self.by_purpose[purpose][0]

    def all(self, purpose: str) -> tuple[Key, ...]:
        """Every key that may have written, newest first."""
        return self.by_purpose[purpose]

    def secrets(self, purpose: str) -> list[bytes]:
        """The bare secrets of `all`."""
        return [key.secret for key in self.by_purpose[purpose]]

    def find(self, purpose: str, key_id: str) -> Key:
        """The key with an id; KeyFileError where it was thrown away."""
        for key in self.by_purpose[purpose]:
            if key.id == key_id:
                return key
        raise KeyFileError(f"密钥文件里没有编号为 {key_id} 的 {purpose} 密钥，请把旧的密钥文件找回来。")


def load_keys(path: Path) -> Keys:
    """Read the file; KeyFileError where it is missing, open to others, or not a key file."""
    try:
        if path.is_file() and path.stat().st_mode & 0o077:
            raise KeyFileError(f"密钥文件 {path} 对其他用户可读，请执行 chmod 600 后再启动。")
        return _parse(json.loads(path.read_text()))
    except FileNotFoundError:
        raise KeyFileError(f"找不到密钥文件 {path}。") from None
    except OSError:
        raise KeyFileError(f"密钥文件 {path} 无法读取，请检查它的位置和权限。") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyFileError(f"密钥文件 {path} 的内容不完整，请从备份恢复。") from None


def create_keys(path: Path) -> Keys:
    """Make a file with one key for each purpose; another process that was first wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, {purpose: [_new_key()] for purpose in PURPOSES}, replace=False)
    return load_keys(path)


def rotate_key(path: Path, purpose: str) -> str:
    """Put a new key before the others of a purpose and return its id; the old ones go on reading."""
    data = json.loads(path.read_text())
    fresh = _new_key()
    data[purpose].insert(0, fresh)
    _write(path, data, replace=True)
    return fresh["id"]


def _new_key() -> dict[str, str]:
    return {"id": secrets.token_hex(4), "secret": base64.b64encode(secrets.token_bytes(32)).decode()}


def _parse(data: dict[str, list[dict[str, str]]]) -> Keys:
    by_purpose = {
        purpose: tuple(Key(item["id"], base64.b64decode(item["secret"], validate=True)) for item in data[purpose])
        for purpose in PURPOSES
    }
    if any(not keys or any(len(key.secret) != 32 for key in keys) for keys in by_purpose.values()):
        raise ValueError("a purpose without a whole key")
    return Keys(by_purpose)


def _write(path: Path, data: dict[str, list[dict[str, str]]], *, replace: bool) -> None:
    """Write beside and move into place, so that no reader ever sees half a file."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
