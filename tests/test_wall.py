"""The wall between legal entities stands in the database: nothing of one points at anything of another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey, Model
from django.utils import timezone

from complaints.models import Case, Offer
from organization.errors import DutiesApart
from organization.models import LegalEntity, Membership, Role, Team, Unit, User
from organization.services import create_entity, create_team, grant
from tests.cases import offered
from tests.people import NOON, hold, person
from tests.test_rooms import ROOMS

# Who did something may be the system, which belongs to no legal entity: it imports, it waives what nobody
# answers, and it may offer.
TODAY = timezone.localdate(NOON)
FREE = {("Case", "brought_by"), ("Offer", "by"), ("Survey", "waived_by"), ("Proposal", "decided_by")}
KEYS = """
SELECT conrelid::regclass::text, attname, confrelid::regclass::text FROM pg_constraint
JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
WHERE contype = 'f' AND convalidated AND array_length(conkey, 1) = 2 AND conname LIKE '%\\_wall'
"""


@pytest.fixture
def abroad(institution) -> Unit:
    """The root of another legal entity."""
    return create_entity("other", name="另一机构", root="OTHER", root_name="另一机构总部")


@pytest.fixture
def stranger(abroad) -> User:
    return person("stranger", Role.HANDLER, abroad)


def carries_entity(model: type[Model]) -> bool:
    return any(field.name == "legal_entity" for field in model._meta.concrete_fields)


def is_bound(model: type[Model]) -> bool:
    """Whether its rows belong to one legal entity. Where the entity may be empty, it is configuration of the group."""
    return carries_entity(model) and (model is User or not model._meta.get_field("legal_entity").null)


def bound_keys() -> Iterator[ForeignKey]:
    """The foreign keys that must not cross; derived rows of `quality` have no constraints at all."""
    for model in apps.get_models():
        if model._meta.app_config.name in ROOMS and carries_entity(model):
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.db_constraint and is_bound(field.related_model):
                    yield field


def test_every_foreign_key_between_rows_of_legal_entities_has_the_key_of_two_columns(db):
    with connection.cursor() as cursor:
        cursor.execute(KEYS)
        there = set(cursor.fetchall())
    wanted = {
        (field.model._meta.db_table, field.column, field.related_model._meta.db_table)
        for field in bound_keys()
        if (field.model.__name__, field.name) not in FREE
    }
    assert wanted - there == set(), "write them in the 0002_guards of their room, with organization.wall.keys"
    assert there - wanted == set(), "keys of columns that are gone"


def refused(queryset, **values) -> bool:
    try:
        with transaction.atomic():
            queryset.update(**values)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize("column", ["owner", "first_receiver", "offered_to"])
def test_nobody_of_another_legal_entity_gets_a_case(column, case, stranger, branch, handler):
    changes = {"offered_to": handler, "offered_unit": branch}
    assert not refused(Case.objects.filter(pk=case.pk), **changes)
    assert refused(Case.objects.filter(pk=case.pk), **changes | {column: stranger})


@pytest.mark.parametrize("column", ["unit", "from_unit", "team", "from_team", "to"])
def test_nothing_of_another_legal_entity_is_in_an_offer(column, case, stranger, abroad, handler):
    offered(case, to=handler)
    foreign = {"to": stranger, "team": create_team(abroad, "外部组"), "from_team": create_team(abroad, "另一组")}
    assert refused(Offer.objects.filter(case=case), **{column: foreign.get(column, abroad)})


@pytest.mark.parametrize("column", ["handling_unit", "receiving_unit", "complained_unit", "responsible_unit"])
def test_no_unit_of_another_legal_entity_gets_a_case(column, case, abroad):
    assert refused(Case.objects.filter(pk=case.pk), **{column: abroad})


def test_no_team_of_another_legal_entity_gets_a_case(case, abroad):
    assert refused(Case.objects.filter(pk=case.pk), team=create_team(abroad, "外部组"))


def test_nobody_has_a_role_in_another_legal_entity(handler, stranger, abroad):
    mine = Membership.objects.filter(user=handler)
    assert refused(mine, unit=abroad)
    assert refused(mine, unit=abroad, legal_entity=abroad.legal_entity)
    assert refused(mine, user=stranger)
    assert refused(mine, team=create_team(abroad, "外部组"))


@pytest.mark.parametrize("post", ["receiver", "substitute", "head"])
def test_nobody_holds_a_post_in_another_legal_entity(post, branch, stranger):
    assert refused(Unit.objects.filter(pk=branch.pk), **{post: stranger})


def test_a_tree_and_a_team_stay_in_one_legal_entity(branch, team, abroad, stranger):
    assert refused(Unit.objects.filter(pk=branch.pk), parent=abroad)
    assert refused(Team.objects.filter(pk=team.pk), unit=abroad)
    assert refused(Team.objects.filter(pk=team.pk), lead=stranger)


def test_what_something_points_at_keeps_its_legal_entity(handler, branch, abroad):
    other: LegalEntity = abroad.legal_entity
    assert refused(User.objects.filter(pk=handler.pk), legal_entity=other)
    assert refused(User.objects.filter(pk=handler.pk), legal_entity=None)
    assert refused(Unit.objects.filter(pk=branch.pk), legal_entity=other)


def test_three_duties_are_three_people(auditor, institution):
    """In the service by a sentence, in the database by a trigger."""
    with pytest.raises(DutiesApart):
        grant(auditor, role=Role.SYSTEM_ADMINISTRATOR, unit=institution, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        hold(auditor, Role.SECURITY_ADMINISTRATOR, institution)
    with pytest.raises(ValidationError, match="role"):
        Membership(user=auditor, role=Role.SYSTEM_ADMINISTRATOR, unit=institution, valid_from=TODAY).full_clean()
    hold(auditor, Role.SUPERVISOR, institution)
    assert refused(Membership.objects.filter(user=auditor, role=Role.SUPERVISOR), role=Role.SYSTEM_ADMINISTRATOR)


def test_one_duty_may_follow_the_other(auditor, institution):
    Membership.objects.filter(user=auditor).update(valid_until=TODAY)
    hold(auditor, Role.SYSTEM_ADMINISTRATOR, institution, valid_from=TODAY + timedelta(days=1))
    assert refused(Membership.objects.filter(role=Role.COMPLIANCE_AUDITOR), valid_until=TODAY + timedelta(days=1))


def test_a_group_administrator_belongs_to_no_legal_entity(institution, handler):
    keeper = person("keeper", Role.GROUP_ADMINISTRATOR, institution)
    assert keeper.legal_entity_id is None
    assert refused(User.objects.filter(pk=keeper.pk), legal_entity=institution.legal_entity)
    with pytest.raises(IntegrityError), transaction.atomic():
        hold(handler, Role.GROUP_ADMINISTRATOR, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        hold(keeper, Role.GROUP_ADMINISTRATOR, institution)
    with pytest.raises(IntegrityError), transaction.atomic():
        hold(keeper, Role.HANDLER, institution)


def test_a_legal_entity_has_one_root(institution):
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(code="HQ2", name="第二总行", legal_entity=institution.legal_entity)


def test_a_role_in_ones_own_legal_entity_is_taken(stranger, abroad):
    assert hold(stranger, Role.SUPERVISOR, abroad).legal_entity_id == stranger.legal_entity_id
