"""减免补偿: how much of it a person may give without a second one, and which roles may grant more."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Case, Redress, RedressLimit
from complaints.services.routes import TIERS
from organization.models import Role, User
from organization.rights import rights_of
from sla import services as sla
from sqm_site.locking import hold_until_commit

# What `setup` lays down for the group, in yuan, of a case and of a month; an institution enters its own.
DEFAULTS = {
    Role.HANDLER: (Decimal(500), Decimal(5_000)),
    Role.TEAM_LEAD: (Decimal(2_000), Decimal(20_000)),
    Role.APPROVER: (Decimal(20_000), None),
    Role.SUPERVISOR: (Decimal(20_000), None),
    Role.UNIT_HEAD: (Decimal(200_000), None),
    Role.CONSUMER_PROTECTION: (Decimal(1_000_000), None),
    Role.DISCIPLINE: (Decimal(1_000_000), None),
}


def limits_on(case: Case, roles: Iterable[str], at: datetime) -> list[RedressLimit]:
    """Of each of these roles the limit in force: the institution's own row before the group's, the newest of them."""
    rows = RedressLimit.objects.filter(role__in=list(roles), effective_from__lte=timezone.localdate(at))
    rows = rows.filter(legal_entity_id=case.legal_entity_id) | rows.filter(legal_entity=None)
    found = {(row.role, row.legal_entity_id): row for row in rows.order_by("effective_from")}
    group = {role: row for (role, entity), row in found.items() if entity is None}
    return [*(group | {role: row for (role, entity), row in found.items() if entity is not None}).values()]


def limit_of(actor: User, case: Case, at: datetime) -> RedressLimit:
    """The widest limit that a role of the actor has. Nothing entered for their roles: nothing."""
    limits = limits_on(case, rights_of(actor).roles, at)
    return max(limits, key=lambda one: one.amount, default=RedressLimit(amount=Decimal(0)))


def beyond(actor: User, case: Case, amount: Decimal, rows: Iterable[Redress], at: datetime) -> str:
    """Why the actor may not give this much alone, in a sentence; empty: they may.

    rows  all redress of the case: what others gave counts too, or an amount could be given in parts
    """
    limit, before = limit_of(actor, case, at), promised_in_all(rows)
    if before + amount > limit.amount:
        said = _("Your limit for redress is %(limit)s yuan a case: above it, it needs a second person.")
        return said % {"limit": money(limit.amount)}
    if limit.monthly is not None and (this_month := given_alone(actor, at)) + amount > limit.monthly:
        said = _("You gave %(given)s of %(limit)s yuan this month: above that, it needs a second person.")
        return said % {"given": money(this_month), "limit": money(limit.monthly)}
    return ""


def promised_in_all(rows: Iterable[Redress]) -> Decimal:
    """What was promised in all and not taken back. Unit: yuan."""
    return sum((row.amount for row in rows if row.amount and row.taken_back_at is None), Decimal(0))


def given_alone(actor: User, at: datetime) -> Decimal:
    """What somebody promised without a second person in the month of `at`. Whoever asks next for the same person waits
    until this transaction ends: two promises at once are not both the last within a limit.
    """
    hold_until_commit(f"redress {actor.pk}")
    first = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = Redress.objects.filter(by=actor, approval=None, at__gte=first, taken_back_at=None)
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def money(amount: Decimal | None) -> str:
    """An amount as people read it; empty for what has no price."""
    return "" if amount is None else f"{amount:,.2f}"


def tiers(case: Case, amount: Decimal, at: datetime) -> list[str]:
    """The roles, of those that decide on approvals, whose limit reaches so far."""
    return sorted(row.role for row in limits_on(case, TIERS, at) if row.amount >= amount)


def usual_day(case: Case, at: datetime) -> date:
    """By when it is paid where no day was promised."""
    return timezone.localdate(sla.working_days_after(at, settings.REDRESS_PAY_DAYS, entity=case.legal_entity_id))


def setup_redress() -> int:
    """Lay down the group's limits where it has none. Returns how many rows are new."""
    ever = datetime(2020, 1, 1, tzinfo=timezone.get_current_timezone()).date()
    made = [
        RedressLimit.objects.get_or_create(
            role=role, legal_entity=None, defaults={"amount": amount, "monthly": monthly, "effective_from": ever}
        )[1]
        for role, (amount, monthly) in DEFAULTS.items()
    ]
    return sum(made)
