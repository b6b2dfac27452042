"""The citizen's way: form, receipt, tracking."""

from flask.testing import FlaskClient

from tests.factories import Factory
from tests.pages import code_on, decide, fill_in, number_on, submit, without_style


def test_only_the_text_is_compulsory(client: FlaskClient, channel_code: str) -> None:
    answer = submit(client, channel_code, text="好")

    assert answer.status_code == 200
    assert "已收到" in answer.text


def test_nothing_is_preselected(client: FlaskClient, channel_code: str) -> None:
    page = without_style(client.get(f"/f/{channel_code}").text)

    assert "checked" not in page
    assert "selected" not in page


def test_the_same_sending_twice_gives_the_same_receipt(client: FlaskClient, channel_code: str, make: Factory) -> None:
    form = fill_in(client, channel_code, text="停车难", kind="problem")

    first, second = (client.post(f"/f/{channel_code}", data=form).text for _ in range(2))

    assert (number_on(first), code_on(first)) == (number_on(second), code_on(second))


def test_the_sender_follows_an_opinion_to_its_answer(
    client: FlaskClient, staff: FlaskClient, channel_code: str
) -> None:
    receipt = submit(client, channel_code, text="停车难").text
    number, code = number_on(receipt), code_on(receipt)

    assert decide(staff, number, "accept").status_code == 302
    reply = {"body": "您好，已增加车位。", "outcome": "adopted", "summary": "增加车位"}
    assert decide(staff, number, "reply", **reply).status_code == 302

    page = client.post("/track", data={"code": code.lower()}).text
    assert "您好，已增加车位。" in page
    assert "采纳" in page
