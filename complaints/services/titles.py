"""What a case is called, and by which words its messages are found."""

from django.utils.text import Truncator

from feedback.models import Feedback

OPENING = 80  # characters of the text that stand in for a missing subject


def title_of(message: Feedback) -> str:
    """What lists call the case whose customer wrote this first: the subject, else how the text begins."""
    return titled(message.subject, message.text)


def titled(subject: str, text: str) -> str:
    return subject or Truncator(" ".join(text.split())).chars(OPENING, truncate="…")


def message_text(message: Feedback) -> str:
    """What a message is found by."""
    return f"{message.subject}\n{message.text}".strip()
