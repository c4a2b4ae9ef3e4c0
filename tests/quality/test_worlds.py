"""No figure of the record is better than the world it tells of, whatever the owner of a case enters alone."""

import pytest
from django.db import transaction

from complaints.models import Case
from organization.models import Role
from organization.services import create_team
from quality import cells
from quality.models import CaseFact
from tests.nights import either
from tests.people import person
from tests.quality.worlds import World

CHUNKS, EACH = either(day=(5, 20), night=(400, 50))  # a hundred histories; twenty thousand by night


@pytest.fixture
def people(handler, lead, supervisor, branch):
    checker = person("checker", Role.APPROVER, branch)
    elsewhere = person("elsewhere", Role.HANDLER, branch, create_team(branch, "二组"))
    return {"handler": handler, "lead": lead, "supervisor": supervisor, "checker": checker, "elsewhere": elsewhere}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_the_owner_enters_alone_is_never_better_than_what_happened(chunk, integration, people):
    """F1 F6 F7 F9 F10: on time, satisfaction and resolution of the record against those of the world."""
    accepted = refused = 0
    for seed in range(chunk * EACH, (chunk + 1) * EACH):
        with transaction.atomic():
            world = World(seed, integration, people)
            world.live()
            cells.refresh_all()
            assert world.better_than_it_was() == [], f"seed {seed}"
            accepted, refused = accepted + world.accepted, refused + world.refused
            transaction.set_rollback(True)
    assert accepted >= (accepted + refused) / 3, (accepted, refused)


@pytest.mark.parametrize("chunk", range(max(CHUNKS // 5, 1)))
def test_what_only_a_recording_can_show_is_open_to_a_check_that_moves_the_figure(chunk, integration, people):
    """F4: an invented call, an invented acceptance: such a round is drawn from, and what the check finds counts."""
    found = 0
    for seed in range(chunk * EACH, (chunk + 1) * EACH):
        with transaction.atomic():
            world = World(1_000_000 + seed, integration, people, invents=True)
            world.live()
            cells.refresh_all()
            if world.lied:
                world.case = Case.objects.get(pk=world.case.pk)
                for number in world.better_rounds():
                    checked(world, number)
                    found += 1
            transaction.set_rollback(True)
    assert found


def checked(world: World, number: int) -> None:
    """Drawn from every morning, also when another round has begun since; then the figure is no better than it was."""
    assert world.is_drawn_from(number)
    world.act("supervisor", "draw_spot", round=number)
    finding = {"as_recorded": False, "was_told": number in world.told, "satisfaction": world.view(number)}
    world.at = max(world.at, world.deadline) + (world.at - world.arrived_at)
    world.act("elsewhere", "check_spot", **finding, gist="客户所述与登记不符")
    world.case = Case.objects.get(pk=world.case.pk)
    cells.refresh_all()
    fact = CaseFact.objects.get(case=world.case, round=number, offer=0)
    assert fact.spot_differs and world.improved(fact) == []
