"""Running one of our own programs that reads what somebody sent: it has limits of its own, and may die."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_LENGTH_BYTES = 4


def answer_of(program: Path, *arguments: str, sent: bytes, seconds: int) -> tuple[int | None, bytes]:
    """The exit code of a program that was given `sent`, None where its time ran out; and what it wrote."""
    return _answer([str(program), *arguments], sent, seconds)


def answer_of_module(module: str, *, sent: bytes, seconds: int) -> tuple[int | None, bytes]:
    """The same of the function `main` of a module of ours."""
    code = f"import sys; sys.path.insert(0, {str(_ROOT)!r}); from {module} import main; sys.exit(main())"
    return _answer(["-c", code], sent, seconds)


def framed(part: bytes) -> bytes:
    """A part of an answer behind its length, in four bytes, most significant first."""
    return len(part).to_bytes(_LENGTH_BYTES, "big") + part


def frames(output: bytes) -> list[bytes]:
    """The parts of an answer."""
    parts, start = [], 0
    while start < len(output):
        end = start + _LENGTH_BYTES + int.from_bytes(output[start : start + _LENGTH_BYTES], "big")
        parts.append(output[start + _LENGTH_BYTES : end])
        start = end
    return parts


def _answer(arguments: list[str], sent: bytes, seconds: int) -> tuple[int | None, bytes]:
    command = [sys.executable, "-I", *arguments]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=seconds, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None, b""
    return done.returncode, done.stdout
