"""The address a person gives for letters."""

import re

from feedback.base.domain.refusal import RefusalError

MAX_ADDRESS_LENGTH = 200
# Plain characters alone: nothing in it can end a line of a letter's head or quote anything.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class AddressError(RefusalError):
    """What was typed is no address that a letter could be sent to."""

    def __init__(self) -> None:
        super().__init__("电子邮箱不对，应像 wangmin@example.gov.cn 这样。", field="email")


def check_address(address: str) -> None:
    """Raise AddressError for what is no address, written in plain ASCII."""
    if len(address) > MAX_ADDRESS_LENGTH or _ADDRESS.fullmatch(address) is None:
        raise AddressError
