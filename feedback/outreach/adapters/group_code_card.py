"""Cards with group codes, ten on a sheet of A4 to be cut apart; codes are random, and so is their order."""

from collections.abc import Sequence

from feedback.base.adapters.pdf import Canvas
from feedback.campaigns.domain.group_code import in_print
from feedback.outreach.domain.poster import Poster

INK, SOFT = "#22262a", "#5b6168"
WIDTH, HEIGHT = 90.0, 54.0
COLUMNS, ROWS = 2, 5
LEFT, TOP = (210 - COLUMNS * WIDTH) / 2, (297 - ROWS * HEIGHT) / 2
A_SHEET = COLUMNS * ROWS


def cards(codes: Sequence[str], poster: Poster, *, group: str) -> bytes:
    """A PDF of cards for a group, each leading to the poster's address with its code filled in."""
    with Canvas("邀请码") as canvas:
        for start in range(0, len(codes), A_SHEET):
            _sheet(canvas, codes[start : start + A_SHEET], poster, group)
        return canvas.as_bytes()


def _sheet(canvas: Canvas, codes: Sequence[str], poster: Poster, group: str) -> None:
    canvas.page(210, 297)
    for place, code in enumerate(codes):
        row, column = divmod(place, COLUMNS)
        with canvas.placed(LEFT + column * WIDTH, TOP + row * HEIGHT):
            _card(canvas, code, poster, group)
    _cuts(canvas)


def _card(canvas: Canvas, code: str, poster: Poster, group: str) -> None:
    canvas.box(4, 6, 1.2, 12, poster.accent)
    canvas.text(7.5, 5, 46, group, 15, face="serif", most_lines=1, weight=0.08)
    canvas.text(7.5, 13, 46, poster.title, 7.5, colour=SOFT, most_lines=2)
    canvas.text(4, 22.5, 50, "请用手机扫右边的码，邀请码会自动填好。", 7.5)
    canvas.text(4, 26.8, 50, "一张卡用一次，不记录由谁、何时使用。", 7.5)
    canvas.text(4, 32, 50, "扫不了码，请打开网址，再填邀请码", 6.5, colour=SOFT)
    canvas.text(4, 35.5, 50, poster.short_address, 9)
    canvas.text(4, 41, 50, in_print(code), 15, weight=0.1)
    # The code stands behind the #: browsers send that nowhere.
    canvas.qr(59, 13, 26, f"{poster.address}#{code}")


def _cuts(canvas: Canvas) -> None:
    for column in range(COLUMNS + 1):
        x = LEFT + column * WIDTH
        canvas.line((x, TOP - 4), (x, TOP + ROWS * HEIGHT + 4), "#b5aea2", thick=0.1, is_dashed=True)
    for row in range(ROWS + 1):
        y = TOP + row * HEIGHT
        canvas.line((LEFT - 4, y), (LEFT + COLUMNS * WIDTH + 4, y), "#b5aea2", thick=0.1, is_dashed=True)
