"""M: who hears of a case, once each, and of what."""

from datetime import timedelta

import pytest

from complaints.models import Case
from complaints.services.escalating import fire_due
from complaints.services.telling import Recipients
from complaints.verbs import answering, closing
from feedback.models import Notice
from organization.models import Role
from tests.cases import TOLD, content, taken
from tests.people import NOON, person


def heard(person, case) -> list[str]:
    rows = Notice.objects.filter(about=case.reference, channel="in_app", to_user=person)
    return list(rows.order_by("pk").values_list("kind", flat=True))


def test_a_bundle_is_named_by_its_gravest_rung(integration, receiver):
    """M: two rungs in one bundle: the notice carries kind and key of the gravest."""
    case = taken(integration, occurred_at=(NOON - timedelta(days=15)).isoformat())
    case.clocks.exclude(kind="decision").delete()
    clock = case.clocks.get()
    fire_due(at=clock.due_at + timedelta(seconds=1))
    notice = Notice.objects.get(about=case.reference, channel="in_app", to_user=receiver, key__startswith="fire:")
    gravest = case.firings.filter(recipient=receiver).latest("position")
    assert case.firings.filter(recipient=receiver).count() > 1
    assert notice.kind == gravest.kind != "reminder"
    assert notice.key.startswith(f"fire:{clock.pk}:{gravest.position}")
    assert notice.context["rungs"] == case.firings.filter(recipient=receiver).count()


def test_an_owner_who_received_it_first_is_told_once(decided, handler):
    """M: an owner who is also first receiver is not told twice."""
    Case.objects.filter(pk=decided.pk).update(first_receiver=handler)
    before = heard(handler, decided)
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    assert heard(handler, decided) == before


def test_a_first_receiver_who_is_not_the_owner_hears_of_it(decided, handler, receiver):
    """M: the other side of it, and whoever acts is not told what they did."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    assert heard(receiver, decided)[-1] == "first_receiver"


def test_an_owner_is_not_told_as_first_receiver_of_what_others_did(decided, handler, lead):
    """M: owner and first receiver are one, and a lead acts."""
    Case.objects.filter(pk=decided.pk).update(first_receiver=handler)
    answering.notify(decided.reference, actor=lead, at=NOON, **TOLD)
    assert "first_receiver" not in heard(handler, decided)


def test_nobody_is_told_what_they_did_themselves(decided, handler, lead):
    """M: the first receiver acts, on a case that somebody else has."""
    Case.objects.filter(pk=decided.pk).update(first_receiver=lead)
    before = heard(lead, decided)
    answering.notify(decided.reference, actor=lead, at=NOON, **TOLD)
    assert heard(lead, decided) == before


def test_the_last_rung_goes_to_the_protection_of_the_root(case, branch, institution):
    """M: the consumer-protection rung goes to the root although the branch has one."""
    person("protection.here", Role.CONSUMER_PROTECTION, branch)
    root = person("protection", Role.CONSUMER_PROTECTION, institution)
    assert Recipients([case], at=NOON).of("consumer_protection", case) == root


@pytest.mark.parametrize("back", ["dispute", "reopen"])
def test_a_first_receiver_hears_that_it_came_back(back, decided, handler, lead, receiver):
    """M: of a new round too; found by `make mutants`."""
    answering.notify(decided.reference, actor=handler, at=NOON, **TOLD)
    if back == "reopen":
        content(decided, caller=lead)
        closing.close(decided.reference, actor=handler, at=NOON, root_cause="R07")
    before = len(heard(receiver, decided))
    getattr(closing, back)(decided.reference, actor=lead, at=NOON, reason="金额不对")
    assert heard(receiver, decided)[before:] == ["first_receiver"]
    assert heard(handler, decided)[-1] == "reopened"
