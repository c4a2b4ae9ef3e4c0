from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import pgettext_lazy

from feedback.channels.base import Intake, Sender
from feedback.errors import ChannelDown, ChannelRefused
from feedback.models import Notice
from feedback.wording import Wording

PERMANENT = 500  # SMTP replies from here on say "never", those below "later" (RFC 5321, 4.2.1)


class Email(Intake, Sender):
    """Plain-text mail: ours by the EMAIL_* settings; a customer's is typed in, or posted by what reads the mailbox."""

    label = pgettext_lazy("channel", "E-mail")
    evidence = pgettext_lazy("channel", "Day and sender of the mail")
    address = "email"

    def send(self, notice: Notice, wording: Wording, *, to: str) -> None:
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        # The same at every try, so that the receiver can drop a second one.
        headers = {"Message-ID": f"<{notice.row_id}@{domain}>", "Auto-Submitted": "auto-generated"}
        mail = EmailMessage(wording.subject, wording.body, to=[to], headers=headers)
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            raise self.refusal(next(iter(error.recipients.values()))[0]) from error
        except SMTPDataError as error:
            raise self.refusal(error.smtp_code) from error
        except OSError as error:  # no route, time-out, wrong password, server said "later"
            raise ChannelDown(channel=self.label, reason=type(error).__name__) from error

    def refusal(self, code: int) -> ChannelDown | ChannelRefused:
        kind = ChannelRefused if code >= PERMANENT else ChannelDown
        return kind(channel=self.label, reason=f"SMTP {code}")
