"""Pictures through a network that cuts, loses, doubles and slows: everything arrives, once, as the pipeline made it.

Half of the phones run scripts, which send the words first and then one picture at a time; the others send all at once.
FAULTS=all sends five hundred, otherwise as few as have every kind among them.
"""

import hashlib
import io
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.base.adapters.database import make_engine
from feedback.base.adapters.pixels import fresh_pages
from feedback.cases.models.attachment import Attachment
from feedback.cases.models.submission import Submission
from feedback.cases.models.text import Text
from tests.faults.bad_network import TRY_HEADER, BadNetwork
from tests.faults.conftest import Launch
from tests.faults.visitor import LOST, Answer, Visitor, receipt_on
from tests.pages import hidden_fields
from tests.stored import settle_database

SUBMISSIONS = 500 if os.environ.get("FAULTS") == "all" else 14
MOST_TRIES = 5
PICTURES = 3
AT_ONCE = 8
SLOW_ONE_IN = 50
LARGE_ONE_IN = 25

# What is tried here is the way to the database; tests/faults/test_once.py tries both databases.
pytestmark = [pytest.mark.timeout(1_800), pytest.mark.only_on("sqlite")]


@cache
def originals(kind: str) -> tuple[bytes, ...]:
    """Three pictures: about 60 KB each, as scripts leave them, or 2 to 8 MB as a camera does."""
    sizes = {"shrunk": ((900, 700), 60), "large": ((3_000, 2_400), 94)}
    (width, height), quality = sizes[kind]
    drawn = random.Random(kind)
    return tuple(_picture(width, height, quality, seed=drawn.randrange(2**30)) for _ in range(PICTURES))


def _picture(width: int, height: int, quality: int, *, seed: int) -> bytes:
    noise = random.Random(seed).randbytes(width // 4 * (height // 4))
    picture = Image.frombytes("L", (width // 4, height // 4), noise).resize((width, height)).convert("RGB")
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality)
    return written.getvalue()


def test_everything_arrives_once_and_whole(launch: Launch) -> None:
    with launch() as server, BadNetwork(server) as network:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            tries = list(pool.map(lambda place: _send_one(network, place), range(SUBMISSIONS)))
        settle_database(server.settings.database_url)
        engine = make_engine(server.settings.database_url)
        with Session(engine) as session:
            stored = session.execute(
                select(Text.body, Attachment.content).outerjoin(Attachment, Attachment.text_id == Text.id)
            ).all()
            count = len(list(session.scalars(select(Submission.id))))
        engine.dispose()

    sys.stdout.write(f"{SUBMISSIONS} submissions, tries of one sending: {sorted(Counter(tries).items())}\n")
    assert count == SUBMISSIONS
    expected = {kind: sorted(_sha(fresh_pages(one)[0]) for one in originals(kind)) for kind in ("shrunk", "large")}
    found: dict[str, list[str]] = {}
    for words, content in stored:
        found.setdefault(words, []).append(_sha(content or b""))
    assert {words: sorted(hashes) for words, hashes in found.items()} == {
        _words(place): expected[_kind(place)] for place in range(SUBMISSIONS)
    }
    assert max(tries) <= MOST_TRIES


def _send_one(network: BadNetwork, place: int) -> int:
    """One person's whole way; returns the most tries that one of the sendings needed."""
    visitor = Visitor(network)  # type: ignore[arg-type]
    name = ("slow" if place % SLOW_ONE_IN == 7 else "quick") + f" {place}"
    page, tries = _until(lambda mark: visitor.get(network.form_path, {TRY_HEADER: mark}), f"{name} page")
    fields = {**hidden_fields(page.text), "text": _words(place)}
    pictures = originals(_kind(place))

    def send(files: tuple[bytes, ...], mark: str) -> Answer:
        return visitor.upload(network.form_path, fields, *files, headers={TRY_HEADER: mark})

    bodies = [(), *((one,) for one in pictures)] if place % 2 else [pictures]
    for step, body in enumerate(bodies):
        answer, needed = _until(lambda mark, body=body: send(body, mark), f"{name} {step}")
        tries = max(tries, needed)
    assert f"{PICTURES} 张图片已保存" in answer.text
    assert receipt_on(answer).code
    return tries


def _until(act: Callable[[str], Answer], name: str) -> tuple[Answer, int]:
    """Try until there is a whole answer; every answer there is must be the one that was hoped for."""
    for number in range(1, 20):
        try:
            answer = act(f"{name} {number}")
        except LOST:
            continue
        if not answer.body:
            continue  # cut within its head, which ends like a whole one for this client
        assert answer.status_code == 200, answer.text
        return answer, number
    raise AssertionError(f"{name} never got an answer")


def _words(place: int) -> str:
    return f"第 {place} 件：网络不好也要送到。"


def _kind(place: int) -> str:
    return "large" if place % LARGE_ONE_IN == 3 else "shrunk"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
