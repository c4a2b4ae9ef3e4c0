"""文书: what was issued on paper about a case, under a number of its own. The words are a CaseText of its event."""

from django.db import connection, models
from django.utils.translation import pgettext_lazy as pgettext


class Letter(models.Model):
    """One letter as it was issued. It is never changed: another one is issued beside it.

    unit    whose letterhead and whose numbers: the unit that handled the case then
    number  counts the letters of its kind that the unit issued in the year; drawn when it is issued, never again
    """

    class Kind(models.TextChoices):
        REGISTRATION = "registration", pgettext("letter", "Registration form")
        RECEPTION = "reception", pgettext("letter", "Receipt of what was handed over")
        ACCEPTANCE = "acceptance", pgettext("letter", "Notice of acceptance")
        MATERIAL = "material", pgettext("letter", "Request for material")
        AUTHORITY = "authority", pgettext("letter", "Request for the paper of authority")
        EXTENSION = "extension", pgettext("letter", "Notice of extension")
        EXCLUSION = "exclusion", pgettext("letter", "Notice of days left out")
        RESTART = "restart", pgettext("letter", "Notice that time counts anew")
        DECISION = "decision", pgettext("letter", "Decision")
        REFUSAL = "refusal", pgettext("letter", "Notice of refusal")
        WITHDRAWAL = "withdrawal", pgettext("letter", "Confirmation of withdrawal")
        TERMINATION = "termination", pgettext("letter", "Notice of termination")
        AGREEMENT = "agreement", pgettext("letter", "Agreement")
        SETTLEMENT = "settlement", pgettext("letter", "Settlement")
        REVIEW_OPENED = "review_opened", pgettext("letter", "Notice of review")
        REVIEW_RESULT = "review_result", pgettext("letter", "Conclusion of the review")
        REGULATOR = "regulator", pgettext("letter", "Report to the regulator")
        HANDOVER = "handover", pgettext("letter", "Slip of transfer")
        HELP = "help", pgettext("letter", "Slip of a task")
        SUPERVISION = "supervision", pgettext("letter", "Supervision order")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="letters")
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="letters", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "kind", "number"], name="letter_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.year}/{self.number}"


class LetterNumber(models.Model):
    """The last number that a unit gave to a letter of a kind in a year; the row is held until the letter is written."""

    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "year", "kind"], name="letter_numbers_of_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year} {self.kind} {self.last}"


def draw_number(unit: int, year: int, kind: str) -> int:
    """The next number, in the caller's transaction: whoever draws next waits until it ends, so none is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {LetterNumber._meta.db_table} AS row (unit_id, year, kind, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (unit_id, year, kind) DO UPDATE SET last = row.last + 1 RETURNING last",
            [unit, year, kind],
        )
        (number,) = cursor.fetchone()
    return int(number)
