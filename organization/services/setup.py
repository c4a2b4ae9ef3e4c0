"""What every installation starts with: one institution, one root unit, the accounts that act by themselves."""

from datetime import datetime

from django.db import transaction

from organization.models import BusinessLine, LegalEntity, Unit, User
from organization.services.units import forget_codes

ROOT = "HQ"
FIRST_RECEIVER = "first-receiver"
LINES = (
    ("deposits", "储蓄存款", "Deposits"),
    ("cards", "银行卡", "Cards"),
    ("loans", "贷款", "Loans"),
    ("wealth", "理财", "Wealth management"),
    ("insurance", "代销保险", "Insurance agency"),
    ("payments", "支付结算", "Payments"),
    ("other", "其他", "Other"),
)


@transaction.atomic
def setup_organization(at: datetime) -> Unit:
    """Lay down what is missing; what people changed stays. Returns the root unit."""
    _account(User.SYSTEM, "系统")
    receiver = _account(FIRST_RECEIVER, "首问受理岗")
    entity, _ = LegalEntity.objects.get_or_create(code="main", defaults={"name": "本机构"})
    root, made = Unit.objects.get_or_create(
        code=ROOT,
        defaults={"name": "总行", "kind": Unit.Kind.HEAD_OFFICE, "legal_entity": entity, "receiver": receiver},
    )
    if made:
        root.path = f"/{root.pk}/"
        root.save(update_fields=["path"])
    BusinessLine.objects.bulk_create(
        [BusinessLine(code=code, name=name, name_en=name_en) for code, name, name_en in LINES], ignore_conflicts=True
    )
    forget_codes()
    return root


def _account(username: str, display_name: str) -> User:
    """An account that acts by itself and cannot log in."""
    user, made = User.objects.get_or_create(
        username=username, defaults={"display_name": display_name, "is_service": True}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
