"""The tree of units, and finding a unit or a business line by its code."""

from typing import Any, cast

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from organization.errors import NoSuchUnit
from organization.models import ApiClient, BusinessLine, Team, Unit, User
from sqm_site.errors import Forbidden, Invalid, cause
from sqm_site.remembering import Memory

CODES: Memory[Any] = Memory(30)  # (model, code) -> its row


def create_unit(code: str, *, name: str, kind: str, parent: Unit, region: str = "", **posts: Any) -> Unit:
    """Add a unit below another one, in its legal entity."""
    return add_unit(Unit(code=code, name=name, kind=kind, parent=parent, region=region, **posts))


@transaction.atomic
def add_unit(unit: Unit) -> Unit:
    """Store a new unit below its parent, in the parent's legal entity. Only setup makes roots."""
    parent = cast(Unit, unit.parent)
    hold_tree(parent.legal_entity_id)
    above = unit.parent = Unit.objects.get(pk=parent.pk)  # where it stands now, whatever the caller read
    unit.legal_entity_id = above.legal_entity_id
    unit.save(force_insert=True)
    unit.path = f"{above.path}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


@transaction.atomic
def keep_unit(unit: Unit) -> None:
    """Store what was changed of a unit; with another parent it moves. Raises Invalid as `move_unit` does."""
    hold_tree(unit.legal_entity_id)
    stands, parent = Unit.objects.get(pk=unit.pk), unit.parent
    unit.path, unit.parent = stands.path, stands.parent
    unit.save()
    if parent is not None and parent != stands.parent:
        move_unit(unit, parent=parent)


def create_team(unit: Unit, name: str, *, lead: User | None = None) -> Team:
    """Add a team to a unit, in its legal entity."""
    return Team.objects.create(unit=unit, legal_entity_id=unit.legal_entity_id, name=name, lead=lead)


@transaction.atomic
def move_unit(unit: Unit, *, parent: Unit) -> None:
    """Hang a unit, with all below it, under another parent. Raises Invalid for a parent inside it."""
    if parent.legal_entity_id != unit.legal_entity_id:
        raise Invalid({"parent": [_("A unit cannot move to another legal entity.")]})
    hold_tree(unit.legal_entity_id)
    # both read again, so that two moves at once cannot make a ring
    stands = Unit.objects.in_bulk([unit.pk, parent.pk])
    old, above = stands[unit.pk].path, stands[parent.pk]
    if above.path.startswith(old):
        raise Invalid({"parent": [_("A unit cannot stand below itself.")]})
    new = f"{above.path}{unit.pk}/"
    Unit.objects.filter(path__startswith=old).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    Unit.objects.filter(pk=unit.pk).update(parent=parent)
    unit.path, unit.parent = new, parent


def hold_tree(legal_entity_id: int) -> None:
    """Wait for, and hold until the transaction ends, the right to change the shape of one tree.

    The row of its root is locked, whichever units it is about: a unit added below one that moves is not yet seen by
    the statement that moves the paths, and locking its parent alone would not stop a move further up. Foreign keys to
    the root stay free (NO KEY), so that intake does not wait.
    """
    Unit.objects.select_for_update(no_key=True).get(legal_entity_id=legal_entity_id, parent=None)


def unit_by_code(code: str) -> Unit:
    """Raises NoSuchUnit."""
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise NoSuchUnit(code=code)
    return unit


def unit_of(client: ApiClient, code: str) -> Unit:
    """The unit a client posts for: its own, or one below it by code. Raises Invalid, Forbidden."""
    if not code or code == client.unit.code:
        return client.unit
    unit = by_code(Unit, code)
    if unit is None or unit.legal_entity_id != client.legal_entity_id:
        raise Invalid({"unit": [_("There is no unit with this code.")]})
    if not unit.path.startswith(client.unit.path):
        raise Forbidden(causes=[cause("unit", "unit", _("This key posts for its unit and those below it only."))])
    return unit


def complained_unit_of(legal_entity_id: int | None, code: str) -> Unit:
    """The unit that a complaint is about, anywhere in the legal entity. Raises Invalid."""
    unit = Unit.objects.filter(code=code, legal_entity_id=legal_entity_id).first()
    if unit is None:
        raise Invalid({"complained_unit": [_("There is no unit with this code.")]})
    return unit


def business_line_of(code: str) -> BusinessLine:
    """Raises Invalid for a code that is none."""
    line = by_code(BusinessLine, code)
    if line is None:
        raise Invalid({"business_line": [_("There is no business line with this code.")]})
    return line


def by_code(model: Any, code: str) -> Any:
    return CODES.get((model, code), model.objects.filter(code=code).first)
