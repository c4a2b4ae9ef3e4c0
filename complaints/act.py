"""One verb on one case, from the right to do it to the last row; every row is written once, at the end.

Lock order everywhere: customer, case, round, offer, clock, firing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model, Q

from complaints.chronicle import (
    Words,
    changed,
    key_of,
    leave_to_readers,
    next_event,
    searched,
    standing,
    text_row,
    texts_of,
    without_what_is_never_kept,
)
from complaints.dossier import Dossier
from complaints.hanging import BESIDE
from complaints.inhand import InHand
from complaints.models import Approval, Case, CaseEvent, CaseText, CaseWords, Offer, Round, State, Task
from complaints.services import asking, recusal, signs, watching
from complaints.services.clocks import CaseClocks
from complaints.services.rechecks import look_again
from complaints.services.representing import End
from feedback import services as feedback
from feedback.models import Feedback, Notice
from organization.models import User
from organization.rights import barred, rights_of
from security.redaction import redact
from security.unkept import without_secrets


class Writing:
    """What all acts of one transaction leave behind on one case: gathered, then written once.

    over    which notices about the case wait for nobody any more
    others  the same for other cases that change with it, locked before
    """

    def __init__(self, case: Case, at: datetime) -> None:
        self.case, self.at = case, at
        self.clocks = CaseClocks(case)
        self.beside = InHand()
        self.dossier = Dossier(case, at)
        self.stored = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
        self.recorded = standing(case)
        self.rows: list[Model] = []
        self.texts: list[CaseText] = []
        self.events: list[CaseEvent] = []
        self.notices: list[Notice] = []
        self.over = Q()
        self.others: list[Writing] = []
        self.lacks_somebody_since: datetime | None = None

    def changes(self) -> dict[str, Any]:
        """What changed since this was last asked: the columns of the case, and of its rounds, offers and clocks."""
        without_what_is_never_kept(self.case)
        columns = changed(self.case, self.recorded)
        self.recorded = standing(self.case)
        parts = {"case": columns, "clocks": self.clocks.changes(), **self.beside.changes()}
        return {name: part for name, part in parts.items() if part}

    def write(self) -> None:
        """In the order of locks: the case, rounds, offers, clocks, and then what hangs on them."""
        for other in self.others:
            other.write()
        case = self.case
        fields = case._meta.concrete_fields
        case.save(update_fields=[one.name for one in fields if getattr(case, one.attname) != self.stored[one.attname]])
        self.beside.write()
        self.clocks.write()
        for row in self.rows:
            row.save()
        CaseText.objects.bulk_create(self.texts)
        CaseWords.objects.bulk_create(row for text in self.texts for row in searched(text))
        CaseEvent.objects.bulk_create(self.events)
        leave_to_readers(self.events)
        feedback.done_with(self.over, about=case.reference, at=self.at)
        feedback.notify_many(self.notices)
        if case.barred != self.stored["barred"]:
            recusal.hush(case, at=self.events[-1].at)
        if self.lacks_somebody_since is not None:
            look_again([case.pk], at=self.lacks_somebody_since)


class Act:
    """What the body of a verb has in hand.

    case, round, offer  under the row lock of the case; `offer` is None while nothing is offered
    clocks              of the case; what they do is written with the rest
    at, happened_at     when it is entered, and when it happened: by default the same, never later
    given               what the form brought
    """

    def __init__(self, verb: Any, writing: Writing, *, actor: User, at: datetime, given: dict[str, Any]) -> None:
        self.verb, self.writing = verb, writing
        self.case, self.clocks, self.dossier = writing.case, writing.clocks, writing.dossier
        self.actor, self.at, self.given = actor, at, given
        self.happened_at: datetime = given.get(verb.moment) or at if verb.moment else at
        self.name: str = verb.name
        self.before: str = self.case.state
        self.sequence = self.case.event_count + 1
        self.facts: dict[str, Any] = {}
        self.words: list[Words] = []
        self.kept: list[tuple[Model, dict[str, Any]]] = []
        self.next: list[tuple[Any, User, dict[str, Any]]] = []

    @property
    def round(self) -> Round:
        return self.writing.beside.hold(self.case.current_round)

    @property
    def offer(self) -> Offer | None:
        offer = self.case.open_offer
        return offer and self.writing.beside.hold(offer)

    @property
    def contact(self) -> Feedback | None:
        """The message that opened the case: answers go to the addresses it brought, or to one that was confirmed."""
        return self.dossier.contact

    def begin_round(self) -> None:
        """The case comes back: what it learns from now on stands in a row of its own."""
        self.case.current_round = self.round.next(self.name, by=self.actor, at=self.at)
        self.case.round = self.round.number

    def make_offer(self, offer: Offer) -> None:
        """Open an offer, with a sign-off clock of its own. One that is open must have ended."""
        self.case.open_offer = self.writing.beside.hold(offer)
        self.case.offered_to, self.case.offered_unit = offer.to, offer.unit
        self.clocks.stop("sign_off", at=self.at)
        self.clocks.start_sign_off(offer, at=self.at)

    def end_offer(self, outcome: str) -> None:
        """The open offer ends, if there is one, and its sign-off clock with it."""
        if self.offer is not None:
            self.offer.end(outcome, self.at)
            self.writing.over |= Q(kind="offer")
            self.case.open_offer = self.case.offered_to = self.case.offered_unit = None
        self.clocks.stop("sign_off", at=self.at)

    def move(self, **columns: Any) -> None:
        """Go along the edge of this verb, and set these columns of the case."""
        getattr(self.case, self.name)(**columns)

    def notes(self, **facts: Any) -> None:
        """Put codes, ids and times into the event; never people's words."""
        self.facts |= facts

    def says(self, kind: str, words: str) -> None:
        """Keep what a person wrote: sealed, with a redacted copy to read."""
        if words:
            self.words.append(Words(kind, words))

    def readable(self, words: str) -> str:
        """What a row may show of a line that a person wrote."""
        return redact(words, feedback.known_of(self.case.customer))

    def keeps(self, row: Model, **more: Any) -> None:
        """Store a row that hangs on the case: a new one, or one that ends now. The event tells it, and `more` of it."""
        self.writing.rows.append(row)
        self.kept.append((row, more))

    def tell(self, person: User | None, kind: str, **context: Any) -> None:
        """Queue one notice to a colleague about the case, whom it does not concern, and who hears of its kind."""
        if person is not None and asking.may_hear(person, self.case):
            self.writing.notices += feedback.notices(
                kind,
                to_user=person,
                about=self.case.reference,
                context={"state": self.case.state, **context},
                at=self.at,
                key=f"{self.name}:{self.case.pk}:{self.sequence}:{kind}:{person.pk}",
            )

    def tell_first_receiver(self) -> None:
        """首问负责: the first receiver hears of every later step that others take; once barred or gone, the post."""
        person = self.case.first_receiver
        if person.is_service or barred(self.case, person) or not rights_of(person).has("view"):
            person = recusal.post_of(self.case, self.at)
        if not person.is_service and person.pk not in {self.actor.pk, self.case.owner_id}:
            self.tell(person, "first_receiver", verb=self.name)

    def tell_customer(
        self, kind: str, *, method: str, text: str = "", ends: Sequence[End] = (), **context: Any
    ) -> Notice | None:
        """Queue a message to the customer, if we send by this method; else a colleague tells them.

        ends  to whom instead: each of them gets one. The first is returned
        """
        about, text = self.case.reference, without_secrets(text)
        said: dict[str, Any] = {"about": about, "method": method, "at": self.at, "text": text, "context": context}
        where = ends or [End(self.contact, self.dossier.confirmed)]
        queued = [feedback.tell_customer(kind, one.contact, confirmed=one.confirmed, **said) for one in where]
        return next((notice for notice in queued if notice is not None), None)

    def ask(self, person: User | None, kind: str, **context: Any) -> None:
        """Ask a second person upward. Where there is none, the case stands in an alarm until there is."""
        self.tell(person, kind, **context)
        if person is None:
            self.writing.lacks_somebody_since = self.at

    def then(self, verb: Any, *, actor: User | None = None, **given: Any) -> None:
        """Run another verb on the case after this one, in the same transaction and with its own event.

        The right to this one is enough; state, second person and gate are asked.
        """
        self.next.append((verb, actor or self.actor, given))

    def beside(self, verb: Any, other: Case, *, actor: User | None = None, **given: Any) -> Writing:
        """Run a verb on another case, in the same transaction. Its row was locked before (`lock_together`)."""
        writing = Writing(other, self.at)
        perform(verb, writing, actor=actor or self.actor, at=self.at, given=given, follows=True)
        self.writing.others.append(writing)
        return writing

    def end(self) -> None:
        """Append the event: what was said, and the new value of everything that changed."""
        self.keep_up()
        self.writing.over |= self.done()
        changes = self.changes()
        spoken = [*self.words, *texts_of(self.case, changes.get("case", {}))]
        texts = [text_row(self.case, words, sequence=self.sequence) for words in spoken]
        event = next_event(
            self.case,
            self.name,
            before=self.before,
            actor=self.actor,
            at=self.at,
            happened_at=self.happened_at,
            details=self.facts | changes,
            texts=texts,
        )
        if not self.verb.leaves_etag:
            self.case.version += 1
        self.writing.texts += [row for row, _spoken in texts]
        self.writing.events.append(event)

    def keep_up(self) -> None:
        """What follows from any act: whom the case concerns by now, who has signed for it, that a deadline counts."""
        recusal.keep(self.case, self.writing.recorded, before=self.before, at=self.at)
        if sign := signs.made_full(self.case, self.writing.recorded, at=self.at, sequence=self.sequence):
            self.keeps(sign)
        if self.verb.works and not self.verb.by_asked:
            self.clocks.sign_by_working(at=self.at)
        for task in asking.lapsing(self.dossier, before=self.before):
            self.keeps(asking.end(task, Task.End.LAPSED, clocks=self.clocks, at=self.at))
            if task.is_order:
                self.tell(task.by, "order_lapsed", number=task.paper)
        if self.verb.answers and not self.actor.is_service:
            self.case.unanswered_since = None
        for person in watching.hearing(self.case, self.writing.recorded, before=self.before, but_not=self.actor.pk):
            self.tell(person, "watched", verb=self.name)
        if not self.next:
            self.clocks.never_without(at=self.at, sequence=self.sequence)

    def done(self) -> Q:
        """The notices that asked people for what is done by this act."""
        checked = self.before == State.PENDING_APPROVAL != self.case.state
        done = Q(kind="to_check") if checked else Q()
        if decided := [row for row, _more in self.kept if isinstance(row, Approval) and not row.awaits_decision]:
            verbs = {row.verb for row in decided} - {row.verb for row in self.dossier.approvals}
            done |= Q(kind="approval_asked", context__verb__in=sorted(verbs))
        return done

    def changes(self) -> dict[str, Any]:
        """The new value of every column that changed, with the rows that this act keeps."""
        changes = self.writing.changes()
        for row, more in self.kept:
            if kind := BESIDE.get(type(row)):
                columns = changed(row) if row._state.adding else standing(row)
                changes.setdefault(kind, {})[key_of(row)] = columns | more
        return changes


def perform(
    verb: Any, writing: Writing, *, actor: User, at: datetime, given: dict[str, Any], follows: bool = False
) -> None:
    """Run one verb and those that follow from it. Raises what the verb refuses; then nothing is written."""
    refusal = verb.refusal(writing.dossier, actor=actor, at=at, given=given, follows=follows)
    if refusal is not None:
        raise refusal
    act = Act(verb, writing, actor=actor, at=at, given=given)
    body: Callable[..., None] = verb.body
    body(act, **given)
    act.end()
    for following, who, words in act.next:
        perform(following, writing, actor=who, at=at, given=words, follows=True)
