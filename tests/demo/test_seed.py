"""A large load has histories as true as those that people make: every proof the house has holds on it."""

from collections import Counter
from datetime import timedelta
from io import StringIO
from itertools import islice

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from complaints.models import OPEN, Case, CaseEvent, CaseText, CaseWords, Clock, Message, Offer, Round, State
from complaints.services.deadlines import facts_of
from complaints.services.escalating import fire_due
from complaints.services.replaying import retold_otherwise
from complaints.services.verifying import broken_chains, replaced_events
from demo import bank, checking, lives, planning, seeding
from demo.bare import FOREIGN_KEYS, INDEXES, UNIQUE, bare, owed, restore, take_down
from demo.seeding import Load, SeedError
from feedback.models import Customer, Feedback
from feedback.search import bigrams
from quality import cells
from security.models import AuditSeal
from security.sealing import unseal
from sla import services as sla
from tests.people import NOON

CASES = 300
LOADED = [Case, CaseEvent, CaseText, CaseWords, Clock, Customer, Feedback, Message, Offer, Round]


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """One load for all tests of this file, rolled back after them."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr("demo.planning.A_VARIANT", 1_000)  # each way once: fewer histories to walk
        before = catalogue()
        load = sown(CASES)
        assert changes(before) == []
        yield load
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def undone(request):
    """What a test does to the load stays in the test."""
    if "seeded" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("seeded")
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sown(cases, seed="1"):
    load = Load(cases, seed=seed, at=timezone.now().replace(microsecond=0))
    load.prepare()
    with connection.cursor() as cursor:
        # in one transaction with the test a table whose checks wait for the end cannot be altered
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with bare(load.tables()):
        load.pour(lambda done: None)
    load.analyze()  # else the planner takes the tables for empty, as autovacuum found them
    cells.rebuild()
    return load


def catalogue():
    """Every key and index there is, and what is set for a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        )
        constraints = cursor.fetchall()
        cursor.execute("SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'")
        indexes = cursor.fetchall()
        cursor.execute("SELECT relname, reloptions, '', '' FROM pg_class WHERE relkind = 'r'")
        return {*constraints, *indexes, *((name, str(options), "", "") for name, options, *_none in cursor.fetchall())}


def changes(before):
    return sorted(catalogue() ^ before)


def test_the_chains_and_the_seals_verify(seeded):
    assert [*broken_chains(), *replaced_events()] == []
    sealed = {case for one in AuditSeal.objects.filter(reader="seal") for case in one.chains}
    assert sealed >= set(Case.objects.values_list("pk", flat=True))


def test_replayed_the_events_tell_how_the_cases_stand(seeded):
    assert [*islice(retold_otherwise(Case.objects.all()), 5)] == []


def test_the_figures_equal_a_recount(seeded):
    assert checking.every_kpi_equals_its_recount(None) == []
    assert sum(
        numerator for numerator, _none in checking.shown_months("complaint_volume", timezone.localdate()).values()
    )


def test_every_rung_that_was_due_has_fired_and_open_cases_have_owner_and_deadline(seeded):
    fire_due()  # a case that is some minutes older than the one that was walked may owe a rung
    assert checking.every_due_rung_fired_once(None) == []
    assert checking.every_open_case_has_owner_and_deadline(None) == []


def test_six_of_a_hundred_are_open_and_a_third_lies_with_the_centre(seeded):
    assert Case.objects.count() == CASES
    assert Case.objects.filter(state__in=OPEN).count() == CASES * 6 // 100
    assert 0.2 < Case.objects.filter(handling_unit__code="LC").count() / CASES < 0.5


def test_rounds_and_offers_of_every_end_are_there(seeded):
    assert Round.objects.filter(number=2, closed_at=None).exists()
    assert Round.objects.filter(number=2, ended_as=State.CLOSED).exists()
    outcomes = Counter(Offer.objects.values_list("outcome", flat=True))
    assert outcomes[Offer.Outcome.ACCEPTED] and outcomes[Offer.Outcome.REFUSED] and outcomes[""]
    assert Case.objects.filter(state=State.ASSIGNED, offered_to__isnull=False).exists()


def test_deadlines_are_those_that_the_rules_give_on_that_day(seeded):
    wrong = []
    for case in Case.objects.filter(state__in=[State.CLOSED, State.WITHDRAWN]):
        planned = sla.plan(facts_of(case, source=""), received_at=case.received_at, at=case.received_at)
        given = {(plan.kind, plan.basis): plan.due_at for plan in planned}
        clocks = case.clocks.filter(round__number=1, subject="", paused_seconds=0, started_at=case.received_at)
        wrong += [(str(case), clock.kind) for clock in clocks if given[clock.kind, clock.basis] != clock.due_at]
    assert wrong == []


def test_words_open_and_are_found(seeded):
    feedback = Feedback.objects.latest("pk")
    words = unseal(feedback.words_sealed, row=feedback.row_id, field="words")
    assert words == f"{feedback.subject}\n{feedback.text}"
    for row in CaseWords.objects.select_related("case"):
        assert row.bigrams == [f"entity:{row.legal_entity_id}", *bigrams(row.text)]
    for text in CaseText.objects.all():
        spoken = unseal(text.words_sealed, row=text.row_id, field="words")
        event = CaseEvent.objects.get(case_id=text.case_id, sequence=text.event_sequence)
        assert event.details["texts"][text.kind] == text.digest_of(spoken)
    case = Message.objects.select_related("case").latest("pk").case
    assert case in Case.objects.saying(feedback.text[:6].strip("，。"), entity=case.legal_entity_id)


def test_a_customer_who_calls_again_is_known(seeded):
    customer = Customer.objects.latest("pk")
    assert customer.identity == f"customer_no:{customer.customer_no_index}"
    assert unseal(customer.name_sealed, row=customer.row_id, field="name")[0] == customer.name_masked[0]


def test_a_second_load_adds_to_the_first(seeded, monkeypatch):
    monkeypatch.setattr(seeding, "cast_moulds", lambda *args, **kwargs: seeded.moulds)  # walked already
    sown(CASES)
    assert Case.objects.count() == 2 * CASES
    assert [*broken_chains(), *replaced_events()] == []
    assert checking.every_kpi_equals_its_recount(None) == []


@pytest.fixture
def few_ways(monkeypatch):
    """Fewer histories to walk."""
    monkeypatch.setattr("demo.planning.A_VARIANT", 1_000)
    for name in ("FINISHED", "OPEN"):
        for module in (planning, seeding):
            monkeypatch.setattr(module, name, getattr(lives, name)[:3])


def test_the_same_word_draws_the_same_load(db, few_ways):
    def drawn(seed):
        load = Load(CASES, seed=seed, at=NOON)
        load.prepare()
        return [facts(one) for portion in load.portions for one in portion.plan]

    assert drawn("1") == drawn("1") != drawn("2")


def facts(planned):
    return planned.mould.received_at + timedelta(days=planned.days), planned.mould.topic, dict(planned.parts)


@pytest.mark.parametrize("wanted", [FOREIGN_KEYS, UNIQUE, INDEXES])
def test_keys_and_indexes_are_down_meanwhile_and_back_exactly_also_after_a_failure(db, wanted):
    before = catalogue()
    tables = [model._meta.db_table for model in LOADED]
    with pytest.raises(ZeroDivisionError), bare(LOADED), connection.cursor() as cursor:
        cursor.execute(wanted, [tables])
        assert cursor.fetchall() == []
        raise ZeroDivisionError
    assert changes(before) == []


def test_what_a_killed_load_left_comes_back_with_the_next(db):
    before = catalogue()
    take_down([model._meta.db_table for model in LOADED])
    assert owed()
    restore()
    assert (changes(before), owed()) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_two_processes_write_at_once_and_a_failing_one_ends_both(institution, few_ways, monkeypatch):
    monkeypatch.setattr(seeding, "BATCH", 50)
    before = catalogue()
    load = Load(200, seed="2", at=timezone.now().replace(microsecond=0))
    load.prepare()
    with monkeypatch.context() as patch, pytest.raises(SeedError, match="ZeroDivisionError"), bare(load.tables()):
        patch.setattr(seeding.Batch, "write", lambda *args, **kwargs: 1 / 0)
        load.pour(lambda done: None)
    assert (changes(before), Case.objects.count()) == ([], 0)
    heard = []
    with bare(load.tables()):
        load.pour(heard.append)
    assert heard[-1] == Case.objects.count() == 200
    assert [*broken_chains(), *replaced_events()] == []
    assert Case.objects.values("brought_by").distinct().count() == len(bank.CHANNELS)


def test_nothing_is_loaded_while_others_are_connected(db, monkeypatch):
    monkeypatch.setattr("demo.management.commands.seed.OTHERS", "SELECT 1")
    with pytest.raises(CommandError, match="Others are connected"):
        call_command("seed", cases=1, stdout=StringIO())
