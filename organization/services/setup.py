"""What every installation starts with: one institution, one root unit, the accounts that act by themselves."""

from datetime import datetime

from django.db import transaction

from organization.models import BusinessLine, InstitutionType, LegalEntity, Unit, User
from organization.services.units import CODES

ROOT, MAIN = "HQ", "main"  # codes of the first unit and the first legal entity
FIRST_RECEIVER = "first-receiver"
# code, names, and the business category B where the line is one and no choice is left
LINES = (
    ("deposits", "储蓄存款", "Deposits", "B01"),
    ("cards", "银行卡", "Cards", ""),
    ("loans", "贷款", "Loans", ""),
    ("wealth", "理财", "Wealth management", "B04"),
    ("insurance", "代销保险", "Insurance agency", "B0501"),
    ("payments", "支付结算", "Payments", ""),
    ("corporate", "公司金融", "Corporate banking", ""),
    ("electronic", "电子银行", "Electronic banking", ""),
    ("other", "其他", "Other", ""),
)


@transaction.atomic
def setup_organization(at: datetime) -> Unit:
    """Lay down what is missing; what people changed stays. Returns the root unit."""
    _account(User.SYSTEM, "系统")
    entity, _ = LegalEntity.objects.get_or_create(code=MAIN, defaults={"name": "本机构"})
    root = _root(entity, ROOT, "总行", receiver=_first_receiver(entity))
    BusinessLine.objects.bulk_create(
        [BusinessLine(code=code, name=name, name_en=english, category=b) for code, name, english, b in LINES],
        ignore_conflicts=True,
    )
    CODES.forget()
    return root


@transaction.atomic
def create_entity(
    code: str, *, name: str, root: str, root_name: str, institution_type: str = InstitutionType.BANK
) -> Unit:
    """Found a further legal entity with its first receiver. Returns its root unit, whose code is `root`."""
    entity = LegalEntity.objects.create(code=code, name=name, institution_type=institution_type)
    return _root(entity, root, root_name, receiver=_first_receiver(entity))


def _root(entity: LegalEntity, code: str, name: str, *, receiver: User) -> Unit:
    root, made = Unit.objects.get_or_create(
        code=code,
        defaults={"name": name, "kind": Unit.Kind.HEAD_OFFICE, "legal_entity": entity, "receiver": receiver},
    )
    if made:
        root.path = f"/{root.pk}/"
        root.save(update_fields=["path"])
    return root


def _first_receiver(entity: LegalEntity) -> User:
    """The account that holds the last complaint post of a legal entity."""
    return _account(FIRST_RECEIVER if entity.code == MAIN else f"{FIRST_RECEIVER}.{entity.code}", "首问受理岗", entity)


def _account(username: str, display_name: str, entity: LegalEntity | None = None) -> User:
    """An account that acts by itself and cannot log in."""
    user, made = User.objects.get_or_create(
        username=username, defaults={"display_name": display_name, "is_service": True, "legal_entity": entity}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
