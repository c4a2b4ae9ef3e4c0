"""Who speaks: a customer of one legal entity, with every personal value sealed."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from security.fields import SealedRow, SealedValue

# What identifies a customer, strongest first. Two values of a stronger key are two customers, whatever the weaker say.
KEYS = ("customer_no", "id_no", "openid", "phone", "email")


class Customer(SealedRow):
    """One customer. `identity` is the strongest key at creation: it makes equal messages at once one customer."""

    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    identity = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created"))
    no_surveys_since = models.DateTimeField(_("asked for no surveys"), null=True, blank=True)  # by their own word
    learnt: Sequence[str] = ()  # what the message at hand has told of them that was not known before

    customer_no_sealed = models.TextField(blank=True)
    customer_no_masked = models.CharField(max_length=64, blank=True)
    customer_no_index = models.CharField(max_length=32, blank=True)
    customer_no = SealedValue("customer_no")

    id_no_sealed = models.TextField(blank=True)
    id_no_masked = models.CharField(max_length=64, blank=True)
    id_no_index = models.CharField(max_length=32, blank=True)
    id_no = SealedValue("id_no")

    openid_sealed = models.TextField(blank=True)
    openid_masked = models.CharField(max_length=64, blank=True)
    openid_index = models.CharField(max_length=32, blank=True)
    openid = SealedValue("openid")

    phone_sealed = models.TextField(blank=True)
    phone_masked = models.CharField(max_length=64, blank=True)
    phone_index = models.CharField(max_length=32, blank=True)
    phone_tail_index = models.CharField(max_length=32, blank=True)  # of the last four digits, which people remember
    phone = SealedValue("phone")

    email_sealed = models.TextField(blank=True)
    email_masked = models.CharField(max_length=320, blank=True)
    email_index = models.CharField(max_length=32, blank=True)
    email = SealedValue("email")

    name_sealed = models.TextField(blank=True)
    name_masked = models.CharField(max_length=64, blank=True)
    name_index = models.CharField(max_length=32, blank=True)  # to be found by; whoever bears it is not known by it
    name = SealedValue("name")

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [models.UniqueConstraint(fields=["legal_entity", "identity"], name="customer_once")]
        # One key is given far more often than all: an index holds only the rows that have it.
        indexes = [
            models.Index(
                fields=["legal_entity", f"{key}_index"], condition=~Q(**{f"{key}_index": ""}), name=f"customer_{key}"
            )
            for key in (*KEYS, "phone_tail", "name")
        ]

    def __str__(self) -> str:
        return self.name_masked or self.phone_masked or self.customer_no_masked or str(_("customer"))
