"""The words of a case stand beside it, redacted, and are found; what people wrote is nowhere in clear."""

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from complaints.models import Case, CaseWords
from complaints.services import indexing, taking
from complaints.services.replaying import differences
from complaints.services.surveying import answer_survey
from complaints.verbs import amending, answering, contacting, deciding, handling, satisfaction
from feedback import services as feedback
from feedback.models import Feedback
from feedback.search import MOST, OVERLAP, bigrams, parts
from feedback.services import opened
from organization.services import create_entity
from security.fields import SealedRow, SealedValue
from security.models import AuditRow
from security.services import reveal
from sqm_site.models import Heartbeat
from tests.cases import CLASSIFIED, DECIDED, taken
from tests.people import NOON
from tests.test_rooms import ROOMS

CALLER = "13912345678"
NAME = "欧阳测试"
CUSTOMER = {"customer_no": "K777777", "name": NAME, "phone": CALLER}


def saying(words: str) -> list[Case]:
    return list(Case.objects.saying(words).order_by("pk"))


class TestSearch:
    def test_it_finds_what_was_said_in_any_text(self, owned, handler):
        handling.note(owned.reference, actor=handler, at=NOON, text="已向清算中心核对流水")
        contacting.reply(owned.reference, actor=handler, at=NOON, method="PHONE", text="我们正在核实滞纳金")
        assert saying("清算中心") == saying("滞纳金") == saying("年费重复") == [owned]

    def test_all_words_in_one_case_each_anywhere(self, owned, handler, integration):
        other = taken(integration, subject="滞纳金", text="利息算错")
        handling.note(owned.reference, actor=handler, at=NOON, text="客户提到滞纳金")
        assert saying("滞纳金 年费") == [owned]
        assert saying("滞纳金 利息") == [other]
        assert saying("滞纳金") == [owned, other]

    def test_words_wait_for_nobody_long(self, case):
        """P10: the request that filled the list of new words merged it, in half a second."""
        assert indexing.merge_new_words() > 0
        assert indexing.merge_new_words() == 0
        assert saying("年费重复") == [case]
        assert Heartbeat.objects.get(name="merge new words").runs == 2

    def test_a_further_message_is_found_in_the_case_it_joined(self, integration):
        case = taken(integration, thread="t-1")
        taken(integration, thread="t-1", text="还有一笔境外手续费")
        assert saying("境外手续费") == [case]

    def test_a_long_text_is_found_at_its_end_and_across_its_parts(self, integration):
        filler = "".join(chr(0x4E00 + number % 2_500) for number in range(MOST - 3))
        case = taken(integration, subject="", text=f"{filler}跨越分段的词语{filler}最后的词语")
        assert saying("跨越分段的词语") == saying("最后的词语") == [case]
        assert CaseWords.objects.filter(case=case).count() > 1

    def test_nothing_of_another_legal_entity(self, case):
        abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部").legal_entity_id
        assert list(Case.objects.saying("年费", entity=case.legal_entity_id)) == [case]
        assert not Case.objects.saying("年费", entity=abroad)

    @pytest.mark.parametrize("length", [0, 1, OVERLAP, MOST, MOST + 1, 3 * MOST])
    def test_parts_overlap_and_leave_nothing_out(self, length):
        text = "".join(chr(0x4E00 + number) for number in range(length))
        pieces = list(parts(text))
        assert "".join(piece if not number else piece[OVERLAP:] for number, piece in enumerate(pieces)) == text
        assert all(len(bigrams(piece)) <= MOST for piece in pieces)


def test_a_case_without_subject_has_the_opening_of_its_text_for_a_title(integration):
    assert (
        taken(integration, subject="", text="手机银行\n转账未到账，请核实。").subject == "手机银行 转账未到账，请核实。"
    )


@pytest.mark.parametrize("language", ["en", "zh-hans", "fr"])
def test_a_title_is_cut_alike_whatever_the_sender_reads(integration, language):
    """The audit compares it with the message, in whatever language it runs."""
    with translation.override(language):
        case = taken(integration, subject="", text="年费重复收取" * 40)
    assert (len(case.subject), case.subject[-1]) == (80, "…")
    assert [*differences(case)] == []


def test_moving_a_deadline_writes_no_word(owned, handler):
    """The words of a case were columns of its row, and every verb wrote 800 index entries anew."""
    with CaptureQueriesContext(connection) as queries:
        handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert written and not [sql for sql in written if "words" in sql or "bigrams" in sql]


def in_clear(*secrets: str) -> list[str]:
    """table.column of every stored value, the log included, in which one of these can be read."""
    found = []
    with connection.cursor() as cursor:
        for model in (model for model in apps.get_models() if model._meta.app_config.name in ROOMS):
            table = model._meta.db_table
            cursor.execute(f'SELECT to_jsonb(one)::text FROM "{table}" AS one')
            found += [table for (row,) in cursor.fetchall() if any(secret in row for secret in secrets)]
    return sorted(set(found))


class TestNothingInClear:
    def test_what_a_hotline_sends_beside_the_message(self, integration):
        """B28 S4: CTI puts the caller's number there, and it stood in clear."""
        taken(integration, metadata={"caller": CALLER, "note": NAME}, customer=CUSTOMER)
        assert in_clear(CALLER, NAME) == []

    def test_what_people_write_of_the_customer(self, integration, handler, lead):
        """B18 S4: evidence and the facts that were put right stood in the log for ever, the name in every text."""
        reference = taken(integration, customer=CUSTOMER).reference
        by, said = {"actor": handler, "at": NOON}, f"{NAME}先生 {CALLER} 来电"
        taking.take_next(**by)
        handling.note(reference, **by, text=said)
        contacting.log_contact(reference, **by, method="PHONE", result="CONNECTED", gist=said, recording=said)
        amending.amend(reference, **by, reason=said, product="一本万利理财", named_staff=["王某某柜员"])
        handling.classify(reference, **by, **CLASSIFIED)
        deciding.draft_decision(reference, **by, **DECIDED | {"findings": said})
        deciding.approve_decision(reference, actor=lead, at=NOON, remark=said)
        answering.notify(reference, **by, method="PHONE", evidence=said, text=said)
        satisfaction.record_feedback(reference, **by, satisfaction="satisfied", comment=said)
        assert in_clear(CALLER, NAME) == []
        assert in_clear("一本万利理财", "王某某柜员") == ["complaints_case", "complaints_casetext"]

    def test_why_a_value_was_opened(self, case, handler):
        """S4: the reason of a reveal names the customer, for good."""
        sealed = case.customer.phone
        reveal(sealed, actor=handler, reason="回电给测试客户核实", at=NOON, known=["测试客户"])
        assert "测试客户" not in AuditRow.objects.get(verb="reveal").reason


class TestNeverKept:
    """F27: passwords and codes stood in every list, and for good in the sealed originals."""

    SECRET = "739104"
    SAID = f"我报了验证码 {SECRET}，密码是{SECRET}"

    def test_what_comes_in(self, integration):
        """F27: subject, text, and what a sender puts beside them."""
        metadata = {"otp": self.SECRET, "call": {"note": [self.SAID], "password": self.SECRET}}
        case = taken(integration, subject=self.SAID, text=f"{self.SAID}，谢谢", metadata=metadata, product=self.SAID)
        taken(integration, subject="", text=f"{self.SECRET}是验证码", case=case.reference)
        assert kept_anywhere(self.SECRET) == []
        assert [*differences(Case.objects.get(pk=case.pk))] == []
        assert any("谢谢" in words for words in kept_of(Feedback))  # and the rest of it is there

    def test_what_colleagues_write_and_send(self, integration, handler, lead):
        """F27: notes, gists, evidence, reasons, replies, drafts, remarks, comments, facts, and answers to surveys."""
        reference, said = taken(integration, customer=CUSTOMER | {"email": "lan@example.com"}).reference, self.SAID
        by = {"actor": handler, "at": NOON}
        taking.take_next(**by)
        handling.note(reference, **by, text=said)
        contacting.log_contact(reference, **by, method="PHONE", result="CONNECTED", gist=said, recording=said)
        amending.amend(reference, **by, reason=said, product=said, named_staff=[said])
        contacting.reply(reference, **by, method="EMAIL", text=said)
        handling.classify(reference, **by, **CLASSIFIED)
        deciding.draft_decision(reference, **by, **DECIDED | {"findings": said})
        deciding.approve_decision(reference, actor=lead, at=NOON, remark=said)
        answering.notify(reference, **by, method="PHONE", evidence=said, text=said)
        survey = feedback.invite(reference, contact=None, legal_entity=handler.legal_entity, channel="PHONE", at=NOON)
        answer_survey(survey.token, satisfaction="satisfied", comment=said, at=NOON)
        assert kept_anywhere(self.SECRET) == []
        assert [*differences(Case.objects.get(reference=reference))] == []

    def test_why_a_value_was_opened(self, case, handler):
        """F27: a reason, too."""
        reveal(case.customer.phone, actor=handler, reason=self.SAID, at=NOON)
        assert kept_anywhere(self.SECRET) == []


def kept_anywhere(secret: str) -> list[str]:
    """Where it can be read, in clear or by whoever has the keys."""
    sealed = [model for model in apps.get_models() if issubclass(model, SealedRow)]
    return in_clear(secret) + [one.__name__ for one in sealed if any(secret in words for words in kept_of(one))]


def kept_of(model) -> list[str]:
    """Every sealed value of a table, opened."""
    names = [name for name in dir(model) if isinstance(getattr(model, name, None), SealedValue)]
    return [opened(getattr(row, name)) for row in model.objects.order_by("pk") for name in names]


def test_the_row_of_a_case_is_as_short_whatever_was_said(integration):
    """P12: words and their pairs lay in it, and whatever read the cases read them too: 1.4 kB a row."""
    short, long = (
        taken(integration, text="年费"),
        taken(integration, text="".join(map(chr, range(0x4E00, 0x4E00 + 4_000)))),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, pg_column_size(complaints_case.*) FROM complaints_case")
        sizes = dict(cursor.fetchall())
    assert sizes[short.pk] <= sizes[long.pk] <= 700
