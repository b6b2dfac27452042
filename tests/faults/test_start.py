"""Starting, stopping and starting again: nothing is lost, and what is wrong is said in one sentence."""

import os
import re
import signal
import sys
from pathlib import Path
from subprocess import CompletedProcess, Popen, TimeoutExpired

import pytest

from feedback.base.config import Settings
from tests.factories import Factory
from tests.faults.visitor import (
    NEW_PASSWORD,
    Visitor,
    decide,
    is_at_the_desk,
    quotes_on,
    sign_in,
    sign_in_first,
    submit,
    track,
)
from tests.server import Server, descendants_of, is_running, start_process, wait_until

SERVE_SECONDS = 40
REFUSAL_SECONDS = 40
GOODBYE_SECONDS = 10
SERVE = [sys.executable, "-m", "feedback.assembly.serve"]
# Its whole life beside the web server and the worker: it watches, and no more.
MOST_SUPERVISOR_KB = 25 * 1024
# Which values are wrong is tried without a process: here, that either way to start says so and ends.
WRONG_SETTINGS = [("serve", "PORT", "abc"), ("gunicorn", "DATABASE_URL", "mysql://localhost/feedback")]

# To start is the same on either database; what is kept there, tests/faults/test_once.py tries on both.
pytestmark = [pytest.mark.timeout(300), pytest.mark.only_on("sqlite")]


def test_starting_again_keeps_everything_and_prints_no_new_password(fresh_settings: Settings, tmp_path: Path) -> None:
    with Server(fresh_settings, tmp_path / "logs") as server:
        receipt = submit(Visitor(server), "盼把立案大厅的饮水机修一修。")
        decide(sign_in_first(Visitor(server), server.password), receipt.number, "reply", **_answer("已经修好。"))
    form_path, keys = server.form_path, fresh_settings.keys_file.read_bytes()

    server.prepare()
    server.start()
    try:
        tracked = track(Visitor(server), receipt.code)
        desk = sign_in(Visitor(server), NEW_PASSWORD)
        another = submit(Visitor(server), "再提一件：停车场也不够。")
    finally:
        server.stop()

    files = [fresh_settings.keys_file, Path(fresh_settings.database_url.removeprefix("sqlite:///"))]
    assert [path for path in files if path.exists() and path.stat().st_mode & 0o077] == []
    assert server.password is None
    assert server.form_path == form_path
    assert fresh_settings.keys_file.read_bytes() == keys
    assert quotes_on(tracked) == ["已经修好。"]
    assert is_at_the_desk(desk)
    assert another.number != receipt.number


@pytest.mark.parametrize(("command", "name", "value"), WRONG_SETTINGS)
def test_a_wrong_setting_ends_the_start_with_one_sentence(
    fresh_settings: Settings, tmp_path: Path, command: str, name: str, value: str
) -> None:
    server = Server(fresh_settings, tmp_path / "logs", environment={name: value})

    ended = _run(server, command)

    _check_one_sentence(ended, naming=name)


@pytest.mark.parametrize("command", ["serve", "gunicorn"])
def test_a_key_file_open_to_others_is_refused(settings: Settings, tmp_path: Path, command: str) -> None:
    server = Server(settings, tmp_path / "logs")
    settings.keys_file.chmod(0o644)

    ended = _run(server, command)

    _check_one_sentence(ended, naming=str(settings.keys_file))


@pytest.mark.parametrize("command", ["serve", "gunicorn"])
def test_no_new_key_file_is_made_for_a_database_that_holds_submissions(
    settings: Settings, make: Factory, tmp_path: Path, command: str
) -> None:
    make.make_submission()
    settings.keys_file.rename(tmp_path / "away.json")
    server = Server(settings, tmp_path / "logs")

    ended = _run(server, command)

    assert not settings.keys_file.exists()
    _check_one_sentence(ended, naming=str(settings.keys_file))


def test_serve_tells_the_addresses_answers_and_leaves_no_child_behind(fresh_settings: Settings, tmp_path: Path) -> None:
    server = Server(fresh_settings, tmp_path / "logs")
    log = tmp_path / "serve.log"
    with open(log, "ab") as file:
        serving = start_process(SERVE, server.variables(), file)

    try:
        wait_until(lambda: _has_announced(serving, log), SERVE_SECONDS, "no address was told")
        told = log.read_text()
        server.form_path = re.findall(rf"{re.escape(server.url)}(/f/[a-z0-9]+)", told)[0]
        server.password = re.findall(r"初始密码\s+(\S+)", told)[0]
        wait_until(lambda: _answers(server), SERVE_SECONDS, "the form is not shown")
        receipt = submit(Visitor(server), "一条命令就能开始收意见。")
        demanded = sign_in(Visitor(server), server.password)
        worker = _worker_of(serving.pid)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: _worker_of(serving.pid) not in {0, worker}, SERVE_SECONDS, "no worker was started again")
        assert submit(Visitor(server), "后台任务停了，意见照收。").number
        memory = _resident_kb(serving.pid)
        family = descendants_of(serving.pid)
        serving.send_signal(signal.SIGTERM)
        code = serving.wait(GOODBYE_SECONDS)
    finally:
        _end(serving)

    assert f"{server.url}/moderation/" in told
    assert "修改密码" in demanded.text
    assert re.fullmatch(r"[A-Z][0-9]-[0-9]{5}", receipt.number)
    assert code == 0
    assert len(family) >= 2
    assert memory <= MOST_SUPERVISOR_KB
    assert [pid for pid in family if is_running(pid)] == []
    assert "Traceback" not in log.read_text()


def _worker_of(pid: int) -> int:
    """The process that runs jobs, or 0."""
    return next((child for child in descendants_of(pid) if is_running(child) and _says_work(child)), 0)


def _resident_kb(pid: int) -> int:
    (resident,) = re.findall(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(resident)


def _says_work(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"\0work\0")


def _run(server: Server, command: str) -> CompletedProcess[str]:
    """Start what is expected to end at once; what does not is ended here, and the test fails by its exit code."""
    command_line = server.gunicorn_command() if command == "gunicorn" else SERVE
    log = server.logs / f"{command}.log"
    server.logs.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as file:
        process = start_process(command_line, server.variables(), file)
    try:
        code = process.wait(REFUSAL_SECONDS)
    except TimeoutExpired:
        code = 0
    finally:
        _end(process)
    return CompletedProcess(command_line, code, log.read_text())


def _check_one_sentence(ended: CompletedProcess[str], *, naming: str) -> None:
    """It ended by itself, not well, and said why once, to a person."""
    told = [line for line in ended.stdout.splitlines() if naming in line]
    assert ended.returncode > 0, f"did not end: {ended.stdout[-2000:]}"
    assert "Traceback" not in ended.stdout
    assert len(set(told)) == 1, ended.stdout[-2000:]
    assert told[0].endswith("。")


def _end(process: Popen[bytes]) -> None:
    """Whatever is left of a process and its children after its test."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GOODBYE_SECONDS)
        except TimeoutExpired:
            process.kill()
            process.wait(GOODBYE_SECONDS)


def _has_announced(serving: Popen[bytes], log: Path) -> bool:
    assert serving.poll() is None, log.read_text()
    return "初始密码" in log.read_text()


def _answers(server: Server) -> bool:
    try:
        return Visitor(server).get(server.form_path).status_code == 200
    except OSError:
        return False


def _answer(body: str) -> dict[str, str]:
    return {"body": body, "outcome": "adopted", "summary": "要点"}
