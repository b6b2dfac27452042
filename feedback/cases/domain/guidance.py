"""What to think of before deciding, in a sentence or two beside each button."""

from feedback.cases.domain.submission import Action

RULES = {
    Action.ACCEPT: "属于政法机关职责、内容看得明白的，都受理；不因为语气激烈、没有留名、没有证据而不受理。",
    Action.REJECT: "不归政法机关管、内容无法辨认、应走法定程序的，才用；请告诉提出人可以找谁。批评本单位的，必须受理。",
    Action.REPLY: "针对提出的问题逐条答，写明做了什么、什么时候做完；不透露提出人是谁，不写空话。",
    Action.COMPLETE: "问题查清、措施落实、已经答复，才办结。",
    Action.REFER: "转给有权处理的单位，不转给被反映的人和单位；转出的内容不含联系方式。",
    Action.QUARANTINE: "内容可能涉及国家秘密时用。封存后只有受理员能打开，请立即报告保密工作负责人，不复制、不转发。",
}
