"""Cases by the words of their texts, for the REST list: its filter `q`."""

from datetime import datetime

from complaints.models import Case, CaseQuerySet
from complaints.models.words import NEWEST, is_common
from feedback.search import searched
from organization.models import User
from organization.rights import rights_of


def saying(rows: CaseQuerySet, typed: str, reader: User, *, before: datetime | None = None) -> CaseQuerySet:
    """Those of the rows in which each word stands; a program's own words alone.

    By the index where it names few cases. Where each word is common, among the newest of the reader's legal entity, or
    of those the program brought in, or the newest of them before a moment.
    """
    words = searched(typed)
    if not words:
        return rows
    own, entity = reader.is_service, rights_of(reader).legal_entity_id
    inside = {"brought_by": reader} if own else {"legal_entity_id": entity}
    fitting = rows.saying(typed, entity=entity, by=reader.pk if own else None)
    if not all(map(is_common, words)):
        return rows.filter(pk__in=list(fitting.filter(**inside).values_list("pk", flat=True)))
    looked = Case.objects.filter(**inside)
    since = (looked.filter(received_at__lt=before) if before else looked).reaching_back(NEWEST)
    return fitting.filter(received_at__gte=since) if since else fitting
