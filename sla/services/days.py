"""The days of the Chinese calendar: as the State Council published them, and beyond that as the law has them at least.

Only what sets up imports this: the two packages it reads are no business of a door or a sweep.
"""

from datetime import date

from chinese_calendar.constants import Holiday, holidays, workdays
from holidays import China

from sla.arithmetic import DAY, SATURDAY
from sla.models import Calendar, CalendarDay
from sla.rulebook import ESTIMATE_YEARS

FIRST_YEAR, LAST_YEAR = min(holidays).year, max(*holidays, *workdays).year  # of the notices that the package knows


def publish(calendar: Calendar) -> None:
    """Enter the State Council's working days and days off of all years, as chinesecalendar (MIT) states them.

    They replace days that were only expected; an official day that is there already stays.
    """
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    calendar.days.filter(official=False, day__range=(first, last)).delete()
    CalendarDay.objects.bulk_create(
        (published_day(calendar, first + number * DAY) for number in range((last - first).days + 1)),
        ignore_conflicts=True,
    )


def published_day(calendar: Calendar, day: date) -> CalendarDay:
    is_workday = day in workdays or (day.isoweekday() < SATURDAY and day not in holidays)
    holiday = holidays.get(day) or workdays.get(day)
    name = Holiday(holiday).chinese if holiday else ""
    return CalendarDay(calendar=calendar, day=day, is_workday=is_workday, name=name)


def expect(calendar: Calendar) -> None:
    """Enter the holidays of the years that nobody has published yet, not official: deadlines across them are estimated.

    By 全国年节及纪念日放假办法 (国务院令第795号, from 2025-01-01), Art. 2: 元旦 1 day, 春节 4 from the eve on,
    清明节 1, 劳动节 2, 端午节 1, 中秋节 1, 国庆节 3. The day off that Art. 6 gives for a holiday on a weekend, and the
    working days that pay for a longer one, are for the notice to name: the estimate is rather early than late.
    What stands in the calendar already stays, official or not.
    """
    years = range(LAST_YEAR + 1, LAST_YEAR + 1 + ESTIMATE_YEARS)
    statutory = China(years=years, language="zh_CN", observed=False)
    CalendarDay.objects.bulk_create(
        (
            CalendarDay(calendar=calendar, day=day, is_workday=False, official=False, name=name[:40])
            for day, name in sorted(statutory.items())
        ),
        ignore_conflicts=True,
    )
