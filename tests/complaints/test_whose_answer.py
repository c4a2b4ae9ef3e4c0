"""An answer goes to whoever wrote: not to an address that somebody else gave for the same customer number."""

import pytest
from django.core import mail
from django.urls import reverse

from complaints.models import Case
from complaints.services.registering import register
from complaints.verbs import contacting, handling
from feedback.delivery import deliver_due
from feedback.models import Customer, Notice
from tests.cases import Post, body, taken
from tests.people import NOON

NUMBER = "K777777"
MINE, THEIRS = "lan@example.com", "attacker@example.com"


def said_by(integration, email: str = "", **more) -> Case:
    customer = {"customer_no": NUMBER, "name": "欧阳测试"} | ({"email": email} if email else {})
    return taken(integration, customer=customer, channel="web", **more)


def answered(case: Case, handler) -> list[list[str]]:
    """Whom an answer by mail to the case reaches."""
    Case.objects.filter(pk=case.pk).update(owner=handler)
    contacting.reply(case.reference, actor=handler, at=NOON, method="EMAIL", text="已为您退回年费")
    deliver_due(NOON)
    return [message.to for message in mail.outbox if "已为您退回年费" in message.body]


@pytest.fixture
def web(client_and_key):
    client, key = client_and_key
    return client, Post(key)


def test_who_claimed_an_address_first_does_not_get_the_answers_of_others(integration, handler):
    """S3: the first e-mail anybody gave for a customer number got every later answer."""
    said_by(integration, THEIRS)
    later = said_by(integration, MINE)
    assert answered(later, handler) == [[MINE]]


def test_without_an_address_in_its_message_a_colleague_tells(integration, handler):
    """S3: an address that came with another message is nobody's who wrote this one."""
    said_by(integration, THEIRS)
    later = said_by(integration)
    assert answered(later, handler) == []
    assert not Notice.objects.filter(about=later.reference, channel="email", contact__isnull=False).exists()


def test_a_message_that_joins_a_case_does_not_turn_its_answers(integration, handler):
    """S3: who knows the reference of a case and a customer number moves no answer."""
    case = said_by(integration, MINE)
    said_by(integration, THEIRS, case=case.reference)
    assert answered(case, handler) == [[MINE]]


@pytest.mark.parametrize(("channel", "known"), [("web", False), ("wechat", False), ("phone", False), ("app", True)])
def test_only_where_the_customer_has_logged_in_their_values_are_taken_over(integration, channel, known):
    """S3: whoever wrote by the web form added their telephone to somebody else."""
    said_by(integration)
    taken(integration, channel=channel, customer={"customer_no": NUMBER, "phone": "13912345678"})
    assert Customer.objects.get().phone.present is known


def test_what_a_colleague_writes_down_is_taken_over(integration, handler):
    """S3: a person asked who speaks."""
    said_by(integration)
    customer = {"customer_no": NUMBER, "phone": "13912345678"}
    said = {"channel": "phone", "nature": "complaint", "text": "年费", "customer": customer}
    register(said, actor=handler, form="1", at=NOON)
    assert Customer.objects.get().phone.present


def test_other_values_than_ours_are_shown_to_the_handler(integration, handler, client):
    """S3: nobody at the desk could see that somebody else may be speaking."""
    first = said_by(integration, THEIRS)
    later = said_by(integration, MINE)
    client.force_login(handler, "organization.backends.RoleBackend")
    pages = [client.get(reverse("desk:case", args=[case.reference])).content.decode() for case in (first, later)]
    assert ["核实对方身份" in page for page in pages] == [False, True]
    assert "l***@example.com" in pages[1]


class TestWhatAProgramReads:
    """S13: a client learned what is stored of customers that it never served."""

    def test_of_a_customer_only_what_it_sent_masked(self, web):
        """S13: the telephone of a customer whose number it guessed."""
        integration, post = web
        taken(integration, customer={"customer_no": NUMBER, "name": "欧阳测试", "phone": "13912345678"})
        sent = post(body(customer={"customer_no": NUMBER})).json()
        shown = post.client.get(f"/api/v1/cases/{sent['reference']}/", headers={"Authorization": f"Bearer {post.key}"})
        assert shown.json()["customer"] | {"id": 0} == {"id": 0, "name": "", "phone": ""}

    @pytest.mark.parametrize("where", ["subject", "text"])
    def test_a_guessed_name_is_not_confirmed(self, web, where):
        """S13: a name that came back as a token was the right one."""
        integration, post = web
        taken(integration, customer={"customer_no": NUMBER, "name": "欧阳测试"})
        said = "是欧阳测试还是诸葛某某"
        sent = post(body(customer={"customer_no": NUMBER}) | {where: said}).json()
        headers = {"Authorization": f"Bearer {post.key}"}
        one = post.client.get(f"/api/v1/cases/{sent['reference']}/", headers=headers).json()
        rows = post.client.get("/api/v1/cases/", headers=headers).json()["results"]
        assert one[where] == said
        assert where == "text" or said in [row["subject"] for row in rows]
        assert "欧阳测试" not in Case.objects.get(reference=sent["reference"]).subject

    def test_a_search_looks_at_nothing_that_others_wrote(self, web, handler):
        """S13: a program learned by asking which words stood in a note of its case, or in another program's message."""
        integration, post = web
        case = taken(integration, subject="年费", text="年费扣了两次")
        handling.note(case.reference, actor=handler, at=NOON, text="系统故障已经退款")
        headers = {"Authorization": f"Bearer {post.key}"}

        def found(words: str) -> int:
            return len(post.client.get("/api/v1/cases/", {"q": words}, headers=headers).json()["results"])

        assert (found("扣了两次"), found("系统故障"), found("年费 系统故障")) == (1, 0, 0)
