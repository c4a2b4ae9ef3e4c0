"""Who speaks for a complainant: an agent with a mandate, an heir, whom several elected (Art. 12, 14)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from complaints.models.address import ADDRESSES
from organization.models import User
from security.fields import Sealed, SealedRow, SealedValue

# What a page shows of one.
SHOWN = (
    "capacity", "raised", "name_masked", "phone_masked", "email_masked", "authority", "signed_on", "valid_until",
    "seen", "seen_at", "kept_as", "event_sequence", "ended_at",
)  # fmt: skip
CAPACITY, AUTHORITY, SEEN = "capacity", "authority", "paper_seen"  # lists of codes
NAME = "representative_name"  # what the texts of events call the name
# Who acts for somebody else, whose matter it is: they hear of it once their paper was seen.
FOR_ANOTHER = ("AGENT", "GUARDIAN", "HEIR")
ELECTED = "ELECTED"  # by the complainants of a joint complaint
# By which papers somebody speaks for a complainant, by their capacity, the usual one first (Art. 12, Art. 13, Art. 14).
PAPERS = {
    "AGENT": ("MANDATE", "NOTARISED_MANDATE", "LAW_FIRM"),
    "GUARDIAN": ("GUARDIANSHIP",),
    "HEIR": ("INHERITANCE", "KINSHIP"),
    "LEGAL": ("LEGAL_CERTIFICATE", "LICENCE"),
    ELECTED: ("ELECTION",),
}


class Representative(SealedRow):
    """One person who speaks for the complainant, or for several. Nothing of it changes: it ends, and another begins.

    capacity   code of the list `capacity`
    raised     it was they who raised the complaint: what answers its message reaches them
    authority  the paper by which they act, a code of the list `authority`; empty: not known yet
    signed_on, valid_until  the days of that paper
    seen       how a colleague saw it, a code of the list `paper_seen`; empty: nobody has. `kept_as`: where it is kept
    seen_by, seen_at        whose eyes, and when; where a second person had to agree, that one
    seen_sequence           the event whose text `evidence` is `kept_as`
    by, at, event_sequence  who wrote them down; the event whose texts hold name and addresses
    ended_at   they speak for nobody any more
    """

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="representatives", db_index=False)
    capacity = models.CharField(max_length=12)
    raised = models.BooleanField(default=False)
    name_sealed = models.TextField()
    name_masked = models.CharField(max_length=64)
    name = SealedValue("name")
    phone_sealed = models.TextField(blank=True)
    phone_masked = models.CharField(max_length=64, blank=True)
    phone_index = models.CharField(max_length=32, blank=True)
    phone = SealedValue("phone")
    email_sealed = models.TextField(blank=True)
    email_masked = models.CharField(max_length=320, blank=True)
    email_index = models.CharField(max_length=32, blank=True)
    email = SealedValue("email")
    authority = models.CharField(max_length=20, blank=True)
    signed_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    seen = models.CharField(max_length=20, blank=True)
    seen_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    seen_at = models.DateTimeField(null=True)
    seen_sequence = models.PositiveIntegerField(null=True)
    kept_as = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        # whoever rings up, and in which cases they speak for somebody
        indexes = [models.Index(fields=["phone_index"], name="representative_phone", condition=~Q(phone_index=""))]
        constraints = [
            models.UniqueConstraint(fields=["case", "event_sequence"], name="representative_once_an_event"),
            models.CheckConstraint(
                condition=Q(seen="", seen_by=None, seen_at=None, seen_sequence=None, kept_as="")
                | (
                    Q(seen_by__isnull=False, seen_at__isnull=False, seen_sequence__isnull=False)
                    & ~Q(seen="")
                    & ~Q(kept_as="")
                    & ~Q(authority="")
                ),
                name="representative_seen_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_masked} {self.phone_masked}".strip()

    @classmethod
    def shown(cls, facts: Mapping[str, Any]) -> "Representative":
        """As much of a row as a page shows of it, from JSON; `who` is the name of `seen_by`."""
        fields = {field.attname: field for field in cls._meta.concrete_fields}
        columns = {name: fields[name].to_python(value) for name, value in facts.items() if name in fields}
        row = cls(**columns)
        if facts["who"]:
            row.seen_by = User(display_name=facts["who"])
        return row

    @property
    def subject(self) -> str:
        """What the clock is about that waits for the paper."""
        return f"event:{self.event_sequence}"

    @property
    def stands(self) -> bool:
        return self.ended_at is None

    @property
    def addresses(self) -> dict[str, Sealed]:
        """phone, email -> where they are reached, as far as they have given it."""
        values = {name: getattr(self, name) for name in ADDRESSES if hasattr(self, name)}
        return {name: value for name, value in values.items() if value.present}

    def may_hear(self, day: date) -> bool:
        """Whether they are told the content of a decision: their paper was seen, and is still valid."""
        return self.stands and self.seen_at is not None and (self.valid_until is None or day <= self.valid_until)
