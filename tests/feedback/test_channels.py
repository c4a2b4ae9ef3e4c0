import json
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPAuthenticationError, SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from feedback import channels
from feedback.channels.base import Channel
from feedback.errors import ChannelDown, ChannelRefused
from feedback.models import KEYS, Notice
from feedback.services import key_indexes
from feedback.wording import Wording
from sqm_site import settings as sqm_settings
from tests.feedback.conftest import NOON

PAYLOADS = Path(__file__).parent / "payloads"
WORDING = Wording(subject="主题", body="正文")


def payload(key: str) -> dict:
    body = json.loads((PAYLOADS / f"{key}.json").read_text())
    if "occurred_at" in body:  # the door has made it a moment
        body["occurred_at"] = datetime.fromisoformat(body["occurred_at"])
    return body


def test_every_file_of_the_folder_is_a_channel_under_its_own_name():
    files = {path.stem for path in Path(channels.__file__).parent.glob("*.py")} - {"__init__", "base"}

    assert set(Channel.registry) == files
    typed_in = {"counter", "letter", "email", "regulator", "hotline", "media"}
    assert set(channels.intakes()) == {"phone", "wechat", "app", "web", *typed_in}
    assert set(channels.senders()) == {"email", "console"}


@pytest.mark.parametrize("key", sorted(Channel.registry))
def test_every_channel_has_a_label_and_says_what_it_is(key):
    channel = Channel.registry[key]

    assert str(channel.label)
    assert type(channel).__doc__
    assert channel.key == key


@pytest.mark.parametrize("key", sorted(channels.intakes()))
def test_every_intake_turns_its_sample_into_an_inbound(key):
    body = payload(key)

    inbound = channels.intakes()[key].receive(body, at=NOON)

    assert (inbound.channel, inbound.external_id, inbound.text) == (key, body["external_id"], body["text"])
    assert inbound.nature == body.get("nature", "complaint")
    assert inbound.received_at == min(body.get("occurred_at", NOON), NOON)
    assert inbound.indexes == key_indexes(body["customer"])
    assert inbound.content_hash == channels.intakes()[key].receive(body, at=NOON + timedelta(days=1)).content_hash


def test_what_the_sender_says_comes_before_what_the_client_is_set_to():
    phone = channels.intakes()["phone"]

    assert phone.receive(payload("phone"), at=NOON, nature="enquiry").nature == "enquiry"
    assert phone.receive(payload("phone") | {"nature": "praise"}, at=NOON, nature="enquiry").nature == "praise"


def test_a_clock_that_is_ahead_does_not_make_a_message_of_the_future():
    ahead = NOON + timedelta(minutes=4)

    inbound = channels.intakes()["phone"].receive(payload("phone") | {"occurred_at": ahead}, at=NOON)

    assert (inbound.occurred_at, inbound.received_at) == (ahead, NOON)


@pytest.mark.parametrize("key", sorted(channels.senders()))
def test_every_sender_sends_to_an_address_that_customers_have(key, capsys):
    sender = channels.senders()[key]
    to = {"email": "someone@example.com", "phone": "13800138000"}[sender.address]

    sender.send(Notice(kind="reply", about="C1", key="reply:1"), WORDING, to=to)

    assert sender.address in KEYS
    assert len(mail.outbox) + capsys.readouterr().out.count("正文") == 1


def test_the_console_shows_no_number(capsys):
    channels.senders()["console"].send(Notice(key="reply:1"), WORDING, to="13800138000")

    assert "138****8000" in capsys.readouterr().out


@pytest.mark.parametrize("key", sorted(channels.senders()))
def test_the_console_says_a_message_in_one_line_that_people_can_read(key, capsys, settings):
    """N2: mails stood there as MIME, their subjects in base64."""
    settings.EMAIL_BACKEND = sqm_settings.EMAIL_BACKEND  # of an installation that names no mail server
    sender = channels.senders()[key]
    said = Wording(subject="投诉 C1 已答复", body="您好，\n\n年费已退回。\n" + "详情如下：" * 100)

    sender.send(Notice(key="reply:1"), said, to={"email": "wang@example.com", "phone": "13800138000"}[sender.address])

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        {"email": "mail to w***@example.com", "phone": "short message to 138****8000"}[sender.address]
        + ": 投诉 C1 已答复 | 您好， 年费已退回。 详情如下："
    )
    assert len(line) < 200


def test_a_second_mail_of_one_notice_can_be_dropped_by_its_message_id(settings):
    settings.DEFAULT_FROM_EMAIL = "Service <sqm@bank.example>"
    notice, other = Notice(key="reply:1"), Notice(key="reply:2")
    for one in (notice, notice, other):
        channels.senders()["email"].send(one, WORDING, to="someone@example.com")

    first, again, different = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == again != different
    assert first == f"<{notice.row_id}@bank.example>"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (SMTPRecipientsRefused({"someone@example.com": (550, b"no such user")}), ChannelRefused),
        (SMTPRecipientsRefused({"someone@example.com": (450, b"greylisted")}), ChannelDown),
        (SMTPDataError(554, b"rejected"), ChannelRefused),
        (SMTPDataError(451, b"later"), ChannelDown),
        (SMTPAuthenticationError(535, b"bad password"), ChannelDown),
        (SMTPServerDisconnected("gone"), ChannelDown),
        (ConnectionRefusedError(), ChannelDown),
        (TimeoutError(), ChannelDown),
    ],
)
def test_mail_tells_later_from_never_and_names_nobody(monkeypatch, answer, meaning):
    def answered(*_arguments):
        raise answer

    monkeypatch.setattr(EmailBackend, "send_messages", answered)

    with pytest.raises(meaning) as refused:
        channels.senders()["email"].send(Notice(key="reply:1"), WORDING, to="someone@example.com")
    assert type(refused.value) is meaning
    assert "someone" not in str(refused.value)
