"""A case taken in at the end of a year, when nobody has published the holidays of the next one."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from complaints.models import Case, Clock
from tests.cases import taken


def local(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


RECEIVED = local("2026-12-30 10:00")  # a Wednesday
ESTIMATED = local("2027-01-07 17:30")  # 12-31, then 01-04 to 01-07
A_DAY_LATER = local("2027-01-08 17:30")


@pytest.fixture
def estimated(integration, handler, time_machine) -> Case:
    time_machine.move_to(RECEIVED)
    case = taken(integration, at=RECEIVED)
    assert clock_of(case).due_at == ESTIMATED
    return case


def clock_of(case: Case) -> Clock:
    return Clock.objects.get(case=case, kind="resolution")
