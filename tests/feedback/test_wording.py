from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils import translation

from feedback.models import Notice
from feedback.wording import KINDS as NAMES
from feedback.wording import word

KINDS = sorted(path.stem for path in Path(project.BASE_DIR, "templates", "notices").glob("*.txt"))
CONTEXT = {"clock": "decision", "due_at": "2026-12-08T15:59:59+00:00", "ends_at": "2026-12-23T04:00:00+00:00"}


@pytest.fixture(autouse=True)
def address(settings):
    settings.PUBLIC_URL = "https://service.example.com/"


def worded(kind, words="", **context):
    return word(Notice(kind=kind, about="C261123-0483175-9", context=CONTEXT | context), words)


def test_every_kind_the_rooms_above_use_has_words():
    assert set(KINDS) >= {
        "reminder", "breach", "escalation", "offer", "refused", "returned", "to_check", "decided", "chase",
        "first_receiver", "withdrawn", "reopened", "joined", "approval_asked", "approval_decided",
        "let_in", "proposal_decided", "acknowledgement", "reply", "decision", "survey",
    }  # fmt: skip


def test_every_kind_has_a_name():
    assert set(KINDS) == set(NAMES)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_subject_of_one_line_that_names_the_case_and_a_body(kind, language):
    with translation.override(language):
        wording = worded(kind, words="正文")

    assert "C261123-0483175-9" in wording.subject
    assert wording.body
    assert "{" not in wording.subject + wording.body


def test_a_deadline_is_told_in_local_time_and_in_words():
    with translation.override("en"):
        assert "“Decision” is due on 2026-12-08 23:59" in worded("reminder").subject


def test_an_escalation_by_a_colleague_has_no_deadline():
    with translation.override("en"):
        by_clock = worded("escalation").subject
        by_hand = word(Notice(kind="escalation", about="C1", context={"state": "in_progress"})).subject

    assert "overdue since" in by_clock
    assert "by a colleague" in by_hand


def test_a_decision_on_a_request_says_which():
    with translation.override("en"):
        assert "is approved" in worded("approval_decided", granted=True).subject
        assert "is not approved" in worded("approval_decided", granted=False).subject


def test_a_survey_brings_its_link_and_its_end():
    with translation.override("en"):
        body = worded("survey", words="TOKEN").body

    assert "until 2026-12-23" in body
    assert "https://service.example.com/survey/TOKEN/" in body


def test_an_acknowledgement_says_by_when_where_to_call_and_how_to_add(settings):
    """W: it said "we will tell you", and neither by when nor how the customer comes back to us."""
    settings.TELEPHONE = "4000000000"
    with translation.override("zh-hans"):
        body = worded("acknowledgement").body
        settings.TELEPHONE = ""
        of_enquiry = word(Notice(kind="acknowledgement", about="C1", context={})).body

    assert "最迟于 2026-12-08 告知您处理结果" in body and "联系电话：4000000000" in body and "补充情况或材料" in body
    assert "最迟" not in of_enquiry and "电话" not in of_enquiry and "补充情况或材料" in of_enquiry
    assert "\n\n\n" not in body + of_enquiry


def test_a_mail_is_plain_text_and_what_people_write_is_never_a_template():
    assert worded("reply", words="A&B <b> {{ public_url }}").body == "A&B <b> {{ public_url }}"
