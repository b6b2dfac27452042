"""The posters of many channels as one document: seconds, and whether memory grows with their number."""

import sys
from pathlib import Path

from bench.cost import Cost, cost_of, print_cost
from feedback.outreach.adapters.poster import write_posters
from feedback.outreach.domain.poster import Poster, PosterDesign, PosterSize

MANY, FEW = 500, 50


def costs(count: int) -> Cost:
    """Of so many, in a process of their own."""
    return cost_of("bench.posters", str(count))


def _poster(place: int) -> Poster:
    return Poster(
        title="全市政法队伍教育整顿意见建议征集",
        organiser="江州市委政法委员会",
        channel=f"第 {place} 村公告栏",
        address=f"https://yijian.example.gov.cn/f/a{place:04}",
        accent="#9c2f26",
        undertaker="江州市教育整顿领导小组办公室",
        days="2026年11月01日至12月31日",
        phone="000-12345678",
        hours="工作日 9:00–17:00",
        postal="江州市人民路 1 号，邮编 000000",
    )


def _write(count: int, folder: Path) -> None:
    posters = [_poster(place) for place in range(count)]
    size, design = PosterSize.A4, PosterDesign.DOOR
    write_posters(posters, size, design, is_zip=False, folder=folder, progress=lambda _done, _of: None)


if __name__ == "__main__":
    print_cost(lambda folder: _write(int(sys.argv[1]), folder))
