"""D15, D16: the pages of deadlines speak words, keep what is used as it is, and refuse what would never apply."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from complaints.models import Code
from organization.models import Proposal
from organization.services import create_client, create_entity
from sla import rulebook
from sla.form_fields import OffsetField, clock, offset_words, parts_of
from sla.models import Calendar, CalendarDay, Ladder, Policy, RuleSet, Rung, Target
from sla.services import Facts, plan
from sla.services.shadowing import shadow_of
from tests.cases import taken
from tests.people import ALL_CHANNELS, NOON, SCOPES
from tests.seconding import page, seconded
from tests.wall.test_choices import Relation, filled, values

pytestmark = pytest.mark.usefixtures("english")
SINCE = date(2026, 1, 1)


@pytest.fixture
def own(institution) -> dict[str, Any]:
    return {"legal_entity": institution.legal_entity, "effective_from": SINCE}


@pytest.fixture
def ladder(own) -> Ladder:
    ladder = Ladder.objects.create(key="own", name="本行阶梯", **own)
    Rung.objects.create(ladder=ladder, position=1, offset=timedelta(days=-1), kind="reminder", tell="owner")
    Rung.objects.create(ladder=ladder, position=2, offset=timedelta(0), kind="breach", tell="owner")
    return ladder


@pytest.fixture
def policy(own, ladder) -> Policy:
    calendar = Calendar.objects.get(code="cn-bank")
    policy = Policy.objects.create(key="own", name="本行时限", calendar=calendar, natures=["complaint"], **own)
    Target.objects.create(policy=policy, kind="sign_off", amount=60, unit="working_minutes", ladder=ladder)
    rulebook.forget()
    return policy


@pytest.fixture
def used(policy, institution) -> Policy:
    """A clock follows it."""
    client, _key = create_client("c", channels=ALL_CHANNELS, unit=institution, scopes=SCOPES, at=NOON)
    taken(client)
    return policy


def sent(pages: Client, row: Any, **changes: Any) -> dict[str, Any]:
    """What a browser sends for the page of a row, with all rows of its inlines."""
    opened = pages.get(page(row))
    fields = filled(opened, Relation(type(row), type(row), ""), fresh=False)
    for each in opened.context["inline_admin_formsets"]:
        formset = each.formset
        count = len(formset.forms) - formset.extra
        fields |= {f"{formset.prefix}-TOTAL_FORMS": count, f"{formset.prefix}-INITIAL_FORMS": count}
        for form in formset.forms:
            fields |= values(form, fresh=False)
    return fields | {name.replace("__", "-"): value for name, value in changes.items()}


def refused(pages: Client, row: Any, **changes: Any) -> dict[str, Any]:
    """What the page says beside which field."""
    answer = pages.post(page(row), sent(pages, row, **changes))
    assert answer.status_code == 200, "it was taken"
    formsets = [each.formset for each in answer.context["inline_admin_formsets"]]
    forms = [answer.context["adminform"].form, *(form for each in formsets for form in each.forms)]
    told = {form.add_prefix(name): " ".join(errors) for form in forms for name, errors in form.errors.items()}
    return told | {each.prefix: " ".join(each.non_form_errors()) for each in formsets if each.non_form_errors()}


# --- a version in use -----------------------------------------------------------------------------------


def test_a_used_version_is_looked_at_and_not_changed(pages, used):
    """D15: 15 days of the law became 30 in place, from 2020 on."""
    opened = pages.get(page(used))
    assert [*opened.context["adminform"].form.fields] == ["effective_to"]
    text = opened.content.decode()
    assert "Deadlines follow this version" in text and "end-and-copy/" in text
    assert "targets-0-amount" not in text
    assert "Complaint" in text  # the words of its lists, not their keys
    pages.post(page(used), {"name": "x", "position": 1, "targets-TOTAL_FORMS": 0, "targets-INITIAL_FORMS": 0})
    seconded()
    used.refresh_from_db()
    assert (used.name, used.targets.count()) == ("本行时限", 1)


def test_an_unused_version_is_changed_as_ever(pages, policy):
    assert pages.post(page(policy), sent(pages, policy, targets__0__amount=90)).status_code == 302
    seconded()
    assert policy.targets.get().amount == 90


def test_a_used_ladder_says_its_offsets_in_words_and_has_no_button_to_save(pages, used, ladder):
    text = pages.get(page(ladder)).content.decode()
    assert "1 days before the deadline" in text and "at the deadline" in text
    assert 'name="_save"' not in text
    assert pages.post(page(ladder), {"name": "x"}).status_code == 403


def test_a_used_version_ends_and_is_copied_with_its_rows(pages, used):
    """The new version holds from its day on; what runs keeps the old one."""
    day = timezone.localdate() + timedelta(days=10)
    before = used.targets.get().pk
    led = pages.get(page(used, "end_and_copy"), {"begins": day.isoformat()})
    assert led.status_code == 302
    opened = pages.get(led.url)
    new = filled(opened, Relation(Policy, Policy, ""), fresh=False)
    assert (new["key"], new["effective_from"], new["natures"]) == ("own", day.isoformat(), ["complaint"])
    rows = opened.context["inline_admin_formsets"][0].formset
    assert [form.initial["amount"] for form in rows.forms] == [60]

    new |= {"targets-INITIAL_FORMS": 0, "targets-0-amount": 30}
    assert pages.post(led.url, new).status_code == 302
    seconded()
    rulebook.forget()
    copy = Policy.objects.get(key="own", effective_from=day)
    assert copy.legal_entity == used.legal_entity and copy.targets.get().amount == 30
    facts = Facts(nature="complaint", entity=used.legal_entity_id)
    for moment, amount in ((NOON, 60), (NOON + timedelta(days=30), 30)):
        clocks = {one.kind: one for one in plan(facts, received_at=moment, at=moment)}
        assert clocks["sign_off"].provenance[0]["amount"] == amount
    assert used.targets.get().pk == before


def test_rows_that_are_copied_unchanged_are_copied_too(pages, used):
    """What is filled in and not touched is no empty row."""
    begins = {"begins": (timezone.localdate() + timedelta(days=10)).isoformat()}
    led = pages.get(page(used, "end_and_copy"), begins)
    new = filled(pages.get(led.url), Relation(Policy, Policy, ""), fresh=False) | {"targets-INITIAL_FORMS": 0}
    assert pages.post(led.url, new).status_code == 302
    seconded()
    assert [*Policy.objects.exclude(pk=used.pk).get(key="own").targets.values_list("amount", flat=True)] == [60]


@pytest.mark.parametrize(
    ("begins", "told"), [("2020-01-01", "This day is over"), ("soon", "valid date"), ("", "required")]
)
def test_a_new_version_begins_on_a_day_to_come(begins, told, pages, used):
    assert told in pages.get(page(used, "end_and_copy"), {"begins": begins}).content.decode()


def test_a_day_that_has_a_version_is_refused(pages, used):
    day = timezone.localdate() + timedelta(days=10)
    Policy.objects.create(
        key="own", name="下一版", calendar=used.calendar, effective_from=day, legal_entity=used.legal_entity
    )
    answer = pages.get(page(used, "end_and_copy"), {"begins": day.isoformat()})
    assert "has a version that begins on this day already" in answer.content.decode()


@pytest.mark.parametrize("given", ["nothing", "²", "9" * 30, "-1", "{foreign}", "{group}"])
def test_no_address_fills_in_what_is_not_theirs(given, pages, institution, policy):
    """Somebody else's version, and what is no number, is not copied from."""
    names = {"foreign": foreign_policy().pk, "group": Policy.objects.get(key="default").pk}
    opened = pages.get(page(Policy(), "add"), {"copy": given.format(**names)})
    assert opened.status_code == 200
    assert not opened.context["adminform"].form.initial.get("name")
    assert not opened.context["inline_admin_formsets"][0].formset.forms


def foreign_policy() -> Policy:
    from_group = Policy.objects.get(key="default")
    return Policy.objects.create(
        key="x", name="外部", calendar=from_group.calendar, effective_from=SINCE, legal_entity=other_entity()
    )


def other_entity() -> Any:
    return create_entity("other", name="另一机构", root="OTHER", root_name="另一总部").legal_entity


# --- rules that would never apply -----------------------------------------------------------------------


def test_a_policy_behind_one_that_fits_everything_is_refused(pages, policy):
    """D16: a policy that never fits was saved."""
    wide = Policy.objects.create(
        key="wide", name="全部", position=1, calendar=policy.calendar, effective_from=SINCE,
        legal_entity=policy.legal_entity,
    )  # fmt: skip
    assert "“全部” (position 1) fits all of these cases" in refused(pages, policy, name="x")["position"]
    Policy.objects.filter(pk=wide.pk).update(levels=["major"])
    assert pages.post(page(policy), sent(pages, policy, name="x")).status_code == 302


@pytest.mark.parametrize(
    ("wide", "narrow", "shadowed"),
    [
        ({"effective_from": date(2026, 2, 1)}, {}, False),
        ({"effective_to": date(2026, 6, 30)}, {}, False),
        ({"effective_to": date(2026, 6, 30)}, {"effective_to": date(2026, 5, 31)}, True),
        ({"categories": ["B02"]}, {"categories": ["B0201"]}, True),
        ({"categories": ["B0201"]}, {"categories": ["B02"]}, False),
        ({"natures": ["complaint", "praise"]}, {}, True),
        ({"natures": ["praise"]}, {}, False),
        ({"position": 900}, {}, False),
        ({"legal_entity": None}, {}, False),
    ],
)
def test_what_comes_before_what(wide, narrow, shadowed, policy, institution):
    fixed = {"calendar": policy.calendar, "effective_from": SINCE, "legal_entity": policy.legal_entity, "position": 1}
    Policy.objects.create(key="wide", name="全部", **fixed | wide)
    for name, value in narrow.items():
        setattr(policy, name, value)
    assert (shadow_of(policy) is not None) is shadowed


def test_a_version_that_the_next_one_replaces_shadows_no_longer(policy):
    fixed = {"calendar": policy.calendar, "legal_entity": policy.legal_entity, "position": 1, "key": "wide"}
    Policy.objects.create(name="全部", effective_from=SINCE, **fixed)
    Policy.objects.create(name="下一版", effective_from=date(2026, 9, 1), natures=["praise"], **fixed)
    assert shadow_of(policy) is None


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"effective_to": "2025-12-31"}, "effective_to", "The last day lies before the first"),
        ({"institution_types": ["life_insurer"]}, "institution_types", "Your institution is a Bank"),
        ({"categories": ["Z99"]}, "categories", "Z99 is not one of the available choices"),
        ({"business_lines": ["nothing"]}, "business_lines", "nothing is not one of the available choices"),
        ({"natures": ["投诉"]}, "natures", "not one of the available choices"),
        ({"targets__0__amount": 200_000}, "targets-0-amount", "Give 1 to 100,000"),
        ({"targets__0__unit": "same_day"}, "targets-0-amount", "The same day is 1"),
        ({"targets__0__DELETE": "on"}, "targets", "at least one target"),
    ],
)
def test_a_policy_is_refused_beside_the_field_that_is_wrong(changes, field, told, pages, policy):
    assert told in refused(pages, policy, **changes)[field]
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"rungs__0__offset_0": "after"}, "rungs-0-offset", "reminder stands before the deadline"),
        ({"rungs__1__kind": "breach", "rungs__0__kind": "breach"}, "rungs-0-offset", "breach stands at"),
        ({"rungs__0__offset_2": ""}, "rungs-0-offset", "a number alone says nothing"),
        ({"rungs__0__offset_1": ""}, "rungs-0-offset", "Say how many"),
        ({"rungs__0__offset_0": ""}, "rungs-0-offset", "before, at or after"),
        ({"rungs__0__offset_1": "9" * 40}, "rungs-0-offset", "At most a year"),
        ({"rungs__0__position": 3}, "rungs-0-offset", "comes before rung 2"),
        ({"rungs__0__position": 2}, "rungs", "position"),
        ({"rungs__0__DELETE": "on", "rungs__1__DELETE": "on"}, "rungs", "at least one rung"),
    ],
)  # fmt: skip
def test_a_ladder_is_refused_beside_the_field_that_is_wrong(changes, field, told, pages, ladder):
    """D16: "5" was a reminder five seconds after the breach."""
    assert told in refused(pages, ladder, **changes)[field]


def test_a_rule_of_law_is_refused_beside_the_field_that_is_wrong(pages, own, ladder):
    calendar = Calendar.objects.get(code="cn-bank")
    law = RuleSet.objects.create(
        key="X", name="规则", first_due_days=15, max_days=60, calendar=calendar, ladder=ladder, **own
    )
    assert "no sooner than the first" in refused(pages, law, max_days=10)["max_days"]
    assert "1 to 365" in refused(pages, law, first_due_days=0)["first_due_days"]


def test_refusals_are_said_in_chinese_without_names_of_constraints(pages, ladder):
    fields = sent(pages, ladder, rungs__0__offset_0="after", rungs__1__offset_2="")
    answer = pages.post(page(ladder), fields, headers={"accept-language": "zh-CN"}).content.decode()
    assert "提醒级次须设在到期之前" in answer
    assert "rung_on_its_side" not in answer and "IntegrityError" not in answer


# --- words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "parts", "words"),
    [
        (timedelta(days=-3), ["before", 3, "days"], "3 days before the deadline"),
        (timedelta(hours=2), ["after", 2, "hours"], "2 hours after the deadline"),
        (timedelta(hours=-36), ["before", 36, "hours"], "36 hours before the deadline"),
        (timedelta(minutes=90), ["after", 90, "minutes"], "90 minutes after the deadline"),
        (timedelta(0), ["at", None, ""], "at the deadline"),
    ],
)
def test_an_offset_is_said_and_read_in_words(offset, parts, words):
    """D15: "-3 00:00:00" stood there."""
    assert parts_of(offset) == parts
    assert offset_words(str(offset)) == offset_words(offset) == words
    assert OffsetField().clean([str(part or "") for part in parts]) == offset


@pytest.mark.parametrize(
    ("typed", "meant"), [("9:00", "09:00"), ("0900", "09:00"), ("9：30", "09:30"), ("24:00", "24:00")]
)
def test_a_time_of_day_is_read_as_people_write_it(typed, meant):
    assert clock(typed) == meant


@pytest.mark.parametrize("typed", ["24:01", "9:60", "nine", "²:00", "9:0:0", "-9:00", ":"])
def test_what_is_no_time_of_day_is_refused(typed):
    with pytest.raises(ValidationError):
        clock(typed)


def test_hours_are_rows_and_a_half_day_is_one_of_them(pages, institution):
    """D15: opening hours were typed as JSON."""
    calendar = Calendar.objects.create(
        code="own", name="本行", hours=[["09:00", "12:00"]], legal_entity=institution.legal_entity
    )
    sent_hours = sent(pages, calendar, hours_2="13:00", hours_3="1730")
    assert (sent_hours["hours_0"], sent_hours["hours_1"]) == ("09:00", "12:00")
    pages.post(page(calendar), sent_hours)
    seconded()
    calendar.refresh_from_db()
    assert calendar.hours == [["09:00", "12:00"], ["13:00", "17:30"]]
    day = {"calendar": calendar.pk, "day": "2027-02-05", "name": "除夕前", "official": "on"}
    refusal = pages.post(page(CalendarDay(), "add"), day | {"hours_0": "9:00", "hours_1": "12:00"})
    assert "A day off has no opening hours" in str(refusal.context["adminform"].form.errors["hours"])
    for workday, hours in (("on", [["09:00", "12:00"]]), ("", None)):
        half = {"is_workday": "on", "hours_0": "9:00", "hours_1": "12:00"} if workday else {"day": "2027-02-06"}
        pages.post(page(CalendarDay(), "add"), day | half)
        seconded()
        assert CalendarDay.objects.latest("pk").hours == hours


def test_a_page_that_changed_nothing_waits_for_nobody(pages, institution, policy, ladder):
    calendar = Calendar.objects.create(
        code="own", name="本行", hours=[["09:00", "12:00"]], legal_entity=institution.legal_entity
    )
    for row in (calendar, policy, ladder):
        assert pages.post(page(row), sent(pages, row)).status_code == 302
    assert not Proposal.objects.exists()


def test_codes_are_chosen_by_their_words_and_a_retired_one_stays(pages, policy):
    """D15: codes were typed with commas between."""
    Policy.objects.filter(pk=policy.pk).update(categories=["B02"], business_lines=["cards"])
    text = pages.get(page(policy)).content.decode()
    assert '<option value="B02" selected>' in text and '<option value="cards" selected>' in text
    Code.objects.filter(code="B02").update(active=False)
    assert pages.post(page(policy), sent(pages, policy, name="改名")).status_code == 302
    seconded()
    policy.refresh_from_db()
    assert (policy.name, policy.categories, policy.business_lines) == ("改名", ["B02"], ["cards"])
