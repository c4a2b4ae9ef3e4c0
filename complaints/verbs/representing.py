"""代理人、代表人: who speaks for a complainant, by which paper, and that somebody has seen it (Art. 12, Art. 14).

To write somebody down is nobody's gain: they hear of no decision. Whoever is let hear of it has shown a paper to two
people, or to one without a part in the case.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as pgettext

from complaints.act import Act
from complaints.dossier import Dossier, Missing
from complaints.fields import CodeField, Form, Moment, line, prose
from complaints.models import Representative
from complaints.models.representative import AUTHORITY, CAPACITY, ELECTED, FOR_ANOTHER, NAME, PAPERS, SEEN
from complaints.services.representing import ACTING, TYPE_OF, End, elected, standing
from complaints.services.taxonomy import label
from complaints.verb import Given, always, out_of_turn, took_part, verb
from complaints.verbs.addressing import AddressField
from complaints.verbs.evidence import NUMBERED
from organization.models import User
from security.blind import blind_index
from sqm_site.fields import StrictBoolean, StrictDate, StrictInteger

MOST = 5  # representatives (Art. 12)
PAPER = gettext_lazy("Paper of authority")
NO_ADDRESS = gettext_lazy("Give a phone number or an e-mail address of the representative.")
WANTED = "authority"  # the clock that runs until somebody has seen the paper


class AddRepresentative(Form):
    either = frozenset({"phone", "email"})
    capacity = CodeField(CAPACITY, label=gettext_lazy("Capacity"))
    representative_name = line(gettext_lazy("Name of the representative"), max_length=100)
    phone = AddressField("phone", label=gettext_lazy("Phone of the representative"))
    email = AddressField("email", label=gettext_lazy("E-mail of the representative"))
    authority = CodeField(
        AUTHORITY, label=gettext_lazy("Paper of authority"), required=False, default="", allow_blank=True
    )
    signed_on = StrictDate(label=gettext_lazy("Day of the paper"), required=False)
    valid_until = StrictDate(label=gettext_lazy("Valid until"), required=False)
    raised = StrictBoolean(label=gettext_lazy("They raised the complaint"), default=False)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        name = f"{dossier.case.reference}-{dossier.case.event_count}".lower()
        return {**super().example(dossier), "capacity": "AGENT", "email": f"{name}@example.com"}


def who_can_be_reached(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """One more, of whom there is a way to tell them, by a paper that goes with their capacity."""
    there = standing(dossier)
    if len(there) >= MOST:
        said = _("A complaint has {most} representatives at most: end one of them first.")
        yield Missing(said.format(most=MOST))
    if given.get("capacity") == ELECTED and dossier.case.complainants <= max(1, elected(there)):
        yield Missing(
            _("Fewer people complain than speak for them: correct the number of complainants first."), "capacity"
        )
    if given and not (given.get("phone") or given.get("email")):
        yield Missing(NO_ADDRESS, "phone")
    if any(is_known(row, given) for row in there):
        yield Missing(_("This representative is written down already."), "phone")
    yield from of_their_paper(given.get("capacity", ""), given, at=at)


def is_known(row: Representative, given: Given) -> bool:
    return any(
        given.get(name) and value.index == blind_index(name, given[name]) for name, value in row.addresses.items()
    )


def of_their_paper(capacity: str, given: Given, *, at: datetime) -> Iterator[Missing]:
    """A paper that goes with the capacity, which was signed by now and has not run out."""
    paper, today = given.get("authority"), timezone.localdate(at)
    if paper and capacity and paper not in PAPERS.get(capacity, ()):
        fitting = ", ".join(label(AUTHORITY, one) for one in PAPERS.get(capacity, ()))
        said = _("By this paper nobody acts in this capacity. Choose one of: {papers}.")
        yield Missing(said.format(papers=fitting), "authority")
    if given.get("signed_on") and given["signed_on"] > today:
        yield Missing(_("The paper is dated ahead: give the day on which it was signed."), "signed_on")
    if given.get("valid_until") and given["valid_until"] < today:
        yield Missing(_("The paper has run out: ask for a new one."), "valid_until")


@verb(AddRepresentative, pgettext("verb", "Record representative"), gate=who_can_be_reached)
def add_representative(
    act: Act,
    *,
    capacity: str,
    representative_name: str,
    phone: str = "",
    email: str = "",
    authority: str = "",
    signed_on: date | None = None,
    valid_until: date | None = None,
    raised: bool = False,
) -> None:
    """登记代理人: who speaks for the complainant. Until somebody has seen the paper a deadline of the house runs, and
    they hear of no decision; the deadlines of the law stay as they are. raised: it was they who raised the complaint
    """
    act.says(NAME, representative_name)
    act.says("phone", phone)
    act.says("email", email)
    act.notes(capacity=capacity, authority=authority)
    raised = raised or is_who_raised_it(act, capacity)
    act.move(complainant_type=type_by(act, capacity, raised=raised))
    row = Representative(
        case=act.case,
        capacity=capacity,
        raised=raised,
        authority=authority,
        signed_on=signed_on,
        valid_until=valid_until,
        by=act.actor,
        at=act.at,
        event_sequence=act.sequence,
    )
    row.name, row.phone, row.email = representative_name, phone, email
    act.keeps(row)
    act.dossier.representatives.append(row)
    act.clocks.begin(WANTED, since=act.at, at=act.at, subject=row.subject)
    if act.actor.is_service:  # else a colleague speaks with them
        wrote = act.contact if row.raised else None
        act.tell_customer("authority_wanted", method="EMAIL", ends=[End(wrote, row.addresses)], capacity=capacity)


def is_who_raised_it(act: Act, capacity: str) -> bool:
    """Of a case that somebody raised for another whoever is written down first."""
    unknown = act.case.complainant_type in ACTING and not any(row.raised for row in act.dossier.representatives)
    return unknown and capacity in FOR_ANOTHER


def type_by(act: Act, capacity: str, *, raised: bool) -> str:
    """The complainant type; an agent whom the complainant appoints later changes nothing about it."""
    kind = act.case.complainant_type
    return TYPE_OF[capacity] if kind == "PERSON" and (raised or capacity not in FOR_ANOTHER) else kind


class OfRepresentative(Form):
    """About one of them: `representative` is the sequence of its event; 0: the only one, or all who were elected."""

    representative = StrictInteger(label=gettext_lazy("Representative"), min_value=0, default=0)

    @classmethod
    def rows(cls, dossier: Dossier) -> list[Representative]:
        return standing(dossier)

    @classmethod
    def options(cls, dossier: Dossier) -> dict[str, list[tuple[Any, Any]]]:
        rows = cls.rows(dossier)
        everybody = [(0, _("All representatives of the joint complaint"))] if all_elected(rows) else []
        return {"representative": [*everybody, *((row.event_sequence, in_words(row)) for row in rows)]}

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        rows = cls.rows(dossier)
        return {**super().example(dossier), "representative": rows[-1].event_sequence if rows else 0}


def in_words(row: Representative) -> str:
    return f"{label(CAPACITY, row.capacity)} {row}"


class VerifyAuthority(OfRepresentative):
    authority = CodeField(AUTHORITY, label=PAPER)
    signed_on = StrictDate(label=gettext_lazy("Day of the paper"))
    valid_until = StrictDate(label=gettext_lazy("Valid until"), required=False)
    seen = CodeField(SEEN, label=gettext_lazy("Seen as"))
    evidence = line(gettext_lazy("Where the paper is kept: number of the file"))
    identity_seen = StrictBoolean(label=gettext_lazy("Their identity document was seen, too"), default=False)
    happened_at = Moment(gettext_lazy("Seen at"))

    @classmethod
    def rows(cls, dossier: Dossier) -> list[Representative]:
        return unseen(dossier)

    @classmethod
    def example(cls, dossier: Dossier) -> dict[str, Any]:
        rows = cls.rows(dossier)
        paper = PAPERS[rows[-1].capacity][0] if rows else "MANDATE"
        usual = {**super().example(dossier), "authority": paper, "evidence": "WT-2026-0001", "identity_seen": True}
        return {**usual, "signed_on": timezone.localdate(dossier.at).isoformat()}


def unseen(dossier: Dossier) -> list[Representative]:
    return [row for row in standing(dossier) if not row.seen]


def if_any(name: str, rows: Any) -> Any:
    return lambda dossier, *, at: None if rows(dossier) else out_of_turn(dossier, name)


def all_elected(rows: Sequence[Representative]) -> bool:
    """Several who were elected by the same paper."""
    return len(rows) > 1 and all(row.capacity == ELECTED for row in rows)


def meant(rows: Iterable[Representative], given: Given) -> list[Representative]:
    return [row for row in rows if given.get("representative", 0) in {0, row.event_sequence}]


def one_of(rows: Sequence[Representative], given: Given) -> Iterator[Missing]:
    found = meant(rows, given)
    if len(found) != 1 and not all_elected(found):
        yield Missing(_("Say which representative it is about."), "representative")


def with_their_paper(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    """The original or a certified copy of a paper that goes with the capacity, and who the person is."""
    yield from one_of(unseen(dossier), given)
    rows = meant(unseen(dossier), given)
    capacity = rows[0].capacity if len({row.capacity for row in rows}) == 1 else ""
    yield from of_their_paper(capacity, given, at=at)
    if not NUMBERED.fullmatch(given.get("evidence", "")):
        yield Missing(_("Give the number under which the paper is kept, such as that of the file."), "evidence")
    if not given.get("identity_seen"):
        yield Missing(_("Look at their identity document, too: the paper names a person."), "identity_seen")


def if_took_part(dossier: Dossier, *, actor: User, given: Given) -> bool:
    """双人核验: whoever has the case could let hear of it whom they like."""
    return took_part(dossier, actor)


@verb(
    VerifyAuthority,
    pgettext("verb", "Verify authority"),
    when=if_any("verify_authority", unseen),
    gate=with_their_paper,
    second_person=if_took_part,
)
def verify_authority(
    act: Act,
    *,
    authority: str,
    signed_on: date,
    seen: str,
    evidence: str,
    representative: int = 0,
    valid_until: date | None = None,
    identity_seen: bool = False,
    happened_at: datetime | None = None,
) -> None:
    """核验授权: a colleague has seen the paper by which somebody acts, and who they are. From now on they are told.

    By whoever has no part in the case, or by two.
    """
    rows = meant(unseen(act.dossier), act.given)
    act.says("evidence", evidence)
    act.notes(capacity=rows[0].capacity, authority=authority, seen=seen, representatives_seen=len(rows))
    act.move()
    for row in rows:
        row.authority, row.signed_on, row.valid_until = authority, signed_on, valid_until
        row.seen, row.kept_as = seen, act.readable(evidence)
        row.seen_by, row.seen_at, row.seen_sequence = act.actor, act.happened_at, act.sequence
        act.keeps(row)
        act.clocks.stop_about(row.subject, WANTED, at=act.at)


class EndRepresentative(OfRepresentative):
    reason = prose(gettext_lazy("Reason"))


def one_that_stands(dossier: Dossier, *, actor: User, at: datetime, given: Given) -> Iterator[Missing]:
    yield from one_of(standing(dossier), given)


@verb(
    EndRepresentative,
    pgettext("verb", "End representation"),
    when=if_any("end_representative", standing),
    gate=one_that_stands,
    second_person=always,
)
def end_representative(act: Act, *, reason: str, representative: int = 0) -> None:
    """终止代理: the mandate was taken back, or others were elected. By two: who is told is not chosen alone."""
    rows = meant(standing(act.dossier), act.given)
    act.says("reason", reason)
    act.notes(capacity=rows[0].capacity)
    act.move()
    for row in rows:
        row.ended_at = act.at
        act.keeps(row)
        act.clocks.stop_about(row.subject, WANTED, at=act.at)
