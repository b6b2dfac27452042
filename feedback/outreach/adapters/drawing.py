"""Cards and small pictures of posters, drawn in a process with limits, one at a time: visitors wait for web processes.

What is drawn is sent and answered through pipes, so that codes stand in no table, file or list of processes.
"""

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from feedback.base.adapters.child import answer_of_module, framed, frames
from feedback.base.adapters.files import held_alone
from feedback.base.domain.refusal import RefusalError
from feedback.outreach.adapters.group_code_card import cards
from feedback.outreach.adapters.poster import previews
from feedback.outreach.domain.poster import Poster, PosterDesign

SECONDS, WAIT_SECONDS = 15, 5.0
MEMORY_BYTES = 600_000_000
_BUSY = "现在有别人在生成海报或邀请码，请过几秒再按一次。"
_FAILED = "没有生成。请再试一次；还是不行，请联系系统管理员。"


def draw_cards(codes: Sequence[str], poster: Poster, *, group: str, folder: Path) -> bytes:
    """A PDF of cards for a group. Raises RefusalError where others are drawing; `folder` holds the lock."""
    (pdf,) = _drawn(folder, what="cards", codes=list(codes), poster=asdict(poster), group=group)
    return pdf


@lru_cache(maxsize=4)
def draw_previews(poster: Poster, *, width_px: int, folder: Path) -> dict[PosterDesign, bytes]:
    """The A4 poster in each design as a small PNG. Raises RefusalError where others are drawing."""
    pictures = _drawn(folder, what="previews", poster=asdict(poster), width_px=width_px)
    return dict(zip(PosterDesign, pictures, strict=True))


def main() -> int:
    """Draw what standard input asks for, and write it to standard output."""
    asked = json.load(sys.stdin)
    for limit, value in (("DATA", MEMORY_BYTES), ("CPU", SECONDS), ("CORE", 0), ("FSIZE", 0)):
        resource.setrlimit(getattr(resource, f"RLIMIT_{limit}"), (value, value))
    for file in _draw(asked, Poster(**asked["poster"])):
        sys.stdout.buffer.write(framed(file))
    return 0


def _drawn(folder: Path, **asked: Any) -> list[bytes]:
    with held_alone(folder / "drawing.lock", seconds=WAIT_SECONDS) as is_alone:
        if not is_alone:
            raise RefusalError(_BUSY)
        code, output = answer_of_module(__name__, sent=json.dumps(asked).encode(), seconds=SECONDS)
    if code != 0:
        raise RefusalError(_FAILED)
    return frames(output)


def _draw(asked: dict[str, Any], poster: Poster) -> list[bytes]:
    if asked["what"] == "cards":
        return [cards(asked["codes"], poster, group=asked["group"])]
    return list(previews(poster, width_px=asked["width_px"]).values())
