"""M: who hears of a case, once each, and of what."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from complaints.models import Case
from complaints.services.escalating import fire_due
from complaints.services.telling import Recipients
from complaints.verbs import answering, approving, closing, deciding, ending, extending, handling, ownership
from feedback.models import Notice
from organization.models import Role
from tests.cases import CLASSIFIED, DECIDED, MORE_TIME, NOT_ENTITLED, TOLD, content, taken
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


def unread(case) -> set[tuple[str, str]]:
    rows = Notice.objects.unread().filter(about=case.reference)
    return {(row.kind, row.to_user.username) for row in rows.select_related("to_user")}


def asked_of(case, kind: str) -> set[str]:
    return {username for one, username in unread(case) if one == kind}


class TestWhatIsDone:
    """D24: whoever was asked went on reading of it after a colleague had done it."""

    def test_a_check_that_a_colleague_made(self, decided, handler, lead):
        assert heard(lead, decided) == ["to_check"] and ("to_check", "lead") not in unread(decided)
        assert ("decided", "handler") in unread(decided), "what nobody was asked for stays"

    def test_a_draft_that_its_author_took_back(self, owned, handler, lead):
        handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
        deciding.draft_decision(owned.reference, actor=handler, at=NOON, **DECIDED)
        assert ("to_check", "lead") in unread(owned)
        deciding.recall_decision(owned.reference, actor=handler, at=NOON, reason="有新证据")
        assert ("to_check", "lead") not in unread(owned)

    def test_an_approval_and_only_the_one_that_was_decided(self, owned, handler, lead, supervisor):
        ending.decline(owned.reference, actor=handler, at=NOON, **NOT_ENTITLED)
        extending.extend(owned.reference, actor=handler, at=NOON, **MORE_TIME)
        assert asked_of(owned, "approval_asked") == {"lead", "supervisor"}
        declining = owned.approvals.get(verb="decline")
        given = {"grant": False, "approval": declining.pk}
        approving.decide_approval(owned.reference, actor=supervisor, at=NOON, **given)
        assert {notice for notice in unread(owned) if notice[0] == "approval_asked"} == {
            ("approval_asked", "supervisor")
        }

    @pytest.mark.parametrize("ends", ["accept", "refuse", "assigned anew"])
    def test_an_offer_that_ended(self, ends, case, colleague, dispatcher, handler):
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
        assert ("offer", "colleague") in unread(case)
        if ends == "assigned anew":
            ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")
        else:
            words = {"reason": "不熟悉"} if ends == "refuse" else {}
            getattr(ownership, ends)(case.reference, actor=colleague, at=NOON, **words)
        assert asked_of(case, "offer") == ({"handler"} if ends == "assigned anew" else set())

    @pytest.mark.django_db(transaction=True)
    def test_a_reader_who_is_just_opening_the_case_is_not_waited_for(self, case, colleague, dispatcher):
        """Two who read the same notices in different orders would wait for each other."""
        ownership.assign(case.reference, actor=dispatcher, at=NOON, to="colleague")
        reading, signed = Barrier(2, timeout=30), Barrier(2, timeout=30)

        def read():
            with transaction.atomic():
                Notice.objects.unread().filter(to_user=colleague).update(read_at=NOON)
                reading.wait()
                signed.wait()
            connection.close()

        reader = Thread(target=read)
        reader.start()
        reading.wait()
        ownership.accept(case.reference, actor=colleague, at=NOON)
        signed.wait()
        reader.join()
        assert ("offer", "colleague") not in unread(case)
