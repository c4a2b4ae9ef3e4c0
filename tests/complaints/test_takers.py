"""Who can take a case over: found by name, user name and pinyin, with load and presence, within one legal entity."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from complaints.models import Case
from complaints.services.spelling import spell_names
from complaints.verbs import ownership
from organization.models import Role, User
from organization.services import create_entity
from tests.cases import taken
from tests.people import NOON, absent, person

SPOKEN = {"handler": "张晓岚", "colleague": "李文", "outsider": "王建国"}


@pytest.fixture
def asked(client, owned, handler, colleague, outsider, lead, supervisor):
    for username, name in SPOKEN.items():
        User.objects.filter(username=username).update(display_name=name)
    spell_names()
    client.force_login(lead)

    def ask(words: str = "", case: Case = owned):
        with translation.override("zh-hans"):
            return client.get(reverse("desk:takers", args=[case.reference]), {"q": words}).json()["results"]

    return ask


@pytest.mark.parametrize("words", ["李文", "lw", "liwen", "LW", "colleague", "coll", "文"])
def test_a_colleague_is_found_by_name_by_pinyin_and_by_user_name(asked, words):
    found = asked(words)
    assert [(row["text"], row["sets"]) for row in found] == [("李文", {"to": "colleague"})]


def test_load_and_presence_are_said_and_the_absent_come_last(asked, colleague, integration):
    for number in range(2):
        case = taken(integration, external_id=f"more-{number}")
        ownership.take_next(case.reference, actor=colleague, at=NOON)
    Case.objects.filter(owner=colleague).update(next_due_at=timezone.now() + timedelta(days=9))
    Case.objects.filter(pk=case.pk).update(next_due_at=timezone.now())
    details = {row["text"]: row["detail"] for row in asked()}
    assert details["李文"] == "上海分行 一组 · 在手 2 · 今天到期 1 · 在岗"
    until = timezone.now() + timedelta(days=2)
    absent(colleague, until=until)
    found = asked()
    assert f"不在岗至 {timezone.localtime(until):%m-%d}" in {row["text"]: row["detail"] for row in found}["李文"]
    people = [row["text"] for row in found if row["value"].startswith("to:") and "上海分行" in row["detail"]]
    assert people[-1] == "李文"


def test_a_team_and_a_unit_are_found_as_well(asked):
    assert [row["sets"] for row in asked("yz")] == [{"unit": "SH", "team": "一组"}]
    assert [row["sets"] for row in asked("bjfh")] == [{"unit": "BJ"}]
    assert [row["sets"] for row in asked("BJ") if row["value"].startswith("unit")] == [{"unit": "BJ"}]


def test_nobody_of_another_entity_nobody_barred_and_nobody_who_cannot_sign(asked, owned, colleague, supervisor):
    abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
    person("lwen", Role.HANDLER, abroad)
    person("auditor", Role.COMPLIANCE_AUDITOR, owned.handling_unit)
    assert asked("lwen") == asked("auditor") == asked("OTHER") == []
    Case.objects.filter(pk=owned.pk).update(barred=[colleague.pk])
    assert asked("liwen") == []


def test_who_may_neither_assign_nor_transfer_is_told_nothing(client, owned, colleague):
    client.force_login(colleague)
    assert client.get(reverse("desk:takers", args=[owned.reference])).status_code == 403


def test_what_the_box_writes_is_what_the_form_takes(asked, client, owned, lead):
    """The fields of the verb are as they were: a unit code, a team, a user name."""
    for words in ("liwen", "yz", "bjfh"):
        sets = asked(words)[0]["sets"]
        answer = client.post(
            reverse("desk:verb", args=[owned.reference, "assign"]), {"reason": "", **sets}, headers={"HX-Request": "1"}
        )
        assert answer.headers["X-Fragment"] == "done", answer.content.decode()
    assert Case.objects.get().offers.count() == 3
