"""What the invented people of the demonstration write and say. Where samples/ has words for a case, those are taken."""

from collections.abc import Mapping
from typing import Any

ACKNOWLEDGED = "您好，您反映的问题我行已收到并指定专人办理，将在规定期限内答复您。"
ASKED_FOR = "为核实您反映的情况，请补充提供相关交易凭证或截图。"
CONTACTED = "已致电客户核实经过，客户希望尽快处理并说明原因。"
NOTED = "已调取系统记录与通话录音，正在与业务部门核对。"
CHASED = "客户再次来电询问进展，请尽快联系。"
SUSPENDED = "双方同意由调解组织调解，调解期间相应扣除内部办理时限。"
RETURNED = "请补充收费依据的条款编号后重新提交。"
REFUSED = "不属于本岗位办理范围，请重新分派。"
NOT_OURS = "本机构未办理过该笔业务，请另行分派。"
RULED = "经核对，该业务由贵行经办，请签收办理。"
RAISED = "涉及金额较大，按重要投诉办理。"
WITHDRAWN = "客户来电表示问题已经解决，要求撤回。"
DECLINED = "来电人非投诉人本人，也未提供授权书，多次说明后仍未补交，拟不予办理，请审批。"
DECLINED_TOLD = "已告知来电人：须由投诉人本人或持授权书的代理人提出。"
NEW_FACTS = "客户补交了新的转账凭证，并就扣款时间提出了新的理由。"
NEEDS_TIME = "须向发卡系统供应商调取三年前的账务记录，期限内难以办结。"
NOT_ACCEPTED = "客户书面申请核查：认为答复没有说明扣收依据，要求退还全部费用。"
REVIEWED = {
    "upheld": "经核查，原处理程序、时限和结果均无不当，维持原处理决定。",
    "sent_back": "经核查，原处理结果依据不足，发回重新处理，将另行答复。",
}
CHECKED = {
    True: "回访客户，客户确认已收到答复并认可处理结果，与登记一致。",
    False: "回访客户，客户确认已收到答复，但表示并不认可，与登记不一致。",
}
REMEDIES_OF_REVIEW = "您也可以申请调解、仲裁或者依法提起诉讼。"
RAISED_AGAIN = "我之前反映过这件事，一直没有人给我说法，再次投诉，请尽快处理。"
SAME_MATTER = "同一客户就同一事项再次投诉，与前一工单合并处理。"
ANOTHER_MATTER = "经核对两件所涉交易不同，恢复分别办理。"
IN_COMMON = "多名客户就同一事件投诉，归集为群体性投诉，统一研究处理意见，分别答复。"
EXTENDED = "已告知客户因情况复杂延期办理，并说明新的期限。"
RESTARTED = "已告知客户收到新材料，办理期限自收到新材料之日起重新计算。"
GRANTED = "同意。"
MADE_GOOD = "经核实差错在我方，按规定予以减免补偿。"
AT_FAULT = "经办人员未按规定核对，差错发生在业务办理环节。"
APPEALED = "差错系系统参数所致，网点按流程办理，申请重新认定。"
WITHOUT_FAULT = "经复核为系统参数设置问题，网点按流程办理。"
ANSWERED_OUTSIDE = "已核实并答复投诉人，处理结果随文报送。"
LOOKED_UP = "抽查回访，核对联系电话"
AGREED = "与客户协商一致，延后办理期限并以电话告知结果。"
AMOUNT_NAMED = "客户来电说明涉及金额"
GRAVE = "同类问题涉及人数较多，可能引发群体性投诉。"
DECLINED_REDRESS = "客户表示不需要补偿，只要求更正。"
DISPUTED = "客户不认可处理意见，提出了新的交易记录。"
COMES_BACK = "对结果不满意，当时承诺的退款没有到账。"
FOLLOWED_UP = "回访客户，客户表示已收到答复。"
ESCALATED = "涉及多部门协调，请协助推动。"
PLAN = "今日内与相关部门会商，明日答复客户。"
BASIS = "依据相关业务管理办法、收费公示及与客户签订的协议。"
REMEDIES = "如对处理结果有异议，可自收到答复之日起三十日内书面向上级机构申请核查，也可通过调解、仲裁或诉讼等途径解决。"

COMMENTS = {
    "satisfied": ("处理很及时，谢谢。", "解释得很清楚。", "", "", ""),
    "no_objection": ("结果可以接受。", "", "", ""),
    "dissatisfied": ("处理时间太长。", "只解决了一部分问题。", "解释不够清楚。"),
}

# finding, demand met, what was found, what the customer is told: for texts that bring none of their own
ANSWERS = (
    (
        "SUBSTANTIATED",
        "MET",
        "经核实，客户反映情况属实，已按规定予以纠正。",
        "经核实，您反映的情况属实，我行已为您办理更正，并向您致歉。",
    ),
    (
        "PARTLY",
        "PARTLY_MET",
        "经核实，部分情况属实，系告知不充分所致，已作解释并补正。",
        "经核实，我行在告知环节有不足，现已补正；其余部分系按协议约定处理。",
    ),
    (
        "UNSUBSTANTIATED",
        "PARTLY_MET",
        "经核实，业务处理符合约定，未发现差错，已向客户说明。",
        "经核实，该笔业务按协议约定办理，我行已向您说明依据，并可协助您办理后续手续。",
    ),
    (
        "UNSUBSTANTIATED",
        "NOT_MET",
        "经核实，业务处理符合约定，客户诉求缺乏依据。",
        "经核实，该笔业务符合双方约定，您的诉求我行无法支持，敬请谅解。",
    ),
)
ANSWER_WEIGHTS = (40, 30, 20, 10)


def resolution(sample: Mapping[str, Any], answer: tuple[str, str, str, str]) -> dict[str, str]:
    """Finding, demand met and the words for both sides: of the sample itself, else one of ours."""
    if sample.get("resolution"):
        return {
            "finding": sample.get("finding", ""),  # what is no complaint has none
            "demand_met": sample.get("demand_met", ""),
            "findings": sample["resolution"],
            "reply": sample["reply"],
        }
    return dict(zip(("finding", "demand_met", "findings", "reply"), answer, strict=True))


HELP_ASKED = "请核实该笔业务的办理经过和入账时间，并附系统记录编号。"
HELPED_BADLY = "经核实属实。"
HELP_LACKS = "未说明入账时间，也没有附系统记录编号。"
HELPED = "经查系统记录，该笔业务由网点受理，次日入账，记录编号见附注。"
PARTNER_ASKED = "请合作机构提供扣款指令、客户授权记录和处理意见。"
PARTNER_ANSWERED = "合作机构已书面回复，附授权记录，认可按我行方案退费。"
CLUE = "客户称对方承诺全额退费，并按退费的三成收取服务费。"
CLUE_CONFIRMED = "客户提供了收费协议，情况属实。"
TO_COUNTERSIGN = "请就责任划分和退费口径提出会签意见。"
OBJECTED = "退费口径与现行收费办法不一致，建议按实际扣费期间核算后再答复。"
AGREED = "口径已修正，同意按此答复。"
ORDERED = "请在三日内约见客户，报告核实情况和处理方案。"
ORDER_ANSWERED = "已约见客户并核实，处理方案已与客户沟通，按期答复。"
HELP_CHASED = "客户询问进展，请尽快答复。"
WILL_CALL = "三日内由经办人员回电，说明核查进展。"
CALLED_BACK = "已按约定回电，说明了核查进展，客户表示知悉。"
WILL_SEND = "三日内寄出对账单和费用明细。"
WILL_WRITE = "三日内书面回复处理进展。"
