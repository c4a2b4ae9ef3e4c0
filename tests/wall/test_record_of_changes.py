"""B5, S2, S15: what an administrator changed stands on record with what it was, and some things nobody can do."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.models import Case, Code
from feedback import channels
from organization.models import ApiClient, ClientChannel, Membership, Role, Unit, User
from organization.recording import CHANGED, difference
from security.models import AuditRow
from sla.models import Calendar, Ladder, Policy, Rung, Target
from sqm_site.adminui import Window
from tests.people import person
from tests.seconding import seconded
from tests.wall.conftest import TABLES, pages_of
from tests.wall.test_choices import Relation, filled


def page(row: Any, name: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def saved(pages: Client, row: Any, **changes: Any) -> Any:
    """Open the page of a row, change some fields of it or of its inlines, have it granted; gives the newest record."""
    opened = pages.get(page(row))
    sent = filled(opened, Relation(type(row), type(row), ""), fresh=False)
    answer = pages.post(page(row), sent | {name.replace("__", "-"): value for name, value in changes.items()})
    assert answer.status_code == 302, answer.context["errors"]
    seconded()
    return by_people().order_by("-pk").first()


def by_people() -> Any:
    """What was changed in pages; the rows of `populate` were laid down by the system."""
    by_system = Q(actor=User.system(), details__proposal=None)
    return AuditRow.objects.filter(verb="configure").exclude(by_system)


@pytest.fixture
def worker(home) -> User:
    return User.objects.get(username="home-worker")


def test_a_change_is_on_record_with_what_it_was(staff, home):
    """B5: the record named the fields and no value."""
    unit = Unit.objects.get(code="home-unit")
    record = saved(pages_of(staff, Unit), unit, name="静安分行", receiver="")
    assert record.subject == f"unit:{unit.pk}"
    assert record.details == {
        "added": False,
        "was": {"name": "本地分行", "receiver": unit.receiver_id},
        "now": {"name": "静安分行", "receiver": None},
    }


def test_a_role_granted_in_the_page_of_a_person_is_on_record(staff, home, worker):
    """B5: a role granted in the inline of the user page was recorded as a change of nothing."""
    row = worker.memberships.get()
    new = {"0__valid_until": "2027-01-01"}
    record = saved(pages_of(staff, User), worker, **{f"memberships__{name}": value for name, value in new.items()})
    (changed,) = record.details["rows"]["membership"]
    assert changed == {"id": row.pk, "was": {"valid_until": None}, "now": {"valid_until": "2027-01-01"}}

    grant = {"TOTAL_FORMS": 2, "1__role": Role.SUPERVISOR, "1__unit": row.unit_id, "1__valid_from": "2026-11-01"}
    record = saved(pages_of(staff, User), worker, **{f"memberships__{name}": value for name, value in grant.items()})
    (added,) = record.details["rows"]["membership"]
    assert (added["was"], added["now"]["role"], added["now"]["user"]) == ({}, "supervisor", worker.pk)


def test_rungs_and_targets_are_on_record(staff, home):
    """B5: the rows in the page of a ladder or a policy left no trace."""
    pages = pages_of(staff, Ladder)
    record = saved(pages, Ladder.objects.get(key="home-ladder"), rungs__0__offset_1="2")
    (rung,) = record.details["rows"]["rung"]
    assert (rung["was"], rung["now"]) == ({"offset": "-1 00:00:00"}, {"offset": "-2 00:00:00"})
    record = saved(pages, Policy.objects.get(key="home-policy"), targets__0__amount="90")
    (target,) = record.details["rows"]["target"]
    assert (target["was"], target["now"]) == ({"amount": 60}, {"amount": 90})


def test_a_code_is_changed_by_the_group_and_on_record(staff, group):
    """B5: codes were not recorded at all."""
    code = Code.objects.first()
    assert pages_of(staff, Code).post(page(code), {"zh": "别的"}).status_code == 403
    was, record = code.zh, saved(group, code, zh="别的")
    assert record.details == {"added": False, "was": {"zh": was}, "now": {"zh": "别的"}}


def test_a_refusal_of_the_database_alone_is_told_in_words(staff, home):
    """What two people save at once meets the constraint and not the form."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'"
            " USING ERRCODE = 'unique_violation'; END $$"
        )
        cursor.execute("CREATE TRIGGER no BEFORE UPDATE ON organization_unit FOR EACH ROW EXECUTE FUNCTION no()")
    pages, unit = pages_of(staff, Unit), Unit.objects.get(code="home-unit")
    sent = filled(pages.get(page(unit)), Relation(Unit, Unit, ""), fresh=False)
    answer = pages.post(page(unit), sent | {"name": "别的"}, follow=True)
    assert answer.redirect_chain == [(page(unit), 302)]
    assert "Not saved" in answer.content.decode()
    assert not by_people().exists()


def test_what_was_not_changed_leaves_no_record(staff, home):
    assert saved(pages_of(staff, Unit), Unit.objects.get(code="home-unit")) is None


def test_no_secret_stands_in_the_record(staff, home, worker):
    """B5: was and now hold no password, no hash and nothing sealed, whatever a table is about."""
    sealed = re.compile(r"(^password|_hash|_sealed|secret)")
    for table in TABLES.values():
        for owner in [table.model, *(inline.model for inline in table.inlines)]:
            was = {field.name: "before" for field in owner._meta.concrete_fields}
            told = difference(was, dict.fromkeys(was, "after"))
            shown = {name for name, value in told["now"].items() if value != CHANGED}
            assert not {name for name in shown if sealed.search(name)}, owner
    told = difference({"password": "argon2$old"}, {"password": "argon2$new"})
    assert told == {"was": {"password": CHANGED}, "now": {"password": CHANGED}}


# --- passwords ------------------------------------------------------------------------------------------


def issued(pages: Client, person: User) -> str:
    answer = pages.post(page(person, "one_time_password"))
    assert answer.status_code == 200
    return re.search(r"<code[^>]*>([a-z0-9-]+)</code>", answer.content.decode())[1]


def test_a_one_time_password_ends_the_sessions_and_must_be_changed(staff, home, worker):
    """S2: an administrator set a colleague's password; nothing was recorded and nobody had to change it."""
    at_work = Client()
    at_work.force_login(worker, backend="organization.backends.RoleBackend")
    assert at_work.get("/desk/").status_code == 200
    pages = pages_of(staff, User)
    assert "one-time-password/" in pages.get(page(worker)).content.decode()

    password = issued(pages, worker)

    assert at_work.get("/desk/").url.startswith("/admin/login/")
    worker.refresh_from_db()
    assert (worker.check_password(password), worker.check_password("correct horse battery")) == (True, False)
    assert worker.must_change_password
    record = AuditRow.objects.get(verb="issue_password")
    assert record.subject == f"user:{worker.pk}"
    assert password not in str(record.details)
    at_work.force_login(worker, backend="organization.backends.RoleBackend")
    assert at_work.get("/desk/").url == reverse("admin:password_change")


def test_looking_at_the_page_changes_nothing(staff, home, worker):
    before = User.objects.filter(pk=worker.pk).values().get()
    assert pages_of(staff, User).get(page(worker, "one_time_password")).status_code == 200
    assert User.objects.filter(pk=worker.pk).values().get() == before
    assert not AuditRow.objects.filter(verb="issue_password").exists()


def test_nobody_types_a_password_for_somebody_else(staff, home, worker):
    """S2: no page of the admin takes one, not for a new person either."""
    pages = pages_of(staff, User)
    for address in (page(worker), reverse("admin:organization_user_add")):
        fields = pages.get(address).context["adminform"].form.fields
        assert not [name for name in fields if "password" in name]
    assert pages.post(
        f"/admin/organization/user/{worker.pk}/password/", {"password1": "a", "password2": "a"}
    ).status_code
    worker.refresh_from_db()
    assert worker.check_password("correct horse battery")


def test_a_password_is_issued_neither_to_oneself_nor_across(staff, home, abroad):
    pages = pages_of(staff, User)
    keeper = User.objects.get(pk=pages.session["_auth_user_id"])
    service = User.objects.get(username="client:home-client")
    for target in (keeper, service, User.objects.get(username="foreign-worker")):
        for method in (pages.get, pages.post):
            assert method(page(target, "one_time_password")).status_code in {403, 404}
    assert not AuditRow.objects.filter(verb="issue_password").exists()


def test_somebody_without_the_right_issues_nothing(client, home, worker):
    client.force_login(person("curious", Role.HANDLER, home))
    assert client.post(page(worker, "one_time_password")).status_code == 403


# --- clients --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"default_nature": "whatever"}, {"scopes": ["all"]}, {"channels": ["telepathy"]}],
    ids=lambda one: [*one][0],
)
def test_what_a_client_posts_is_from_closed_lists(staff, home, wrong):
    """S15: nature, scopes and channels were free text: "whatever" gave complaints without a statutory clock."""
    api = ApiClient.objects.get(name="home-client")
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiClient.objects.filter(pk=api.pk).update(**wrong)
    pages = pages_of(staff, ApiClient)
    sent = {"channels": ["app"], "scopes": ["cases:read"], "default_nature": "complaint"} | wrong
    assert pages.post(page(api), sent).status_code == 200
    assert [*wrong][0] in pages.post(page(api), sent).context["adminform"].form.errors


def test_a_case_has_a_nature_of_the_list(case):
    """S15: the database refuses another one, whichever door it came by."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(nature="whatever")


def test_a_revocation_is_final(staff, home):
    """S15: an administrator emptied the field and the key worked again."""
    api = ApiClient.objects.get(name="home-client")
    pages = pages_of(staff, ApiClient)
    assert "revoke/" in pages.get(page(api)).content.decode()
    assert pages.get(page(api, "revoke")).status_code == 200
    api.refresh_from_db()
    assert api.is_live(timezone.now()), "looking at the page revokes nothing"
    assert pages.post(page(api, "revoke")).url == page(api)
    record = by_people().get()
    assert (record.subject, record.details["was"]) == (f"apiclient:{api.pk}", {"revoked_at": None})
    assert set(record.details["now"]) == {"revoked_at"}
    api.refresh_from_db()
    assert not api.is_live(timezone.now())
    assert pages.post(page(api, "revoke")).status_code == 403
    assert pages.get(page(api)).status_code == 200
    assert pages.post(page(api), {"revoked_at_0": "", "revoked_at_1": ""}).status_code == 403
    for undone in (None, timezone.now()):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiClient.objects.filter(pk=api.pk).update(revoked_at=undone)
    ApiClient.objects.filter(pk=api.pk).update(last_used_at=timezone.now())


def test_the_channels_of_a_key_are_those_by_which_customers_speak():
    assert set(channels.intakes()) == {*ClientChannel.values}, "add it to organization/models/lists.py"


# --- dead rules and raw words ---------------------------------------------------------------------------


def errors(pages: Client, row: Any, **changes: Any) -> str:
    opened = pages.get(page(row))
    sent = filled(opened, Relation(type(row), type(row), ""), fresh=False)
    answer = pages.post(page(row), sent | {name.replace("__", "-"): value for name, value in changes.items()})
    assert answer.status_code == 200
    return " ".join(str(one) for told in answer.context["errors"] for one in told)


def test_a_policy_that_would_never_fit_is_refused(staff, home):
    """D16: natures were typed, so that "投诉" made a policy that never fits."""
    policy = Policy.objects.get(key="home-policy")
    assert "投诉" in errors(pages_of(staff, Policy), policy, natures=["投诉"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(natures=["投诉"])


def test_a_rung_stands_on_its_side_of_the_deadline(staff, home):
    """D16: "5" made a reminder five seconds after the breach."""
    ladder = Ladder.objects.get(key="home-ladder")
    pages = pages_of(staff, Ladder)
    assert "reminder stands before the deadline" in errors(pages, ladder, rungs__0__offset_0="after")
    assert "a number alone says nothing" in errors(pages, ladder, rungs__0__offset_1="5", rungs__0__offset_2="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rung.objects.filter(ladder=ladder).update(offset="5")


def test_the_same_role_twice_at_a_time_is_refused_in_words(staff, home, worker):
    """D16: overlapping identical memberships were taken, in the page of the person and in their own."""
    row = worker.memberships.get()
    again = {name: getattr(row, f"{name}_id") for name in ("user", "unit", "team", "business_line")} | {
        "role": row.role
    }
    add = reverse("admin:organization_membership_add")
    pages = pages_of(staff, Membership)
    refused = pages.post(add, again | {"valid_from": "2026-12-01"})
    assert "has this role there already" in str(refused.context["errors"])
    twice = {f"1__{name}": value for name, value in again.items()} | {"TOTAL_FORMS": 2, "1__valid_from": "2026-12-01"}
    told = errors(pages, worker, **{f"memberships__{name}": value for name, value in twice.items()})
    assert "has this role there already" in told
    row.valid_until = "2026-11-30"
    row.save()
    assert pages.post(add, again | {"valid_from": "2026-12-01"}).status_code == 302


def test_no_name_of_a_constraint_is_shown():
    """D19: "membership_ends_after" and "target_is_a_percentage" stood on the page."""
    tables = [table for table in TABLES.values() if not isinstance(table, Window)]  # into those nobody types
    owners = [one for table in tables for one in [table.model, *(inline.model for inline in table.inlines)]]
    raw = {
        f"{owner.__name__}.{constraint.name}"
        for owner in owners
        for constraint in owner._meta.constraints
        if constraint.violation_error_message == constraint.default_violation_error_message
    }
    assert raw == set(), "give each a violation_error_message that says what to do"


def test_hours_that_cannot_be_read_are_refused_in_words(staff, home):
    """D19: "too many values to unpack" stood on the page of a calendar."""
    pages, calendar = pages_of(staff, Calendar), Calendar.objects.get(code="home-days")
    told = errors(pages, calendar, hours_0="[[1, 2]]")
    assert "is no time of day" in told or "at most 5 characters" in told
    assert "give a later time second" in errors(pages, calendar, hours_0="17:00", hours_1="09:00")
    assert "both times of a row" in errors(pages, calendar, hours_2="18:00")


def test_a_second_target_of_a_kind_is_refused_in_words(staff, home):
    policy = Policy.objects.get(key="home-policy")
    Target.objects.create(policy=policy, kind="resolution", amount=1, unit="working_days", ladder=Ladder.objects.last())
    assert errors(pages_of(staff, Policy), policy, targets__0__amount="0") != ""
