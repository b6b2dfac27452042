"""Contact details as staff see them before they give a reason."""


def masked_phone(phone: str) -> str:
    """13812341234 as 138****1234; of a shorter one no more than the last two symbols, of a very short one nothing."""
    if len(phone) < 11:
        shown = 2 if len(phone) >= 7 else 0
        return "*" * (len(phone) - shown) + phone[len(phone) - shown :]
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def masked_name(name: str) -> str:
    """王小明 as 王**: enough to tell two callers apart, not enough to know them."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)
