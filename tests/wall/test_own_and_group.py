"""S10b: configuration belongs to one legal entity or to the group, and the most specific row fits."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from complaints.models import Code
from organization.models import BusinessLine, Nature
from organization.services import create_client
from quality.kpis import Kpi
from quality.models import Target as Bounds
from quality.scope import Place
from quality.targets import Targets
from sla import rulebook, services
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Target
from tests.cases import taken
from tests.people import ALL_CHANNELS, NOON, SCOPES
from tests.seconding import seconded
from tests.wall.conftest import pages_of
from tests.wall.test_choices import Relation, filled

SINCE = date(2020, 1, 1)


def own_policy(root, minutes: int, **facts: Any) -> Policy:
    """A policy of one legal entity with one deadline for the sign-off."""
    calendar, ladder = Calendar.objects.get(code="cn-bank"), Ladder.objects.get(key="contact")
    fixed = {"name": "自有", "calendar": calendar, "effective_from": SINCE, "legal_entity": root.legal_entity}
    policy = Policy.objects.create(key="own", **fixed | facts)
    Target.objects.create(policy=policy, kind="sign_off", amount=minutes, unit="working_minutes", ladder=ladder)
    rulebook.forget()
    return policy


def clocks(root, nature: str = Nature.COMPLAINT) -> dict[str, Any]:
    entity = root.legal_entity_id if root else None
    facts = services.Facts(nature=nature, entity=entity)
    return {one.kind: one for one in services.plan(facts, received_at=NOON, at=NOON)}


@pytest.fixture
def both(home, abroad):
    """The two legal entities as `setup` leaves them: what they have of their own is taken away."""
    for table in (Target, Policy, RuleSet):
        table.objects.filter(**{f"{'policy__' if table is Target else ''}legal_entity__isnull": False}).delete()
    rulebook.forget()
    return home, abroad


def test_two_entities_with_different_policies_get_different_clocks(both):
    """S10b: the policies of one administrator held for every legal entity of the group."""
    home, abroad = both
    group = clocks(None)["sign_off"].due_at
    own_policy(home, 30)
    own_policy(abroad, 90)
    due = {root: clocks(root)["sign_off"].due_at for root in both}
    assert due[home] < due[abroad] < group == clocks(None)["sign_off"].due_at


def test_a_case_gets_the_clocks_of_its_own_entity(both):
    home, abroad = both
    own_policy(abroad, 30)
    due = {}
    for root in both:
        client, _key = create_client(f"c{root.pk}", channels=ALL_CHANNELS, unit=root, scopes=SCOPES, at=NOON)
        due[root] = taken(client).clocks.get(kind="sign_off").due_at
    assert due[abroad] < due[home]


def test_what_no_own_policy_covers_falls_to_the_group(both):
    home, _abroad = both
    own_policy(home, 30, natures=[Nature.PRAISE])
    assert clocks(home)["sign_off"].due_at == clocks(None)["sign_off"].due_at
    assert "sign_off" in clocks(home, Nature.PRAISE) and "sign_off" not in clocks(None, Nature.PRAISE)


def test_an_own_policy_comes_before_the_group_whatever_its_position(both):
    home, _abroad = both
    own_policy(home, 30, position=9_999)
    assert clocks(home)["sign_off"].provenance[0]["policy"] == "own"


def test_an_own_rule_of_law_replaces_the_one_of_the_group_and_others_stay(both):
    """One key is one rule: two of them would be two clocks of one kind."""
    home, abroad = both
    law = RuleSet.objects.get(key="CBIRC-2020-3")
    law.pk, law.legal_entity, law.first_due_days = None, home.legal_entity, 10
    law.save()
    rulebook.forget()
    days = {root: clocks(root)["decision"].provenance[0]["amount"] for root in both}
    assert days == {home: 10, abroad: 15}


def test_working_hours_of_a_refusal_are_those_of_the_own_policy(both):
    home, _abroad = both
    night = Calendar.objects.create(code="night", name="夜间", hours=[["20:00", "24:00"]])
    own_policy(home, 30, calendar=night)
    assert services.working_deadline(NOON, 30, entity=home.legal_entity_id) != services.working_deadline(NOON, 30)


def test_a_version_stands_once_in_each_entity_and_once_in_the_group(both):
    home, abroad = both
    for root in (home, abroad, None):
        entity = root.legal_entity if root else None
        same = {"key": "same", "name": "同名", "effective_from": SINCE, "legal_entity": entity}
        Ladder.objects.create(**same)
        with pytest.raises(IntegrityError), transaction.atomic():
            Ladder.objects.create(**same)


def test_bounds_of_a_unit_of_the_entity_of_the_group(home, abroad):
    kpi = next(kpi for kpi in Kpi.registry.values() if kpi.key == "on_time_rate")
    bound = {"kpi": kpi.key, "effective_from": SINCE, "amber": 1}
    Bounds.objects.create(green=30, **bound)
    Bounds.objects.create(green=20, legal_entity=home.legal_entity, **bound)
    unit = home.children.get()
    Bounds.objects.create(green=10, legal_entity=home.legal_entity, unit=unit, **bound)
    targets = Targets([kpi])
    green = {
        root.code: targets.bounds(kpi, Place(root.pk, root.code, "", root.path, root.legal_entity_id), date(2025, 1, 1))
        for root in (unit, home, abroad)
    }
    assert {code: int(found.green) for code, found in green.items()} == {"home-unit": 10, "HQ": 20, "foreign-root": 30}


# --- who changes what ---------------------------------------------------------------------------------------


def page(row: Any, name: str = "change") -> str:
    args = [row.pk] if name == "change" else []
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=args)


def group_rows() -> list[Any]:
    return [
        Calendar.objects.get(code="cn-bank"),
        CalendarDay.objects.filter(calendar__code="cn-bank").first(),
        Ladder.objects.get(key="contact"),
        RuleSet.objects.get(key="CBIRC-2020-3"),
        Policy.objects.get(key="complaint"),
        BusinessLine.objects.first(),
        Code.objects.first(),
    ]


def test_rows_of_the_group_are_seen_and_not_changed_by_an_entity(staff, home):
    """S10b: an administrator of one legal entity changed the calendars, policies and codes of all."""
    for row in group_rows():
        pages = pages_of(staff, type(row))
        opened = pages.get(page(row))
        assert opened.status_code == 200
        assert not opened.context["has_change_permission"], row
        for each in opened.context["inline_admin_formsets"]:
            assert not each.has_change_permission and not each.has_add_permission, row
        assert pages.post(page(row), {}).status_code == 403


def test_a_day_is_hung_on_an_own_calendar_only(staff, home):
    """A day decides when every case on its calendar is due, so it may not be added to the one of the group."""
    pages = pages_of(staff, CalendarDay)
    sent = {"day": "2027-05-05", "name": "行庆", "official": "on"}
    for code, status in (("cn-bank", 200), ("home-days", 302)):
        calendar = Calendar.objects.get(code=code)
        assert pages.post(page(CalendarDay, "add"), sent | {"calendar": calendar.pk}).status_code == status
        seconded()
        assert CalendarDay.objects.filter(calendar=calendar, name="行庆").exists() is (status == 302)


def test_an_entity_builds_on_what_the_group_has(staff, home):
    pages = pages_of(staff, Policy)
    policy = Policy.objects.get(key="home-policy")
    sent = filled(pages.get(page(policy)), Relation(Policy, Policy, ""), fresh=False)
    calendar = Calendar.objects.get(code="cn-bank")
    assert pages.post(page(policy), sent | {"calendar": calendar.pk}).status_code == 302
    seconded()
    policy.refresh_from_db()
    assert (policy.calendar, policy.legal_entity) == (calendar, home.legal_entity)


def test_nobody_adds_a_line_or_a_code_for_the_group(staff, home):
    for table in (BusinessLine, Code):
        assert pages_of(staff, table).get(page(table, "add")).status_code == 403


def test_the_group_keeps_its_own_rows_and_no_others(group, home, abroad):
    for row in group_rows():
        opened = group.get(page(row))
        assert opened.status_code == 200
        sent = filled(opened, Relation(type(row), type(row), ""), fresh=False)
        assert group.post(page(row), sent).status_code == 302, row
    for row in (Policy.objects.get(key="home-policy"), Calendar.objects.get(code="foreign-days"), home):
        assert group.get(page(row)).status_code in {302, 403}


def test_a_new_row_of_the_group_belongs_to_nobody(group):
    sent = {"code": "new", "name": "新日历", "zone": "Asia/Shanghai", "hours_0": "9:00", "hours_1": "17:00"}
    sent |= {"week-TOTAL_FORMS": 0, "week-INITIAL_FORMS": 0}
    assert group.post(page(Calendar, "add"), sent).status_code == 302
    seconded()
    assert Calendar.objects.get(code="new").legal_entity is None
    assert group.post(page(Calendar, "add"), sent).status_code == 200, "the code is taken, and the page says so"


def test_a_version_in_use_is_refused_in_words_that_say_what_to_do(group, home):
    """B2: a rule in use was changed or doubled, and the page knew no other way."""
    client, _key = create_client("c", channels=ALL_CHANNELS, unit=home, scopes=SCOPES, at=NOON)
    taken(client)
    law = RuleSet.objects.get(key="CBIRC-2020-3")
    opened = group.get(page(law))
    assert "End and copy" in opened.content.decode()
    assert [*opened.context["adminform"].form.fields] == ["effective_to"]
    sent = {"first_due_days": 20, "effective_to": "2027-01-01"}
    sent |= {f"extension_steps-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    assert group.post(page(law), sent).status_code == 302
    seconded()
    law.refresh_from_db()
    assert (law.first_due_days, law.effective_to) == (15, date(2027, 1, 1))
