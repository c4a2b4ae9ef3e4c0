"""Accounts: what is made, what is shown once, and what is refused in words."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from organization.errors import NameTaken, NoSuchScope
from organization.models import ApiClient, Membership, Role, Unit, User
from organization.rights import rights_of
from organization.services import complaint_post, create_client, create_user, digest_of
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
