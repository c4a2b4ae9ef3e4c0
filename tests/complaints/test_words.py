"""People read the words of complaint departments; the keys stay with programs."""

import pytest
from django.utils import translation

from complaints.diagram import edges
from complaints.models import Level, Nature, Satisfaction, State, Touchpoint
from complaints.verbs import RECORDED, VERBS, label_of

STATES = {
    "received": "待分派",
    "assigned": "待签收",
    "in_progress": "办理中",
    "waiting_customer": "待客户补充",
    "waiting_external": "鉴定/调解中",
    "pending_approval": "待审核",
    "decided": "待答复",
    "notified": "已办结（待结案）",
    "closed": "已结案",
    "declined": "不予办理",
    "withdrawn": "已撤回",
    "merged": "已合并",
}
VERB_WORDS = {
    "take_in": "登记",
    "settle": "即时办结",
    "assign": "分派",
    "transfer": "转办",
    "accept": "签收",
    "refuse": "退单",
    "take_next": "领取",
    "start": "开始办理",
    "acknowledge": "受理告知",
    "log_contact": "联系登记",
    "reply": "回复客户",
    "note": "处理记录",
    "amend": "更正",
    "ask_customer": "请补材料",
    "resume": "恢复办理",
    "suspend": "鉴定/调解",
    "classify": "分类",
    "set_level": "定级",
    "chase": "催办",
    "promise": "承诺",
    "record_promise_outcome": "承诺结果",
    "supervise": "督办",
    "add_task": "协办",
    "accept_task": "协办签收",
    "answer_task": "协办答复",
    "return_task": "协办退回",
    "chase_task": "协办催办",
    "withdraw_task": "协办撤销",
    "escalate": "上报",
    "watch": "关注",
    "copy_in": "抄送",
    "unwatch": "取消关注",
    "acknowledge_escalation": "确认上报",
    "countersign": "会签",
    "give_opinion": "会签意见",
    "draft_decision": "拟写处理意见",
    "approve_decision": "审核通过",
    "return_decision": "审核退回",
    "notify": "答复投诉人",
    "record_feedback": "登记客户意见",
    "record_way": "登记外部救济",
    "request_review": "申请核查",
    "decide_review": "核查结论",
    "hear_review": "核查结果",
    "decide_anew": "核查后重办",
    "follow_up": "回访",
    "dispute": "客户不认可",
    "close": "结案",
    "reopen": "重新办理",
    "withdraw": "撤回",
    "waive_survey": "免评价",
    "reclassify": "改类",
    "restart": "期限重新计算",
    "extend": "延期",
    "agree": "协商约定",
    "recall_decision": "撤回送审",
    "reopen_decision": "退回重办",
    "check_spot": "登记抽查结果",
    "decline": "不予办理",
    "reveal": "查看明文",
    "issue_letter": "出具文书",
    "add_reference": "登记转办件",
    "answer_regulator": "监管反馈",
}
NATURES = {
    "complaint": "投诉",
    "enquiry": "咨询",
    "suggestion": "意见建议",
    "praise": "表扬",
    "service_request": "服务诉求",
    "petition": "信访",
    "tip_off": "举报",
    "privacy_request": "个人信息权利请求",
}
LEVELS = {"ordinary": "一般", "important": "重要", "major": "重大"}
SATISFACTIONS = {
    "satisfied": "满意",
    "no_objection": "无异议（基本满意）",
    "dissatisfied": "不满意",
    "not_obtained": "未取得",
}
TOUCHPOINTS = {"opening": "开户", "advice": "咨询", "trading": "交易", "after_sales": "售后"}
# Verbs of events that no edge of the workflow writes.
WRITTEN_BY_THE_SYSTEM = {
    "climb",
    "open_review",
    "scan",
    "split_off",
    "begin_group",
    "fall_to_post",
    "recuse",
    "take_in",
    "fire",
    "join",
    "imported",
    "recount",
    "reveal",
}


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (State, STATES),
        (Nature, NATURES),
        (Level, LEVELS),
        (Satisfaction, SATISFACTIONS),
        (Touchpoint, TOUCHPOINTS),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_list_reads_as_the_glossary_has_it(choices, words):
    with translation.override("zh-hans"):
        assert {value: str(label) for value, label in choices.choices} == words


@pytest.mark.parametrize(("verb", "word"), VERB_WORDS.items())
def test_a_verb_reads_as_the_glossary_has_it(verb, word):
    """F25: 期限扣除 deducted nothing from the deadline of the law; it is called what it is, 鉴定/调解."""
    with translation.override("zh-hans"):
        assert str(label_of(verb)) == word


def test_every_edge_is_a_verb_and_every_verb_an_edge():
    assert {verb for _source, verb, _target in edges()} | WRITTEN_BY_THE_SYSTEM == (VERBS | RECORDED).keys()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_two_verbs_or_states_share_a_word(language):
    with translation.override(language):
        verbs = VERBS | RECORDED
        assert len({str(one.label) for one in verbs.values()}) == len(verbs)
        assert len({str(state.label) for state in State}) == len(State)


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: verb.name)
def test_every_field_of_a_form_has_a_chinese_label(verb):
    for name, field in verb.form().fields.items():
        with translation.override("en"):
            english = str(field.label)
        with translation.override("zh-hans"):
            assert str(field.label) != english, f"{verb.name}.{name} is labelled {english!r} in Chinese too"
