"""Cards with group codes."""

import pypdfium2

from feedback.outreach.adapters.group_code_card import cards
from tests.outreach.adapters.test_poster import POSTER, read, texts_of


def test_every_card_leads_to_the_form_with_its_own_code() -> None:
    codes = [f"{place:04}9QXDR2VH" for place in range(12)]

    pages = pypdfium2.PdfDocument(cards(codes, POSTER, group="律师代表"))

    found = [read(page.render(scale=150 / 72).to_pil()) for page in pages]
    assert [len(codes) for codes in found] == [10, 2]
    assert set.union(*found) == {f"{POSTER.address}#{code}" for code in codes}
    said = "".join(texts_of(cards(codes, POSTER, group="律师代表")).split())
    assert all(f"{code[:4]}-{code[4:8]}-{code[8:]}" in said for code in codes)
