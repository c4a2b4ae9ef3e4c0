"""Second persons: a verb asked for by one and granted by another, who runs it by that or lets the first one run it."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.errors import ApprovalExpired, ApprovalMissing, NotOfTheRoute, SecondPerson
from complaints.fields import CodeField, Form, Nothing, line, optional, prose
from complaints.locks import lock_together
from complaints.models import Approval, CaseText
from complaints.services.routes import decides, second_person, whom
from complaints.verb import RECORDED, VERBS, Given, Recorded, Terms, Verb, label_of, participants, took_part, verb
from feedback import services as feedback
from organization.models import User
from security.chain import plain
from sla import services as sla
from sqm_site.errors import DomainError
from sqm_site.fields import StrictBoolean, StrictInteger

VALID_FOR = 3  # working days


@verb(Nothing, pgettext("verb", "Ask for approval"), door=False, of_group=True)
def ask_approval(act: Act, *, wanted: Verb, given: dict[str, Any]) -> None:
    """A second person is asked to grant a verb. The case stays as it is until then; words go to the texts."""
    words = wanted.form.words()
    terms = wanted.terms(act.dossier, given=given)
    codes = plain({name: value for name, value in given.items() if name not in words} | terms.codes)
    for name in words & given.keys():
        act.says(name, given[name])
    act.notes(verb=wanted.name, **codes)
    act.move()
    for expired in act.dossier.approvals:
        if expired.verb == wanted.name:
            expired.status, expired.decided_at = Approval.Status.REFUSED, act.at
            act.keeps(expired)
    ask(act, wanted.name, codes, terms=terms)


def ask(act: Act, name: str, arguments: dict[str, Any], *, subject: str = "", terms: Terms | None = None) -> None:
    """Open an approval that this act asks for, and tell the second person."""
    terms = terms or Terms()
    expires_at = sla.working_days_after(act.at, VALID_FOR, entity=act.case.legal_entity_id)
    act.keeps(
        Approval(
            case=act.case,
            verb=name,
            subject=subject,
            arguments=arguments,
            route=[*terms.route],
            asked_by=act.actor,
            asked_at=act.at,
            expires_at=min(expires_at, terms.before or expires_at),
            event_sequence=act.sequence,
        )
    )
    but_not = kept_out(act.dossier, terms.route, act.actor.pk)
    act.ask(second_person(act.case, terms.route, at=act.at, but_not=but_not), "approval_asked", verb=name)


def kept_out(dossier: Dossier, route: Collection[str], asked_by: int) -> set[int]:
    """Ids of whoever does not decide what was asked for: who asked, and of a route whoever took part in the case."""
    return {asked_by} | (participants(dossier) if route else set())


class Licensed(Form):
    """What a second person is asked for first; granted, whoever asked uses it once more, to say how it was told.

    of       name of the verb
    telling  the fields of the second time
    """

    of: str
    telling = frozenset({"method", "evidence", "text"})
    method = CodeField("notification_method", label=gettext_lazy("Told by"), required=False, default="")
    evidence = optional(line, gettext_lazy("Evidence: recording, message or tracking number"))
    text = optional(prose, gettext_lazy("What was told"))

    @classmethod
    def asked(cls, dossier: Dossier) -> set[str]:
        return set(cls.telling) if dossier.license(cls.of) else cls.names() - cls.telling

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        if dossier.license(cls.of):
            return {"method": "PHONE", "evidence": "REC-00001", "text": str(cls().fields["text"].label)}
        return cls.request(dossier)

    @classmethod
    def request(cls, dossier: Dossier) -> dict[str, Any]:
        """One filled-in form for the first time."""
        return super().example(dossier)


def made_use_of(act: Act) -> Approval:
    """The license by which this act runs: it opens nothing a second time."""
    granted = act.dossier.license(act.name, act.at)
    assert granted is not None
    granted.status = Approval.Status.USED
    act.keeps(granted)
    return granted


def asker(act: Act) -> User:
    """Who asks, where a second person has granted it; else whoever acts."""
    decided = (row for row in act.dossier.all_approvals if row.verb == act.name and row.decided_at == act.at)
    granted: Approval | None = next((row for row in decided if row.decided_by_id == act.actor.pk), None)
    return granted.asked_by if granted else act.actor


class DecideApproval(Form):
    grant = StrictBoolean(label=gettext_lazy("Grant"))
    remark = optional(prose, gettext_lazy("Remark"))
    approval = StrictInteger(label=gettext_lazy("Approval"), min_value=0, default=0)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        rows = decidable(dossier, dossier.reader)
        return {"approval": [(row.pk, f"{label_of(row.verb)} · {row.asked_by}") for row in rows]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        rows = decidable(dossier, dossier.reader)
        return {"grant": False, "approval": rows[-1].pk if rows else 0}


def decidable(dossier: Dossier, person: User | None) -> list[Approval]:
    """The open approvals that the person may decide; None: of whoever that is."""
    rows = [row for row in dossier.approvals if row.is_open(dossier.at)]
    return rows if person is None else [row for row in rows if is_of(dossier, row, person)]


def is_of(dossier: Dossier, row: Approval, person: User) -> bool:
    """Whether an approval is this person's to decide: asked for by somebody else; of a route, without a part in it."""
    if row.asked_by_id == person.pk:
        return False
    return not row.route or (not took_part(dossier, person) and decides(person, dossier.case, row.route))


def meant(dossier: Dossier, given: Given, actor: User) -> list[Approval]:
    """The approvals that are meant: the one named, else all that the actor may decide, else their own."""
    if named := given.get("approval"):
        return [row for row in dossier.approvals if row.pk == named]
    return decidable(dossier, actor) or dossier.approvals


def unless_asked(dossier: Dossier, *, at: datetime) -> DomainError | None:
    if any(row.is_open(at) for row in dossier.approvals):
        return None
    return ApprovalExpired() if dossier.approvals else ApprovalMissing()


def not_who_asked(dossier: Dossier, *, actor: User, given: Given) -> DomainError | None:
    rows = meant(dossier, given, actor)
    if not rows or any(is_of(dossier, row, actor) for row in rows):
        return None
    others = [row for row in rows if row.asked_by_id != actor.pk]
    return NotOfTheRoute(whom=whom(others[0].route)) if others else SecondPerson()


def one_in_force(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    if len(meant(dossier, given, actor)) > 1:
        yield Missing(_("Several approvals are open: say which one you decide."), "approval")


@verb(
    DecideApproval,
    pgettext("verb", "Decide approval"),
    when=unless_asked,
    who=not_who_asked,
    gate=one_in_force,
    locks_first=lock_together,  # what it grants may write another case
    of_group=True,
)
def decide_approval(act: Act, *, grant: bool, remark: str = "", approval: int = 0) -> None:
    """Grant or refuse what was asked; a grant runs the verb in this transaction, or lets whoever asked run it.

    approval  its id; 0 is the only open one that somebody else asked for
    Raises ApprovalMissing, ApprovalExpired.
    """
    row = next(iter(meant(act.dossier, act.given, act.actor)), None)
    if row is None:
        raise ApprovalMissing
    if not row.is_open(act.at):
        raise ApprovalExpired
    row.status = Approval.Status.GRANTED if grant else Approval.Status.REFUSED
    row.decided_by, row.decided_at = act.actor, act.at
    act.keeps(row)
    act.says("remark", remark)
    act.notes(verb=row.verb, granted=grant, asked_by=row.asked_by_id)
    act.move()
    wanted = wanted_by(row)
    if grant and not wanted.licensed:
        act.then(wanted, **filled_in(row, wanted))
    act.tell(row.asked_by, "approval_decided", granted=grant)


def wanted_by(row: Approval) -> Verb:
    wanted = VERBS.get(row.verb) or RECORDED[row.verb]
    assert not isinstance(wanted, Recorded)
    return wanted


def filled_in(row: Approval, wanted: Verb) -> dict[str, Any]:
    """The form as it was asked for, what people wrote word for word: a redacted address would lead nowhere."""
    texts = CaseText.objects.filter(case=row.case_id, event_sequence=row.event_sequence)
    said = {text.kind: feedback.opened(text.words) for text in texts.filter(kind__in=wanted.form.words())}
    return wanted.form.read(row.arguments | said)
