"""减免补偿: what a customer is given for what went wrong, from the promise to the voucher of its payment."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy as pgettext

NON_MONETARY = "NON_MONETARY"  # of the dimension `redress_kind`: an apology, a correction


class Redress(models.Model):
    """One thing that was promised. It is never changed: all of it is paid, or it is taken back by two people.

    kind       code of the dimension `redress_kind`
    demanded   what the customer wanted; None: nothing that has a price. Unit: yuan
    amount     what was promised, of points or a gift what they are worth; None for what has no price. Unit: yuan
    cost_unit  whose cost it is
    agreement  number of the settlement agreement (和解协议); empty: none was signed
    pay_by     the last day, as the customer was promised; its clock `payment` is about `event:SEQUENCE`
    own_limit  up to how much whoever proposed it might give alone on that day. Unit: yuan
    approval   the grant, where that was not enough; None: given alone
    by, at     who proposed it, and when it was promised
    paid_at    all of it was paid; `voucher` is the number that shows it, in the event `paid_sequence`
    taken_back_at  it is owed no more: the customer declined it, or it was a mistake
    """

    class Status(models.TextChoices):
        PROMISED = "promised", pgettext("redress", "Promised")
        PAID = "paid", pgettext("redress", "Paid")
        TAKEN_BACK = "taken_back", pgettext("redress", "Taken back")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="redress")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="redress", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    demanded = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    cost_unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    agreement = models.CharField(max_length=120, blank=True)
    pay_by = models.DateField()
    own_limit = models.DecimalField(max_digits=14, decimal_places=2)
    approval = models.OneToOneField("complaints.Approval", models.PROTECT, related_name="redress", null=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()
    paid_at = models.DateTimeField(null=True)
    paid_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    paid_sequence = models.PositiveIntegerField(null=True)
    voucher = models.CharField(max_length=120, blank=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=NON_MONETARY, amount__isnull=True) | (~Q(kind=NON_MONETARY) & Q(amount__gt=0)),
                name="redress_has_a_price",
            ),
            models.CheckConstraint(
                condition=Q(paid_at=None, paid_by=None, paid_sequence=None, voucher="")
                | (Q(paid_at__isnull=False, paid_by__isnull=False, paid_sequence__isnull=False) & ~Q(voucher="")),
                name="redress_paid_with_voucher",
            ),
            models.CheckConstraint(condition=Q(paid_by=None) | ~Q(paid_by=F("by")), name="redress_second_person_pays"),
            models.CheckConstraint(condition=Q(paid_at=None) | Q(taken_back_at=None), name="redress_ends_one_way"),
        ]
        indexes = [
            # what somebody gave alone in a month
            models.Index(fields=["by", "at"], name="redress_given", condition=Q(approval=None)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.amount or ''}"

    @property
    def subject(self) -> str:
        """What its clock is about."""
        return f"event:{self.event_sequence}"

    @property
    def is_owed(self) -> bool:
        return self.paid_at is None and self.taken_back_at is None

    @property
    def status(self) -> str:
        if self.taken_back_at is not None:
            return self.Status.TAKEN_BACK
        return self.Status.PROMISED if self.paid_at is None else self.Status.PAID
