"""Two cases that belong together."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.states import BEFORE_TOLD

OF_A_ROUND = "review_of"
AS_ONE = "merged_into"
WITH_OTHERS = "child_of"


class LinkQuerySet(models.QuerySet["Link"]):
    def standing(self) -> "LinkQuerySet":
        """Those that nobody has taken back."""
        return self.filter(ended_at=None)

    def merged(self) -> "LinkQuerySet":
        """合并: those by which one case is handled with another."""
        return self.standing().filter(kind=AS_ONE)


class Link(models.Model):
    """Two cases that belong together. A machine only ever suggests a duplicate; people confirm.

    other_round  of a review (核查): the round of the other case whose decision it is about, once
    from_state   of a merged case: the state it was in, and goes back to
    ended_at     it was taken back; of each pair and kind there is one row, which then may stand again
    """

    class Kind(models.TextChoices):
        POSSIBLE_DUPLICATE = "possible_duplicate", _("Possible duplicate")
        DUPLICATE = "duplicate", _("Duplicate of")
        RELATED = "related", _("Related to")
        REPEAT_OF = "repeat_of", _("Repeat of")
        REVIEW_OF = OF_A_ROUND, _("Review of")
        MERGED_INTO = AS_ONE, _("Merged into")
        SPLIT_FROM = "split_from", _("Split from")
        CHILD_OF = WITH_OTHERS, _("Part of the group complaint")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="links", db_index=False)
    other = models.ForeignKey("complaints.Case", models.CASCADE, related_name="linked_from", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind)
    other_round = models.OneToOneField("complaints.Round", models.CASCADE, related_name="+", null=True)
    from_state = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "kind"], name="link_once"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(kind=AS_ONE, ended_at=None), name="link_merged_into_one"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(kind=WITH_OTHERS, ended_at=None), name="link_child_of_one"
            ),
            models.CheckConstraint(condition=~Q(case=models.F("other")), name="link_to_another"),
            models.CheckConstraint(
                condition=Q(kind=OF_A_ROUND, other_round__isnull=False)
                | (~Q(kind=OF_A_ROUND) & Q(other_round__isnull=True)),
                name="link_review_of_a_round",
            ),
            models.CheckConstraint(
                condition=Q(kind=AS_ONE, from_state__in=[*BEFORE_TOLD]) | (~Q(kind=AS_ONE) & Q(from_state="")),
                name="link_merged_from_a_state",
            ),
        ]
        indexes = [models.Index(fields=["other"], name="link_other")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.other_id}"

    @property
    def seen_from_other(self) -> Any:
        """The words for the kind on the page of the other case."""
        return FROM_OTHER[self.Kind(self.kind)]


FROM_OTHER = {
    Link.Kind.POSSIBLE_DUPLICATE: Link.Kind.POSSIBLE_DUPLICATE.label,
    Link.Kind.DUPLICATE: _("Has the duplicate"),
    Link.Kind.RELATED: Link.Kind.RELATED.label,
    Link.Kind.REPEAT_OF: _("Repeated by"),
    Link.Kind.REVIEW_OF: _("Reviewed by"),
    Link.Kind.MERGED_INTO: _("Has taken in"),
    Link.Kind.SPLIT_FROM: _("Split off"),
    Link.Kind.CHILD_OF: _("Has the part"),
}
# Of two cases linked so, the first began from the other one, to which its customer wrote.
STEMS = (Link.Kind.REVIEW_OF, Link.Kind.SPLIT_FROM)
