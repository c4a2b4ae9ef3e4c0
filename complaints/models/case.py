"""The case: what a customer said, who answers for it, and how far it is."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from complaints.models.clock import OUTLASTING, Clock
from complaints.models.event import CaseEvent
from complaints.models.flow import Flow
from complaints.models.indexes import COUNTED_BY, RUNNING, by_deadline, elsewhere
from complaints.models.link import Link
from complaints.models.round import Offer, Round
from complaints.models.states import CONDUCT, FINAL, OPEN, WAITING, Level, Nature, State, Touchpoint
from complaints.models.words import is_common, texts_with
from feedback.search import searched
from organization.models import User
from organization.scope import area, scoped, wall


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> "CaseQuerySet":
        """The cases in the user's area. What is outside does not exist for them."""
        return scoped(self, user)

    def reachable_by(self, user: User) -> "CaseQuerySet":
        """For one case by its reference: the user's area, what is offered into it, or a part in the case.

        A part (owner, offered to, first receiver) counts inside the user's legal entity. Lists never use it: an OR over
        columns has no index, a unique reference needs none.
        """
        within = area(user)
        within = within and within | area(user, unit="offered_unit_id")
        part = Q(owner=user) | Q(offered_to=user) | Q(first_receiver=user)
        return self.filter(within | (part & wall(user))) if within else self

    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=OPEN)

    def owing(self) -> "CaseQuerySet":
        """The open cases, and those over with the customer for which a body outside still awaits its answer."""
        awaited = Clock.objects.filter(case=OuterRef("pk"), kind__in=OUTLASTING, stopped_at=None)
        return self.filter(Q(state__in=OPEN) | Q(next_due_at__isnull=False) & Q(Exists(awaited)))

    def running_about(self, user: User) -> "CaseQuerySet":
        """Of the cases with a deadline that runs those that concern the user (回避), by an index of their own."""
        return self.exclude(barred=[]).filter(barred__contains=[user.pk], next_due_at__isnull=False)

    def reaching_back(self, most: int) -> datetime | None:
        """When that case came in, than which so many are newer; None where there are no more.

        One look into an index, of the cases of a legal entity or of those that one account brought in.
        """
        received = self.order_by("-received_at", "-pk").values_list("received_at", flat=True)
        return next(iter(received[most : most + 1]), None)

    def saying(self, words: str, *, entity: int | None = None, by: int | None = None) -> "CaseQuerySet":
        """Cases in whose words each of `words` stands somewhere: in a message, a note, a reply, a decision.

        words   parted by spaces or marks, of any length, Chinese or Latin
        entity  the legal entity of whoever asks; None: all
        by      id of the account whose own words alone are looked at, as a program reads no others; None: everybody's
        A rare word is looked up in the index of all texts, a common one case by case in the order of the list: as a
        sub-select of its own, which the planner turns into no join.
        """
        found = self
        for number, word in enumerate(searched(words)):
            rows = texts_with(word, entity=entity)
            if by is not None:
                own = CaseEvent.objects.filter(case=OuterRef("case"), sequence=OuterRef("event_sequence"), actor=by)
                rows = rows.filter(Exists(own))
            if is_common(word):
                here = Subquery(rows.filter(case=OuterRef("pk")).values("pk")[:1])
                found = found.alias(**{f"said{number}": here}).filter(**{f"said{number}__isnull": False})
            else:
                found = found.filter(pk__in=rows.values("case"))
        return found


class Case(Flow):
    """One matter of one customer, from registration to filing. Its state moves only through the verbs."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("Original")
        REVIEW = "review", _("Review")
        GROUP = "group", _("Group complaint")  # the parent case of several: no complaint of its own

    class Origin(models.TextChoices):
        LIVE = "live", _("Live")
        IMPORT = "import", _("Imported")  # laid down as a finished fact; the gates do not judge the past

    reference = models.CharField(_("reference"), max_length=24, db_collation="C")  # so that one index finds a part, too
    state = FSMField(_("state"), default=State.RECEIVED, choices=State, protected=True, editable=False)
    nature = models.CharField(_("nature"), max_length=20, choices=Nature, default=Nature.COMPLAINT)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ORIGINAL)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.ORDINARY)
    urgent = models.BooleanField(_("urgent"), default=False)
    round = models.PositiveSmallIntegerField(default=1)  # the number of the current one

    # who
    legal_entity = models.ForeignKey("organization.LegalEntity", models.PROTECT, related_name="+", db_index=False)
    receiving_unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    complained_unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    handling_unit = models.ForeignKey("organization.Unit", models.PROTECT, related_name="+", db_index=False)
    responsible_unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    team = models.ForeignKey("organization.Team", models.PROTECT, related_name="+", null=True, blank=True)
    owner = models.ForeignKey("organization.User", models.PROTECT, related_name="+", null=True, db_index=False)
    first_receiver = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    brought_by = models.ForeignKey("organization.User", models.PROTECT, related_name="+", db_index=False)
    # Of the open offer, for rights and queues, which are asked of many cases at once: empty while none is open.
    offered_to = models.ForeignKey(
        "organization.User", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    offered_unit = models.ForeignKey(
        "organization.Unit", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    customer = models.ForeignKey("feedback.Customer", models.PROTECT, related_name="+", null=True, blank=True)
    complainant_type = models.CharField(max_length=20, default="PERSON")
    complainants = models.PositiveIntegerField(default=1)
    named_staff = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    # Who is meant, by the place of the name: a person's id, NOBODY or UNSETTLED of complaints.services.recusal.
    named_people = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    # 回避: ids of people whom it concerns, by complaints.services.recusal: they neither handle nor see it.
    barred = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    admitted = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    watchers = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)  # 关注

    # what
    channel = models.CharField(_("channel"), max_length=20)
    source = models.CharField(_("transferred by"), max_length=20, blank=True)  # the body that transferred it last
    thread = models.CharField(max_length=64, blank=True)  # a keyed hash, see feedback.inbound.thread_key
    business_line = models.ForeignKey(
        "organization.BusinessLine", models.PROTECT, related_name="+", null=True, blank=True, db_index=False
    )
    business_channel = models.CharField(_("business channel"), max_length=12, blank=True)
    category = models.CharField(_("category"), max_length=12, blank=True)
    reason = models.CharField(_("reason"), max_length=12, blank=True)
    code_version = models.CharField(max_length=12, blank=True)
    partner = models.ForeignKey("organization.Partner", models.PROTECT, related_name="+", null=True, db_index=False)
    touchpoint = models.CharField(_("touchpoint"), max_length=12, choices=Touchpoint, blank=True)
    product = models.CharField(_("product"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    demand = models.CharField(_("demand"), max_length=20, blank=True)
    finding = models.CharField(_("finding"), max_length=20, blank=True)
    demand_met = models.CharField(_("demand met"), max_length=20, blank=True)
    root_cause = models.CharField(_("root cause"), max_length=12, blank=True)
    close_reason = models.CharField(_("close reason"), max_length=20, blank=True)
    subject = models.CharField(_("subject"), max_length=400, blank=True)  # else how the first message begins; redacted

    # when
    received_at = models.DateTimeField(_("received"))
    next_due_at = models.DateTimeField(_("next deadline"), null=True, blank=True)
    promised_due_at = models.DateTimeField(null=True, blank=True)  # what the customer may rely on
    without_rule = models.BooleanField(default=False)  # it came in while no deadline rule applied: see the alarm
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)  # 首次联系: our first attempt
    reached_at = models.DateTimeField(null=True, blank=True)  # 联系上: the first time we spoke with them
    replied_at = models.DateTimeField(null=True, blank=True)
    chased_at = models.DateTimeField(null=True, blank=True)
    pressed_at = models.DateTimeField(null=True, blank=True)  # 多次催办: chased the third time in seven days
    followed_up_at = models.DateTimeField(null=True, blank=True)
    unanswered_since = models.DateTimeField(null=True, blank=True)  # the customer has written since we last answered

    # the event chain and the ETag
    version = models.PositiveIntegerField(default=1)
    event_count = models.PositiveIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="case_reference"),
            models.CheckConstraint(condition=Q(state__in=[*State]), name="case_state_listed"),
            models.CheckConstraint(condition=Q(nature__in=[*Nature]), name="case_nature_listed"),
            models.CheckConstraint(
                condition=Q(state__in=[*FINAL]) | Q(owner__isnull=False), name="case_open_has_owner"
            ),
            models.CheckConstraint(
                condition=Q(offered_to__isnull=True, offered_unit__isnull=True)
                | Q(offered_to__isnull=False, offered_unit__isnull=False),
                name="case_offered_to_somebody_somewhere",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ASSIGNED) | Q(offered_to__isnull=False), name="case_assigned_is_offered"
            ),
        ]
        indexes = [
            # my queue, and the load of each person
            by_deadline("owner", "case_owner_due"),
            # of those, the ones whose customer has written: few, and shown first
            by_deadline("owner", "case_owner_unanswered", RUNNING & Q(unanswered_since__isnull=False)),
            models.Index(fields=["offered_to"], name="case_offered", condition=Q(offered_to__isnull=False)),
            models.Index(fields=["offered_unit"], name="case_offered_unit", condition=Q(offered_unit__isnull=False)),
            # the unit's queue by deadline
            by_deadline("handling_unit", "case_unit_due"),
            # what take_next reads: given to a team, lying in a unit, offered to a unit
            by_deadline("team", "case_team_waiting", Q(state__in=[*WAITING], team__isnull=False)),
            by_deadline("handling_unit", "case_unit_waiting", Q(state__in=[*WAITING], team=None, offered_unit=None)),
            by_deadline("offered_unit", "case_offered_waiting", Q(state__in=[*WAITING], team=None)),
            # what waits for a second person's check
            by_deadline("legal_entity", "case_pending", Q(state=State.PENDING_APPROVAL)),
            # lists, newest first, of a unit, of everything, of one integration
            models.Index(fields=["handling_unit", "-received_at", "-id"], name="case_unit_received"),
            models.Index(fields=["legal_entity", "-received_at", "-id"], name="case_entity_received"),
            models.Index(fields=["brought_by", "-received_at", "-id"], name="case_brought_received"),
            # of everything; what is overdue and due is counted from it without the rows
            by_deadline("legal_entity", "case_entity_due", include=COUNTED_BY),
            # of what is open a state, newest first: few of all there ever were
            models.Index(
                fields=["legal_entity", "-received_at", "-id"],
                name="case_open_received",
                condition=Q(state__in=[*OPEN]),
            ),
            # what discipline reads
            models.Index(
                fields=["legal_entity", "-received_at", "-id"], name="case_tip_off", condition=Q(nature=Nature.TIP_OFF)
            ),
            # 监管转办日清单, of everything and of a unit
            models.Index(
                fields=["legal_entity", "-received_at", "-id"], name="case_transferred", condition=~Q(source="")
            ),
            models.Index(
                fields=["handling_unit", "-received_at", "-id"], name="case_transferred_unit", condition=~Q(source="")
            ),
            # the alarm, and the list behind it, which shows closed ones, too: none, as long as the rules are complete
            models.Index(
                fields=["legal_entity", "-received_at", "-id"], name="case_without_rule", condition=Q(without_rule=True)
            ),
            # 多次催办: few, open or not, and looked for in the whole area
            models.Index(
                fields=["legal_entity", "-received_at", "-id"],
                name="case_pressed",
                condition=Q(pressed_at__isnull=False),
            ),
            *map(elsewhere, ("complained_unit", "responsible_unit")),  # 涉及本单位
            # what is reckoned anew when roles change: whom a complaint names, and what is about the conduct of a unit
            GinIndex(fields=["named_people"], name="case_named_people", condition=~Q(named_people=[])),
            models.Index(
                fields=["complained_unit"], name="case_conduct", condition=Q(reason__in=CONDUCT, state__in=[*OPEN])
            ),
            # 回避: where what runs is counted, this is taken out of the whole
            GinIndex(fields=["barred"], name="case_barred", condition=~Q(barred=[]) & Q(next_due_at__isnull=False)),
            GinIndex(fields=["watchers"], name="case_watched", condition=~Q(watchers=[])),
            # who complains of the same event
            models.Index(
                fields=["legal_entity", "category", "reason", "received_at"],
                name="case_event",
                condition=Q(nature=Nature.COMPLAINT, kind="original") & ~Q(category=""),
            ),
            # joining a conversation to its open case
            models.Index(fields=["thread"], name="case_thread", condition=~Q(thread="")),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @cached_property
    def current_round(self) -> Round:
        """The round it is in, or ended in. Of a whole page at once: `with_rounds`."""
        return self.rounds.get(number=self.round)

    @cached_property
    def review_of(self) -> Link | None:
        """Of a review (核查) what it is about: the other case, and its round; None for any other case."""
        if self.kind != self.Kind.REVIEW:
            return None
        return self.links.select_related("other", "other_round").get(kind=Link.Kind.REVIEW_OF)

    @cached_property
    def merged(self) -> Link | None:
        """Of a merged case: with which other one it is handled, and the state it goes back to."""
        return self.links.merged().select_related("other").get() if self.state == State.MERGED else None

    @cached_property
    def open_offer(self) -> Offer | None:
        return None if self.offered_to_id is None else self.offers.get(ended_at=None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.__dict__.pop("current_round", None)
        self.__dict__.pop("open_offer", None)
        self.__dict__.pop("merged", None)
