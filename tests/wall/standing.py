"""What somebody else left on a case, which a verb then has something to do with."""

from django.utils import timezone

from complaints.models import Case, Promise, Redress
from tests.wall.strangers import World


def promise(world: World, case: Case) -> None:
    """What somebody else has promised the customer."""
    by, unit = world.sister.people["handler"], case.handling_unit
    given = {"kind": "GOODWILL", "amount": 100, "own_limit": 500, "pay_by": timezone.localdate(), "event_sequence": 1}
    Redress.objects.create(
        case=case,
        round=case.current_round,
        legal_entity=case.legal_entity,
        cost_unit=unit,
        by=by,
        at=case.received_at,
        **given,
    )


def vow(world: World, case: Case) -> None:
    """What somebody else has told the customer would be done."""
    by, now = world.sister.people["handler"], timezone.now()
    place = {"case": case, "round": case.current_round, "legal_entity": case.legal_entity}
    Promise.objects.create(**place, kind="OTHER", by=by, at=case.received_at, due_at=now, event_sequence=1)
