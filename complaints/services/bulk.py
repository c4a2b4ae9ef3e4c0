"""批量办理: the same verb on several cases, each a transaction of its own; one that is refused stops no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from complaints.errors import Stale
from complaints.models import Batch, BatchRow
from complaints.verbs import VERBS, Verb
from organization.models import User
from organization.rights import rights_of
from sqm_site.errors import DomainError, Invalid

MOST = 500  # cases in one act: whoever waits for the page waits for all of them
KEPT = timedelta(days=7)  # for so long a second sending finds the first
MOST_FORGOTTEN = 1_000


@dataclass(frozen=True)
class Ticked:
    """One case as the page showed it. version: its ETag then; None: the page did not say"""

    reference: str
    version: int | None = None


def verbs_in_bulk(user: User) -> list[Verb]:
    """Those that the user has anywhere, in the order of a case's life."""
    rights = rights_of(user)
    return [verb for verb in VERBS.values() if verb.in_bulk and rights.has(verb.name)]


def in_bulk(
    verb: Verb, ticked: Sequence[Ticked], *, actor: User, given: Mapping[str, Any], key: UUID, at: datetime
) -> list[BatchRow]:
    """Use the verb on each of at most MOST cases, in the order in which they stood. What became of each is its row.

    given  the form of the verb, the same for all
    key    of the page: sent again, even while the first sending is under way, nothing is done twice
    Raises Invalid where the page was sent for something else.
    """
    facts = {"legal_entity_id": actor.legal_entity_id, "verb": verb.name, "by": actor, "at": at}
    batch, _new = Batch.objects.get_or_create(key=key, defaults=facts)
    if (batch.by_id, batch.verb) != (actor.pk, verb.name):
        raise Invalid({"key": [str(_("This page was sent for something else: open it anew."))]})
    return [used_on(batch, one, verb, actor=actor, given=given, at=at) for one in ticked[:MOST]]


def used_on(batch: Batch, one: Ticked, verb: Verb, **said: Any) -> BatchRow:
    """What became of one case. Where somebody holds it for too long nothing is kept: it is tried again."""
    try:
        return tried(batch, one, verb, **said)
    except OperationalError:
        busy = _("Somebody is working on this case at this moment: send it again.")
        return BatchRow(batch=batch, reference=one.reference, outcome="unavailable", refusal=busy)


@transaction.atomic
def tried(batch: Batch, one: Ticked, verb: Verb, *, actor: User, given: Mapping[str, Any], at: datetime) -> BatchRow:
    """The row claims the case first: whoever sends the page again waits for it, and leaves the case alone."""
    BatchRow.objects.bulk_create([BatchRow(batch=batch, reference=one.reference)], ignore_conflicts=True)
    row = BatchRow.objects.select_for_update().get(batch=batch, reference=one.reference)
    if row.outcome:
        return row
    version = None if verb.leaves_etag else one.version
    try:
        case = verb.run(one.reference, actor=actor, at=at, version=version, **given)
    except DomainError as error:
        row.outcome, row.refusal = error.code, sentence_of(error)[:LONGEST]
    else:
        asked = case.events.latest("sequence").verb == "ask_approval"
        row.outcome = BatchRow.ASKED if asked else BatchRow.DONE
    row.save()
    return row


LONGEST = BatchRow._meta.get_field("refusal").max_length


def sentence_of(error: DomainError) -> str:
    if isinstance(error, Stale):
        return str(_("Something has happened on this case since the list was shown: look at it first."))
    fields = error.fields if isinstance(error, Invalid) else {}
    return " ".join(str(word) for words in fields.values() for word in words) or str(error)


def forget_batches(*, at: datetime) -> int:
    """Drop what nobody sends again. Returns how many acts there were."""
    old = Batch.objects.filter(at__lt=at - KEPT).order_by("at")[:MOST_FORGOTTEN]
    return Batch.objects.filter(pk__in=old.values("pk")).delete()[1].get(Batch._meta.label, 0)
