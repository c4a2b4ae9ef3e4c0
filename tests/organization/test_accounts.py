"""Accounts: what is made, what is shown once, and what is refused in words."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.errors import NameTaken, NoSuchScope
from organization.models import ApiClient, Membership, Role, Unit, User
from organization.recording import CHANGED
from organization.rights import rights_of
from organization.services import complaint_post, create_client, create_user, digest_of, revoke_client
from security.models import AuditRow
from tests.organization.conftest import in_threads
from tests.people import NOON


def said(*words: str) -> list[str]:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().splitlines()


def test_a_client_posts_and_reads_what_it_brought_in(institution):
    client, key = create_client("app", channels=["app"], unit=institution, at=NOON)
    assert re.fullmatch(r"sqm_[0-9a-f]{8}_[\w-]{43}", key)
    assert client.scopes == ["feedback:write", "cases:read"]
    assert client.legal_entity == institution.legal_entity
    assert rights_of(client.user).roles == {Role.INTEGRATION}


def test_the_account_of_a_client_cannot_log_in(integration):
    assert integration.user.is_service
    assert not integration.user.is_staff
    assert not integration.user.has_usable_password()


def test_two_clients_never_share_a_name_or_a_key(institution, integration):
    with pytest.raises(NameTaken, match="hotline exists already. Choose another name."):
        create_client("hotline", channels=["phone"], unit=institution, at=NOON)
    other, key = create_client("hotline-2", channels=["phone"], unit=institution, at=NOON)
    assert digest_of(key) == other.key_hash != integration.key_hash


def test_a_scope_that_does_not_exist_is_refused(institution):
    with pytest.raises(NoSuchScope, match="There is no scope cases:delete. Choose from feedback:write"):
        create_client("app", channels=["app"], unit=institution, scopes=["cases:read", "cases:delete"], at=NOON)
    assert not User.objects.filter(username="client:app").exists()


def test_a_person_gets_a_password_for_once(branch, team):
    user, password = create_user("li", role=Role.HANDLER, unit=branch, team=team, display_name="李", at=NOON)
    assert user.check_password(password)
    assert user.must_change_password
    assert user.is_staff
    assert not user.is_superuser
    assert str(user) == user.get_short_name() == "李"
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.unit, membership.team) == (Role.HANDLER, branch, team)
    assert membership.valid_from.isoformat() == "2026-11-23"


def test_names_differ_in_more_than_capitals(handler, branch):
    with pytest.raises(NameTaken):
        create_user("Handler", role=Role.HANDLER, unit=branch, at=NOON)


def test_the_command_prints_the_key_as_its_last_line(branch):
    lines = said("create_client", "wechat", "--channels", "wechat, app,", "--unit", "SH", "--scopes", "feedback:write")
    client = ApiClient.objects.get(key_hash=digest_of(lines[-1]))
    assert client.channels == ["wechat", "app"]
    assert client.unit == branch
    assert client.scopes == ["feedback:write"]


def test_a_client_posts_for_the_root_unless_told(institution):
    said("create_client", "wechat", "--channels", "wechat")
    assert ApiClient.objects.get().unit == institution


def test_the_command_prints_the_password_as_its_last_line(branch, team):
    lines = said("create_user", "li", "--role", "team_lead", "--unit", "SH", "--team", "一组")
    assert User.objects.get(username="li").check_password(lines[-1])
    assert Membership.objects.get(user__username="li").team == team


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["create_client", "x", "--channels", "app", "--unit", "ZZ"], "There is no unit ZZ."),
        (["create_client", "x", "--channels", "app", "--scopes", "all"], "There is no scope all."),
        (["create_client", "x", "--channels", "telepathy"], "There is no channel telepathy."),
        (["create_user", "x", "--role", "handler", "--unit", "ZZ"], "There is no unit ZZ."),
        (["create_user", "x", "--role", "handler", "--team", "ZZ"], "Unit HQ has no team ZZ."),
        (["create_user", "system", "--role", "handler"], "system exists already."),
        (["create_user", "x", "--role", "integration"], "invalid choice: 'integration'"),
    ],
)
def test_a_command_refuses_in_a_sentence_and_makes_nothing(institution, words, sentence):
    before = User.objects.count()
    with pytest.raises(CommandError, match=re.escape(sentence)):
        said(*words)
    assert User.objects.count() == before


def test_a_further_legal_entity_takes_complaints_at_once(institution):
    (told,) = said("create_entity", "insurer", "示范保险", "--root", "INS")
    assert told.endswith("create_user NAME --role ROLE --unit INS")
    root = Unit.objects.get(code="INS")
    holder = complaint_post(root, NOON)
    assert (root.is_root, holder.legal_entity_id) == (True, root.legal_entity_id)
    Unit.objects.filter(pk=root.pk).update(receiver=None)
    assert complaint_post(root, NOON) == holder, "the account of its own entity, not of the first one"
    with pytest.raises(CommandError, match="another code"):
        said("create_entity", "insurer", "示范保险", "--root", "INS2")
    with pytest.raises(CommandError, match="another --root"):
        said("create_entity", "insurer2", "示范保险", "--root", "INS")


def test_the_command_makes_a_group_administrator_without_a_unit(institution):
    said("create_user", "group", "--role", "group_administrator")
    user = User.objects.get(username="group")
    assert (user.legal_entity_id, user.memberships.get().unit) == (None, None)


# --- on record ------------------------------------------------------------------------------------------


def told(row: Any) -> tuple[str, dict[str, Any]]:
    record = AuditRow.objects.filter(subject=f"{row._meta.model_name}:{row.pk}").latest("pk")
    return record.actor.username, record.details


def test_an_account_its_role_and_a_key_are_on_record_without_their_secrets(branch, supervisor):
    """S14: who made an account, gave a role or made a key from the console was written nowhere."""
    user, password = create_user("li", role=Role.HANDLER, unit=branch, at=NOON)
    client, key = create_client("app", channels=["app"], unit=branch, at=NOON, actor=supervisor)
    at_console = {"added": True, "was": {}, "entity": branch.legal_entity_id}
    who, details = told(user)
    assert who == User.SYSTEM and at_console.items() <= details.items()
    assert (details["now"]["username"], details["now"]["password"]) == ("li", CHANGED)
    who, details = told(user.memberships.get())
    assert who == User.SYSTEM and at_console.items() <= details.items()
    assert (details["now"]["role"], details["now"]["unit"], details["now"]["user"]) == ("handler", branch.pk, user.pk)
    who, details = told(client)
    assert (who, details["now"]["channels"], details["now"]["key_hash"]) == ("supervisor", ["app"], CHANGED)
    written = str(list(AuditRow.objects.values_list("details", flat=True)))
    assert [secret for secret in (password, key, client.key_hash, user.password) if secret in written] == []


def test_a_key_is_revoked_at_the_console_once_and_for_good(integration):
    """S15: `revoke_client` had no door."""
    assert said("revoke_client", "hotline") == [
        "hotline is revoked: its key stops within half a minute and never works again."
    ]
    integration.refresh_from_db()
    revoked_at = integration.revoked_at
    assert not integration.is_live(timezone.now())
    who, details = told(integration)
    assert (who, details["was"], set(details["now"])) == (User.SYSTEM, {"revoked_at": None}, {"revoked_at"})
    with pytest.raises(CommandError, match="was revoked before"):
        said("revoke_client", "hotline")
    with pytest.raises(CommandError, match="There is no client nobody"):
        said("revoke_client", "nobody")
    integration.refresh_from_db()
    assert integration.revoked_at == revoked_at
    assert AuditRow.objects.filter(details__now__has_key="revoked_at", details__added=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_revoke_at_once_leave_one_record(integration):
    outcomes = in_threads(*[lambda: revoke_client(integration, at=NOON)] * 4)
    assert sorted(map(str, outcomes)) == ["False", "False", "False", "True"]
    assert AuditRow.objects.filter(subject=f"apiclient:{integration.pk}", details__added=False).count() == 1


def test_the_auditor_finds_what_was_done_to_their_entity_at_the_console(auditor, integration, foreign_root):
    foreign, _key = create_client("foreign", channels=["app"], unit=foreign_root, at=NOON)
    pages = Client()
    pages.force_login(auditor, backend="organization.backends.RoleBackend")
    shown = pages.get(reverse("admin:security_auditrow_changelist")).context["cl"].result_list
    subjects = {row.subject for row in shown}
    assert f"apiclient:{integration.pk}" in subjects
    assert f"apiclient:{foreign.pk}" not in subjects
