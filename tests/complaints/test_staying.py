"""流转记录: with whom a case lay and how long follows from its events, and adds up to its life without a gap."""

from datetime import timedelta

import pytest

from complaints.desk.staying import working_words
from complaints.models import Case
from complaints.services.staying import Stay, by_unit, stays_of
from complaints.services.taking import take_next
from complaints.verbs import closing, contacting, handling, ownership
from organization.models import Role, User
from tests.cases import CLASSIFIED, says, taken, told
from tests.people import NOON, person

HOUR = timedelta(hours=1)


@pytest.fixture
def post(other_branch) -> User:
    """Holds the complaint post of the other branch."""
    other_branch.receiver = person("post", Role.DISPATCHER, other_branch)
    other_branch.save()
    return other_branch.receiver


def lay(stay: Stay) -> tuple:
    assert stay.unit is not None and stay.person is not None
    return (stay.unit.code, stay.person.username, stay.signed, stay.ended_by, stay.working)


def test_each_unit_is_told_for_how_long_it_lay_there(case, receiver, post, outsider):
    """F28b: an owner passed a case on after three days, and nobody could see where the days had gone."""
    ownership.assign(case.reference, actor=receiver, at=NOON + HOUR, unit="BJ")
    ownership.refuse(case.reference, actor=post, at=NOON + 3 * HOUR, reason="不属于本行")
    ownership.assign(case.reference, actor=receiver, at=NOON + 3 * HOUR, to="outsider")
    case = ownership.accept(case.reference, actor=outsider, at=NOON + 27 * HOUR)
    stays = stays_of(case, at=NOON + 28 * HOUR)
    assert [lay(stay)[:4] for stay in stays] == [
        ("SH", "receiver", True, "assign"),
        ("BJ", "post", False, "refuse"),
        ("BJ", "outsider", False, "accept"),
        ("BJ", "outsider", True, ""),
    ]
    assert [(stay.since, stay.until) for stay in stays] == [
        (NOON, NOON + HOUR),
        (NOON + HOUR, NOON + 3 * HOUR),
        (NOON + 3 * HOUR, NOON + 27 * HOUR),
        (NOON + 27 * HOUR, None),
    ]
    assert [stay.calendar for stay in stays] == [HOUR, 2 * HOUR, 24 * HOUR, HOUR]
    sums = {row.unit.code: (row.in_hand, row.unsigned) for row in by_unit(stays)}
    working = [stay.working for stay in stays]
    assert sums == {"SH": (working[0], timedelta()), "BJ": (working[3], working[1] + working[2])}
    assert timedelta() < working[2] < 24 * HOUR  # a night is no working time


def test_an_offer_that_leaves_the_state_leaves_the_work_with_the_owner(decided, handler, colleague):
    ownership.transfer(decided.reference, actor=handler, at=NOON + HOUR, to="colleague", reason="休假")
    case = ownership.accept(decided.reference, actor=colleague, at=NOON + 2 * HOUR)
    held = [(stay.person.username, stay.signed, stay.until) for stay in stays_of(case, at=NOON + 3 * HOUR)]
    assert held == [("handler", True, NOON + 2 * HOUR), ("colleague", True, None)]


def test_waiting_for_the_customer_is_time_with_the_owner(owned, handler):
    """The owner gains nothing by it: a wait is no way out of the record."""
    contacting.ask_customer(owned.reference, actor=handler, at=NOON + HOUR, method="PHONE", text="请补材料")
    handling.resume(owned.reference, actor=handler, at=NOON + 5 * HOUR)
    (stay,) = stays_of(Case.objects.get(), at=NOON + 6 * HOUR)
    assert (stay.person, stay.calendar) == (handler, 6 * HOUR)


def test_what_has_ended_lies_nowhere_until_it_comes_back(integration, receiver, handler, lead, colleague):
    case = told(integration, handler=handler, checker=lead)
    says(case, "satisfied", at=NOON + HOUR)
    case = closing.close(case.reference, actor=handler, at=NOON + 2 * HOUR, root_cause="R07")
    ended = stays_of(case, at=NOON + 50 * HOUR)
    assert (ended[-1].until, ended[-1].ended_by) == (NOON + 2 * HOUR, "close")
    case = closing.reopen(case.reference, actor=lead, at=NOON + 50 * HOUR, reason="承诺未兑现")
    again = stays_of(case, at=NOON + 51 * HOUR)
    assert again[:-1] == ended
    assert (again[-1].since, again[-1].until, again[-1].calendar) == (NOON + 50 * HOUR, None, HOUR)


def test_what_lasted_no_moment_is_no_stay(owned):
    assert [lay(stay)[:4] for stay in stays_of(owned, at=NOON + HOUR)] == [("SH", "handler", True, "")]


@pytest.mark.parametrize("hops", [1, 6])
def test_it_takes_three_queries_however_often_it_moved(
    hops, integration, handler, colleague, django_assert_num_queries
):
    case = taken(integration)
    take_next(actor=handler, at=NOON)
    one, other = handler, colleague
    for hour in range(1, hops + 1):
        ownership.transfer(case.reference, actor=one, at=NOON + hour * HOUR, to=other.username, reason="换班")
        ownership.accept(case.reference, actor=other, at=NOON + hour * HOUR + HOUR / 2)
        one, other = other, one
    stays_of(case, at=NOON)  # the calendar is read once for all
    with django_assert_num_queries(3):
        assert len(stays_of(case, at=NOON + 24 * HOUR)) == 2 * hops + 1


def test_the_page_says_it_in_words(client, owned, handler, colleague):
    handling.classify(owned.reference, actor=handler, at=NOON, **CLASSIFIED)
    ownership.transfer(owned.reference, actor=handler, at=NOON + 2 * HOUR, to="colleague", reason="换班")
    client.force_login(colleague)
    assert f"/desk/cases/{owned.reference}/stays/" in client.get(f"/desk/cases/{owned.reference}/").content.decode()
    page = client.get(f"/desk/cases/{owned.reference}/stays/").content.decode()
    for words in ("流转记录", "上海分行", "Handler", "未签收", "转办", "至今", "工作时间"):
        assert words in page, words


def test_working_time_is_said_in_hours():
    assert working_words(timedelta(hours=30, minutes=5)) == "30 小时 5 分"
    assert working_words(timedelta(minutes=7)) == "7 分"


def test_a_program_reads_where_its_case_lies(post_stays):
    (row,) = post_stays
    assert (row["unit"], row["person"], row["signed"], row["until"], row["ended_by"]) == (
        "SH",
        "Receiver",
        True,
        None,
        "",
    )
    assert row["calendar_minutes"] >= row["working_minutes"] >= 0


@pytest.fixture
def post_stays(client_and_key, case, client):
    key = {"Authorization": f"Bearer {client_and_key[1]}"}
    return client.get(f"/api/v1/cases/{case.reference}/stays/", headers=key).json()
