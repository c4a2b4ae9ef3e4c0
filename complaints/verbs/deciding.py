"""The decision: drafted, checked by a second person, taken back or up again."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import NotAllowed, SecondPerson
from complaints.fields import CodeField, Form, Nothing, Reason, optional, prose
from complaints.locks import held, lock_together
from complaints.models import Case, Decision, Level, Nature
from complaints.services.countersigning import in_the_way
from complaints.services.telling import level_up
from complaints.verb import BUTTON, Given, label_of, verb, workers
from complaints.verbs.countersigning import begin, drop
from complaints.verbs.tasking import unanswered
from feedback import services as feedback
from organization.models import Role, User
from organization.rights import rights_of
from sqm_site.errors import DomainError

# Who checks what weighs more; in this order they are asked.
LEADS = (
    Role.TEAM_LEAD, Role.APPROVER, Role.SUPERVISOR, Role.UNIT_HEAD, Role.CONSUMER_PROTECTION, Role.DISCIPLINE,
)  # fmt: skip


# Who approves a draft although a unit objects to it, or is late.
OVERRULING = (Role.UNIT_HEAD, Role.CONSUMER_PROTECTION)
WORDS = ("findings", "basis", "outcome", "remedies")


class InShort(Form):
    finding = CodeField("finding", label=gettext_lazy("Finding"))
    demand_met = CodeField("demand_met", label=gettext_lazy("Demand met"))


class InWords(Form):
    """What a decision says (Art. 19)."""

    findings = prose(gettext_lazy("What was found"))
    basis = prose(gettext_lazy("Basis"))
    outcome = prose(gettext_lazy("Outcome"))
    remedies = prose(gettext_lazy("Remedies open to the customer"))


class DraftDecision(InShort, InWords):
    pass


def classified(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """R11: business channel, category and reason before a decision, and whom it is about.

    Only complaints are classified by law; without the unit complained of no branch could be assessed.
    """
    case = dossier.case
    if case.kind == Case.Kind.REVIEW:
        yield Missing(_("This is a review: decide on what is reviewed."))
    if case.nature != Nature.COMPLAINT:
        return
    if not (case.business_channel and case.category and case.reason):
        yield Missing(_("Classify the case first: business channel, category and reason."))
    if case.complained_unit_id is None:
        yield Missing(_("Name the unit complained of first: by classifying the case."))


@verb(DraftDecision, pgettext("verb", "Draft decision"), gate=classified, warns=unanswered, works=True, of_group=True)
def draft_decision(act: Act, *, finding: str, demand_met: str, **words: str) -> None:
    """拟写处理意见: what was found, on what basis, what follows, and where else the customer can go (R18)."""
    act.move(finding=finding, demand_met=demand_met)
    draft(act, words, finding=finding, demand_met=demand_met)
    begin(act)


def draft(act: Act, words: dict[str, str], **codes: str) -> None:
    """Keep what was drafted, and ask somebody who did not work on the case to check it."""
    for kind in WORDS:
        act.says(kind, words[kind])
    act.notes(**codes)
    entry: dict[str, Any] = {"author": act.actor, "drafted_at": act.at, "event_sequence": act.sequence}
    act.keeps(Decision(case=act.case, round=act.round, **codes, **entry))
    worked_on_it = workers(act.dossier) | {act.actor.pk}
    act.ask(level_up(act.case, LEADS, at=act.at, verb="approve_decision", but_not=worked_on_it), "to_check")


def not_the_author(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    draft = dossier.draft
    return SecondPerson() if draft is not None and draft.author_id == actor.pk else None


def who_checks(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Not its author, nobody who ever worked on the case, and a lead where it weighs more."""
    if not_the_author(dossier, actor=actor, given=given) or actor.pk in workers(dossier):
        return SecondPerson()
    if dossier.case.level != Level.ORDINARY and not rights_of(actor).allows_as(LEADS, "approve_decision", dossier.case):
        return NotAllowed(verb=label_of("approve_decision"))
    return None


def drafted(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if dossier.draft is None:
        yield Missing(_("There is no drafted decision."))


class ApproveDecision(Form):
    remark = optional(prose, gettext_lazy("Remark"))

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        against = any(in_the_way(dossier, at=dossier.at))
        return {"remark": str(cls().fields["remark"].label)} if against else {}


def countersigned(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """会签: everybody asked has agreed; or whoever heads the unit, or protects consumers, says why it stands anyway."""
    yield from drafted(dossier, actor=actor, at=at, given=given)
    may = rights_of(actor).allows_as(OVERRULING, "approve_decision", dossier.case)
    for sentence, can_be_overruled in in_the_way(dossier, at=at):
        if not (can_be_overruled and may):
            yield Missing(sentence)
        elif not given.get("remark"):
            yield Missing(
                _("{objection} Say in the remark why the decision stands.").format(objection=sentence), "remark"
            )


@verb(
    ApproveDecision,
    pgettext("verb", "Approve decision"),
    who=who_checks,
    gate=countersigned,
    warns=unanswered,
    locks_first=lock_together,  # that of a group complaint is drafted to its parts
    of_group=True,
)
def approve_decision(act: Act, *, remark: str = "") -> None:
    """审核通过: by somebody who did not work on the case; a lead from level important upward."""
    act.says("remark", remark)
    act.move()
    act.round.decided_at = act.at
    row = act.dossier.draft
    check(act, Decision.Status.APPROVED)
    if act.case.kind == Case.Kind.GROUP and row is not None:
        hand_down(act, row)
    act.tell(act.case.owner, "decided")


def hand_down(act: Act, row: Decision) -> None:
    """The decision of a group complaint is drafted to each part that is under way; the others begin with its words.

    Each is checked, and each complainant told, in their own case.
    """
    texts = act.case.texts.filter(event_sequence=row.event_sequence, kind__in=WORDS)
    said = {text.kind: feedback.opened(text.words) for text in texts}
    given = {"finding": row.finding, "demand_met": row.demand_met, "words": said}
    drafted_to = []
    for part in act.dossier.parts:
        with suppress(DomainError):  # not under way, not classified, or it concerns the author
            act.beside(roll_down, held(part.pk), actor=row.author, **given)
            drafted_to.append(part.pk)
    act.notes(drafted=len(drafted_to), parts=len(act.dossier.parts))


@verb(Nothing, pgettext("verb", "Drafted by the group complaint"), gate=classified, door=False, works=True)
def roll_down(act: Act, *, finding: str, demand_met: str, words: dict[str, str]) -> None:
    """群体性投诉的处理意见: drafted to one of its parts, in the name of its author."""
    act.move(finding=finding, demand_met=demand_met)
    draft(act, words, finding=finding, demand_met=demand_met)


@verb(Reason, pgettext("verb", "Return decision"), who=not_the_author, gate=drafted, place=BUTTON, of_group=True)
def return_decision(act: Act, *, reason: str) -> None:
    """审核退回: the drafted decision goes back to its author with a reason."""
    act.says("reason", reason)
    act.move()
    check(act, Decision.Status.RETURNED)
    act.tell(act.case.owner, "returned")


def only_the_author(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    draft = dossier.draft
    return NotAllowed(verb=label_of("recall_decision")) if draft is not None and draft.author_id != actor.pk else None


@verb(Reason, pgettext("verb", "Recall decision"), who=only_the_author, gate=drafted, of_group=True)
def recall_decision(act: Act, *, reason: str) -> None:
    """撤回重拟: the author takes the draft back before it is checked."""
    act.says("reason", reason)
    act.move()
    take_back(act)


def take_back(act: Act) -> None:
    """The draft goes back without a check."""
    drop(act)
    decision = act.dossier.draft
    assert decision is not None
    decision.status, decision.checked_at = Decision.Status.RETURNED, act.at
    act.keeps(decision)


def not_who_wrote(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    """Whoever checks, and neither the owner nor an author: these draft anew once it is back."""
    wrote = {row.author_id for row in dossier.decisions} | {dossier.case.owner_id}
    return SecondPerson() if actor.pk in wrote else None


@verb(Reason, pgettext("verb", "Take decision up again"), who=not_who_wrote, of_group=True)
def reopen_decision(act: Act, *, reason: str) -> None:
    """重新审议: something came to light before the customer was told; the checker takes the approval back."""
    act.says("reason", reason)
    act.move()
    act.round.decided_at = None
    act.tell(act.case.owner, "returned")


def check(act: Act, status: str) -> None:
    drop(act)
    decision = act.dossier.draft
    assert decision is not None
    decision.status, decision.checker, decision.checked_at = status, act.actor, act.at
    act.keeps(decision)
