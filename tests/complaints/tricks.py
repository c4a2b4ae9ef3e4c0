"""The table of tricks: what the owner of a case may try alone, without a second person or a customer's channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from complaints.models import Case
from complaints.verbs import VERBS, closing, deciding, satisfaction
from tests.cases import ASKED, CALLED, CLASSIFIED, MORE_TIME, NOT_ENTITLED, SETTLED, TAKEN_BACK, TOLD, TRANSFERRED, says
from tests.complaints.outcomes import (
    DAY,
    answered_for,
    asked,
    counts,
    hidden,
    leaves,
    no_time_of_law,
    refused,
    still_owes,
)
from tests.complaints.positions import DECIDE, REVIEW, SHOWN_PAPER, TAKE, TELL, does
from tests.people import NOON

PAPER = {**TRANSFERRED, "ordered_on": "2026-12-07", "received_at": NOON.isoformat()}
HOUR = timedelta(hours=1)
Acts = list[tuple[str, dict[str, Any], timedelta]]

WAYS = {
    "returned by the checker": [*DECIDE[:-1], does("checker", deciding.return_decision, reason="依据不足")],
    "told, the customer is content": [*TELL, lambda case: says(case, "satisfied")],
    "told, the customer rejects it": [*TELL, lambda case: says(case, "dissatisfied", accepts=False)],
    "important": [TAKE, does("lead", VERBS["set_level"], level="important", reason="老年客户")],
    "filed, the customer rejects it": [
        *TELL,
        does("lead", satisfaction.follow_up, **CALLED, satisfaction="not_obtained"),
        does("handler", closing.close, root_cause="R07"),
    ],
    "filed, then reviewed": [
        *TELL,
        does("lead", satisfaction.follow_up, **CALLED, satisfaction="satisfied"),
        does("handler", closing.close, root_cause="R07"),
        REVIEW,
    ],
}


@dataclass(frozen=True)
class Trick:
    """From a position the owner acts; the last act meets an outcome.

    rows  of the list of defects
    acts  verb, its form, and how long after noon
    """

    rows: str
    position: str
    acts: Acts
    outcome: Callable[[Case, Callable[[], Case]], None]


def at_day(day: int) -> str:
    return (NOON + day * DAY).isoformat()


def settle(**given: Any) -> tuple[str, dict[str, Any]]:
    return "settle", {**SETTLED, **given}


def promise(amount: str, **more: str) -> tuple[str, dict[str, Any], timedelta]:
    return "propose_redress", {"kind": "GOODWILL", "amount": amount, "reason": "安抚客户", **more}, HOUR


def vow(until: str = "2026-11-26") -> tuple[str, dict[str, Any], timedelta]:
    return "promise", {"kind": "MATERIAL", "promised": "寄出对账单", "until": until}, HOUR


def two_promises_run(case: Case) -> bool:
    return case.clocks.filter(kind="promise", stopped_at=None).count() == 2


KEPT = ("record_promise_outcome", {"outcome": "kept", "evidence": "SF-0001"}, HOUR)
HELP = {"ask": "请核实", "unit": "SH"}
ASK, ANSWER = ("add_task", HELP, HOUR), ("answer_task", {"answer": "已核实"}, HOUR)
YESTERDAY = {**TOLD, "told_at": (NOON + 15 * DAY).isoformat()}
THEIR_CALL = ("log_contact", {**CALLED, "outbound": False}, HOUR)
TRICKS = {
    "settle after the checker returned it": Trick(
        "F3", "returned by the checker", [(*settle(), HOUR)], refused("须经他人审核")
    ),
    "settle in round 2": Trick("F3", "disputed", [(*settle(), HOUR)], refused("须经他人审核")),
    "settle on day 14": Trick("F3", "in progress", [(*settle(), 14 * DAY)], refused("超过1个工作日")),
    "settle without consent": Trick(
        "F4", "in progress", [(*settle(satisfaction="not_obtained"), HOUR)], refused("satisfaction")
    ),
    "settle with much redress": Trick("F5", "in progress", [(*settle(redress="500.01"), HOUR)], refused("补偿限额")),
    "much redress, alone": Trick("N10", "in progress", [promise("500.01")], asked),
    "much redress in parts, alone": Trick("N10", "in progress", [promise("300"), promise("200.01")], asked),
    "promise for next year, alone": Trick("N10", "in progress", [promise("300", pay_by="2027-06-30")], asked),
    "give at the cost of the head office, alone": Trick("N10", "in progress", [promise("300", cost_unit="HQ")], asked),
    "take the fault away by an appeal, alone": Trick(
        "N10", "liability ruled on", [("appeal_liability", {"reason": "系统故障"}, DAY)], leaves(answered_for)
    ),
    "pay what one promised": Trick(
        "N10", "in progress", [promise("300"), ("pay_redress", {"evidence": "PAY-00001"}, HOUR)], refused("您本人")
    ),
    "take back what one promised": Trick(
        "N10", "in progress", [promise("300"), ("take_back_redress", {"reason": "不付了"}, HOUR)], asked
    ),
    "let hear of it whom one likes": Trick(
        "R13", "raised by an agent who is written down", [("verify_authority", SHOWN_PAPER, HOUR)], asked
    ),
    "choose alone who is not told": Trick(
        "R13", "raised by an agent whose paper was seen", [("end_representative", {"reason": "已终止"}, HOUR)], asked
    ),
    "settle with an agent who has shown nothing": Trick(
        "R13", "raised by an agent", [(*settle(), HOUR)], refused("代他人提出")
    ),
    "say that it was the complainant after all": Trick(
        "R13", "raised by an agent", [("amend", {"complainant_type": "PERSON", "reason": "本人来电"}, HOUR)], asked
    ),
    "tell an agent whose paper nobody saw, as the complainant": Trick(
        "R13",
        "raised by an agent, decided",
        [("notify", {**TOLD, "method": "EMAIL", "evidence": "", "told_to": "complainant"}, HOUR)],
        refused("编号"),
    ),
    "tell somebody else, and call it told": Trick(
        "R13", "somebody else speaks, decided", [("notify", TOLD, HOUR)], refused("核实身份")
    ),
    "say alone that one's promise is kept": Trick("N24", "in progress", [vow(), KEPT], asked),
    "put a promise off": Trick("N24", "in progress", [vow(), vow("2026-12-20")], leaves(two_promises_run)),
    "file before anybody knows what became of a promise": Trick(
        "N24", "told, a colleague asked", [vow(), ("close", {"root_cause": "R07"}, HOUR)], refused("承诺")
    ),
    "ask oneself": Trick(
        "help", "in progress", [("add_task", {"ask": "请核实", "to": "handler"}, HOUR)], refused("自己")
    ),
    "answer what one asked": Trick("help", "in progress", [ASK, ANSWER], refused("您本人|没有待您")),
    "ask for an answer in weeks": Trick(
        "help", "in progress", [("add_task", HELP | {"until": "2026-12-13"}, HOUR)], asked
    ),
    "settle what weighs more": Trick("F3", "important", [(*settle(), HOUR)], refused("一般")),
    "settle without a recording": Trick("F26", "in progress", [(*settle(evidence="x"), HOUR)], refused("录音")),
    "told before it was decided": Trick(
        "F1",
        "decided",
        [("notify", {**TOLD, "told_at": (NOON - HOUR).isoformat()}, 16 * DAY)],
        refused("之后才审核通过"),
    ),
    "told yesterday, entered after midnight": Trick(
        "F1", "decided", [("notify", YESTERDAY, 15 * DAY + 13 * HOUR)], counts("on_time_rate", 0, 1)
    ),
    "told in time, entered days later, is counted": Trick(
        "F1", "decided", [("notify", {**TOLD, "told_at": NOON.isoformat()}, 3 * DAY)], counts("late_entry_rate", 1, 1)
    ),
    "a telling without a number": Trick(
        "F26", "decided", [("notify", {**TOLD, "evidence": "x"}, HOUR)], refused("录音")
    ),
    "a letter without a tracking number": Trick(
        "F26", "decided", [("notify", {**TOLD, "method": "POST"}, HOUR)], refused("邮寄单号")
    ),
    "unreachable without trying": Trick(
        "F26", "decided", [("notify", {**TOLD, "unreachable": True}, HOUR)], refused("3 个不同日期")
    ),
    "unreachable, alone": Trick(
        "F26",
        "decided",
        [
            *(("log_contact", {**CALLED, "result": "NO_ANSWER"}, day * DAY) for day in range(3)),
            ("notify", {**TOLD, "unreachable": True}, 3 * DAY),
        ],
        asked,
    ),
    "unreachable by attempts typed in at once": Trick(
        "F26",
        "decided",
        [
            *(
                ("log_contact", {**CALLED, "result": "NO_ANSWER", "happened_at": at_day(day)}, 3 * DAY)
                for day in range(1, 4)
            ),
            ("notify", {**TOLD, "unreachable": True}, 3 * DAY + HOUR),
        ],
        refused("3 个不同日期"),
    ),
    "withdraw alone on the last day": Trick("F18", "in progress", [("withdraw", TAKEN_BACK, 14 * DAY)], asked),
    "withdraw after the telling": Trick("F18", "told", [("withdraw", TAKEN_BACK, HOUR)], refused("已办结")),
    "withdraw without a cause": Trick(
        "F18", "in progress", [("withdraw", {**TAKEN_BACK, "root_cause": ""}, HOUR)], refused("成因")
    ),
    "dispute for fifteen new days": Trick(
        "F6", "told", [("dispute", {"reason": "金额不对"}, HOUR)], leaves(no_time_of_law)
    ),
    "restart alone": Trick("F6", "in progress", [("restart", {"material": "M-00001", "reason": "新凭证"}, DAY)], asked),
    "a way outside that puts off the filing": Trick(
        "F8",
        "told, the customer rejects it",
        [("record_way", {"way": "court", "evidence": "(2026)0115-1", "until": "2027-03-31"}, HOUR)],
        asked,
    ),
    "a review that nobody asked for, to file later": Trick("N11", "told", [("request_review", ASKED, HOUR)], asked),
    "an application that came too late": Trick(
        "N11", "told", [("request_review", ASKED, 31 * DAY)], refused("前申请核查")
    ),
    "an application dated back": Trick(
        "N11", "told", [("request_review", {**ASKED, "received_at": at_day(30)}, 32 * DAY)], asked
    ),
    "an application by word of mouth": Trick(
        "N11", "told", [("request_review", {**ASKED, "evidence": "口头"}, HOUR)], refused("书面")
    ),
    "a second review": Trick("N11", "told, a review asked for", [("request_review", ASKED, HOUR)], refused("已申请过")),
    "file what is reviewed": Trick(
        "N11", "told, a review asked for", [("close", {"root_cause": "R07"}, HOUR)], refused("上级机构正在核查")
    ),
    "decide again what is reviewed": Trick(
        "N11", "told, a review asked for", [("dispute", {"reason": "重办"}, HOUR)], refused("上级机构正在核查")
    ),
    "review one's own decision": Trick("N11", "a review", [("take_next", {}, HOUR)], hidden),
    "what went to a review is not resolved": Trick(
        "N11",
        "filed, then reviewed",
        [("note", {"text": "已归档"}, HOUR)],
        counts("resolution_rate", 0, 1),
    ),
    "a review is no further complaint": Trick(
        "N11",
        "told, a review asked for",
        [("note", {"text": "核查中"}, HOUR)],
        counts("complaint_volume", 1, None),
    ),
    "restart when the time is over": Trick(
        "F6", "in progress", [("restart", {"material": "M-00001", "reason": "新凭证"}, 16 * DAY)], refused("法定期限")
    ),
    "extend alone": Trick("N2", "in progress", [("extend", MORE_TIME, DAY)], asked),
    "extend when the time is over": Trick(
        "N2", "in progress", [("extend", MORE_TIME, 16 * DAY)], refused("逾期后不得延期")
    ),
    "extend to the sixty-first day": Trick(
        "N2", "in progress", [("extend", {**MORE_TIME, "days": 46}, DAY)], refused("1 至 45 天")
    ),
    "extend by telling the customer, ungranted": Trick("N2", "in progress", [("extend", TOLD, DAY)], refused("事由")),
    "extend what was told already": Trick("N2", "told", [("extend", MORE_TIME, DAY)], refused("法定时限")),
    "extend what was asked for by oneself": Trick(
        "N2",
        "in progress",
        [("extend", MORE_TIME, HOUR), ("decide_approval", {"grant": True}, 2 * HOUR)],
        refused("您不能对本工单办理"),
    ),
    "decline what the law does not name": Trick(
        "F17", "in progress", [("decline", {**NOT_ENTITLED, "decline_reason": "IN_COURT"}, HOUR)], refused("监管规则")
    ),
    "decline alone": Trick("F17", "in progress", [("decline", NOT_ENTITLED, HOUR)], asked),
    "decline, granted, and tell nobody": Trick(
        "F17", "declining granted", [("decline", NOT_ENTITLED, HOUR)], refused("告知")
    ),
    "make it an enquiry before the deadline": Trick(
        "F16", "in progress", [("reclassify", {"nature": "enquiry", "reason": "只是咨询"}, 14 * DAY)], asked
    ),
    "call a decided complaint a complaint": Trick(
        "F16", "decided", [("reclassify", {"nature": "complaint", "reason": "重来"}, HOUR)], refused("已是该性质")
    ),
    "twenty complain, and stay ordinary": Trick(
        "F23",
        "in progress",
        [("amend", {"complainants": 20, "reason": "联名"}, HOUR)],
        leaves(lambda case: case.level == "major"),
    ),
    "lower the level alone": Trick(
        "F23", "important", [("set_level", {"level": "ordinary", "reason": "一般"}, HOUR)], asked
    ),
    "take the haste away alone": Trick(
        "F23",
        "important",
        [
            ("set_level", {"level": "important", "urgent": True, "reason": "病人家属"}, HOUR),
            ("set_level", {"level": "important", "urgent": False, "reason": "不急"}, 2 * HOUR),
        ],
        asked,
    ),
    "correct the receipt alone": Trick(
        "F15",
        "in progress",
        [("amend", {"received_at": NOON.isoformat(), "evidence": "EMS-1", "reason": "邮戳"}, HOUR)],
        asked,
    ),
    "say that it is about another branch": Trick(
        "F32",
        "in progress, classified",
        [("amend", {"complained_unit": "BJ", "reason": "更正"}, HOUR)],
        refused("他人"),
    ),
    "classify it as about another branch": Trick(
        "F32", "in progress, classified", [("classify", {**CLASSIFIED, "complained_unit": "BJ"}, HOUR)], refused("他人")
    ),
    "settle what is about one's own conduct as another's": Trick(
        "F32", "in progress", [(*settle(reason="C01", complained_unit="BJ"), HOUR)], refused("行为")
    ),
    "say by when the regulator wants an answer": Trick("F24", "in progress", [("add_reference", PAPER, HOUR)], asked),
    "say that the regulator wants none": Trick(
        "F24",
        "in progress",
        [("add_reference", {**PAPER, "answer_required": False}, HOUR)],
        asked,
    ),
    "write over the customer's own answer": Trick(
        "F9",
        "told, the customer rejects it",
        [("record_feedback", {"satisfaction": "satisfied"}, HOUR)],
        refused("客户已评价"),
    ),
    "write the customer's view oneself": Trick(
        "F9", "told", [("record_feedback", {"satisfaction": "satisfied"}, HOUR)], counts("satisfaction", 0, 1)
    ),
    "call the customer oneself": Trick("F22", "told", [("follow_up", CALLED, HOUR)], refused("他人")),
    "file what nobody was asked about": Trick(
        "F10", "told, answered", [("close", {"root_cause": "R07"}, HOUR)], refused("满意度")
    ),
    "waive the survey alone": Trick("F11", "told", [("waive_survey", {"waived_reason": "REFUSED"}, HOUR)], asked),
    "waive as no complaint, then make it one": Trick(
        "F11",
        "in progress, an enquiry replied to",
        [
            ("waive_survey", {"waived_reason": "NOT_A_COMPLAINT"}, HOUR),
            ("reclassify", {"nature": "complaint", "reason": "要求赔偿"}, 2 * HOUR),
        ],
        leaves(lambda case: not case.current_round.satisfaction_asked),
    ),
    "call a known customer anonymous": Trick(
        "F11", "told", [("waive_survey", {"waived_reason": "ANONYMOUS"}, HOUR)], asked
    ),
    "file what the customer rejected": Trick(
        "F8", "told, the customer rejects it", [("close", {"root_cause": "R07"}, DAY)], refused("不接受处理决定")
    ),
    "an acknowledgement as first contact": Trick(
        "F38", "in progress", [("acknowledge", {"method": "PHONE"}, HOUR)], leaves(still_owes("first_contact"))
    ),
    "the customer's own call as first contact": Trick(
        "F38",
        "in progress",
        [("log_contact", {**CALLED, "outbound": False}, HOUR)],
        leaves(still_owes("first_contact")),
    ),
}
