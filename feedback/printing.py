"""What is not sent but said on the console, a readable line each: for demonstrations and development."""

import sys
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.text import Truncator

from security.masking import mask

SHOWN_CHARACTERS = 120  # of the body; a link of a short message is whole


def say(kind: str, *, to: str, subject: str, body: str) -> None:
    """Print one message. `to` is masked already."""
    words = Truncator(" ".join(body.split())).chars(SHOWN_CHARACTERS, truncate="…")
    # One write and at once: other processes say things on the same console.
    sys.stdout.write(f"{kind} to {to}: {subject} | {words}\n")
    sys.stdout.flush()


class PrintedMail(BaseEmailBackend):
    """The mail backend of `EMAIL_URL=consolemail://`, in place of Django's, which prints MIME."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            to = ", ".join(mask("email", address) for address in mail.recipients())
            say("mail", to=to, subject=str(mail.subject), body=str(mail.body))
        return len(email_messages)
