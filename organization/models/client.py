"""Programs that post: their keys, and the answers they were given."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from organization.models.lists import ClientChannel, Nature, Scope


class ApiClient(models.Model):
    """One integration with one key. Only the key's SHA-256 is stored: it is random, so a plain digest suffices.

    A revocation is final; the database holds it (migration 0003).
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    user = models.OneToOneField("organization.User", models.PROTECT, related_name="api_client", editable=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+")
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    key_prefix = models.CharField(_("key starts with"), max_length=16, editable=False)
    channels = ArrayField(models.CharField(max_length=20, choices=ClientChannel), verbose_name=_("channels"))
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), verbose_name=_("scopes"))
    default_nature = models.CharField(
        _("nature when none is given"), max_length=20, choices=Nature, default=Nature.COMPLAINT
    )
    per_minute = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True)  # empty: the setting
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        constraints = [
            models.CheckConstraint(
                condition=Q(channels__contained_by=[*ClientChannel.values]),
                name="client_channels_listed",
                violation_error_message=_("Choose channels from the list."),
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=[*Scope.values]),
                name="client_scopes_listed",
                violation_error_message=_("Choose scopes from the list."),
            ),
            models.CheckConstraint(
                condition=Q(default_nature__in=[*Nature.values]),
                name="client_nature_listed",
                violation_error_message=_("Choose the nature from the list."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class StoredAnswer(models.Model):
    """The answer to a POST with an Idempotency-Key, kept seven days, written in the transaction it answers for.

    key_digest  SHA-256 of the key: a sender may have put a name or a number into it
    """

    user = models.ForeignKey("organization.User", models.CASCADE, related_name="+", db_index=False)
    key_digest = models.CharField(max_length=64)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)  # null only inside the transaction that works on it
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key_digest"], name="answer_once_a_key")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key_digest[:8]}"
