"""A seeded case begins some minutes earlier than the one that was walked only where all its deadlines and rungs do."""

from datetime import UTC, datetime

import pytest

from demo.shifting import moves_along
from demo.walking import SECOND
from tests.cases import taken

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "along"),
    [
        (1, 40, True),  # 09:40 in the house: every rung on the same day, also 25 minutes earlier
        (2, 45, False),  # the two working hours after the deadline end on Tuesday, 25 minutes earlier on Monday
    ],
)
def test_a_case_stays_where_a_rung_would_fall_on_another_day(integration, hour, minute, along):
    case = taken(integration, at=MONDAY.replace(hour=hour, minute=minute, second=SECOND))
    assert moves_along(case.clocks.get(kind="sign_off")) is along
