"""批量办理: one form on several cases; each goes its own way, one that is refused stops no other, and twice is once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connections
from django.test import Client

from complaints.dossier import Dossier
from complaints.models import Batch, BatchRow, Case, CaseEvent
from complaints.services import bulk
from complaints.services.bulk import Ticked, forget_batches, in_bulk, verbs_in_bulk
from complaints.verbs import VERBS, ownership
from organization.models import User
from security.models import AuditRow
from sqm_site.errors import Invalid
from tests.cases import taken
from tests.people import NOON

BULK = [name for name, verb in VERBS.items() if verb.in_bulk]
PAGE = "/desk/bulk/"
IMPORTANT = {"level": "important", "reason": "同一产品多人反映"}


def ticked(*cases: Case) -> list[Ticked]:
    return [Ticked(case.reference, case.version) for case in cases]


def use(verb: str, cases: list[Ticked], *, by: User, key=None, **given) -> list[tuple[str, str]]:
    rows = in_bulk(VERBS[verb], cases, actor=by, given=given, key=key or uuid4(), at=NOON)
    return [(row.outcome, row.refusal) for row in rows]


@pytest.fixture
def three(integration, handler) -> list[Case]:
    return [ownership.take_next(taken(integration).reference, actor=handler, at=NOON) for _ in range(3)]


def test_each_case_gets_it_by_its_own_event(three, lead):
    assert use("set_level", ticked(*three), by=lead, **IMPORTANT) == [("done", "")] * 3
    assert {case.level for case in Case.objects.all()} == {"important"}
    assert CaseEvent.objects.filter(verb="set_level", actor=lead).count() == 3


def test_one_that_changed_or_is_closed_or_out_of_sight_stops_no_other(three, lead, outsider, integration, other_branch):
    stale, closed, fine = three
    Case.objects.filter(pk=closed.pk).update(state="withdrawn", owner=None, next_due_at=None)
    abroad = taken(integration, at=NOON)
    Case.objects.filter(pk=abroad.pk).update(handling_unit=other_branch, receiving_unit=other_branch)
    sent = [Ticked(stale.reference, stale.version - 1), *ticked(closed, abroad, fine), Ticked("C261123-0000000-0")]
    outcomes = [outcome for outcome, _said in use("set_level", sent, by=lead, **IMPORTANT)]
    assert outcomes == ["stale", "invalid-transition", "not-found", "done", "not-found"]
    assert [*Case.objects.filter(level="important")] == [fine]


def test_a_second_person_is_asked_for_each_that_needs_one(three, lead):
    Case.objects.update(level="important")
    outcomes = use("set_level", ticked(*three), by=lead, level="ordinary", reason="已核实单一个案")
    assert outcomes == [("asked", "")] * 3
    assert {case.level for case in Case.objects.all()} == {"important"}


def test_sent_again_it_does_nothing_and_says_the_same(three, lead):
    key, note = uuid4(), {"text": "统一回访口径"}
    first = use("note", ticked(*three), by=lead, key=key, **note)
    assert use("note", ticked(*three), by=lead, key=key, **note) == first == [("done", "")] * 3
    assert CaseEvent.objects.filter(verb="note").count() == 3
    for verb, by in (("escalate", lead), ("note", User.objects.get(username="handler"))):
        with pytest.raises(Invalid):
            in_bulk(VERBS[verb], ticked(*three), actor=by, given=note, key=key, at=NOON)


def test_what_was_refused_is_not_tried_again_under_the_same_key(three, lead):
    key = uuid4()
    Case.objects.filter(pk=three[0].pk).update(version=99)
    first = use("set_level", ticked(*three), by=lead, key=key, **IMPORTANT)
    Case.objects.filter(pk=three[0].pk).update(version=three[0].version)
    assert use("set_level", ticked(*three), by=lead, key=key, **IMPORTANT) == first
    assert first[0][0] == "stale"


@pytest.mark.django_db(transaction=True)
def test_two_sendings_at_once_are_one(three, lead):
    key = uuid4()

    def send() -> list[str]:
        try:
            return [outcome for outcome, _said in use("note", ticked(*three), by=lead, key=key, text="统一口径")]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert {tuple(one.result()) for one in [pool.submit(send) for _ in range(4)]} == {("done",) * 3}
    assert CaseEvent.objects.filter(verb="note").count() == 3


def test_what_broke_off_goes_on_where_it_stood(three, lead, monkeypatch):
    key, real = uuid4(), bulk.used_on

    def breaks(batch, one, *args, **given):
        if one.reference == three[1].reference:
            raise ConnectionError
        return real(batch, one, *args, **given)

    monkeypatch.setattr(bulk, "used_on", breaks)
    with pytest.raises(ConnectionError):
        use("note", ticked(*three), by=lead, key=key, text="统一口径")
    monkeypatch.setattr(bulk, "used_on", real)
    assert use("note", ticked(*three), by=lead, key=key, text="统一口径") == [("done", "")] * 3
    assert CaseEvent.objects.filter(verb="note").count() == 3


def test_one_that_somebody_holds_is_said_and_tried_again_under_the_same_key(three, lead, monkeypatch):
    key, real = uuid4(), bulk.tried

    def held(batch, one, *args, **said):
        if one.reference == three[1].reference:
            raise OperationalError
        return real(batch, one, *args, **said)

    monkeypatch.setattr(bulk, "tried", held)
    assert [row[0] for row in use("note", ticked(*three), by=lead, key=key, text="统一口径")] == [
        "done",
        "unavailable",
        "done",
    ]
    monkeypatch.setattr(bulk, "tried", real)
    assert use("note", ticked(*three), by=lead, key=key, text="统一口径") == [("done", "")] * 3


@pytest.mark.parametrize("name", BULK)
def test_every_one_of_them_goes_its_own_way_on_each_case(name, three, supervisor, integration, other_branch):
    """Of another unit, changed meanwhile, merged, and as it was shown: exactly the done ones got an event."""
    good, stale, merged = three
    Case.objects.filter(pk=merged.pk).update(state="merged")
    away = taken(integration)
    place = {"handling_unit": other_branch, "receiving_unit": other_branch, "owner": None, "state": "withdrawn"}
    Case.objects.filter(pk=away.pk).update(**place)
    verb, dossier = VERBS[name], Dossier(Case.objects.get(pk=good.pk), NOON, reader=supervisor)
    given, may = verb.form.read(verb.form.example(dossier)), not verb.why_not(dossier, supervisor, NOON)
    events = {case.reference: Case.objects.get(pk=case.pk).event_count for case in (away, stale, merged, good)}
    sent = [*ticked(away), Ticked(stale.reference, stale.version - 1), *ticked(merged, good)]
    rows = in_bulk(verb, sent, actor=supervisor, given=given, key=uuid4(), at=NOON)
    done = {row.reference for row in rows if not row.refusal}
    assert len(rows) == 4 and away.reference not in done
    assert (good.reference in done, stale.reference in done) == (may, may and verb.leaves_etag)
    assert done == {name for name, count in events.items() if Case.objects.get(reference=name).event_count > count}


@pytest.mark.parametrize("name", BULK)
def test_none_of_them_tells_a_customer_decides_or_closes(name):
    verb = VERBS[name]
    assert verb.door and not verb.licensed
    assert not {"method", "told_at", "finding"} & verb.form.names()
    assert not {"approve_decision", "decide_approval", "settle", "notify", "close", "decline", "withdraw"} & {name}


def test_everybody_is_offered_those_they_have_anywhere(handler, auditor, lead):
    assert {verb.name for verb in verbs_in_bulk(lead)} >= {"assign", "note", "set_level"}
    assert verbs_in_bulk(auditor) == []
    assert "assign" not in {verb.name for verb in verbs_in_bulk(handler)}


def test_old_acts_are_forgotten(three, lead):
    use("note", ticked(*three), by=lead, text="统一口径")
    assert forget_batches(at=NOON + timedelta(days=6)) == 0
    assert forget_batches(at=NOON + timedelta(days=8)) == 1
    assert not Batch.objects.exists() and not BatchRow.objects.exists()


# --- the page ---------------------------------------------------------------------------------------


@pytest.fixture
def at_list(client, lead) -> Client:
    client.force_login(lead)
    return client


def boxes(*cases: Case) -> list[str]:
    return [f"{case.reference}:{case.version}" for case in cases]


def test_the_list_and_the_queue_have_boxes_for_whoever_may(at_list, three, auditor):
    for address in ("/desk/cases/", "/desk/?tab=all"):
        text = at_list.get(address).content.decode()
        assert f'value="{three[0].reference}:{three[0].version}"' in text and 'action="/desk/bulk/"' in text
    at_list.force_login(auditor)
    assert "/desk/bulk/" not in at_list.get("/desk/cases/").content.decode()


def test_a_list_leads_to_the_form_and_that_to_how_it_went(at_list, three):
    form = at_list.post(PAGE, {"verb": "set_level", "case": boxes(*three), "back": "/desk/cases/?state=received"})
    assert form.status_code == 200 and len(form.context["rows"]) == 3
    Case.objects.filter(pk=three[0].pk).update(version=99)
    sent = {"verb": "set_level", "key": form.context["key"], "case": boxes(*three), **IMPORTANT}
    done = at_list.post(PAGE, sent)
    assert (len(done.context["done"]), len(done.context["left"])) == (2, 1)
    (row, version), again = done.context["rows"][0], done.context["key"]
    assert (row.case.pk, version, again != sent["key"]) == (three[0].pk, 99, True)
    assert IMPORTANT["reason"] in done.content.decode()  # what was typed is there for the second try
    reloaded = at_list.post(PAGE, sent)
    assert [row.outcome for row in reloaded.context["outcomes"]] == [row.outcome for row in done.context["outcomes"]]
    last = at_list.post(PAGE, sent | {"key": again, "case": [f"{row.case.reference}:{version}"]})
    assert last.context["left"] == [] and Case.objects.filter(level="important").count() == 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"case": []}, "先勾选"),
        ({"verb": "nothing"}, "选择"),
        ({"case": [f"C261123-{number:07d}-0" for number in range(501)]}, "500"),
    ],
)
def test_what_cannot_be_done_is_said(sent, said, at_list, three, monkeypatch):
    monkeypatch.setattr("complaints.desk.bulk.as_reference", lambda one: one)
    answer = at_list.post(PAGE, {"verb": "note", "case": boxes(*three)} | sent)
    assert answer.status_code == 400 and said in answer.content.decode()


@pytest.mark.parametrize("verb", ["approve_decision", "supervise"])  # of no list; of nobody who works cases
def test_what_one_may_nowhere_is_forbidden(verb, at_list, three):
    assert at_list.post(PAGE, {"verb": verb, "case": boxes(*three)}).status_code == 403


def test_a_form_that_lacks_something_comes_back_with_all_ticks(at_list, three):
    key = str(uuid4())
    answer = at_list.post(PAGE, {"verb": "set_level", "key": key, "case": boxes(*three), "level": "important"})
    assert (answer.status_code, len(answer.context["rows"]), answer.context["key"]) == (400, 3, key)
    assert not Batch.objects.exists()


def test_what_one_may_not_is_on_record(client, three, colleague):
    client.force_login(colleague)
    sent = {"verb": "escalate", "key": str(uuid4()), "case": boxes(three[0]), "reason": "客户情绪激动"}
    assert [row.outcome for row in client.post(PAGE, sent).context["left"]] == ["forbidden"]
    told = {"verb": "escalate", "code": "forbidden"}
    assert AuditRow.objects.get(verb="refused", subject=f"case:{three[0].reference}").details.items() >= told.items()


def test_the_page_costs_the_same_with_two_rows_and_twenty(at_list, integration, django_assert_max_num_queries):
    for count in (2, 20):
        cases = [taken(integration) for _ in range(count)]
        with django_assert_max_num_queries(24):
            assert at_list.post(PAGE, {"verb": "note", "case": boxes(*cases)}).status_code == 200
