"""The key file."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feedback.base.adapters.keys import PURPOSES, KeyFileError, create_keys, load_keys, rotate_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "keys.json"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_holds_a_secret_of_its_own_for_each_purpose(path: Path) -> None:
    keys = create_keys(path)

    secrets = [keys.current(purpose).secret for purpose in PURPOSES]
    assert [len(secret) for secret in secrets] == [32] * len(PURPOSES)
    assert len(set(secrets)) == len(PURPOSES)


def test_a_new_file_is_open_to_its_owner_alone(path: Path) -> None:
    create_keys(path)

    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o620, 0o601])
def test_a_file_open_to_others_is_refused_with_advice(path: Path, mode: int) -> None:
    create_keys(path)
    path.chmod(mode)

    with pytest.raises(KeyFileError, match="chmod 600"):
        load_keys(path)


def test_a_second_creator_finds_the_keys_of_the_first(path: Path) -> None:
    first = create_keys(path)

    second = create_keys(path)

    assert second == first == load_keys(path)


def test_of_eight_creators_at_once_one_wins_and_leaves_no_draft(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create_keys, [path] * 8))

    assert made == [load_keys(path)] * 8
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_refused(path: Path) -> None:
    with pytest.raises(KeyFileError, match="找不到密钥文件"):
        load_keys(path)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", "5", '"keys"', "\ufeff{}", '{"session": []}'],
)
def test_what_is_no_key_file_is_refused(path: Path, content: str) -> None:
    create_keys(path)
    path.write_text(content)

    with pytest.raises(KeyFileError, match="从备份恢复"):
        load_keys(path)


@pytest.mark.parametrize(
    "damage",
    [[], None, [{}], ["key"], [{"id": "a"}], [{"id": "a", "secret": "c2hvcnQ="}], [{"id": "a", "secret": "!"}]],
)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_purpose_without_a_whole_key_is_refused(path: Path, purpose: str, damage: object) -> None:
    create_keys(path)
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, purpose: damage}))

    with pytest.raises(KeyFileError, match="从备份恢复"):
        load_keys(path)


def test_a_file_cut_anywhere_is_refused(path: Path) -> None:
    create_keys(path)
    whole = path.read_bytes()

    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(KeyFileError):
            load_keys(path)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_new_key_writes_and_the_old_one_still_reads(path: Path, purpose: str) -> None:
    before = create_keys(path)

    key_id = rotate_key(path, purpose)

    after = load_keys(path)
    assert after.current(purpose).id == key_id
    assert after.all(purpose)[1:] == before.all(purpose)
    assert after.find(purpose, before.current(purpose).id) == before.current(purpose)
    assert all(after.all(other) == before.all(other) for other in PURPOSES if other != purpose)


def test_a_rotated_file_is_still_open_to_its_owner_alone(path: Path) -> None:
    create_keys(path)

    rotate_key(path, "page")

    assert mode_of(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_was_thrown_away_is_named(path: Path) -> None:
    keys = create_keys(path)

    with pytest.raises(KeyFileError, match="编号为 0badc0de 的 contact 密钥"):
        keys.find("contact", "0badc0de")


def test_keys_that_are_printed_do_not_show_their_secrets(path: Path) -> None:
    keys = create_keys(path)

    printed = f"{keys} {keys!r} {keys.current('mint')}"

    assert not any(repr(keys.current(purpose).secret) in printed for purpose in PURPOSES)
