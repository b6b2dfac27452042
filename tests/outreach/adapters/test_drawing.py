"""Cards and single posters, drawn in a process of their own."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from feedback.base.adapters.files import held_alone
from feedback.base.domain.refusal import RefusalError
from feedback.outreach.adapters import drawing
from feedback.outreach.adapters.poster import previews
from tests.outreach.adapters.test_poster import POSTER, texts_of

CODES = [f"{place:04}9QXDR2VH" for place in range(12)]


def test_cards_come_through_a_pipe_and_their_codes_stand_in_no_list_of_processes(tmp_path: Path) -> None:
    seen: set[bytes] = set()
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(drawing.draw_cards, CODES, POSTER, group="律师代表", folder=tmp_path)
        while not pdf.done():
            seen |= {line for line in map(_command_of, Path("/proc").glob("[0-9]*")) if b"drawing" in line}
            time.sleep(0.01)

    said = "".join(texts_of(pdf.result()).split())
    assert all(f"{code[:4]}-{code[4:8]}-{code[8:]}" in said for code in CODES)
    assert seen and not any(code.encode() in line for code in CODES for line in seen)
    assert [path.name for path in tmp_path.iterdir()] == ["drawing.lock"]
    assert (tmp_path / "drawing.lock").stat().st_size == 0


def test_small_pictures_are_those_drawn_here(tmp_path: Path) -> None:
    assert drawing.draw_previews(POSTER, width_px=64, folder=tmp_path) == previews(POSTER, width_px=64)


def test_one_is_drawn_at_a_time_and_the_others_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "WAIT_SECONDS", 0.05)

    with held_alone(tmp_path / "drawing.lock", seconds=0), pytest.raises(RefusalError, match="请过几秒再按一次"):
        drawing.draw_cards(CODES, POSTER, group="律师代表", folder=tmp_path)


def test_what_cannot_be_drawn_is_told_in_words_and_leaves_the_next_alone(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="没有生成"):
        drawing.draw_cards(["7K3M9QXDR2VH"], replace(POSTER, accent="no colour"), group="律师代表", folder=tmp_path)

    assert drawing.draw_cards(["7K3M9QXDR2VH"], POSTER, group="律师代表", folder=tmp_path).startswith(b"%PDF")


def _command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
