"""Taking in: one message becomes a case with a reference, an owner and deadlines, or joins one. One transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from complaints.act import Act, Writing, perform
from complaints.chronicle import (
    Words,
    begun,
    changed,
    delivered,
    next_event,
    searched,
    text_row,
    texts_of,
    unread,
    without_what_is_never_kept,
    words_of,
)
from complaints.errors import Conflicting, GateNotMet
from complaints.locks import AT_HAND
from complaints.models import (
    FINAL,
    MAJOR_FROM,
    Attachment,
    Case,
    CaseWords,
    Clock,
    GroupSign,
    Level,
    Link,
    Message,
    Nature,
    Round,
    RoutingRule,
    State,
)
from complaints.services import deadlines, recusal
from complaints.services.attaching import digest_of
from complaints.services.dealing import dealt
from complaints.services.falling import first_owner
from complaints.services.filing import attached, filed, save
from complaints.services.joining import joined
from complaints.services.rechecks import look_again
from complaints.services.reference import REFERENCE_TRIES, new_reference
from complaints.services.routing import sent_by_rule
from complaints.services.signs import sign_of
from complaints.services.taxonomy import current_version
from complaints.services.titles import message_text, title_of
from complaints.verbs import handling, representing, system
from feedback import services as feedback
from feedback.models import Feedback
from organization.models import ApiClient, LegalEntity, Unit, User
from organization.rights import barred
from sqm_site.errors import Invalid, Unavailable, constraint_of
from sqm_site.inserting import insert_together

Hanging = Clock | Link | GroupSign  # what may hang on a case from its beginning
DUPLICATE_WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Incoming:
    """One message at the door, its form already checked. `facts` are fields of the case.

    evidence  what shows when it came in, where a colleague says so
    attachments  ids of files that whoever brings it in handed over before
    representatives  forms of `add_representative`: who raised it for another, or was elected by several
    """

    inbound: feedback.Inbound
    unit: Unit
    legal_entity: LegalEntity
    brought_by: User
    client: ApiClient | None = None
    case: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    evidence: str = ""
    attachments: Sequence[int] = ()
    representatives: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Taken:
    """What the sender is told. `case` is None for bare scores; `fresh` is False for a repeat."""

    feedback: Feedback
    case: Case | None
    fresh: bool


def take_in(incoming: Incoming, *, at: datetime | None = None) -> Taken:
    """Store a message and open a case for it, or join the one it names. A repeat gives what is there already.

    Raises Conflicting when the same unit sent other content as the same external id, Invalid for a `case` that is
    not in the sender's area and for a day before every rule, Unavailable when every reference drawn was taken.
    """
    at = at or timezone.now()
    inbound = incoming.inbound
    for _try in range(REFERENCE_TRIES):
        try:
            with transaction.atomic():
                return fresh(incoming, at=at)
        except feedback.Repeated:
            # Most messages are no repeat, so nobody looks before.
            sent = (incoming.legal_entity, inbound.channel, inbound.external_id)
            earlier = feedback.earlier(*sent, client=incoming.client)
            if earlier is not None:
                return repeat(earlier, incoming)
        except IntegrityError as error:
            if constraint_of(error) != "case_reference":
                raise
    raise Unavailable  # bad luck, and no word about the message: whoever sends it again has it taken in


def repeat(earlier: Feedback, incoming: Incoming) -> Taken:
    """The same content again gets the same ids and the case as it stands; other content is refused."""
    same_sender = earlier.client_id == (incoming.client.pk if incoming.client else None)
    if not same_sender or earlier.content_hash != incoming.inbound.content_hash:
        raise Conflicting(external_id=incoming.inbound.external_id)
    message = Message.objects.filter(feedback=earlier).select_related("case__owner", "case__handling_unit").first()
    return Taken(feedback=earlier, case=message.case if message else None, fresh=False)


def fresh(incoming: Incoming, *, at: datetime) -> Taken:
    received = feedback.receive(incoming.inbound, client=incoming.client, legal_entity=incoming.legal_entity, at=at)
    if not incoming.inbound.text and not incoming.inbound.subject and incoming.inbound.scores:
        save(filed(incoming.attachments, by=incoming.brought_by, received=received), None)
        return Taken(feedback=received.feedback, case=None, fresh=True)
    case = joined(incoming.case, received.feedback.thread, incoming.brought_by)
    if case is None or case.state in FINAL:
        case = open_case(incoming, received, earlier=case, at=at)
    else:
        join(case, incoming, received, at=at)
    return Taken(feedback=received.feedback, case=case, fresh=True)


def open_case(incoming: Incoming, received: feedback.Received, *, earlier: Case | None = None, at: datetime) -> Case:
    """A new case: numbered, owned by the unit's complaint post, with clocks and its first event.

    earlier  the case that has ended and which the message names
    """
    inbound = incoming.inbound
    case = Case(
        reference=new_reference(timezone.localdate(at)),
        state=State.RECEIVED,
        nature=inbound.nature,
        legal_entity=incoming.legal_entity,
        receiving_unit=incoming.unit,
        handling_unit=incoming.unit,
        brought_by=incoming.brought_by,
        customer=received.customer,
        channel=inbound.channel,
        thread=received.feedback.thread,
        subject=title_of(received.feedback),
        code_version=current_version(),
        received_at=inbound.received_at,
        **incoming.facts,
    )
    case.current_round = Round(
        case=case, began_at=inbound.received_at, began_by=incoming.brought_by, cause=system.take_in.name
    )
    if case.complainants >= MAJOR_FROM:
        case.level = Level.MAJOR
    recusal.begin(case, at=at)
    rule = sent_by_rule(case, incoming.client, at=at)
    case.owner = post = first_owner(case, at=at)
    case.first_receiver = first_receiver(case, incoming.brought_by, post=post)
    links, sign = links_of(case, received, earlier, at=at), sign_of(case, at=at, sequence=1)
    hanging: list[Hanging] = [*deadlines.planned_on_receipt(case, at=at), *links, *([sign] if sign else [])]
    files = filed(incoming.attachments, by=incoming.brought_by, received=received)
    record(case, incoming, received, hanging, files, at=at, rule=rule)
    save(files, case)
    if case.barred and case.owner.is_service:
        look_again([case.pk], at=at)
    case = dealt(case, rule, at=at)
    return spoken_for(case, incoming, at=at) if incoming.representatives else case


def spoken_for(case: Case, incoming: Incoming, *, at: datetime) -> Case:
    """The case, with who raised it for another, or for several. Raises Invalid for one who can be none."""
    held: Case = Case.objects.select_related(*AT_HAND).get(pk=case.pk)
    writing = Writing(held, at)
    who = User.system() if barred(held, incoming.brought_by) else incoming.brought_by
    try:
        for given in incoming.representatives:
            perform(representing.add_representative, writing, actor=who, at=at, given={**given}, follows=True)
    except GateNotMet as error:
        raise Invalid({"representatives": error.facts["missing"]}) from error
    writing.write()
    return held


def first_receiver(case: Case, brought_by: User, *, post: User) -> User:
    """首问人: whoever took it in, also when others handle it; of what a program brings, the complaint post.

    Nobody whom it concerns, and of a tip-off discipline alone.
    """
    apart = brought_by.is_service or case.nature == Nature.TIP_OFF or brought_by.pk in case.barred
    return post if apart else brought_by


def words_of_message(case: Case, message: Feedback, *, sequence: int) -> Iterator[CaseWords]:
    """The words by which a message is found in its case."""
    return words_of(case, "message", message_text(message), sequence=sequence)


def record(
    case: Case,
    incoming: Incoming,
    received: feedback.Received,
    hanging: list[Hanging],
    files: list[Attachment],
    *,
    at: datetime,
    rule: RoutingRule | None,
) -> None:
    """The case and the rows around it, in one statement. rule: that laid it where it lies"""
    without_what_is_never_kept(case)
    columns = changed(case)
    spoken = [*texts_of(case, columns), *([Words("evidence", incoming.evidence)] if incoming.evidence else [])]
    texts = [text_row(case, words, sequence=1) for words in spoken]
    message = Message(case=case, feedback=received.feedback, opened=True)
    event = next_event(
        case,
        "take_in",
        before="",
        actor=incoming.brought_by,
        at=at,
        texts=texts,
        details={
            "channel": case.channel,
            "nature": case.nature,
            "feedback": received.feedback.pk,
            "owner": case.owner_id,
            "case": columns,
            **begun(case.current_round, *hanging),
            **delivered(message, received.digest),
            **attached(files),
            **({"rule": rule.key} if rule else {}),
        },
    )
    waiting = [(row, {"case_id": case}) for row in unread(event)]
    words = words_of_message(case, received.feedback, sequence=event.sequence)
    sealed = [row for row, _words in texts]
    found = (row for text in sealed for row in searched(text))
    insert_together(case, case.current_round, event, *waiting, message, *hanging, *sealed, *words, *found)


def links_of(case: Case, received: feedback.Received, earlier: Case | None, *, at: datetime) -> list[Link]:
    """What belongs with a new case: the ended one it repeats, else what may be the same matter. Unsaved."""
    if earlier is not None:
        return [Link(case=case, other=earlier, kind=Link.Kind.REPEAT_OF)]
    return [] if received.customer is None or received.new_customer else duplicates(case, at=at)


def duplicates(case: Case, *, at: datetime) -> list[Link]:
    """Other recent complaints of the same customer, as a suggestion to people; a machine never merges. Unsaved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM complaints_case WHERE customer_id = %s AND nature = %s AND received_at >= %s"
            f" AND kind = '{Case.Kind.ORIGINAL.value}' ORDER BY received_at DESC LIMIT 3",
            [case.customer_id, Nature.COMPLAINT, at - DUPLICATE_WINDOW],
        )
        others = [key for (key,) in cursor.fetchall()]
    return [Link(case=case, other_id=key, kind=Link.Kind.POSSIBLE_DUPLICATE) for key in others]


def join(case: Case, incoming: Incoming, received: feedback.Received, *, at: datetime) -> None:
    """A further message on a case: kept, shown in the timeline, and its owner hears of it."""
    writing = Writing(case, at)
    act = Act(system.join, writing, actor=incoming.brought_by, at=at, given={})
    message = Message(case=case, feedback=received.feedback)
    if received.feedback.thread and received.feedback.thread == case.thread:
        first = Message.objects.filter(case=case).said_first().get()
        a_person_wrote_it = case.events.filter(verb="amend", details__has_key="subject").exists()
        if received.feedback.received_at < first.feedback.received_at and not a_person_wrote_it:
            case.subject = title_of(received.feedback)  # messages come in in any order
    act.notes(feedback=message.feedback_id)
    act.keeps(message, said=received.digest)
    for row in filed(incoming.attachments, by=incoming.brought_by, received=received, case=case):
        act.keeps(row, said=digest_of(row))
        act.notes(files=len(incoming.attachments))
    for words in words_of_message(case, received.feedback, sequence=act.sequence):
        act.keeps(words)
    case.unanswered_since = case.unanswered_since or at
    act.tell(case.owner, "joined")
    act.end()
    if writing.dossier.waits and case.state != State.WAITING_EXTERNAL:
        # what it waited for has come
        perform(handling.resume, writing, actor=User.system(), at=at, given={}, follows=True)
    writing.write()
