"""协办: what another unit or a colleague is asked to contribute to a case, and their answer; 督办: what is ordered."""

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy as pgettext

from organization.models import Membership, Nature, Role, User
from organization.rights import permissions, rights_of

ANSWERS = "answer_task"  # the right by which one may be asked
# Who answers for what is asked anywhere below them, whoever it was put to.
LEADING = frozenset({Role.SUPERVISOR, Role.UNIT_HEAD, Role.DEPARTMENT_HEAD})
ORDERED = ~Q(paper="")


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(ended_at=None)

    def orders(self) -> "TaskQuerySet":
        return self.filter(ORDERED)

    def put_to(self, user: User) -> "TaskQuerySet":
        """Open or not, those that the user may answer: put to them, or to their unit, or below what they lead.

        Nobody is asked about a case that concerns them, and of tip-offs only who hears of them.
        """
        rights, (units, led) = rights_of(user), places_of(user)
        theirs = Q(to=user) | Q(accepted_by=user) | Q(unit__in=units, by_name=False) | Q(unit__in=led)
        rows = self.filter(theirs, legal_entity_id=rights.legal_entity_id)
        rows = rows.exclude(case__barred__contains=[user.pk])
        return rows if rights.hears_tips else rows.exclude(case__nature=Nature.TIP_OFF)


def places_of(user: User) -> tuple[set[int], set[int]]:
    """The units whose queue of tasks somebody works on, and those below what they lead, by id."""
    rights = rights_of(user)
    seats = answering(rights.memberships)
    led = [seat for seat in seats if seat.role in LEADING]
    return {seat.unit_id for seat in seats if seat.unit_id}, set().union(*(rights.subtree(seat) for seat in led))


def answering(memberships: Iterable[Membership]) -> list[Membership]:
    return [one for one in memberships if one.role in permissions()[ANSWERS]]


class Task(models.Model):
    """One thing that somebody is asked. An answer that does not do is returned: what is asked then is the next row.

    number     counts within the case; its clock `task` is about `task:NUMBER`
    paper      督办: the number of the order (文号) by which those above want an answer; empty: help is asked for
    unit       the one asked
    to         who answers for it: the person named (by_name), else who held the unit's complaint post
    follows    number of the one whose answer did not do
    partner    合作机构 that is asked; the unit that keeps the relation answers for it
    countersigns  会签: event_sequence of the draft on which an opinion is asked for; None: it is something else
    by         who asked, or asked a second person for it; `event_sequence` is that of the event with the words
    due_at     as it was asked for; how it counts says the clock
    accepted_at  somebody signed for it; from the asking until then it lay (滞留)
    ended_as   how it ended; empty: it is open. `answer_sequence` is that of the event with the words of the answer
    """

    class End(models.TextChoices):
        ANSWERED = "answered", pgettext("task", "Answered")
        NOT_OURS = "not_ours", pgettext("task", "Answered: not theirs")  # 不属本部门职责
        AGREED = "agreed", pgettext("task", "Agreed")  # 会签
        OBJECTED = "objected", pgettext("task", "Objected")
        WITHDRAWN = "withdrawn", pgettext("task", "Withdrawn")
        LAPSED = "lapsed", pgettext("task", "Ended with the case")

    case = models.ForeignKey("complaints.Case", models.CASCADE, related_name="tasks", db_index=False)
    round = models.ForeignKey("complaints.Round", models.CASCADE, related_name="tasks", db_index=False)
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    paper = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    to = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    by_name = models.BooleanField(default=False)
    follows = models.PositiveSmallIntegerField(null=True)
    partner = models.ForeignKey("organization.Partner", models.PROTECT, related_name="+", null=True, db_index=False)
    countersigns = models.PositiveIntegerField(null=True)
    by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    event_sequence = models.PositiveIntegerField()
    accepted_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=10, choices=End, blank=True)
    answered_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    answer_sequence = models.PositiveIntegerField(null=True)
    returned_at = models.DateTimeField(null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="task_number_once"),
            models.CheckConstraint(condition=~Q(to=F("by")), name="task_to_another"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_as="") | Q(ended_at__isnull=False) & ~Q(ended_as=""),
                name="task_ended_somehow",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None, answer_sequence=None)
                & (Q(ended_as__in=["", "withdrawn", "lapsed"]) & Q(returned_at=None))
                | Q(answered_by__isnull=False, answer_sequence__isnull=False)
                & Q(ended_as__in=["answered", "not_ours", "agreed", "objected"])
                & ~Q(answered_by=F("by")),
                name="task_answered_by_another",
            ),
            models.CheckConstraint(
                condition=Q(countersigns=None) & ~Q(ended_as__in=["agreed", "objected"])
                | Q(countersigns__isnull=False) & ~Q(ended_as__in=["answered", "not_ours"]),
                name="task_opinion_on_a_draft",
            ),
        ]
        indexes = [
            # what waits for the answer of a unit or a person, the next deadline first
            models.Index(fields=["unit", "due_at", "id"], name="task_open_of_unit", condition=Q(ended_at=None)),
            models.Index(fields=["to", "due_at", "id"], name="task_open_of_person", condition=Q(ended_at=None)),
            # what a unit or a person was ever asked, and what somebody asked, the newest first
            models.Index(fields=["unit", "-at", "-id"], name="task_of_unit"),
            models.Index(fields=["to", "-at", "-id"], name="task_of_person"),
            models.Index(fields=["accepted_by"], name="task_signed_for", condition=Q(accepted_by__isnull=False)),
            models.Index(fields=["by", "-at", "-id"], name="task_asked_by"),
            models.Index(fields=["legal_entity", "-at", "-id"], name="task_ordered", condition=ORDERED),
            # 第三方配合: what partner institutions were asked
            models.Index(fields=["legal_entity", "at"], name="task_of_partners", condition=Q(partner__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} task {self.number}"

    @property
    def subject(self) -> str:
        """What its clock is about."""
        return f"task:{self.number}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_order(self) -> bool:
        return bool(self.paper)

    @property
    def is_help(self) -> bool:
        """协办, and neither an order nor an opinion on a draft."""
        return not self.is_order and self.countersigns is None

    @property
    def answers_for(self) -> User:
        """Who signed for it, else who was asked."""
        return self.accepted_by or self.to

    def is_put_to(self, user: User) -> bool:
        """Whether the user may answer it: as `put_to` has it, but for what hangs on the case."""
        rights = rights_of(user)
        of_unit = not self.by_name and any(seat.unit_id == self.unit_id for seat in answering(rights.memberships))
        return user.pk in {self.to_id, self.accepted_by_id} or of_unit or rights.leads(self.unit, LEADING)
