"""What the steps of a submission are called, beside the decisions themselves."""

from feedback.cases.domain.submission import ACTION_LABELS

_LABELS = {
    "received": "收到",
    "classified": "修改归类",
    "contact_withdrawn": "提出人删除了联系方式",
    "contact_viewed": "查看联系方式",
    "supplemented": "提出人补充",
    "rated": "提出人评价",
    "reconsider": "提出人申请复核",
    "undone": "撤销",
    "absorbed": "并入另一件",
    "released": "拆出一件",
    "told_apart": "认定不是重复",
    "proposed": "提出",
    "declined": "不同意",
    "withdrawn": "收回",
    "noted": "备注",
}
EVENT_LABELS = {str(action): label for action, label in ACTION_LABELS.items()} | _LABELS
