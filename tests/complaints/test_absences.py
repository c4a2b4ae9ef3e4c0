"""请假与代班: who says of whom that they are away, what then lies there, and who is asked in their stead."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from complaints.errors import GateNotMet
from complaints.models import Case
from complaints.services.routing import stand_in
from complaints.services.taking import take_next
from complaints.verbs import ownership
from organization.models import Absence, Role, Unit, User
from organization.services import create_entity, create_team, record_absence, recordable
from security.models import AuditRow
from sqm_site.errors import Invalid
from tests.cases import taken
from tests.people import NOON, absent, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "/desk/absences/"


@pytest.fixture
def client(client, lead):
    client.force_login(lead)
    return client


def asked(**told: Any) -> dict[str, Any]:
    at = timezone.localtime()
    times = {"since": f"{at + HOUR:%Y-%m-%dT%H:%M}", "until": f"{at + 3 * DAY:%Y-%m-%dT%H:%M}"}
    return {"person": "handler", **times, **told}


def put(handler: User, lead: User, **told: Any) -> Absence:
    told = {"since": NOON, "until": NOON + DAY, **told}
    return record_absence(handler, actor=lead, at=NOON, **told)


def names(people: Any) -> set[str]:
    return {one.username for one in people}


class TestWhoSaysSo:
    def test_a_lead_of_the_team_and_who_stands_above_and_nobody_of_themselves(
        self, handler, colleague, lead, supervisor, branch, outsider, dispatcher, institution
    ):
        other = person("other", Role.HANDLER, branch, create_team(branch, "二组"))
        head = person("head", Role.UNIT_HEAD, institution)
        assert names(recordable(lead)) == {"handler", "colleague"}
        assert names(recordable(supervisor)) == {"handler", "colleague", "lead", "dispatcher", "other"}
        assert names(recordable(head)) >= {"supervisor", "outsider", "lead"} and head not in recordable(head)
        assert not recordable(handler).exists() and not recordable(dispatcher).exists()
        assert other not in recordable(lead)

    def test_nobody_of_another_legal_entity(self, institution):
        abroad = create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")
        person("stranger", Role.HANDLER, abroad)
        assert "stranger" not in names(recordable(person("head", Role.UNIT_HEAD, institution)))

    def test_who_is_away_would_escape_offers_so_the_page_takes_nobodys_own(self, client, lead, handler):
        refused = client.post(PAGE, asked(person="lead"))
        assert refused.status_code == 400 and "本组" in refused.content.decode()
        client.force_login(handler)
        assert client.post(PAGE, asked(person="colleague")).status_code == 403
        assert not Absence.objects.exists()


class TestPuttingItDown:
    def test_it_stands_on_record_and_in_the_list(self, client, handler, colleague, lead):
        assert client.post(PAGE, asked(substitute="colleague")).status_code == 302
        absence = Absence.objects.get()
        assert (absence.user, absence.substitute, absence.recorded_by) == (handler, colleague, lead)
        row = AuditRow.objects.get(subject=f"absence:{absence.pk}")
        assert (row.actor, row.verb, row.details["now"]["user"]) == (lead, "configure", handler.pk)
        assert "Handler" in client.get(PAGE, {"which": "coming"}).content.decode()
        assert "Handler" not in client.get(PAGE).content.decode()

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"since": NOON - DAY}, "since"),
            ({"until": NOON}, "until"),
            ({"until": NOON + 367 * DAY}, "until"),
            ({"substitute": "handler"}, "substitute"),
            ({"substitute": "auditor"}, "substitute"),
        ],
    )
    def test_what_does_not_fit_is_refused_at_its_field(self, told, field, handler, lead, auditor):
        if "substitute" in told:
            told = {"substitute": User.objects.get(username=told["substitute"])}
        with pytest.raises(Invalid) as refused:
            put(handler, lead, **told)
        assert refused.value.fields.keys() == {field}

    def test_the_morning_of_the_day_is_not_too_early(self, handler, lead):
        assert put(handler, lead, since=NOON - 12 * HOUR).since < NOON

    def test_twice_at_once_is_one(self, handler, lead):
        put(handler, lead)
        with pytest.raises(Invalid):
            put(handler, lead, since=NOON + HOUR)
        assert put(handler, lead, since=NOON + DAY, until=NOON + 2 * DAY)

    @pytest.mark.parametrize("bad", [{"person": "nobody"}, {"since": "²"}, {"until": ""}, {"substitute": "nobody"}])
    def test_bad_input_is_said_and_what_was_typed_stays(self, bad, client, handler):
        refused = client.post(PAGE, asked(**bad))
        assert refused.status_code == 400
        assert (
            "cf-error" in refused.content.decode()
            and f'value="{bad.get("person", "handler")}"' in refused.content.decode()
        )
        assert not Absence.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_put_down_one(handler, lead, supervisor):
    done: list[Any] = []

    def run(actor: User) -> None:
        try:
            done.append(put(handler, actor))
        except Invalid:
            done.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[actor]) for actor in (lead, supervisor)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Absence.objects.count() == 1 and done.count(None) == 1


class TestBeingBack:
    def test_who_recorded_it_ends_it_and_the_person_too(self, client, handler, lead, colleague):
        now = timezone.now()
        for ender, status in ((colleague, 403), (handler, 302)):
            absence = Absence.objects.first() or absent(handler, since=now - HOUR, until=now + DAY)
            client.force_login(ender)
            assert client.post(f"{PAGE}{absence.pk}/end/").status_code == status
        absence.refresh_from_db()
        assert absence.ended_by == handler and not Absence.objects.holding(timezone.now()).exists()
        assert AuditRow.objects.get(subject=f"absence:{absence.pk}").details["now"]["ended_by"] == handler.pk
        assert "提前结束" in client.get(PAGE, {"which": "past"}).content.decode()

    def test_what_was_is_not_ended_again(self, client, handler, lead):
        absence = absent(handler, until=timezone.now() - HOUR)
        client.post(f"{PAGE}{absence.pk}/end/")
        assert Absence.objects.get().ended_at is None

    def test_elsewhere_there_is_none(self, client, outsider):
        assert client.post(f"{PAGE}{absent(outsider, until=timezone.now() + DAY).pk}/end/").status_code == 404

    def test_one_that_has_not_begun_never_does(self, handler):
        absence = absent(handler, since=NOON + DAY, until=NOON + 2 * DAY)
        Absence.objects.update(ended_at=NOON, ended_by=handler)
        assert not Absence.objects.holding(NOON + DAY).exists()
        assert not Absence.objects.coming(NOON).exists() and Absence.objects.over(NOON).get() == absence


class TestWhoStandsIn:
    @pytest.fixture
    def instead(self, branch) -> User:
        return person("instead", Role.HANDLER, branch)

    def test_whom_the_absence_names_comes_first(self, case, handler, instead, lead, dispatcher):
        assert stand_in(case, handler, NOON) == lead
        absent(handler, until=NOON + DAY, substitute=instead)
        assert stand_in(case, handler, NOON) == instead
        with pytest.raises(GateNotMet, match="instead"):
            ownership.assign(case.reference, actor=dispatcher, at=NOON, to="handler")

    def test_but_not_once_it_is_over(self, case, handler, instead, lead):
        absent(handler, until=NOON, substitute=instead)
        assert stand_in(case, handler, NOON) == lead

    def test_nor_one_who_is_away_or_whom_it_concerns(self, integration, handler, instead, lead):
        absent(handler, until=NOON + DAY, substitute=instead)
        about = taken(integration, named_staff=["instead"])
        assert stand_in(about, handler, NOON) != instead
        absent(instead, until=NOON + DAY)
        assert stand_in(taken(integration), handler, NOON) == lead


class TestWhatLiesThere:
    def test_the_lead_reads_how_many_and_until_when_and_goes_to_hand_them_over(
        self, client, integration, handler, branch
    ):
        for _number in range(2):
            taken(integration)
            take_next(actor=handler, at=NOON)
        due = timezone.now() + 5 * HOUR
        Case.objects.filter(pk=Case.objects.latest("pk").pk).update(next_due_at=due)
        absent(handler, until=timezone.now() + DAY)
        (line,) = client.get(PAGE).context["lines"]
        assert line.lying == (2, min(due, *Case.objects.values_list("next_due_at", flat=True)))
        page = client.get(PAGE).content.decode()
        assert "2 件待交接" in page and "/desk/team/handler/" in page
        assert {case.owner for case in Case.objects.all()} == {handler}  # nothing moves by itself

    def test_it_costs_the_same_for_many(self, client, branch, team, django_assert_max_num_queries):
        for number in range(20):
            absent(person(f"more{number}", Role.HANDLER, branch, team), until=timezone.now() + DAY)
        client.get(PAGE)
        with django_assert_max_num_queries(10):
            assert len(client.get(PAGE).context["lines"]) == 20


def test_everybody_sees_their_own_and_those_whose_cases_they_see(client, handler, colleague, outsider, branch):
    until: datetime = timezone.now() + DAY
    absent(handler, until=until)
    absent(outsider, until=until)
    client.force_login(colleague)
    assert [line.absence.user for line in client.get(PAGE).context["lines"]] == [handler]
    client.force_login(outsider)
    assert [(one.absence.user, one.may_end) for one in client.get(PAGE).context["lines"]] == [(outsider, True)]


def test_the_security_administrator_keeps_those_of_the_institution(client, handler, colleague, institution):
    security = person("security", Role.SECURITY_ADMINISTRATOR, institution)
    client.force_login(security)
    at = timezone.localtime() + HOUR
    sent = {"user": handler.pk, "since_0": f"{at:%Y-%m-%d}", "since_1": f"{at:%H:%M}", "substitute": colleague.pk}
    sent |= {"until_0": f"{at + DAY:%Y-%m-%d}", "until_1": f"{at:%H:%M}"}
    add = "/admin/organization/absence/add/"
    assert client.post(add, sent | {"user": security.pk}).status_code == 200
    assert client.post(add, sent | {"substitute": handler.pk}).status_code == 200
    assert client.post(add, sent | {"since_0": f"{at - 2 * DAY:%Y-%m-%d}"}).status_code == 200
    assert not Absence.objects.exists()
    assert client.post(add, sent).status_code == 302
    assert Absence.objects.get().recorded_by == security
    Absence.objects.update(since=at - 2 * DAY, until=at - DAY)
    page = f"/admin/organization/absence/{Absence.objects.get().pk}/change/"
    assert client.post(page, sent).status_code == 403  # what is over stays as it was


def test_a_post_is_no_holder_while_away_and_the_unit_above_is_asked(branch, receiver, integration, institution):
    Unit.objects.filter(pk=institution.pk).update(receiver=person("root", Role.DISPATCHER, institution))
    absent(receiver, until=NOON + DAY)
    assert taken(integration).owner.username == "root"
