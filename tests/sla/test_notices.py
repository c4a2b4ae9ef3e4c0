"""The notice of a year, as a file: what is read, and what is refused."""

from datetime import date
from pathlib import Path

import pytest
from chinese_calendar import is_workday
from django.utils.translation import override

from security.models import AuditRow
from sla.errors import NoticeRefused
from sla.models import Calendar, CalendarDay
from sla.services.publishing import days_of, publish_year, read_notice

NOTICE_2026 = Path(__file__).parent / "notices" / "2026.json"
# 元旦, 春节 and its two working days, 清明, 劳动节, 端午, 中秋, 国庆
LINES = """date,kind,name
2027-01-01,holiday,元旦
2027-02-05,holiday,春节
2027-02-06,holiday,春节
2027-02-07,holiday,春节
2027-02-08,holiday,春节
2027-02-09,holiday,春节
2027-02-14,working,春节
2027-04-05,holiday,清明节
2027-05-01,holiday,劳动节
2027-05-02,holiday,劳动节
2027-06-09,holiday,端午节
2027-09-15,holiday,中秋节
2027-10-01,holiday,国庆节
2027-10-02,holiday,国庆节
2027-10-03,holiday,国庆节
""".splitlines()


@pytest.fixture(autouse=True)
def in_english():
    with override("en"):
        yield


@pytest.fixture
def written(tmp_path):
    """A file with these lines, some of them replaced."""

    def write(**changes: str) -> Path:
        path = tmp_path / "2027.csv"
        path.write_text("\n".join([*LINES, *changes.values()]), encoding="utf-8")
        return path

    return write


def test_a_file_of_holiday_cn_agrees_with_the_calendar_of_setup(configured):
    notice = read_notice(NOTICE_2026, 2026)

    assert {one.day for one in notice if one.is_workday} == {
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)
    }  # fmt: skip
    assert all(one.is_workday == is_workday(one.day) for one in notice)


def test_every_day_of_the_year_becomes_official_once(configured, local):
    at = local("2026-11-28 10:00")
    calendar = Calendar.objects.get(code="cn-bank")
    notice = [one for one in read_notice(NOTICE_2026, 2026) if one.name]
    calendar.days.filter(day__year=2026).delete()
    CalendarDay.objects.create(
        calendar=calendar, day="2026-12-31", is_workday=True, official=False, hours=[["09:00", "12:00"]]
    )

    assert publish_year(calendar, 2026, notice, at=at)
    assert not publish_year(calendar, 2026, notice, at=at)

    days = {row.day: row for row in calendar.days.filter(day__year=2026)}
    assert all(days[day].official and days[day].is_workday == is_workday(day) for day in days_of(2026))
    assert days[date(2026, 12, 31)].hours == [["09:00", "12:00"]]  # a half day that somebody entered stays one
    (row,) = AuditRow.objects.filter(subject=f"calendar:{calendar.pk}")
    assert (row.verb, row.details["year"], row.details["now"]["2026-01-04"]) == ("configure", 2026, True)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("2028-01-01,holiday,元旦", "2028-01-01 is not in 2027"),
        ("2027-01-01,holiday,元旦", "2027-01-01 is named twice"),
        ("2027-03-03,working,春节", "2027-03-03 is worked by itself"),
        ("2027-03-03,off,春节", "“off” is neither"),
        ("2027-02-30,holiday,春节", "2027.csv"),
    ],
)
def test_a_notice_that_no_council_wrote_is_refused(written, line, fault):
    with pytest.raises(NoticeRefused, match=fault):
        read_notice(written(line=line), 2027)


def test_a_file_of_another_year_and_half_a_notice_are_refused(tmp_path):
    with pytest.raises(NoticeRefused, match="is not in 2027"):
        read_notice(NOTICE_2026, 2027)
    (tmp_path / "half.csv").write_text("\n".join(LINES[:8]), encoding="utf-8")
    with pytest.raises(NoticeRefused, match="2027-10-01 is a holiday by law, and is missing"):
        read_notice(tmp_path / "half.csv", 2027)


def test_published_days_are_not_overwritten(configured, written, local):
    calendar = Calendar.objects.get(code="cn-bank")
    CalendarDay.objects.create(calendar=calendar, day="2027-03-01", is_workday=False)

    with pytest.raises(NoticeRefused, match="2027-03-01 is published already, and not so"):
        publish_year(calendar, 2027, read_notice(written(), 2027), at=local("2026-11-28 10:00"))
    assert not calendar.days.filter(day="2027-03-02").exists()
