"""Running one of our own programs that reads what somebody sent: it has limits of its own, and may die."""

import subprocess
import sys
from pathlib import Path


def answer_of(program: Path, *arguments: str, sent: bytes, seconds: int) -> tuple[int | None, bytes]:
    """The exit code of a program that was given `sent`, None where its time ran out; and what it wrote."""
    command = [sys.executable, "-I", str(program), *arguments]
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=seconds, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None, b""
    return done.returncode, done.stdout
