from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.db.models import Q

from feedback.delivery import deliver_due
from feedback.models import LEASE, TRIES, WAITS, Feedback, Notice
from feedback.services import done_with, mark_read, notify, tell_customer
from feedback.tasks import deliver_due_notices
from organization.models import User
from security.models import AuditRow
from sqm_site.models import Heartbeat
from tests.feedback.conftest import NOON, written

CASE = "C261123-0483175-9"
MAIL = "deliver due notices: email"


@pytest.fixture(autouse=True)
def system(db) -> User:
    return User.objects.get_or_create(username=User.SYSTEM, defaults={"is_service": True})[0]


@pytest.fixture
def contact(entity) -> Feedback:
    return written(entity, phone="13800138000", email="someone@example.com")


@pytest.fixture
def down(monkeypatch):
    """The mail server is away."""

    def away(*_arguments):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", away)


def queue(recipient, *numbers: int) -> None:
    for number in numbers:
        notify("offer", to_user=recipient, about=CASE, at=NOON + timedelta(seconds=number), key=f"offer:{number}")


def mails() -> list[Notice]:
    return list(Notice.objects.filter(channel="email").order_by("pk"))


def test_what_is_due_is_sent_once_and_what_is_not_waits(recipient):
    queue(recipient, 0, 1, 60)

    assert deliver_due(NOON + timedelta(seconds=5)) == {"sent": 2}
    assert deliver_due(NOON + timedelta(seconds=6)) == {}

    assert [message.to for message in mail.outbox] == [["recipient@example.com"]] * 2
    assert CASE in mail.outbox[0].subject
    assert [(row.sent_at is None, row.attempts) for row in mails()] == [(False, 1), (False, 1), (True, 0)]


def test_what_is_read_in_the_application_is_never_sent(db):
    notify("offer", to_user=User.objects.create(username="x"), about=CASE, at=NOON, key="offer:1")

    assert deliver_due(NOON) == {}


def test_no_mail_goes_out_about_what_was_read_or_done_meanwhile(recipient):
    """A mail that came after the fact sent people to cases on which nothing waited for them."""
    queue(recipient, 0, 1, 2)
    mark_read(recipient, [Notice.objects.get(key="offer:0:in_app").pk], at=NOON)
    done_with(Q(key__startswith="offer:1:"), about=CASE, at=NOON)

    assert deliver_due(NOON + timedelta(seconds=5)) == {"dropped": 2, "sent": 1}

    at = NOON + timedelta(seconds=5)
    assert [(row.dropped_at, row.sent_at, row.attempts) for row in mails()] == [
        (at, None, 0),
        (at, None, 0),
        (None, at, 1),
    ]
    assert len(mail.outbox) == 1
    assert deliver_due(NOON + timedelta(days=10)) == {}


def test_a_mail_that_waits_for_its_server_is_dropped_once_it_is_read(recipient, monkeypatch):
    queue(recipient, 0)
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", raising(TimeoutError()))
        deliver_due(NOON)
    mark_read(recipient, [Notice.objects.get(channel="in_app").pk], at=NOON)

    assert deliver_due(NOON + timedelta(minutes=1)) == {"dropped": 1}
    assert (mails()[0].attempts, mails()[0].last_error) == (1, "")


def test_what_a_colleague_has_read_keeps_nothing_from_others_nor_from_the_customer(recipient, contact):
    other = User.objects.create(username="other", email="other@example.com")
    for user in (recipient, other):
        notify("offer", to_user=user, about=CASE, at=NOON, key=f"offer:{user.pk}")
    tell_customer("reply", contact, about=CASE, method="EMAIL", at=NOON, text="好")
    mark_read(recipient, Notice.objects.filter(channel="in_app").values_list("pk", flat=True), at=NOON)

    assert deliver_due(NOON) == {"dropped": 1, "sent": 2}
    assert sorted(message.to[0] for message in mail.outbox) == ["other@example.com", "someone@example.com"]


def test_a_customer_gets_the_words_and_the_opening_is_on_record(contact, system):
    notice = tell_customer("decision", contact, about=CASE, method="EMAIL", at=NOON, text="已为您补偿 100 元")

    deliver_due(NOON)

    assert mail.outbox[0].to == ["someone@example.com"]
    assert "已为您补偿 100 元" in mail.outbox[0].body
    rows = AuditRow.objects.order_by("pk")
    assert [(row.actor, row.verb, row.subject) for row in rows] == [
        (system, "reveal", f"feedback:{contact.pk}"),
        (system, "reveal", f"notice:{notice.pk}"),
    ]
    assert notice.key in rows[0].reason


def test_a_server_that_is_away_is_tried_again_later_and_later(recipient, down):
    queue(recipient, 0)
    at, waited = NOON, []
    while (row := mails()[0]).gave_up_at is None:
        at = row.due_at
        assert deliver_due(at) == {"down": 1}
        waited.append(mails()[0].due_at - at)

    row = mails()[0]
    assert [wait.total_seconds() / 60 for wait in waited[:-1]] == list(WAITS)
    assert (row.attempts, row.gave_up_at, row.sent_at) == (TRIES, at, None)
    assert "ConnectionRefusedError" in row.last_error
    assert deliver_due(at + timedelta(days=10)) == {}


def test_it_goes_out_when_the_server_is_back(recipient, monkeypatch):
    queue(recipient, 0)
    with monkeypatch.context() as away:
        away.setattr(EmailBackend, "send_messages", raising(TimeoutError()))
        deliver_due(NOON)

    assert deliver_due(NOON + timedelta(seconds=59)) == {}
    assert deliver_due(NOON + timedelta(seconds=60)) == {"sent": 1}
    assert mails()[0].last_error == ""


def test_a_server_that_is_away_costs_three_tries_and_holds_up_no_other_channel(recipient, contact, down, capsys):
    queue(recipient, *range(5))
    Notice.objects.create(
        kind="reply", channel="console", customer=contact.customer, contact=contact, about=CASE, key="sms", words="好",
        created_at=NOON, due_at=NOON + timedelta(seconds=9),
    )  # fmt: skip

    assert deliver_due(NOON + timedelta(seconds=9)) == {"down": 3, "sent": 1}
    assert "138****8000" in capsys.readouterr().out


def test_a_sweep_ends_before_the_lease_of_its_last_notice(recipient, monkeypatch):
    queue(recipient, 0)
    monkeypatch.setattr("feedback.delivery.SWEEP_SECONDS", 0)

    assert deliver_due(NOON) == {}
    assert mails()[0].attempts == 0


def test_no_address_is_a_refusal_and_a_person_must_look(recipient):
    queue(recipient, 0)
    User.objects.filter(pk=recipient.pk).update(email="")

    assert deliver_due(NOON) == {"refused": 1}
    assert mails()[0].gave_up_at == NOON
    assert mails()[0].last_error


def test_a_notice_we_cannot_word_does_not_stop_the_others(recipient):
    queue(recipient, 0, 1)
    Notice.objects.filter(pk=mails()[0].pk).update(kind="no_such_kind")

    assert deliver_due(NOON + timedelta(seconds=1)) == {"sent": 1}
    assert "TemplateDoesNotExist" in mails()[0].last_error
    assert set(Heartbeat.objects.get(name=MAIL).isolated) == {str(mails()[0].pk)}


def test_killed_after_the_send_it_is_sent_again_under_the_same_message_id(recipient, monkeypatch):
    queue(recipient, 0)
    with monkeypatch.context() as killed:
        killed.setattr(Notice, "sent", raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            deliver_due(NOON)

    assert deliver_due(NOON + LEASE - timedelta(seconds=1)) == {}
    assert deliver_due(NOON + LEASE) == {"sent": 1}
    assert len(mail.outbox) == 2
    assert len({message.message()["Message-ID"] for message in mail.outbox}) == 1


def test_a_notice_that_takes_its_worker_with_it_is_given_up(recipient):
    queue(recipient, 0)
    Notice.objects.filter(channel="email").update(attempts=TRIES)

    assert deliver_due(NOON) == {"refused": 1}
    assert not mail.outbox


def test_the_task_leaves_a_heartbeat_with_its_counts(recipient):
    queue(recipient, 0)

    deliver_due_notices()

    assert Heartbeat.objects.get(name=MAIL).details == {"sent": 1}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_notice_once(recipient):
    queue(recipient, *range(20))
    together = Barrier(4)

    def work() -> None:
        try:
            together.wait()
            deliver_due(NOON + timedelta(minutes=1))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(mail.outbox) == 20
    assert {(row.attempts, row.sent_at) for row in mails()} == {(1, NOON + timedelta(minutes=1))}


@pytest.mark.django_db(transaction=True)
def test_one_delivery_runs_a_channel_at_a_time(recipient, monkeypatch):
    """Every tick put one more worker before a mail server that hangs, until none was left."""
    queue(recipient, 0, 1)
    seen: list[tuple[str, dict]] = []

    def another_tick(_backend, messages):
        thread = Thread(target=lambda: (seen.append((messages[0].subject, deliver_due(NOON))), connection.close()))
        thread.start()
        thread.join()
        return 1

    monkeypatch.setattr(EmailBackend, "send_messages", another_tick)
    assert deliver_due(NOON + timedelta(seconds=1)) == {"sent": 2}
    assert [outcome for _subject, outcome in seen] == [{}, {}]


def raising(error: BaseException):
    def raise_it(*_arguments, **_named):
        raise error

    return raise_it
