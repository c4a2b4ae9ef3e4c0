"""台账: at the end of the work somebody looks a customer up, writes down a clue, and has the year's ledgers written."""

import time
from collections.abc import Iterator

from django.core.management.base import OutputWrapper
from django.utils import timezone

from complaints.ledgers import LEDGERS
from complaints.ledgers.base import Chosen, Known
from complaints.models import BrokerClue
from demo import words
from demo.doors import DoorError, Person
from demo.institution import HEAD_OFFICE_SUPERVISOR, PROTECTION, Institution
from demo.progress import Progress
from organization.models import Job, User
from quality.periods import DAY

YEAR = 366 * DAY
ASKED_FOR = ("complaint", "redress", "reveal")
PATIENCE = 120  # seconds
# Columns that nothing fills, with the reason.
EMPTY = {
    ("complaint", "整改编号"): "rectifications (溯源整改) do not exist yet",
    ("complaint", "产品服务改进"): "rectifications (溯源整改) do not exist yet",
}


def keep_books(institution: Institution, reference: str, *, out: OutputWrapper) -> None:
    """Over HTTP. Raises DoorError."""
    passwords = {login.username: login.password for login in institution.logins}
    person, second = (Person(name, passwords[name]) for name in (HEAD_OFFICE_SUPERVISOR, PROTECTION))
    today = timezone.localdate()
    person.sends(f"/desk/cases/{reference}/reveal/", {"value": "phone", "reason": words.LOOKED_UP}, {200})
    person.sends(f"/desk/cases/{reference}/clues/", {"indicator": "fee", "basis": words.CLUE}, {302})
    clue = BrokerClue.objects.latest("pk")
    second.sends(f"/desk/clues/{clue.pk}/decide/", {"confirm": "true", "grounds": words.CLUE_CONFIRMED}, {302})
    for key in ASKED_FOR:
        days = {"since": f"{today - YEAR}", "until": f"{today}"}
        person.sends("/desk/jobs/ledger/", {"ledger": key, "unit": "", **days}, {302})
    bar, end = Progress(out, "Ledgers are written", len(ASKED_FOR)), time.monotonic() + PATIENCE
    while left := Job.objects.unfinished().count():
        if time.monotonic() > end:
            raise DoorError(f"{left} jobs are not done after {PATIENCE} s.")
        bar.reach(len(ASKED_FOR) - left)
        time.sleep(0.2)
    bar.reach(len(ASKED_FOR))


def lacking(reader: User) -> Iterator[str]:
    """A sentence for every ledger of the year without rows, and every column that is empty throughout."""
    today, known = timezone.localdate(), Known.of(reader.legal_entity_id)
    for key, ledger in LEDGERS.items():
        keys = [key for _unit, key in ledger.keys(reader, Chosen(today - YEAR, today))]
        entries = ledger.entries(keys, known).values()
        if not entries:
            yield f"{ledger.title} has no rows."
        columns = [column for column in ledger.headed()[1:] if (key, column.heading) not in EMPTY]
        for column in columns if entries else ():
            if all(column.value(entry) in {None, ""} for entry in entries):
                yield f"{ledger.title}: nothing stands under {column.heading}."
