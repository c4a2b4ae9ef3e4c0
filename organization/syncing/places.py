"""机构与团队: the units of the file, the tree they stand in, their posts, and their teams."""

from django.utils.translation import gettext as _

from organization.models import InstitutionType, LegalEntity, Team, Unit
from organization.syncing.reading import Line
from organization.syncing.world import World, chosen, listed

POSTS = ("head", "receiver", "substitute")
OWN = ("name", "region")


def plan_entities(world: World, lines: list[Line]) -> None:
    for line in lines:
        entity = world.entities.get(line.cells["code"])
        if entity is None:
            told = _("There is no legal entity {code}. Found it by `manage.py create_entity` first.")
            world.fault(line, "code", told.format(code=line.cells["code"]))
            continue
        values = {key: line.cells[key] for key in ("name",) if line.cells.get(key)}
        if given := line.cells.get("institution_type"):
            values["institution_type"] = chosen(InstitutionType, given)
            if not values["institution_type"]:
                world.fault(line, "institution_type", none_of(given, InstitutionType))
                continue
        if world.speaks(line, entity, "code"):
            world.put(line, entity, values, entity.code)


def plan_units(world: World, lines: list[Line]) -> list[tuple[Line, Unit]]:
    """The units and where they stand; their posts follow once the people are known."""
    told = []
    for line in lines:
        code = line.cells["code"]
        unit = world.units.get(code)
        if unit is None:
            unit = world.units[code] = Unit(code=code)
        if world.speaks(line, unit, "code"):
            told.append((line, unit))
    for line, unit in told:
        world.put(line, unit, {**own(world, line, unit), **parent(world, line, unit)}, unit.code)
    for line, unit in told:
        place(world, line, unit)
    return told


def own(world: World, line: Line, unit: Unit) -> dict[str, str]:
    """What a unit says of itself."""
    values = {key: line.cells[key] for key in OWN if key in line.cells}
    if not unit.pk:
        values["code"] = unit.code
    if given := line.cells.get("kind"):
        values["kind"] = chosen(Unit.Kind, given)
        if not values["kind"]:
            world.fault(line, "kind", none_of(given, Unit.Kind))
            del values["kind"]
    return values


def parent(world: World, line: Line, unit: Unit) -> dict[str, Unit | None]:
    if "parent" not in line.cells and unit.pk:
        return {}
    above = world.unit(line, "parent")
    if line.cells.get("parent") or (unit.pk and unit.parent is None):
        return {"parent": above} if above is not None else {}
    told = _("A legal entity has one root, which `manage.py create_entity` or `setup` made. Name a parent.")
    world.fault(line, "parent", told)
    return {}


def place(world: World, line: Line, unit: Unit) -> None:
    """Stand the unit in the legal entity at the top of its line; a ring has no top."""
    seen, above = [unit], unit.parent
    while above is not None and above not in seen:
        seen.append(above)
        above = above.parent
    if above is not None:
        ring = " → ".join(one.code for one in [*seen, above])
        world.fault(
            line, "parent", _("The units stand in a ring: {ring}. One of them needs another parent.").format(ring=ring)
        )
        return
    top = seen[-1]
    if top.legal_entity_id is None:
        return  # its own line says why
    if unit.pk and unit.legal_entity_id != top.legal_entity_id:
        world.fault(line, "parent", _("A unit cannot move to another legal entity."))
    elif not unit.pk:
        unit.legal_entity = top.legal_entity


def plan_posts(world: World, told: list[tuple[Line, Unit]]) -> None:
    """Head, A角 and B角. An empty cell empties the post, but for the account that `setup` made for the last one."""
    for line, unit in told:
        entity = entity_of(unit)
        values = {post: world.person(line, post, entity) for post in POSTS if post in line.cells}
        standing = unit.receiver
        if standing is not None and standing.is_service and values.get("receiver") is None:
            values.pop("receiver", None)
        elif unit.parent is None and "receiver" in values and values["receiver"] is None:
            world.fault(line, "receiver", _("At the root somebody holds the complaint post: nothing stands above it."))
            continue
        world.put(line, unit, values, unit.code)


def plan_teams(world: World, lines: list[Line]) -> None:
    for line in lines:
        unit = world.unit(line)
        if unit is None:
            continue
        key = (unit.code, line.cells["name"])
        team = world.teams.get(key)
        if team is None:
            team = world.teams[key] = Team(unit=unit)
        if world.speaks(line, team, "name"):
            values = {} if team.pk else {"name": key[1], "unit": unit}
            if "lead" in line.cells:
                values["lead"] = world.person(line, "lead", entity_of(unit))
            world.put(line, team, values, " ".join(key))


def entity_of(unit: Unit) -> LegalEntity | None:
    return unit.legal_entity if unit.legal_entity_id else None


def none_of(given: str, choices: type[InstitutionType] | type[Unit.Kind]) -> str:
    return _("{given} is none of {known}.").format(given=given, known=listed(choices.choices))
