"""Where the customer of a case is reached, as they said later on, and a person wrote down."""

from django.db import models

from security.fields import SealedRow, SealedValue

ADDRESSES = ("phone", "email", "openid")


class Address(SealedRow):
    """One address that a person confirmed (确认联系方式). Each row has one of the three; the newest of a kind is used.

    by              who confirmed it: where a second person had to agree, that one
    event_sequence  the event whose text holds the same value, so that the log proves it
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="addresses", db_index=False)
    phone_sealed = models.TextField(blank=True)
    phone_masked = models.CharField(max_length=64, blank=True)
    phone_index = models.CharField(max_length=32, blank=True)
    phone = SealedValue("phone")
    email_sealed = models.TextField(blank=True)
    email_masked = models.CharField(max_length=320, blank=True)
    email_index = models.CharField(max_length=32, blank=True)
    email = SealedValue("email")
    openid_sealed = models.TextField(blank=True)
    openid_masked = models.CharField(max_length=64, blank=True)
    openid_index = models.CharField(max_length=32, blank=True)
    openid = SealedValue("openid")
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "event_sequence"], name="address_once_an_event")]

    def __str__(self) -> str:
        return self.phone_masked or self.email_masked or self.openid_masked

    @property
    def kind(self) -> str:
        return next(name for name in ADDRESSES if getattr(self, name).present)
