"""New words go into their index by a sweep, not in the request that comes when its waiting list is full."""

import time

from django.db import connection

from complaints.models import CaseWords
from sqm_site.models import Heartbeat

NAME = "merge new words"


def merge_new_words() -> int:
    """Move the words that wait beside the index of CaseWords into it, and return in how many pages they lay.

    A search reads all that waits, and whoever fills the list (`gin_pending_list_limit`) pays for the merge: half a
    second of one intake at a million cases. Source: PostgreSQL documentation, GIN Fast Update Technique.
    """
    began = time.perf_counter()
    (index,) = CaseWords._meta.indexes
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index.name])
        pages: int = cursor.fetchone()[0]
    Heartbeat.beat(NAME, {"pages": pages}, took=time.perf_counter() - began)
    return pages
