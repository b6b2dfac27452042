"""What stands in 备注 of a workbook: what a reader of the row would otherwise have to ask for."""

from feedback.cases.domain.submission import PRIORITY_LABELS, Priority


def remarks(*, merged_into: str | None, merged: int, rejection: str, is_reconsidered: bool, priority: str) -> str:
    """Short clauses, parted by ；.

    `merged_into` is the number of the case this one was merged into (empty where the reader may not know it), `merged`
    how many were merged into this one, `rejection` which case of 不予受理 it is.
    """
    clauses = [
        f"并入 {merged_into}" if merged_into else "已并单" if merged_into is not None else "",
        f"另有 {merged} 件并入本件" if merged else "",
        f"不予受理：{rejection}" if rejection else "",
        "提出人申请过复核" if is_reconsidered else "",
        PRIORITY_LABELS[Priority(priority)] if priority != Priority.NORMAL else "",
    ]
    return "；".join(filter(None, clauses))
